import type { EntityId, FindingId, TenantId } from '#model'
import type { Reader } from '#store'

import { dayMs } from './words.ts'
import { inForce, type ExceptionRow } from './writer.ts'

/** The longest an exception may last: whoever accepts a weakness looks at it again within a year. */
export const exceptionDaysMax = 366

export type PostureException = {
  number: number
  finding: FindingId
  kind: string
  on: EntityId
  owner: string
  reason: string
  untilMs: number
  by: string
  atMs: number
  /** `ended`: its time was over. `lifted`: somebody ended it before. */
  state: 'in-force' | 'ended' | 'lifted'
  /** Begun days until it ends; 0 where it is not in force. */
  daysLeft: number
  liftedAtMs: number | null
  liftedBy: string | null
}

const columns =
  'number, finding, kind, on_entity, owner, reason, until_ms, by_user, at_ms, lifted_ms, lifted_by FROM posture_exception'

/** Those in force, by finding. */
export function exceptionsInForce(
  reader: Reader,
  tenant: TenantId,
  atMs: number,
): ReadonlyMap<FindingId, PostureException> {
  const rows = reader.all<ExceptionRow>(`SELECT ${columns} WHERE tenant = ? AND ${inForce}`, tenant, atMs)
  return new Map(rows.map((row) => [row.finding, toException(row, atMs)]))
}

/** A page of them, newest first; `before`: the number of the last one of the page before. */
export function exceptionsPage(
  reader: Reader,
  tenant: TenantId,
  { atMs, state, before, max }: { atMs: number; state: 'in-force' | 'all'; before: number | undefined; max: number },
): { total: number; exceptions: PostureException[] } {
  const which = `tenant = ? AND (? = 'all' OR ${inForce})`
  const total = reader.get<{ n: number }>(
    `SELECT count(*) AS n FROM posture_exception WHERE ${which}`,
    tenant,
    state,
    atMs,
  )
  const rows = reader.all<ExceptionRow>(
    `SELECT ${columns} WHERE ${which} AND number < ? ORDER BY number DESC LIMIT ?`,
    tenant,
    state,
    atMs,
    before ?? Number.MAX_SAFE_INTEGER,
    max,
  )
  return { total: total?.n ?? 0, exceptions: rows.map((row) => toException(row, atMs)) }
}

function toException(row: ExceptionRow, atMs: number): PostureException {
  const isLifted = row.lifted_ms !== null
  const leftMs = isLifted ? 0 : Math.max(0, row.until_ms - atMs)
  return {
    number: row.number,
    finding: row.finding,
    kind: row.kind,
    on: row.on_entity,
    owner: row.owner,
    reason: row.reason,
    untilMs: row.until_ms,
    by: row.by_user,
    atMs: row.at_ms,
    state: isLifted ? 'lifted' : leftMs > 0 ? 'in-force' : 'ended',
    daysLeft: Math.ceil(leftMs / dayMs),
    liftedAtMs: row.lifted_ms,
    liftedBy: row.lifted_by,
  }
}
