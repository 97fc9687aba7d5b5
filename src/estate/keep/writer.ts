import { toSecondsDown, toSecondsUp } from '#kit'
import { edgeTypes, kindOf, type EdgeStatement, type EntityId, type PeopleStatement, type TenantId } from '#model'
import { handler, type Tx, type WriterModule } from '#store'

import { conditionalBit, inferredBit } from '../graph/index.ts'
import {
  applyProjection,
  resetProjection,
  type GraphChange,
  type Projection,
  type ProjectionItem,
  type ProjectionResult,
} from './commands.ts'
import { decodePeople, encodePeople } from './postings.ts'
import { estateMigrations } from './schema.ts'

/** Names kept in memory between commands; the rest is looked up. */
const namesMax = 200_000

/**
 * The estate's share of worker W. `open` of an edge that stands is a no-op (the snapshot that states it is noted), `close`
 * ends it, spans are kept as stated; all times are rounded outwards and widened by the source's skew: never miss.
 */
export function estateWriter(): WriterModule {
  const names = new Map<string, number>()
  const nextNumbers = new Map<TenantId, { node: number; edge: number; touch: number; person: number }>()

  const countersOf = (tx: Tx, tenant: TenantId) => {
    let counters = nextNumbers.get(tenant)
    if (counters === undefined) {
      const next = (table: string, column: string): number =>
        (tx.get<{ last: number | null }>(`SELECT max(${column}) AS last FROM ${table} WHERE tenant = ?`, tenant)
          ?.last ?? -1) + 1
      counters = {
        node: next('estate_node', 'number'),
        edge: next('estate_edge', 'edge'),
        touch: next('estate_touch', 'number'),
        person: next('estate_person', 'number'),
      }
      nextNumbers.set(tenant, counters)
    }
    return counters
  }

  const numberOf = (tx: Tx, tenant: TenantId, id: EntityId): number => {
    const key = `${tenant} ${id}`
    const cached = names.get(key)
    if (cached !== undefined) return cached
    let number = tx.get<{ number: number }>(
      'SELECT number FROM estate_node WHERE tenant = ? AND id = ?',
      tenant,
      id,
    )?.number
    if (number === undefined) {
      number = countersOf(tx, tenant).node++
      tx.run('INSERT INTO estate_node VALUES (?, ?, ?, ?)', tenant, number, id, kindOf(id))
    }
    if (names.size >= namesMax) names.clear()
    names.set(key, number)
    return number
  }

  const apply = (tx: Tx, projection: Projection): ProjectionResult => {
    const { tenant, through, items } = projection
    const cursor = tx.get<{ through: number; heard_at: number }>(
      'SELECT through, heard_at FROM estate_cursor WHERE tenant = ?',
      tenant,
    )
    const done = cursor?.through ?? 0
    let heardAt = cursor?.heard_at ?? 0
    const changes: GraphChange[] = []
    for (const item of items) {
      if (item.offset <= done) continue
      heardAt = Math.max(heardAt, toSecondsDown(item.arrivedAtMs))
      applyItem(tx, tenant, item, projection.skewMs[item.source] ?? 0, changes)
    }
    tx.run(
      `INSERT INTO estate_cursor VALUES (?, ?, ?) ON CONFLICT (tenant) DO UPDATE SET through = max(through, excluded.through),
         heard_at = max(heard_at, excluded.heard_at)`,
      tenant,
      through,
      heardAt,
    )
    return { through: Math.max(done, through), nodes: countersOf(tx, tenant).node, heardAt, changes }
  }

  const applyItem = (tx: Tx, tenant: TenantId, item: ProjectionItem, skewMs: number, changes: GraphChange[]): void => {
    const { normalized } = item
    for (const statement of normalized.edges) keepEdge(tx, tenant, item, statement, skewMs, changes)
    if (normalized.snapshot?.complete === true) closeUnstated(tx, tenant, item, normalized.snapshot, changes)
    for (const { entity, observedAtMs, attributes } of normalized.facts) {
      const node = numberOf(tx, tenant, entity)
      for (const [name, value] of Object.entries(attributes))
        keepFact(tx, tenant, item, node, name, observedAtMs, value)
    }
    for (const touch of normalized.touches) {
      tx.run(
        'INSERT INTO estate_touch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        tenant,
        countersOf(tx, tenant).touch++,
        touch.identity === null ? null : numberOf(tx, tenant, touch.identity),
        touch.credential === null ? null : numberOf(tx, tenant, touch.credential),
        numberOf(tx, tenant, touch.resource),
        touch.verb,
        touch.atMs,
        touch.records,
        touch.origin,
        item.offset,
        item.source,
      )
    }
    for (const people of normalized.people ?? []) keepPeople(tx, tenant, item, people)
  }

  const keepEdge = (
    tx: Tx,
    tenant: TenantId,
    item: ProjectionItem,
    statement: EdgeStatement,
    skewMs: number,
    changes: GraphChange[],
  ): void => {
    const src = numberOf(tx, tenant, statement.src)
    const dst = numberOf(tx, tenant, statement.dst)
    const type = edgeTypes[statement.type]
    const kind =
      type |
      (statement.confidence === 'inferred' ? inferredBit : 0) |
      (statement.conditional === true ? conditionalBit : 0)
    const standing = tx.get<{ edge: number; valid_from: number; kind: number }>(
      `SELECT edge, valid_from, kind FROM estate_edge WHERE tenant = ? AND src = ? AND dst = ? AND type = ? AND source = ?
         AND valid_to IS NULL`,
      tenant,
      src,
      dst,
      type,
      item.source,
    )
    if (statement.op === 'close') {
      if (standing !== undefined)
        endEdge(tx, tenant, standing.edge, src, dst, toSecondsUp(statement.atMs + skewMs), item, changes)
      return
    }
    const fromMs = statement.op === 'span' ? statement.fromMs : statement.atMs
    const from = Math.max(0, toSecondsDown(fromMs - skewMs))
    const to = statement.op === 'span' && statement.toMs !== null ? toSecondsUp(statement.toMs + skewMs) : null
    if (to === null && standing !== undefined && standing.kind === kind && standing.valid_from <= from) {
      noteSnapshot(tx, tenant, item, standing.edge)
      return
    }
    // An earlier start or another kind is a new edge; the one that stood is kept as it was.
    if (to === null && standing !== undefined)
      endEdge(tx, tenant, standing.edge, src, dst, Math.max(from, standing.valid_from), item, changes)
    if (to !== null && isKnownSpan(tx, tenant, item.source, src, dst, type, from, to)) return
    const edge = countersOf(tx, tenant).edge++
    tx.run(
      'INSERT INTO estate_edge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)',
      tenant,
      edge,
      src,
      type,
      dst,
      from,
      to,
      item.arrivedAtMs,
      kind,
      statement.confidence,
      statement.note ?? null,
      item.offset,
      item.source,
    )
    changes.push({ op: 'add', edge, src, dst, kind, from, to })
    if (to === null) noteSnapshot(tx, tenant, item, edge)
  }

  const closeUnstated = (
    tx: Tx,
    tenant: TenantId,
    item: ProjectionItem,
    snapshot: { id: string; takenAtMs: number; scope?: string },
    changes: GraphChange[],
  ): void => {
    const gone = tx.all<{ edge: number; src: number; dst: number; valid_from: number; valid_to: number | null }>(
      `SELECT e.edge, e.src, e.dst, e.valid_from, e.valid_to FROM estate_snapshot_edge s
         JOIN estate_edge e ON e.tenant = s.tenant AND e.edge = s.edge
       WHERE s.tenant = ? AND s.source = ? AND s.stream = ? AND s.scope = ? AND s.snapshot <> ?`,
      tenant,
      item.source,
      item.stream,
      snapshot.scope ?? '',
      snapshot.id,
    )
    for (const { edge, src, dst, valid_from, valid_to } of gone) {
      if (valid_to === null)
        endEdge(tx, tenant, edge, src, dst, Math.max(valid_from, toSecondsUp(snapshot.takenAtMs)), item, changes)
      tx.run(
        'DELETE FROM estate_snapshot_edge WHERE tenant = ? AND source = ? AND stream = ? AND scope = ? AND edge = ?',
        tenant,
        item.source,
        item.stream,
        snapshot.scope ?? '',
        edge,
      )
    }
  }

  const keepPeople = (tx: Tx, tenant: TenantId, item: ProjectionItem, statement: PeopleStatement): void => {
    const numbers = new Set<number>()
    const resource = numberOf(tx, tenant, statement.resource)
    if (!statement.complete) {
      const before = tx.get<{ people: Uint8Array }>(
        'SELECT people FROM estate_posting WHERE tenant = ? AND resource = ? AND source = ?',
        tenant,
        resource,
        item.source,
      )
      for (const number of before === undefined ? [] : decodePeople(before.people)) numbers.add(number)
    }
    for (const { person, customer } of statement.persons) {
      const customerNumber = customer === null ? null : numberOf(tx, tenant, customer)
      const known = tx.get<{ number: number; customer: number | null }>(
        'SELECT number, customer FROM estate_person WHERE tenant = ? AND id = ?',
        tenant,
        person,
      )
      if (known === undefined) {
        const number = countersOf(tx, tenant).person++
        tx.run('INSERT INTO estate_person VALUES (?, ?, ?, ?)', tenant, number, person, customerNumber)
        numbers.add(number)
        continue
      }
      if (customerNumber !== null && known.customer !== customerNumber) {
        tx.run(
          'UPDATE estate_person SET customer = ? WHERE tenant = ? AND number = ?',
          customerNumber,
          tenant,
          known.number,
        )
      }
      numbers.add(known.number)
    }
    tx.run(
      `INSERT INTO estate_posting VALUES (?, ?, ?, ?) ON CONFLICT (tenant, resource, source) DO UPDATE SET people = excluded.people`,
      tenant,
      resource,
      encodePeople([...numbers].sort((a, b) => a - b)),
      item.source,
    )
  }

  return {
    name: 'estate',
    migrations: estateMigrations,
    handlers: [
      handler(applyProjection, (tx, projection) => {
        try {
          return apply(tx, projection)
        } catch (error) {
          // What was numbered in memory is not on disk: read it again.
          names.clear()
          nextNumbers.clear()
          throw error
        }
      }),
      handler(resetProjection, (tx, { tenant, versions }) => {
        for (const table of ['edge', 'fact', 'touch', 'posting', 'snapshot_edge', 'cursor', 'projection']) {
          tx.run(`DELETE FROM estate_${table} WHERE tenant = ?`, tenant)
        }
        tx.run(`INSERT INTO estate_projection VALUES (?, '*', ?, 0, 0, 0)`, tenant, versions)
        nextNumbers.delete(tenant)
        return null
      }),
    ],
  }
}

