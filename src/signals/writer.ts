import type { EntityId, TenantId } from '#model'
import { command, handler, type Tx, type WriterModule } from '#store'

import { SignalError } from './error.ts'
import type { ProvenStep } from './event-of.ts'

type Of = { tenant: TenantId; stream: string }
export type StreamStatus = 'enabled' | 'paused' | 'disabled'
export type StreamRow = {
  id: string
  owner: string
  aud: string
  method: string
  /** Where it is pushed to; null: it is polled. */
  endpoint: string | null
  /** The receiver's own header, sealed for hands. */
  auth: string | null
  /** JSON list. */
  events: string
  status: StreamStatus
  reason: string | null
  description: string | null
  /** 1: the subject stands in the event too, as SSF's drafts had it and some receivers still want it. */
  subject_in_event: number
  created_at: number
  verified_at: number
}
export type OutRow = { jti: string; type: string; sealed: string; created_at: number; attempts: number }

/** Streams that administrators make are nobody's: no user is called so. */
export const ownerByHand = '.administrators'
export const streamsMax = 100
export const streamsPerOwnerMax = 4
/** Tokens that wait for one receiver; the oldest go first, and their going is a receipt. */
export const waitingMax = 10_000
export const excludedMax = 10_000
/** Steps that wait to be told; more mean that nobody tells them. */
const dueMax = 10_000

export const addStream = command<{ tenant: TenantId; row: StreamRow }, null>('signals.add-stream')
export const changeStream = command<
  Of & {
    change: Partial<
      Pick<StreamRow, 'endpoint' | 'auth' | 'events' | 'status' | 'reason' | 'description' | 'verified_at'>
    >
  },
  null
>('signals.change-stream')
export const removeStream = command<Of, null>('signals.remove-stream')
export const excludeSubject = command<Of & { subject: string; isExcluded: boolean }, null>('signals.exclude-subject')
export const addSignalKey = command<
  { tenant: TenantId; kid: string; publicJwk: string; sealed: string; atMs: number; retireAtMs: number },
  null
>('signals.add-key')
export const resealSignals = command<
  { tenant: TenantId; kind: 'key' | 'stream'; id: string; from: string; to: string },
  null
>('signals.reseal')
export const resealTokens = command<
  { tenant: TenantId; tokens: { stream: string; jti: string; from: string; to: string }[] },
  null
>('signals.reseal-tokens')
/** Tokens for receivers, once each by their id; and the steps they tell of wait no more. Gives how many old ones had to go. */
export const queueSignals = command<
  { tenant: TenantId; tokens: (Of & OutRow)[]; told: { action: string; generation: number }[] },
  { dropped: number }
>('signals.queue')
export const settleSignals = command<
  {
    tenant: TenantId
    done: { stream: string; jti: string }[]
    again: { stream: string; jti: string; nextAtMs: number; says: string }[]
  },
  null
>('signals.settle')

