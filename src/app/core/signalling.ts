import { randomInt } from 'node:crypto'

import type { Clock } from '#kit'
import { kindOf, type EntityId } from '#model'
import type { SignalDesk } from '#api'
import { usingView, type EstateView } from '#estate'
import type { Command } from '#store'
import {
  addSignalKey,
  backlogOf,
  createStreamApi,
  createTelling,
  listStreams,
  metadataOf,
  publishedKeys,
  readSignalBody,
  removeStream,
  signalKeys,
  SignalError,
  verificationAsked,
  type Described,
  type Telling,
} from '#signals'

import type { Config } from '../config.ts'
import { signalContext } from '../hands/signals.ts'
import type { HandsForCore } from '../socket.ts'
import type { Stores } from './stores.ts'

/** A key that was in use stays published for as long as what it signed may be under way. */
const keyRetireMs = 8 * 24 * 3_600_000
const beingsMax = 20

export type Signalling = { desk: SignalDesk; telling: Telling | undefined }

/** What Cordon tells others of steps that are proven. Without `signals` in cordon.yaml there is none of it. */
export function createSignalling(
  stores: Pick<Stores, 'tenant' | 'reader' | 'writer' | 'clock' | 'random' | 'receipt' | 'vault'>,
  parts: { settings: Config['signals']; hands: HandsForCore; view: () => Promise<EstateView> },
): Signalling {
  const { tenant, reader, writer, clock, receipt } = stores
  const { settings, hands, view } = parts
  const removalsOf = (owner: string): Command<unknown>[] =>
    listStreams(reader, tenant).flatMap((row) =>
      row.owner === owner ? [removeStream({ tenant, stream: row.id })] : [],
    )
  if (settings === undefined) return { desk: { ...offDesk(), removalsOf }, telling: undefined }
  const { issuer, receivers } = settings
  const { sealer } = stores.vault
  const telling = createTelling({
    ...stores,
    issuer,
    unit: () => randomInt(2 ** 32) / 2 ** 32,
    hands: hands.signals,
    describe: (target) => usingView(view(), (seen) => describe(seen, target, clock)),
    seal: (stream, jti, claims) => sealer.seal(claims, signalContext.token(stream, jti)),
    receipt: (what, facts) => receipt(what, facts, {}),
  })
  const api = createStreamApi({
    ...stores,
    issuer,
    receivers,
    seal: (stream, value) => sealer.seal(value, signalContext.auth(stream)),
    receipt: (what, facts, by) => receipt(what, facts, { by }),
  })
  const makeKey = async (by: string): Promise<string> => {
    const { kid, publicJwk, sealed } = await hands.signals.makeKey()
    const atMs = clock.nowMs()
    await writer.submit(
      addSignalKey({ tenant, kid, publicJwk, sealed, atMs, retireAtMs: atMs + keyRetireMs }),
      receipt('signal.key-made', { kid }, { by }),
    )
    return kid
  }
  const ensureKey = async (by: string): Promise<void> => {
    if (signalKeys(reader, tenant).length === 0) await makeKey(by)
  }
  const desk: SignalDesk = {
    removalsOf,
    metadata: () => metadataOf(issuer),
    keySet: () => ({ keys: publishedKeys(signalKeys(reader, tenant), clock.nowMs()) }),
    streams: {
      ...api,
      async create(owner, value, byHand) {
        await ensureKey(owner)
        return api.create(owner, value, byHand)
      },
    },
    poll: (owner, stream, value) => telling.poll(api.need(owner, stream), value),
    async verify(owner, value) {
      const { stream_id: id, state } = readSignalBody(verificationAsked, value)
      const row = api.need(owner, id)
      await api.noteVerification(row)
      await telling.verify(row, state)
    },
    rotateKey: makeKey,
    show: () => ({
      issuer,
      keys: signalKeys(reader, tenant).map(({ kid, createdAtMs, retireAtMs }) => ({ kid, createdAtMs, retireAtMs })),
      streams: listStreams(reader, tenant).map((row) => ({
        id: row.id,
        owner: row.owner,
        audience: row.aud,
        delivery: row.endpoint === null ? 'poll' : 'push',
        endpoint: row.endpoint,
        status: row.status,
        ...backlogOf(reader, tenant, row.id),
      })),
    }),
  }
  return { desk, telling }
}

/** What the target is, and the identity it belongs to; their address, where the estate knows one. */
export async function describe(view: EstateView, target: EntityId, clock: Clock): Promise<Described> {
  const identity = kindOf(target) === 'credential' ? await ownerOf(view, target, clock) : target
  const facts = await view.facts([...new Set([target, identity])])
  const text = (entity: EntityId, name: string): string | undefined => {
    const value = facts.get(entity)?.[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  return { kind: text(target, 'kind'), email: text(identity, 'email'), identity }
}

async function ownerOf(view: EstateView, credential: EntityId, clock: Clock): Promise<EntityId> {
  const window = { from: 0, to: Math.ceil(clock.nowMs() / 1000) }
  const edges = await view.edgesFrom([credential], { types: ['AUTHENTICATES_AS'], window })
  const owners = [...new Set(edges.slice(0, beingsMax).map(({ dst }) => dst))]
  // Of several nobody is named: a signal must not point at the wrong one.
  return owners.length === 1 && owners[0] !== undefined ? owners[0] : credential
}

function offDesk(): Omit<SignalDesk, 'removalsOf'> {
  const off = (): never => {
    throw new SignalError('ERR_SIGNAL_OFF', 'this Cordon tells nothing to others', {
      hint: 'set `signals.issuer` in cordon.yaml',
    })
  }
  return {
    metadata: off,
    keySet: off,
    streams: {
      ownerOf: off,
      list: off,
      read: off,
      create: off,
      update: off,
      remove: off,
      status: off,
      setStatus: off,
      setSubject: off,
    },
    poll: off,
    verify: off,
    rotateKey: off,
    show: off,
  }
}
