import type { EntityId, SourceId, TenantId } from '#model'
import type { Tx } from '#store'

import { estateFull } from '../error.ts'
import { nodesMax } from '../graph/kind.ts'

/** An open statement as the store has it. */
export type Current = {
  edge: number
  bits: number
  valid_from: number
  valid_to: number | null
  stated_at_ms: number
  /** The newest statement is still to be written. */
  isStale?: boolean
}

/** One command's work inside W: counters read once and written once, names looked up once. */
export type Work = {
  readonly tx: Tx
  readonly tenant: TenantId
  /** Number of the source that speaks, and how far its clock may be off. */
  readonly source: number
  readonly skewMs: number
  readonly state: State
  /** Open statements as committed; see `cacheOf`. */
  readonly current: Map<string, Current[]>
  node(entity: EntityId): number
}

export type State = {
  generation: number
  through: number
  heard_at_ms: number
  next_node: number
  next_edge: number
  next_close: number
  next_person: number
  next_source: number
  next_touch: number
  /** Last touch that lies in a run. */
  listed_touch: number
}

export type SourceState = {
  number: number
  skew_ms: number
  projection_version: number | null
  through: number
  unmapped: number
}

export function readState(tx: Tx, tenant: TenantId): State {
  const found = tx.get<State>('SELECT * FROM estate_state WHERE tenant = ?', tenant)
  if (found !== undefined) return { ...found }
  tx.run('INSERT INTO estate_state VALUES (?, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0)', tenant)
  return readState(tx, tenant)
}

export function writeState(tx: Tx, tenant: TenantId, state: State): void {
  tx.run(
    `UPDATE estate_state SET generation = ?, through = ?, heard_at_ms = ?, next_node = ?, next_edge = ?, next_close = ?,
       next_person = ?, next_source = ?, next_touch = ?, listed_touch = ? WHERE tenant = ?`,
    state.generation,
    state.through,
    state.heard_at_ms,
    state.next_node,
    state.next_edge,
    state.next_close,
    state.next_person,
    state.next_source,
    state.next_touch,
    state.listed_touch,
    tenant,
  )
}

export function readSource(tx: Tx, tenant: TenantId, source: SourceId, state: State): SourceState {
  const found = tx.get<SourceState>(
    `SELECT number, skew_ms, projection_version, through, unmapped FROM estate_source WHERE tenant = ? AND source = ?`,
    tenant,
    source,
  )
  if (found !== undefined) return { ...found }
  tx.run('INSERT INTO estate_source VALUES (?, ?, ?, 0, NULL, 0, 0)', tenant, source, state.next_source++)
  return readSource(tx, tenant, source, state)
}

/** Numbers entities, new ones in the order of their first mention. */
export function interner(
  tx: Tx,
  tenant: TenantId,
  state: State,
  committed: Map<EntityId, number>,
): (entity: EntityId) => number {
  const mine = new Map<EntityId, number>()
  tx.afterCommit(() => {
    for (const [entity, number] of mine) committed.set(entity, number)
  })
  return (entity) => {
    const known = committed.get(entity) ?? mine.get(entity)
    if (known !== undefined) return known
    const found = tx.get<{ number: number }>(
      'SELECT number FROM estate_node WHERE tenant = ? AND entity = ?',
      tenant,
      entity,
    )
    if (found === undefined && state.next_node >= nodesMax) throw estateFull(nodesMax)
    const number = found?.number ?? state.next_node++
    if (found === undefined) tx.run('INSERT INTO estate_node VALUES (?, ?, ?)', tenant, number, entity)
    mine.set(entity, number)
    return number
  }
}