export const signalsWriter: WriterModule = {
  name: 'signals',
  migrations: [
    `CREATE TABLE signal_key (tenant TEXT NOT NULL, kid TEXT NOT NULL, public_jwk TEXT NOT NULL, sealed TEXT NOT NULL,
       created_at INTEGER NOT NULL, retire_at INTEGER, PRIMARY KEY (tenant, kid)) STRICT;
     CREATE TABLE signal_stream (tenant TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, aud TEXT NOT NULL,
       method TEXT NOT NULL, endpoint TEXT, auth TEXT, events TEXT NOT NULL, status TEXT NOT NULL, reason TEXT,
       description TEXT, subject_in_event INTEGER NOT NULL, created_at INTEGER NOT NULL, verified_at INTEGER NOT NULL, PRIMARY KEY (tenant, id)) STRICT;
     CREATE TABLE signal_excluded (tenant TEXT NOT NULL, stream TEXT NOT NULL, subject TEXT NOT NULL,
       PRIMARY KEY (tenant, stream, subject)) STRICT, WITHOUT ROWID;
     CREATE TABLE signal_due (tenant TEXT NOT NULL, action TEXT NOT NULL, generation INTEGER NOT NULL,
       incident TEXT NOT NULL, verb TEXT NOT NULL, phase TEXT NOT NULL, target TEXT NOT NULL, proven_at INTEGER NOT NULL,
       PRIMARY KEY (tenant, action, generation)) STRICT;
     CREATE TABLE signal_out (tenant TEXT NOT NULL, stream TEXT NOT NULL, jti TEXT NOT NULL, type TEXT NOT NULL,
       sealed TEXT NOT NULL, created_at INTEGER NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL,
       last_error TEXT, PRIMARY KEY (tenant, stream, jti)) STRICT;
     CREATE INDEX signal_out_order ON signal_out (tenant, stream, created_at, jti)`,
  ],
  handlers: [
    handler(addStream, (tx, { tenant, row }) => {
      const count = (owner: string | null): number =>
        tx.get<{ n: number }>(
          'SELECT count(*) AS n FROM signal_stream WHERE tenant = ? AND owner = coalesce(?, owner)',
          tenant,
          owner,
        )?.n ?? 0
      const mine = row.owner === ownerByHand ? streamsMax : streamsPerOwnerMax
      if (count(null) >= streamsMax || count(row.owner) >= mine) {
        throw new SignalError(
          'ERR_SIGNAL_FULL',
          `one receiver has at most ${streamsPerOwnerMax} streams, all ${streamsMax}`,
          { hint: 'end one that nobody needs first' },
        )
      }
      const { id, owner, aud, method, endpoint, auth, events, status, reason, description } = row
      tx.run(
        'INSERT INTO signal_stream VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        tenant,
        id,
        owner,
        aud,
        method,
        endpoint,
        auth,
        events,
        status,
        reason,
        description,
        row.subject_in_event,
        row.created_at,
        row.verified_at,
      )
      return null
    }),
    handler(changeStream, (tx, { tenant, stream, change }) => {
      for (const [column, value] of Object.entries(change)) {
        // The names are ours, never input.
        tx.run(`UPDATE signal_stream SET ${column} = ? WHERE tenant = ? AND id = ?`, value, tenant, stream)
      }
      // SSF 1.0, 8.1.2: what a disabled stream would have told is not kept for it.
      if (change.status === 'disabled') tx.run('DELETE FROM signal_out WHERE tenant = ? AND stream = ?', tenant, stream)
      return null
    }),
    handler(removeStream, (tx, { tenant, stream }) => {
      tx.run('DELETE FROM signal_out WHERE tenant = ? AND stream = ?', tenant, stream)
      tx.run('DELETE FROM signal_excluded WHERE tenant = ? AND stream = ?', tenant, stream)
      tx.run('DELETE FROM signal_stream WHERE tenant = ? AND id = ?', tenant, stream)
      return null
    }),
    handler(excludeSubject, (tx, { tenant, stream, subject, isExcluded }) => {
      if (!isExcluded) {
        tx.run('DELETE FROM signal_excluded WHERE tenant = ? AND stream = ? AND subject = ?', tenant, stream, subject)
        return null
      }
      const row = tx.get<{ n: number }>(
        'SELECT count(*) AS n FROM signal_excluded WHERE tenant = ? AND stream = ?',
        tenant,
        stream,
      )
      if ((row?.n ?? 0) >= excludedMax) {
        throw new SignalError('ERR_SIGNAL_FULL', `a stream leaves out at most ${excludedMax} subjects`)
      }
      tx.run('INSERT OR IGNORE INTO signal_excluded VALUES (?, ?, ?)', tenant, stream, subject)
      return null
    }),
    handler(addSignalKey, (tx, { tenant, kid, publicJwk, sealed, atMs, retireAtMs }) => {
      // The one in use until now stays published, so that what it signed is still believed.
      tx.run('UPDATE signal_key SET retire_at = ? WHERE tenant = ? AND retire_at IS NULL', retireAtMs, tenant)
      tx.run('DELETE FROM signal_key WHERE tenant = ? AND retire_at < ?', tenant, atMs)
      tx.run('INSERT INTO signal_key VALUES (?, ?, ?, ?, ?, NULL)', tenant, kid, publicJwk, sealed, atMs)
      return null
    }),
    handler(resealSignals, (tx, { tenant, kind, id, from, to }) => {
      if (kind === 'key')
        tx.run('UPDATE signal_key SET sealed = ? WHERE tenant = ? AND kid = ? AND sealed = ?', to, tenant, id, from)
      else tx.run('UPDATE signal_stream SET auth = ? WHERE tenant = ? AND id = ? AND auth = ?', to, tenant, id, from)
      return null
    }),
    handler(resealTokens, (tx, { tenant, tokens }) => {
      // One that was delivered meanwhile is gone, and stays so.
      for (const { stream, jti, from, to } of tokens)
        tx.run(
          'UPDATE signal_out SET sealed = ? WHERE tenant = ? AND stream = ? AND jti = ? AND sealed = ?',
          to,
          tenant,
          stream,
          jti,
          from,
        )
      return null
    }),
    handler(queueSignals, (tx, { tenant, tokens, told }) => {
      for (const { stream, jti, type, sealed, created_at: atMs } of tokens) {
        tx.run(
          'INSERT OR IGNORE INTO signal_out VALUES (?, ?, ?, ?, ?, ?, 0, ?, NULL)',
          tenant,
          stream,
          jti,
          type,
          sealed,
          atMs,
          atMs,
        )
      }
      for (const { action, generation } of told) {
        tx.run('DELETE FROM signal_due WHERE tenant = ? AND action = ? AND generation = ?', tenant, action, generation)
      }
      let dropped = 0
      for (const stream of new Set(tokens.map((token) => token.stream))) {
        dropped += tx.run(
          `DELETE FROM signal_out WHERE tenant = ?1 AND stream = ?2 AND jti IN (SELECT jti FROM signal_out
             WHERE tenant = ?1 AND stream = ?2 ORDER BY created_at DESC, jti LIMIT -1 OFFSET ?3)`,
          tenant,
          stream,
          waitingMax,
        ).changes
      }
      return { dropped }
    }),
    handler(settleSignals, (tx, { tenant, done, again }) => {
      for (const { stream, jti } of done) {
        tx.run('DELETE FROM signal_out WHERE tenant = ? AND stream = ? AND jti = ?', tenant, stream, jti)
      }
      for (const { stream, jti, nextAtMs, says } of again) {
        tx.run(
          'UPDATE signal_out SET attempts = attempts + 1, next_at = ?, last_error = ? WHERE tenant = ? AND stream = ? AND jti = ?',
          nextAtMs,
          says,
          tenant,
          stream,
          jti,
        )
      }
      return null
    }),
  ],
}

/**
 * Notes a step for telling, in the transaction that calls it proven. INVARIANT: this is the only way into what is told to
 * others, so nobody hears of a step that is not proven. Where nobody listens nothing is noted.
 */
export function noteProven(tx: Tx, tenant: TenantId, step: ProvenStep): void {
  if (tx.get('SELECT 1 FROM signal_stream WHERE tenant = ? LIMIT 1', tenant) === undefined) return
  const row = tx.get<{ n: number }>('SELECT count(*) AS n FROM signal_due WHERE tenant = ?', tenant)
  if ((row?.n ?? 0) >= dueMax) return
  const { action, generation, incident, verb, phase, target, provenAtMs } = step
  tx.run(
    'INSERT OR IGNORE INTO signal_due VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    tenant,
    action,
    generation,
    incident,
    verb,
    phase,
    target,
    provenAtMs,
  )
}

export type DueRow = Omit<ProvenStep, 'provenAtMs'> & { proven_at: number; target: EntityId }
