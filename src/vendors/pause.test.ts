import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityFact, type EntityId } from '#model'
import { createMemoryEstate, type MemoryEstateParts } from '#estate'
import { openScene } from '#posture'

import { makeStatements } from '../../test/simulation/statements.ts'
import { losingBy, noWords, readVendors, resumeChecks, stopsOf, type ServingsOf } from './index.ts'

const dayMs = 86_400_000
const nowMs = 1_000 * dayMs
const at = 'C0lab'

const { edge, fact } = makeStatements(nowMs)
const client = '77-a.apps.googleusercontent.com'
const app = entityId('app', at, client)
const wide = entityId('credential', at, 'grant/1')
const narrow = entityId('credential', at, 'grant/2')
const patients = entityId('resource', 'pg', 'rel/1')
const prices = entityId('resource', 'pg', 'rel/2')
const health = entityId('class', 'declared', 'health')
const account = (name: string): EntityId => entityId('identity', at, name)
const person = (name: string): EntityId => entityId('person', 'hr', name)
const job = entityId('host', 'lab', 'nightly')
const register = entityId('resource', 'hr', 'people')

/** Contractors of three projects of two customers; two of them gave the app a grant. */
function company(): MemoryEstateParts {
  const crew = [
    ['ada', 'red', 'lab-aster'],
    ['bo', 'red', 'lab-aster'],
    ['cy', 'green', 'lab-birch'],
    ['di', 'blue', 'lab-aster'],
  ] as const
  return {
    edges: [
      edge(app, 'ACTS_AS', account('ada')),
      edge(app, 'ACTS_AS', account('bo')),
      edge(wide, 'AUTHENTICATES_AS', account('ada')),
      edge(narrow, 'AUTHENTICATES_AS', account('bo')),
      edge(wide, 'CAN_READ', patients),
      edge(narrow, 'CAN_READ', prices),
      edge(patients, 'CLASSIFIED_AS', health),
      edge(job, 'DEPENDS_ON', wide),
    ],
    facts: [
      fact(app, { name: 'Notes' }),
      fact(job, { name: 'nightly' }),
      fact(wide, { kind: 'grant', client, owner: account('ada'), scopes: 'drive', name: 'of ada' }),
      fact(narrow, { kind: 'grant', client, owner: account('bo'), scopes: 'sheets', name: 'of bo' }),
      fact(register, { kind: 'people-register' }),
      ...crew.flatMap(([name, project, customer]) => [
        fact(account(name), { kind: 'human', email: `${name}@example.com`, login: name }),
        fact(person(name), { worker: 'contractor', name, email: `${name}@example.com`, project, customer }),
      ]),
    ],
    people: [{ resource: register, persons: crew.map(([name]) => ({ person: person(name), customer: null })) }],
  }
}

const serving = (of: EntityId, verb: string, isWhole: boolean, isBack: boolean) => (target: EntityId) =>
  target === of ? [{ source: 'lab', verb, title: verb, isWhole, isBack, effects: [verb] }] : []
const noServing: ServingsOf = () => []

async function stopped(of: EntityId | null, servingsOf: ServingsOf, parts = company()) {
  const scene = openScene(createMemoryEstate(parts), nowMs, [])
  const [vendor] = await readVendors(scene, { platforms: [], words: noWords })
  assert.ok(vendor)
  const { stops, goesOn } = await stopsOf(scene, vendor, of, servingsOf)
  return {
    scene,
    vendor,
    stops,
    targets: stops.map(({ target }) => target),
    left: goesOn.map(({ entity }) => entity),
  }
}

test('an app that can be switched off whole is one thing; where only a part of it can be, so is each of its credentials', async () => {
  const whole = await stopped(null, serving(app, 'lab.app.off', true, true))
  assert.deepEqual([whole.targets, whole.stops[0]?.covers], [[app], [wide, narrow]])
  const deny = await stopped(null, serving(app, 'lab.app.deny', false, true))
  assert.deepEqual(deny.targets, [app, wide, narrow], 'its tokens live on')
  const final = await stopped(null, serving(app, 'lab.app.remove', true, false))
  assert.deepEqual(final.targets, [app, wide, narrow], 'what is final may not be wanted')
  assert.deepEqual((await stopped(null, noServing)).targets, [wide, narrow])
})