function endEdge(
  tx: Tx,
  tenant: TenantId,
  edge: number,
  src: number,
  dst: number,
  to: number,
  by: { offset: number; arrivedAtMs: number },
  changes: GraphChange[],
): void {
  tx.run(
    'UPDATE estate_edge SET valid_to = ?, ended_by = ?, ended_heard_at = ? WHERE tenant = ? AND edge = ?',
    to,
    by.offset,
    by.arrivedAtMs,
    tenant,
    edge,
  )
  changes.push({ op: 'close', edge, src, dst, to })
}

/** Remembers which snapshot stated an edge last; only streams whose records are snapshot parts get here with one. */
function noteSnapshot(tx: Tx, tenant: TenantId, item: ProjectionItem, edge: number): void {
  const { snapshot } = item.normalized
  if (snapshot === undefined) return
  tx.run(
    `INSERT INTO estate_snapshot_edge VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant, source, stream, scope, edge) DO UPDATE SET snapshot = excluded.snapshot`,
    tenant,
    item.source,
    item.stream,
    snapshot.scope ?? '',
    edge,
    snapshot.id,
  )
}

function isKnownSpan(
  tx: Tx,
  tenant: TenantId,
  source: string,
  src: number,
  dst: number,
  type: number,
  from: number,
  to: number,
): boolean {
  return (
    tx.get(
      `SELECT 1 FROM estate_edge WHERE tenant = ? AND src = ? AND dst = ? AND type = ? AND source = ? AND valid_from = ? AND valid_to = ?`,
      tenant,
      src,
      dst,
      type,
      source,
      from,
      to,
    ) !== undefined
  )
}

/** A fact that says what is known already adds nothing: inventories repeat themselves for years. */
function keepFact(
  tx: Tx,
  tenant: TenantId,
  item: ProjectionItem,
  node: number,
  name: string,
  observedAtMs: number,
  value: unknown,
): void {
  const text = JSON.stringify(value)
  const newest = tx.get<{ value: string; observed_at: number }>(
    'SELECT value, observed_at FROM estate_fact WHERE tenant = ? AND node = ? AND name = ? AND observed_at <= ? ORDER BY observed_at DESC, evidence DESC LIMIT 1',
    tenant,
    node,
    name,
    observedAtMs,
  )
  if (newest?.value === text) return
  tx.run(
    'INSERT OR REPLACE INTO estate_fact VALUES (?, ?, ?, ?, ?, ?, ?)',
    tenant,
    node,
    name,
    observedAtMs,
    text,
    item.offset,
    item.source,
  )
}
