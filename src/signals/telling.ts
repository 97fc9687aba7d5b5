import { z } from 'zod'

import { backoffMs, canonicalJson, hashId, type Clock, type JsonObject } from '#kit'
import type { EntityId, TenantId } from '#model'
import type { Command, Reader, Writer } from '#store'

import { SignalError } from './error.ts'
import { eventOf, verification, type ProvenStep, type SaidEvent } from './event-of.ts'
import { dueSteps, isExcluded, listStreams, restUntilMs, signalKeys, signingKey, waitingTokens } from './read.ts'
import { eventsIn, read } from './stream-api.ts'
import { queueSignals, settleSignals, type OutRow, type StreamRow } from './writer.ts'

/** Steps told in one go; tokens pushed to one receiver, or given to one poll. */
const stepsMax = 100
const pushMax = 20
export const pollEventsMax = 100
const acksMax = 1_000
const backoff = { firstMs: 1_000, maxMs: 3_600_000, attemptsMax: Number.MAX_SAFE_INTEGER }
/** A receiver that takes nothing for so long is told nothing of this any more; the receipt says so. */
export const giveUpMs = 7 * 24 * 3_600_000

export type SealedToken = { jti: string; sealed: string }
export type SigningKey = { kid: string; sealed: string }
/** `again`: nobody knows, or not now. `refused`: the receiver will never take it. */
export type PushOutcome = { jti: string; outcome: 'delivered' | 'again' | 'refused'; says: string }
/** What is told of a token whose claims do not open. */
export const saysShut = 'its claims do not open with the keys of hands'
/** What hands does: it alone opens keys, claims and receivers' secrets. Pushing ends at the first token that must come again. */
export type SignalHands = {
  /** `token` null: what was sealed does not open, as while a key moves. It is still told of, if it opens before it is too old. */
  sign(key: SigningKey, stream: string, tokens: SealedToken[]): Promise<{ jti: string; token: string | null }[]>
  push(
    key: SigningKey,
    to: { stream: string; endpoint: string; auth: string | null },
    tokens: SealedToken[],
  ): Promise<PushOutcome[]>
}
/** What the estate says of a target: what it is, and whose. */
export type Described = { kind: string | undefined; email: string | undefined; identity: EntityId }

export type TellingParts = {
  tenant: TenantId
  issuer: string
  reader: Reader
  writer: Writer
  clock: Clock
  unit: () => number
  hands: SignalHands
  describe: (target: EntityId) => Promise<Described>
  seal: (stream: string, jti: string, claims: string) => string
  receipt: (what: string, facts: Record<string, string | number>) => Command<unknown>
}

const polled = z.object({
  maxEvents: z.int().min(0).default(pollEventsMax),
  ack: z.array(z.string().max(512)).max(acksMax).default([]),
  setErrs: z.record(z.string().max(512), z.object({ err: z.string().max(64) })).default({}),
})

