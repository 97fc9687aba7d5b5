import { edgeTypeNames, type Edge, type EntityId, type TenantId } from '#model'
import type { Reader } from '#store'

import { EstateError } from '../error.ts'
import {
  arrive,
  codeBits,
  compileFilter,
  conditionalBit,
  edgesOf,
  EdgeColumns,
  explain,
  Graph,
  hasBit,
  isTurned,
  never,
  openEnd,
  reach,
  type Direction,
  type GraphEdge,
  type GraphView,
} from '../graph/index.ts'
import { entitiesMaxDefault, type EdgeQuery, type EstateView, type Reached } from '../types.ts'
import type { ProjectionResult } from './commands.ts'
import { findEntities, inPages, readCustomers, readFacts, readPeople, readTouches } from './read.ts'

/** Rows asked for at a time; a cursor is never held open. */
const pageRows = 50_000

/** The estate of one tenant as worker D holds it: the graph in memory, the rest read from the store. */
export interface Estate {
  /** Follows a committed projection. Must be called once for each, in order. */
  apply(result: ProjectionResult): void
  /** Pinned: what is applied later does not change its answers about edges. */
  view(): EstateView
  readonly through: number
  compactIfNeeded(): Promise<void>
}

export function openEstate({ reader, tenant }: { reader: Reader; tenant: TenantId }): Estate {
  const cursor = reader.get<{ through: number; heard_at: number }>(
    'SELECT through, heard_at FROM estate_cursor WHERE tenant = ?',
    tenant,
  )
  let through = cursor?.through ?? 0
  let heardAt = cursor?.heard_at ?? 0
  const graph = loadGraph(reader, tenant)
  return {
    apply(result) {
      graph.growTo(result.nodes)
      for (const change of result.changes) {
        if (change.op === 'close') graph.close(change.edge, change.src, change.dst, change.to)
        else graph.add(change.edge, change.src, change.dst, change.kind, change.from, change.to ?? openEnd)
      }
      through = result.through
      heardAt = result.heardAt
    },
    view: () => createView(reader, tenant, graph.view(), through, heardAt),
    get through() {
      return through
    },
    async compactIfNeeded() {
      if (graph.wantsCompaction) await graph.compact(() => new Promise((resolve) => setImmediate(resolve)))
    },
  }
}

type EdgeRow = { edge: number; src: number; dst: number; kind: number; valid_from: number; valid_to: number | null }

function loadGraph(reader: Reader, tenant: TenantId): Graph {
  const nodes =
    (reader.get<{ last: number | null }>('SELECT max(number) AS last FROM estate_node WHERE tenant = ?', tenant)
      ?.last ?? -1) + 1
  const columns = new EdgeColumns()
  for (let after = -1; ;) {
    const rows = reader.all<EdgeRow>(
      'SELECT edge, src, dst, kind, valid_from, valid_to FROM estate_edge WHERE tenant = ? AND edge > ? ORDER BY edge LIMIT ?',
      tenant,
      after,
      pageRows,
    )
    for (const row of rows) columns.push(row.edge, row.src, row.dst, row.kind, row.valid_from, row.valid_to ?? openEnd)
    after = rows.at(-1)?.edge ?? after
    if (rows.length < pageRows) break
  }
  return Graph.of(columns, nodes)
}

