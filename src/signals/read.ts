import { parseOwnJson, type JsonObject } from '#kit'
import type { TenantId } from '#model'
import type { Reader } from '#store'

import type { ProvenStep } from './event-of.ts'
import type { DueRow, OutRow, StreamRow } from './writer.ts'

export type SignalKey = {
  kid: string
  publicJwk: JsonObject
  sealed: string
  createdAtMs: number
  retireAtMs: number | null
}

/** A new key is published at once and signs only after this: receivers keep key sets for a while. */
export const keySettleMs = 10 * 60_000

export function signalKeys(reader: Reader, tenant: TenantId): SignalKey[] {
  return reader
    .all<{ kid: string; public_jwk: string; sealed: string; created_at: number; retire_at: number | null }>(
      'SELECT kid, public_jwk, sealed, created_at, retire_at FROM signal_key WHERE tenant = ? ORDER BY created_at DESC, kid',
      tenant,
    )
    .map((row) => ({
      kid: row.kid,
      publicJwk: parseOwnJson<JsonObject>(row.public_jwk),
      sealed: row.sealed,
      createdAtMs: row.created_at,
      retireAtMs: row.retire_at,
    }))
}

/** The newest that receivers can know by now; the very first signs at once. */
export function signingKey(keys: readonly SignalKey[], nowMs: number): SignalKey | undefined {
  return keys.find(({ createdAtMs }) => nowMs - createdAtMs >= keySettleMs) ?? keys.at(-1)
}

export const publishedKeys = (keys: readonly SignalKey[], nowMs: number): JsonObject[] =>
  keys.flatMap(({ publicJwk, retireAtMs }) => (retireAtMs !== null && retireAtMs < nowMs ? [] : [publicJwk]))

export const listStreams = (reader: Reader, tenant: TenantId): StreamRow[] =>
  reader.all<StreamRow>('SELECT * FROM signal_stream WHERE tenant = ? ORDER BY created_at, id', tenant)

export const findStream = (reader: Reader, tenant: TenantId, id: string): StreamRow | undefined =>
  reader.get<StreamRow>('SELECT * FROM signal_stream WHERE tenant = ? AND id = ?', tenant, id)

export function dueSteps(reader: Reader, tenant: TenantId, max: number): ProvenStep[] {
  return reader
    .all<DueRow>('SELECT * FROM signal_due WHERE tenant = ? ORDER BY proven_at, action LIMIT ?', tenant, max)
    .map(({ proven_at: provenAtMs, ...row }) => ({ ...row, provenAtMs }))
}

/** What is told next: those that never failed before those that did, so that one that is never taken holds up no other. */
export const waitingTokens = (reader: Reader, tenant: TenantId, stream: string, max: number): OutRow[] =>
  reader.all<OutRow>(
    `SELECT jti, type, sealed, created_at, attempts FROM signal_out
     WHERE tenant = ? AND stream = ? ORDER BY attempts, created_at, jti LIMIT ?`,
    tenant,
    stream,
    max,
  )

/** Whatever waits, for whom: by the primary key, so that what is added or gone meanwhile moves nothing. */
export const tokensBehind = (
  reader: Reader,
  tenant: TenantId,
  after: { stream: string; jti: string } | null,
  max: number,
): { stream: string; jti: string; sealed: string }[] =>
  reader.all(
    `SELECT stream, jti, sealed FROM signal_out WHERE tenant = ? AND (stream, jti) > (?, ?)
     ORDER BY stream, jti LIMIT ?`,
    tenant,
    after?.stream ?? '',
    after?.jti ?? '',
    max,
  )

/** Until when a receiver is left alone after a failure. */
export const restUntilMs = (reader: Reader, tenant: TenantId, stream: string): number =>
  reader.get<{ at: number | null }>(
    'SELECT max(next_at) AS at FROM signal_out WHERE tenant = ? AND stream = ? AND attempts > 0',
    tenant,
    stream,
  )?.at ?? 0

/** A receiver that failed is left alone, so of all that failed the last one has the furthest time to be tried again. */
export function backlogOf(
  reader: Reader,
  tenant: TenantId,
  stream: string,
): { waiting: number; lastError: string | null } {
  const row = reader.get<{ n: number; last: string | null }>(
    `SELECT count(*) AS n, (SELECT last_error FROM signal_out WHERE tenant = ?1 AND stream = ?2 AND attempts > 0
       ORDER BY next_at DESC LIMIT 1) AS last FROM signal_out WHERE tenant = ?1 AND stream = ?2`,
    tenant,
    stream,
  )
  return { waiting: row?.n ?? 0, lastError: row?.last ?? null }
}

export const isExcluded = (reader: Reader, tenant: TenantId, stream: string, subject: string): boolean =>
  reader.get(
    'SELECT 1 FROM signal_excluded WHERE tenant = ? AND stream = ? AND subject = ?',
    tenant,
    stream,
    subject,
  ) !== undefined