/** From proven steps to tokens that receivers have taken. */
export function createTelling(parts: TellingParts) {
  const { tenant, issuer, reader, writer, clock, receipt } = parts
  const pushing = new Set<string>()

  const tokenFor = (stream: StreamRow, jti: string, said: SaidEvent, subject: JsonObject, txn?: string) => {
    const nowMs = clock.nowMs()
    const claims = {
      iss: issuer,
      jti,
      iat: Math.floor(nowMs / 1000),
      aud: stream.aud,
      ...(txn === undefined ? {} : { txn }),
      sub_id: subject,
      events: { [said.type]: stream.subject_in_event === 1 ? withSubject(said.event, subject) : said.event },
    }
    const sealed = parts.seal(stream.id, jti, JSON.stringify(claims))
    return { tenant, stream: stream.id, jti, type: said.type, sealed, created_at: nowMs, attempts: 0 }
  }
  const tokensOf = async (step: ProvenStep, streams: readonly StreamRow[]) => {
    const described = await parts.describe(step.target)
    const said = eventOf(step, described.kind)
    if (said === undefined) return []
    const subject = subjectOf(step, described)
    const user = canonicalJson(userOf(described))
    return streams.flatMap((stream) => {
      if (stream.status === 'disabled' || !eventsIn(stream).includes(said.type)) return []
      if (isExcluded(reader, tenant, stream.id, user)) return []
      const jti = hashId('set', tenant, stream.id, step.action, String(step.generation))
      return [tokenFor(stream, jti, said, subject, step.incident)]
    })
  }
  const outcomeReceipt = (what: string, stream: string, { jti, type }: Pick<OutRow, 'jti' | 'type'>, err?: string) =>
    receipt(what, { stream, jti, event: shortOf(type), ...(err === undefined ? {} : { err }) })

  /** What became of tokens that were waiting, with its leaf where it is final. */
  const settle = async (stream: string, rows: readonly OutRow[], outcomes: readonly PushOutcome[]): Promise<void> => {
    const nowMs = clock.nowMs()
    const done: { stream: string; jti: string }[] = []
    const again: { stream: string; jti: string; nextAtMs: number; says: string }[] = []
    const receipts: Command<unknown>[] = []
    for (const { jti, outcome, says } of outcomes) {
      const row = rows.find((one) => one.jti === jti)
      if (row === undefined) continue
      const isOver = outcome === 'again' && nowMs - row.created_at > giveUpMs
      if (outcome === 'again' && !isOver) {
        const nextAtMs = nowMs + backoffMs(backoff, Math.min(row.attempts, 30), parts.unit())
        again.push({ stream, jti, nextAtMs, says })
        continue
      }
      done.push({ stream, jti })
      const what = outcome === 'delivered' ? 'signal.delivered' : isOver ? 'signal.dropped' : 'signal.refused'
      receipts.push(outcomeReceipt(what, stream, row, outcome === 'delivered' ? undefined : says))
    }
    if (done.length + again.length > 0) await writer.submit(settleSignals({ tenant, done, again }), ...receipts)
  }
  const pushTo = async (stream: StreamRow, endpoint: string, key: SigningKey): Promise<void> => {
    if (restUntilMs(reader, tenant, stream.id) > clock.nowMs()) return
    const waiting = waitingTokens(reader, tenant, stream.id, pushMax)
    if (waiting.length === 0) return
    const tokens = waiting.map(({ jti, sealed }) => ({ jti, sealed }))
    const outcomes = await parts.hands.push(key, { stream: stream.id, endpoint, auth: stream.auth }, tokens)
    await settle(stream.id, waiting, outcomes)
  }
  const currentKey = (): SigningKey | undefined => signingKey(signalKeys(reader, tenant), clock.nowMs())

  return {
    /** Tokens for every receiver that wants to know, of steps proven since; each step is told once, whatever dies meanwhile. */
    async queueDue(): Promise<void> {
      const steps = dueSteps(reader, tenant, stepsMax)
      if (steps.length === 0) return
      const streams = listStreams(reader, tenant)
      for (const step of steps) {
        const tokens = await tokensOf(step, streams)
        const [first] = tokens
        const { action, generation, incident } = step
        const facts = { action, incident, event: shortOf(first?.type ?? 'none'), receivers: tokens.length }
        const [{ dropped }] = await writer.submit(
          queueSignals({ tenant, tokens, told: [{ action, generation }] }),
          receipt('signal.queued', facts),
        )
        if (dropped > 0) await writer.submit(receipt('signal.dropped', { count: dropped, err: 'outbox full' }))
      }
    },
    /** One round over all receivers that are pushed to, side by side; hands bounds how long a slow one takes. */
    async deliver(): Promise<void> {
      const key = currentKey()
      if (key === undefined) return
      const rounds = listStreams(reader, tenant).map(async (stream) => {
        if (stream.status !== 'enabled' || stream.endpoint === null || pushing.has(stream.id)) return
        pushing.add(stream.id)
        try {
          await pushTo(stream, stream.endpoint, key)
        } finally {
          pushing.delete(stream.id)
        }
      })
      await Promise.all(rounds)
    },
    /** RFC 8936. Answers at once: who wants to wait asks again. */
    async poll(stream: StreamRow, value: unknown): Promise<{ sets: Record<string, string>; moreAvailable: boolean }> {
      if (stream.endpoint !== null) throw new SignalError('ERR_SIGNAL_SHAPE', 'this stream is pushed')
      const { maxEvents, ack, setErrs } = read(polled, value)
      await settlePolled(stream.id, ack, setErrs)
      const wanted = Math.min(maxEvents, pollEventsMax)
      const key = currentKey()
      if (wanted === 0 || stream.status !== 'enabled' || key === undefined) return { sets: {}, moreAvailable: false }
      const rows = waitingTokens(reader, tenant, stream.id, wanted + 1)
      const tokens = rows.slice(0, wanted).map(({ jti, sealed }) => ({ jti, sealed }))
      const signed = tokens.length === 0 ? [] : await parts.hands.sign(key, stream.id, tokens)
      const shut = signed.filter(({ token }) => token === null)
      await settle(
        stream.id,
        rows,
        shut.map(({ jti }) => ({ jti, outcome: 'again', says: saysShut })),
      )
      return {
        sets: Object.fromEntries(signed.flatMap(({ jti, token }) => (token === null ? [] : [[jti, token]]))),
        moreAvailable: rows.length > wanted,
      }
    },
    /** SSF 1.0, 8.1.4: proves to the receiver that the whole way works. */
    async verify(stream: StreamRow, state: string | undefined): Promise<void> {
      const said: SaidEvent = { type: verification, event: state === undefined ? {} : { state } }
      const jti = hashId('set', tenant, stream.id, 'verification', String(clock.nowMs()), state ?? '')
      const token = tokenFor(stream, jti, said, { format: 'opaque', id: stream.id })
      await writer.submit(queueSignals({ tenant, tokens: [token], told: [] }))
    },
  }

  async function settlePolled(
    stream: string,
    ack: readonly string[],
    errors: Record<string, { err: string }>,
  ): Promise<void> {
    const jtis = new Set([...ack, ...Object.keys(errors)])
    if (jtis.size === 0) return
    const rows = waitingTokens(reader, tenant, stream, acksMax).filter(({ jti }) => jtis.has(jti))
    const outcomes = rows.map(({ jti }): PushOutcome => {
      const refused = errors[jti]
      return refused === undefined
        ? { jti, outcome: 'delivered', says: 'acknowledged' }
        : { jti, outcome: 'refused', says: codeOf(refused.err) }
    })
    await settle(stream, rows, outcomes)
  }
}
export type Telling = ReturnType<typeof createTelling>

/** An address where one is known, for that is what others know people by; else our own name for them, which says little. */
const userOf = ({ email, identity }: Described): JsonObject =>
  email === undefined ? { format: 'opaque', id: identity } : { format: 'email', email }

/** INVARIANT: where one session was ended the subject is that session, or others would end all of the user's. */
function subjectOf({ target }: ProvenStep, described: Described): JsonObject {
  if (described.kind !== 'session') return userOf(described)
  const user = described.identity === target ? {} : { user: userOf(described) }
  return { format: 'complex', ...user, session: { format: 'opaque', id: target } }
}

/** Drafts of SSF had a complex subject inside the event. */
const withSubject = (event: JsonObject, subject: JsonObject): JsonObject => {
  const { format, ...parts } = subject
  return { ...event, subject: format === 'complex' ? parts : { user: subject } }
}

const shortOf = (type: string): string => type.split('/').at(-1) ?? type
/** A receiver's word, as far as it is one: nothing else of theirs goes into the ledger. */
export const codeOf = (err: unknown): string => (typeof err === 'string' && /^[\w-]{1,64}$/.test(err) ? err : 'unknown')
