import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createMemoryEstate } from '#estate'
import { defaultTenant, entityId, type IncidentId, type PeopleConsent } from '#model'

import {
  codeIs,
  credential,
  enroll,
  makeCore,
  receiptsOf,
  signValue,
  type Core,
  type Signer,
} from '../../test/simulation/respond-world.ts'
import { personsToNotify } from './assess/notice.ts'
import { expose } from './assess/exposure.ts'
import type { SignedPeopleConsent } from './types.ts'

const hourMs = 3_600_000
let nonces = 0

function sign(
  core: Core,
  signer: Signer,
  incident: IncidentId,
  over: Partial<PeopleConsent> = {},
): SignedPeopleConsent {
  const atMs = core.clock.nowMs()
  const consent: PeopleConsent = {
    incident,
    people: 'didTouch',
    requester: 'ann',
    approver: signer.name,
    nonce: `nonce-EXAMPLE-people-${nonces++}`,
    atMs,
    expiresAtMs: atMs + hourMs,
    ...over,
  }
  return { consent, keyId: signer.keyId, signature: signValue(signer.privateKey, consent) }
}

async function withTwo(): Promise<{ core: Core; incident: IncidentId; ann: Signer; bob: Signer }> {
  const core = makeCore()
  const ann = await enroll(core, 'ann')
  const bob = await enroll(core, 'bob', ann)
  return { core, incident: await core.open([{ target: credential('a') }]), ann, bob }
}

const begin = (core: Core, incident: IncidentId, by = 'ann', set: PeopleConsent['people'] = 'didTouch') =>
  core.responder.beginPeople(defaultTenant, incident, set, by, 7)
const consent = (core: Core, signed: SignedPeopleConsent) => core.responder.consentPeople(defaultTenant, signed)

test('the requester and one other must sign; then it is told once', async () => {
  const { core, incident, ann, bob } = await withTwo()
  await assert.rejects(begin(core, incident), codeIs('ERR_APPROVAL_MISSING'))
  assert.deepEqual(await consent(core, sign(core, ann, incident)), { missing: 1 })
  assert.deepEqual(await consent(core, sign(core, ann, incident)), { missing: 1 }, 'twice the same person is one')
  await assert.rejects(begin(core, incident), codeIs('ERR_APPROVAL_MISSING'))
  assert.deepEqual(await consent(core, sign(core, bob, incident)), { missing: 0 })
  await begin(core, incident)
  await assert.rejects(begin(core, incident), codeIs('ERR_APPROVAL_MISSING'), 'signatures are used up')
  const [leaf, ...more] = receiptsOf(core.reader, 'people.export-begun')
  assert.deepEqual(more, [])
  assert.deepEqual([leaf?.facts['persons'], leaf?.facts['consents'], leaf?.sealed['by']], [7, 2, 'ann'])
})

test('others cannot have data sent to somebody who never asked, and a consent is for one person, set and incident', async () => {
  const { core, incident, ann, bob } = await withTwo()
  const eve = await enroll(core, 'eve', ann)
  await consent(core, sign(core, bob, incident))
  assert.deepEqual(await consent(core, sign(core, eve, incident)), { missing: 1 }, 'ann has not asked')
  await assert.rejects(begin(core, incident), codeIs('ERR_APPROVAL_MISSING'))
  await consent(core, sign(core, ann, incident))
  await assert.rejects(begin(core, incident, 'bob'), codeIs('ERR_APPROVAL_MISSING'))
  await assert.rejects(begin(core, incident, 'ann', 'couldReach'), codeIs('ERR_APPROVAL_MISSING'))
  const other = await core.open([{ target: credential('b') }], {
    trigger: { kind: 'host', host: entityId('host', 'host', 'runner-8') },
  })
  await assert.rejects(begin(core, other), codeIs('ERR_APPROVAL_MISSING'))
  await begin(core, incident)
})

test('expired, replayed, forged and retired signatures count for nothing', async () => {
  const { core, incident, ann, bob } = await withTwo()
  const late = sign(core, ann, incident, { expiresAtMs: core.clock.nowMs() - 1 })
  await assert.rejects(consent(core, late), codeIs('ERR_APPROVAL_EXPIRED'))
  const long = sign(core, ann, incident, { expiresAtMs: core.clock.nowMs() + 48 * hourMs })
  await assert.rejects(consent(core, long), codeIs('ERR_APPROVAL_EXPIRED'))
  const forged = sign(core, bob, incident)
  forged.consent.people = 'couldReach'
  await assert.rejects(consent(core, forged), codeIs('ERR_APPROVAL_SIGNATURE'))
  const asAnn = { ...sign(core, bob, incident, { approver: 'ann' }) }
  await assert.rejects(consent(core, asAnn), codeIs('ERR_APPROVAL_KEY'))
  const mine = sign(core, ann, incident)
  await consent(core, mine)
  await assert.rejects(consent(core, mine), codeIs('ERR_APPROVAL_REPLAYED'))
  await consent(core, sign(core, bob, incident))
  await core.responder.retireApprover(defaultTenant, bob.keyId, 'admin')
  await assert.rejects(begin(core, incident), codeIs('ERR_APPROVAL_MISSING'), 'a retired key')
  const eve = await enroll(core, 'eve', ann)
  await consent(core, sign(core, eve, incident))
  await core.clock.advance(hourMs + 1)
  await assert.rejects(begin(core, incident), codeIs('ERR_APPROVAL_MISSING'), 'too late')
  assert.deepEqual(receiptsOf(core.reader, 'people.export-begun'), [])
})

test('the locators of a set are those of its resources and of what lies in them, as keys only', async () => {
  const role = entityId('identity', 'pg', 'role/1')
  const [people, other] = [entityId('resource', 'pg', 'rel/1'), entityId('resource', 'pg', 'rel/2')]
  const person = (n: number) => ({ person: entityId('person', 'pg', String(n)), customer: null })
  const view = createMemoryEstate({
    edges: [
      {
        edge: 1,
        src: role,
        type: 'CAN_READ',
        dst: people,
        validFrom: 0,
        validTo: null,
        observedAtMs: 0,
        confidence: 'observed',
        conditional: false,
        note: null,
        evidence: 1,
      },
    ],
    people: [
      { resource: people, persons: [person(1), person(2)] },
      { resource: other, persons: [person(2), person(3)] },
    ],
  })
  const exposure = await expose(view, { kind: 'identity', identity: role }, { fromMs: 0, toMs: null }, 10_000)
  assert.deepEqual(await personsToNotify(view, exposure, 'couldReach', 10_000), ['person:pg:1', 'person:pg:2'])
  assert.deepEqual(await personsToNotify(view, exposure, 'didTouch', 10_000), [])
})