test('a pause for one class stops what reaches it, and the app itself only where nothing else of it is left', async () => {
  const servings = serving(app, 'lab.app.off', true, true)
  const part = await stopped(health, servings)
  assert.deepEqual([part.targets, part.left], [[wide], [narrow]])
  const parts = company()
  parts.edges.push(edge(narrow, 'CAN_READ', patients))
  assert.deepEqual((await stopped(health, servings, parts)).targets, [app])
  const none = await stopped(entityId('class', 'declared', 'pay'), servings)
  assert.deepEqual([none.targets, none.left], [[], [app]])
})

test('who loses it is told by project, with those on which nobody does, the same customer first; jobs that hang on it by name', async () => {
  const { scene, vendor, stops } = await stopped(null, serving(app, 'lab.app.off', true, true))
  const { jobs, accounts, people } = await losingBy(scene, vendor, stops)
  assert.deepEqual(
    jobs.map(({ name, how }) => [name, how]),
    [['nightly', 'depends']],
  )
  assert.equal(accounts, 2)
  assert.deepEqual(
    [people?.contractors, people?.staff, people?.projects],
    [2, 0, [{ project: 'red', customer: 'lab-aster', losing: 2, of: 2 }]],
  )
  assert.deepEqual(
    people?.others.map(({ project, sameCustomer }) => [project, sameCustomer]),
    [
      ['blue', true],
      ['green', false],
    ],
  )
  const partly = await stopped(health, serving(app, 'lab.app.off', true, true))
  assert.equal(
    (await losingBy(partly.scene, partly.vendor, partly.stops)).accounts,
    1,
    'who gave the other grant keeps it',
  )
})

test('without a register nobody can say who loses work', async () => {
  const parts = company()
  parts.people = []
  parts.facts = parts.facts?.filter(({ entity }) => entity !== register) ?? []
  const { scene, vendor, stops } = await stopped(null, noServing, parts)
  const { accounts, people } = await losingBy(scene, vendor, stops)
  assert.deepEqual([accounts, people], [2, null])
})

test('a vendor comes back when nothing stands against it, its secrets are new, and it has shown something that holds', async () => {
  const parts = company()
  const key = entityId('credential', at, 'key/1')
  parts.edges.push(edge(key, 'AUTHENTICATES_AS', account('robot')))
  const told = (createdAtMs: number | null) =>
    fact(key, { kind: 'key', client, ...(createdAtMs === null ? {} : { createdAtMs }) })
  const claims = [{ state: 'fresh' }] as never
  const statesWith = async (fresh: EntityFact, more: object = {}) => {
    const { scene, vendor } = await stopped(null, noServing, { ...parts, facts: [...(parts.facts ?? []), fresh] })
    const about = { pausedAtMs: nowMs - dayMs, paused: [wide], components: [], incidents: [], claims, ...more }
    return (await resumeChecks(scene, vendor, about)).map(({ state }) => state)
  }
  assert.deepEqual(await statesWith(told(nowMs)), ['met', 'met', 'met', 'met'])
  assert.equal((await statesWith(told(nowMs - 2 * dayMs)))[2], 'unmet')
  assert.equal((await statesWith(told(null)))[2], 'untold')
  assert.equal((await statesWith(told(nowMs), { claims: [{ state: 'lapsed' }] }))[3], 'unmet')
  assert.equal((await statesWith(told(nowMs), { incidents: [{ title: 'breach' }] }))[1], 'unmet')
  const advisories = [{ id: 'GHSA-1', publishedAtMs: 1, sure: true }]
  assert.equal((await statesWith(told(nowMs), { components: [{ purl: 'pkg:pypi/x', advisories }] }))[0], 'unmet')
})