function createView(reader: Reader, tenant: TenantId, graph: GraphView, asOf: number, heardAt: number): EstateView {
  const numbersOf = (entities: readonly EntityId[]): number[] =>
    inPages(entities, (page) =>
      reader
        .all<{ number: number }>(
          'SELECT number FROM estate_node WHERE tenant = ? AND id IN (SELECT value FROM json_each(?))',
          tenant,
          JSON.stringify(page),
        )
        .map(({ number }) => number)
        .filter((number) => number < graph.nodes),
    )
  const namesOf = (numbers: readonly number[]): Map<number, EntityId> =>
    new Map(
      inPages([...new Set(numbers)], (page) =>
        reader
          .all<{ number: number; id: EntityId }>(
            'SELECT number, id FROM estate_node WHERE tenant = ? AND number IN (SELECT value FROM json_each(?))',
            tenant,
            JSON.stringify(page),
          )
          .map(({ number, id }) => [number, id] as const),
      ),
    )
  const detail = (found: readonly GraphEdge[]): Edge[] => {
    const rows = new Map(
      inPages([...new Set(found.map(({ edge }) => edge))], (page) =>
        reader
          .all<{
            edge: number
            observed_at: number
            confidence: Edge['confidence']
            note: string | null
            evidence: number
            ended_heard_at: number | null
          }>(
            'SELECT edge, observed_at, confidence, note, evidence, ended_heard_at FROM estate_edge WHERE tenant = ? AND edge IN (SELECT value FROM json_each(?))',
            tenant,
            JSON.stringify(page),
          )
          .map((row) => [row.edge, row] as const),
      ),
    )
    const names = namesOf(found.flatMap(({ src, dst }) => [src, dst]))
    return found.flatMap((known): Edge[] => {
      const row = rows.get(known.edge)
      const src = names.get(known.src)
      const dst = names.get(known.dst)
      const type = isTurned(known.kind) ? 'SAME_AS' : edgeTypeNames[known.kind & codeBits]
      if (row === undefined || src === undefined || dst === undefined || type === undefined) return []
      return [
        {
          edge: known.edge,
          src,
          type,
          dst,
          validFrom: known.from,
          validTo: known.to === openEnd ? null : known.to,
          observedAtMs: row.observed_at,
          confidence: row.confidence,
          conditional: (known.kind & conditionalBit) !== 0,
          note: row.note,
          evidence: row.evidence,
          ...(row.ended_heard_at === null ? {} : { endHeardAtMs: row.ended_heard_at }),
        },
      ]
    })
  }
  const adjacent = (entities: readonly EntityId[], query: EdgeQuery, direction: Direction): Edge[] => {
    const filter = compileFilter(query, heardAt, false)
    return detail(numbersOf(entities).flatMap((node) => edgesOf(graph, node, direction, filter)))
  }
  const walk = (starts: readonly EntityId[], query: EdgeQuery, direction: Direction, max: number): Reached[] => {
    const filter = compileFilter(query, heardAt, true)
    const numbers = numbersOf(starts)
    const from = new Set(numbers)
    const found: { node: number; since: number }[] = []
    const offer = (node: number, since: number): void => {
      if (from.has(node)) return
      if (found.length >= max) {
        throw new EstateError('ERR_ESTATE_TOO_MANY', `the answer holds more than ${max} entities`, {
          hint: 'ask for fewer edge types or a shorter window, or raise the bound',
        })
      }
      found.push({ node, since })
    }
    if (filter.isWindow) {
      const { delay } = arrive(graph, numbers, filter, direction)
      for (let node = 0; node < graph.nodes; node++) {
        const late = delay[node] ?? never
        if (late !== never) offer(node, direction === 'out' ? filter.low + late : 0)
      }
    } else {
      const { bits } = reach(graph, numbers, filter, direction)
      for (let node = 0; node < graph.nodes; node++) if (hasBit(bits, node)) offer(node, 0)
    }
    const names = namesOf(found.map(({ node }) => node))
    return found.flatMap(({ node, since }) => {
      const entity = names.get(node)
      return entity === undefined ? [] : [{ entity, since }]
    })
  }

  return {
    asOf,
    edgesFrom: (entities, query) => Promise.resolve(adjacent(entities, query, 'out')),
    edgesTo: (entities, query) => Promise.resolve(adjacent(entities, query, 'in')),
    async reach(from, query, entitiesMax = entitiesMaxDefault) {
      return Promise.resolve(walk(from, query, 'out', entitiesMax))
    },
    async whoCanReach(targets, query, entitiesMax = entitiesMaxDefault) {
      return Promise.resolve(walk(targets, query, 'in', entitiesMax))
    },
    async explain(from, to, query) {
      if (from === to) return Promise.resolve([])
      const [source] = numbersOf([from])
      const [target] = numbersOf([to])
      if (source === undefined || target === undefined) return undefined
      const path = explain(graph, source, target, compileFilter(query, heardAt, true))
      return path === undefined ? undefined : detail(path)
    },
    facts: (entities) => Promise.resolve(readFacts(reader, tenant, entities)),
    find: (kind, where = {}, entitiesMax = entitiesMaxDefault) =>
      Promise.resolve(findEntities(reader, tenant, kind, where, entitiesMax)),
    touches: (query) => Promise.resolve(readTouches(reader, tenant, query, asOf)),
    people: (resources) => Promise.resolve(readPeople(reader, tenant, resources)),
    customersOf: (people) => Promise.resolve(readCustomers(reader, tenant, people)),
  }
}
