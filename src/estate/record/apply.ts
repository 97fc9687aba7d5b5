import type { Normalized, ProjectionItem, SourceId, TenantId } from '#model'
import { command, type Tx } from '#store'

import { EstateError } from '../error.ts'
import { cacheOf, forget } from './cache.ts'
import { edgeBook, type Origin } from './edges.ts'
import { factBook } from './facts.ts'
import { peopleBook } from './people.ts'
import { snapshotBook } from './snapshots.ts'
import { listTouches, writeTouch } from './touches.ts'
import { interner, readSource, readState, writeState, type Work } from './work.ts'

/** The part of a `ProjectionItem` the estate keeps. */
export type EstateItem = Omit<Normalized, 'ocsf' | 'signals' | 'refusals'> &
  Pick<ProjectionItem, 'offset' | 'stream' | 'eventAtMs' | 'arrivedAtMs'>

/** What D sends to W: without the OCSF events, and without the items that say nothing. */
export function estateItems(items: readonly ProjectionItem[]): EstateItem[] {
  return items
    .filter(
      (item) =>
        item.edges.length > 0 ||
        item.touches.length > 0 ||
        item.facts.length > 0 ||
        item.people !== undefined ||
        item.snapshot !== undefined ||
        item.unmapped !== undefined,
    )
    .map(({ ocsf: _ocsf, event: _event, source: _source, signals: _signals, refusals: _refusals, ...item }) => item)
}

/** One source's items in ascending order of offset; `through`: the last offset looked at, items or not. */
export type ApplyProjection = {
  tenant: TenantId
  source: SourceId
  /** How far this source's clock may be off, ms: every validity is widened by it. */
  skewMs: number
  /** Null while a source is projected anew: a later word of which version it is ends that. */
  projectionVersion: number | null
  through: number
  items: EstateItem[]
}

/**
 * What changed, for the graph in memory. `appended`: six numbers an edge (number, src, dst, kind byte, from, to or
 * 0xffffffff). `closed`: four (number, src, dst, to). Entities are dense numbers, times seconds.
 */
export type Applied = {
  tenant: TenantId
  generation: number
  /** The tenant's offset after this command: `asOf` of what is read from now on. */
  asOf: number
  heardAtMs: number
  nodes: number
  lastEdge: number
  lastClose: number
  appended: Uint32Array
  closed: Uint32Array
}

/**
 * Writes everything and moves the cursor, or neither. Items at or below the source's cursor are skipped: replaying an
 * offset changes nothing. ERR_ESTATE_PROJECTION when the source was projected under another version: reset it first.
 */
export const applyProjection = command<ApplyProjection, Applied>('estate.apply-projection')

/**
 * Forgets all that one source stated, so that a new version of its projection can state it anew from offset 0. Entity
 * numbers stay. Raises the generation: graphs and their files of before are refused.
 */
export const resetProjection = command<{ tenant: TenantId; source: SourceId }, { generation: number }>(
  'estate.reset-projection',
)

export function runApply(tx: Tx, args: ApplyProjection): Applied {
  const { tenant, skewMs, items } = args
  const state = readState(tx, tenant)
  const source = readSource(tx, tenant, args.source, state)
  const { projectionVersion: version } = args
  if (source.projection_version !== null && source.projection_version !== version) {
    throw new EstateError(
      'ERR_ESTATE_PROJECTION',
      `source \`${args.source}\` was projected by version ${source.projection_version}, not ${version}`,
      { hint: 'reset the projection of this source, then project it from its first event' },
    )
  }
  const { nodes, current } = cacheOf(tx, tenant)
  const node = interner(tx, tenant, state, nodes)
  const work: Work = { tx, tenant, source: source.number, skewMs, state, current, node }
  const edges = edgeBook(work)
  const snapshots = snapshotBook(work, edges)
  const facts = factBook(work)
  const people = peopleBook(work)
  let { unmapped } = source
  for (const item of items) {
    if (item.offset <= source.through) continue
    const { offset, arrivedAtMs, snapshot } = item
    const trueAtMs = snapshot?.takenAtMs ?? item.eventAtMs ?? 0
    const origin: Origin = { offset, arrivedAtMs, trueAtMs }
    // Many hosts on one stream snapshot each apart.
    const book = snapshot?.scope === undefined ? item.stream : `${item.stream} ${snapshot.scope}`
    for (const statement of item.edges) {
      const edge = edges.state(statement, origin)
      if (snapshot !== undefined && edge !== undefined) snapshots.stated(book, Math.floor(snapshot.takenAtMs), edge)
    }
    for (const fact of item.facts) facts.state(fact, offset)
    for (const [part, touch] of item.touches.entries()) writeTouch(work, touch, offset, part)
    const gathering = snapshot === undefined ? null : `${book} ${snapshot.id}`
    for (const statement of item.people ?? []) people.state(statement, gathering, offset)
    if (snapshot !== undefined && snapshots.finishPart(book, snapshot, origin))
      people.finish(`${book} ${snapshot.id}`, snapshot.allPeople === true)
    if (item.unmapped !== undefined) unmapped++
    state.heard_at_ms = Math.max(state.heard_at_ms, arrivedAtMs)
  }
  const changes = edges.flush()
  facts.flush()
  listTouches(work)
  tx.run(
    `UPDATE estate_source SET skew_ms = ?, projection_version = ?, through = ?, unmapped = ?
     WHERE tenant = ? AND source = ?`,
    skewMs,
    version,
    Math.max(source.through, args.through),
    unmapped,
    tenant,
    args.source,
  )
  state.through = Math.max(state.through, args.through)
  writeState(tx, tenant, state)
  return {
    tenant,
    generation: state.generation,
    asOf: state.through,
    heardAtMs: state.heard_at_ms,
    nodes: state.next_node,
    lastEdge: state.next_edge - 1,
    lastClose: state.next_close - 1,
    ...changes,
  }
}

export function runReset(tx: Tx, { tenant, source: name }: { tenant: TenantId; source: SourceId }) {
  // What earlier commands of this transaction still put in goes to the old cache, which nobody reads any more.
  forget()
  const state = readState(tx, tenant)
  const source = readSource(tx, tenant, name, state)
  const tables = [
    'edge',
    'close',
    'current',
    'shut',
    'snapshot',
    'snapshot_edge',
    'fact',
    'touch',
    'people',
    'customer',
    'staging',
    'staged',
  ]
  for (const table of tables) {
    tx.run(`DELETE FROM estate_${table} WHERE tenant = ? AND source = ?`, tenant, source.number)
  }
  tx.run(
    `UPDATE estate_source SET projection_version = NULL, through = 0, unmapped = 0 WHERE tenant = ? AND source = ?`,
    tenant,
    name,
  )
  state.generation++
  writeState(tx, tenant, state)
  return { generation: state.generation }
}
