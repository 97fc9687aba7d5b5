import type { ActionState } from '#model'
import type { SqlValue, Tx } from '#store'

import type { Journal } from './journal.ts'
import { previewOf, type ActionRow } from './rows.ts'
import { assertMove } from './states.ts'

/** Columns a transition may set beside the state; the names are ours, never input. */
export type Sets = Partial<
  Record<
    | 'is_automatic'
    | 'approved_at_ms'
    | 'approved_until_ms'
    | 'asks_fresh_after_ms'
    | 'applied_at_ms'
    | 'proven_at_ms'
    | 'proof'
    | 'releases'
    | 'last_error'
    | 'undo_state'
    | 'expires_at_ms',
    SqlValue
  >
>

/** The only way an action's state changes. Keeps `row` in step with the store. */
export function move(tx: Tx, row: ActionRow, to: ActionState, sets: Sets = {}): void {
  assertMove(row.state, to)
  const names = Object.keys(sets)
  const values = Object.values(sets)
  tx.run(
    `UPDATE action SET state = ?${names.map((name) => `, ${name} = ?`).join('')} WHERE tenant = ? AND id = ?`,
    to,
    ...values,
    row.tenant,
    row.id,
  )
  Object.assign(row, sets, { state: to })
  // INVARIANT: another lease of the same right is another action: what this one remembered of before is not true any more.
  if (to === 'failed' && previewOf(row).lentForMs !== undefined) raiseGeneration(tx, row)
}

/** Gives the claim back; nothing is held from now on. */
export function letGo(tx: Tx, row: ActionRow): void {
  tx.run(
    `UPDATE action SET worker = NULL, errand = NULL, held_boot = '', held_until_ms = 0 WHERE tenant = ? AND id = ?`,
    row.tenant,
    row.id,
  )
}

/** From now on a new action, with a new key, is what may act on this target. */
export function raiseGeneration(tx: Tx, row: ActionRow): void {
  tx.run(
    `INSERT INTO generation VALUES (?, ?, ?, ?) ON CONFLICT (tenant, verb, target) DO UPDATE SET generation = excluded.generation
     WHERE excluded.generation > generation`,
    row.tenant,
    row.verb,
    row.target,
    row.generation + 1,
  )
}

export const tellAction = (
  tx: Tx,
  journal: Journal,
  row: ActionRow,
  what: string,
  atMs: number,
  facts: Record<string, string | number | boolean | null> = {},
  sealed: Record<string, string> = {},
): void =>
  journal(
    tx,
    row.tenant,
    what,
    atMs,
    { action: row.id, verb: row.verb, connector: row.connector, incident: row.incident, ...facts },
    { target: row.target, ...sealed },
  )

const minuteMs = 60_000
const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs
/** Pauses between checks of a proof, or of a survivor; the last one repeats until `recheckDays` are over. */
export const recheckPausesMs: readonly number[] = [5 * minuteMs, hourMs, 6 * hourMs, dayMs]
export const recheckDays = 7
/** Clocks of issuers and ours differ: a token counts as expired only this long after its time. */
export const expirySkewMs = 60_000

/** A proof is looked at again, and so is a survivor: sooner where its own end is known. */
export function scheduleRecheck(tx: Tx, row: ActionRow, atMs: number): void {
  const known = tx.get<{ round: number; until_ms: number }>(
    'SELECT round, until_ms FROM recheck WHERE tenant = ? AND action = ?',
    row.tenant,
    row.id,
  )
  const round = known === undefined ? 0 : known.round + 1
  const endsMs = row.expires_at_ms === null || row.state === 'contained' ? null : row.expires_at_ms + expirySkewMs
  const untilMs = Math.max(known?.until_ms ?? atMs + recheckDays * dayMs, endsMs === null ? 0 : endsMs + hourMs)
  const pauseMs = recheckPausesMs[Math.min(round, recheckPausesMs.length - 1)] ?? dayMs
  const nextMs = endsMs !== null && endsMs > atMs ? Math.min(atMs + pauseMs, endsMs) : atMs + pauseMs
  if (nextMs > untilMs) return endRecheck(tx, row)
  tx.run('INSERT OR REPLACE INTO recheck VALUES (?, ?, ?, ?, ?)', row.tenant, row.id, nextMs, untilMs, round)
}

/** No later than at this time, whatever was planned. */
export function recheckAt(tx: Tx, row: ActionRow, atMs: number): void {
  tx.run(
    `INSERT INTO recheck VALUES (?, ?, ?, ?, 0) ON CONFLICT (tenant, action) DO UPDATE SET
       next_at_ms = min(next_at_ms, excluded.next_at_ms)`,
    row.tenant,
    row.id,
    atMs,
    atMs + recheckDays * dayMs,
  )
}

export function endRecheck(tx: Tx, row: ActionRow): void {
  tx.run('DELETE FROM recheck WHERE tenant = ? AND action = ?', row.tenant, row.id)
}
