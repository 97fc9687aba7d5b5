import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createLocalJWKSet, jwtVerify } from 'jose'

import { seededBytes, seededRandom, systemRandom } from '#kit'
import { defaultTenant, type EntityId, type Proof } from '#model'
import { addSignalKey, createTelling, listStreams, publishedKeys, signalKeys, type Described } from '#signals'
import { noteProven, signalsWriter } from '#signals/writer'
import { createKeyFiles, openCoreVault, openHandsVault } from '#vault'
import { appendReceipt, ledgerWriter, receiptArgs } from '#ledger/writer'

import { createStreamApi } from '../../../src/signals/stream-api.ts'
import { createSignalHands, signalContext } from '../../../src/app/hands/signals.ts'
import { readText, reply, serve } from '../../../lab/src/http.ts'
import { makeCore, startMs, type Core, type StepWish } from '../../simulation/respond-world.ts'

export const tenant = defaultTenant
export const issuer = 'https://cordon.example'
const leaseMs = 20_000
const proof: Proof = { kind: 'probed', atMs: startMs, says: 'refused', where: [] }

/** A receiver on loopback; `answers` are given in order, then 202; tokens that say `chokesOn` are never taken. */
export async function startReceiver() {
  const taken: { token: string; authorization: string | undefined; type: string | undefined }[] = []
  const answers: { status: number; body?: unknown }[] = []
  const state: { chokesOn?: string } = {}
  const served = await serve(() => async (request, response) => {
    const token = await readText(request)
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    if (state.chokesOn !== undefined && claims.includes(state.chokesOn)) return reply(response, 500)
    const { status, body } = answers.shift() ?? { status: 202 }
    if (status === 202) {
      taken.push({ token, authorization: request.headers.authorization, type: request.headers['content-type'] })
    }
    reply(response, status, body)
  })
  return { ...served, taken, answers, state }
}

/** Opens an incident over one step, and brings the step to where only the proof is missing. */
export async function applyOne(core: Core, wish: StepWish, trigger = wish.target) {
  const incident = await core.open([wish], { trigger: { kind: 'credential', credential: trigger } })
  await core.responder.contain(tenant, incident, 'ann')
  const [action] = await core.desk.claim('w1', 1, leaseMs)
  assert.ok(action)
  await core.desk.attempt(action.id, action.fence, null)
  await core.desk.applied(action.id, action.fence, '', null)
  return { incident, prove: () => core.desk.probed(action.id, action.fence, { verdict: 'dead', proof }) }
}

const described = (target: EntityId): Described => ({ kind: 'key', email: 'ada@example.com', identity: target })

/** The transmitter as core and hands have it, over a response that is real; `describe` stands in for the estate. */
export function rig(receivers: string[], describe = described) {
  const home = mkdtempSync(join(tmpdir(), 'cordon-signals-'))
  const keys = join(home, 'keys')
  createKeyFiles(keys, systemRandom)
  const [coreVault, handsVault] = [openCoreVault(keys), openHandsVault(keys)]
  rmSync(home, { recursive: true })
  const core = makeCore({ proven: noteProven, modules: [ledgerWriter, signalsWriter] })
  const { writer, reader, clock } = core
  const told: { what: string; facts: Record<string, string | number> }[] = []
  const receipt = (what: string, facts: Record<string, string | number>) => {
    told.push({ what, facts })
    return appendReceipt(receiptArgs({ tenant, what, atMs: 1, customer: null, facts, sealed: {} }, systemRandom))
  }
  const hands = createSignalHands(() => handsVault, receivers)
  const parts = { tenant, issuer, reader, writer, clock, receipt }
  const api = createStreamApi({
    ...parts,
    receivers,
    random: seededBytes(seededRandom(5)),
    seal: (stream, value) => coreVault.sealer.seal(value, signalContext.auth(stream)),
  })
  const telling = createTelling({
    ...parts,
    unit: () => 0.5,
    hands,
    describe: (target: EntityId) => Promise.resolve(describe(target)),
    seal: (stream, jti, claims) => coreVault.sealer.seal(claims, signalContext.token(stream, jti)),
  })
  const makeKey = async () => {
    const { kid, publicJwk, sealed } = await hands.makeKey()
    const atMs = clock.nowMs()
    await writer.submit(addSignalKey({ tenant, kid, publicJwk, sealed, atMs, retireAtMs: atMs + 86_400_000 }))
    return kid
  }
  const read = async (token: string, audience: string) => {
    const set = createLocalJWKSet({ keys: publishedKeys(signalKeys(reader, tenant), clock.nowMs()) })
    return jwtVerify(token, set, { issuer, audience, typ: 'secevent+jwt', algorithms: ['RS256'] })
  }
  const only = (owner = 'okta') => listStreams(reader, tenant).filter((row) => row.owner === owner)[0] ?? assert.fail()
  return { core, api, telling, hands, makeKey, read, told, only, coreVault, handsVault }
}
