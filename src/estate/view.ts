import { assert } from '#kit'
import { edgeTypeNames, type Edge, type EntityId } from '#model'

import { tooMany, EstateError } from './error.ts'
import { readFacts, findEntities, readCustomers, readPersons, readPeople } from './facts.ts'
import {
  arrive,
  bytesOf,
  codeBits,
  compileFilter,
  edgesOf,
  explain,
  hasBit,
  isTurned,
  never,
  openEnd,
  reach,
  type Direction,
  type GraphEdge,
  type GraphView,
} from './graph/index.ts'
import { confidences } from './record/index.ts'
import { readTouches } from './touches.ts'
import { entitiesMaxDefault, type EdgeQuery, type EstateView, type Reached } from './types.ts'
import type { ViewParts } from './view-parts.ts'

const graphs = new WeakMap<EstateView, GraphView>()

/** Memory that views keep from being freed, each graph counted once. */
export function bytesHeldBy(views: Iterable<EstateView>): number {
  const bases = new Set([...views].flatMap((view) => graphs.get(view)?.base ?? []))
  return [...bases].reduce((sum, base) => sum + bytesOf(base), 0)
}

/** The estate as of one offset: walks in memory, the rest from the store. People's postings alone are always the newest. */
export function createView(parts: ViewParts): EstateView {
  const { graph, names, asOf } = parts
  const heardAt = Math.floor(parts.heardAtMs / 1000)
  const numbersOf = (entities: readonly EntityId[]): number[] => {
    const numbers = entities.map((entity) => names.number(entity)).filter((number) => number !== undefined)
    return [...new Set(numbers)]
  }
  const edges = (entities: readonly EntityId[], query: EdgeQuery, direction: Direction): Edge[] => {
    const filter = compileFilter(query, heardAt, false)
    const found = numbersOf(entities).flatMap((node) => edgesOf(graph, node, direction, filter))
    return found.sort((a, b) => a.edge - b.edge).map((edge) => describe(parts, edge))
  }
  const walk = (from: readonly EntityId[], query: EdgeQuery, max: number, direction: Direction): Reached[] => {
    const starts = numbersOf(from)
    const filter = compileFilter(query, heardAt, true)
    const { members, sinceOf } = walked(graph, starts, filter, direction)
    if (members.length > max) throw tooMany(max, 'entities')
    const entities = names.entities(members)
    return entities.map((entity, i) => ({ entity, since: sinceOf(members[i] ?? 0) }))
  }
  const view: EstateView = {
    asOf,
    async edgesFrom(entities, query) {
      return edges(entities, query, 'out')
    },
    async edgesTo(entities, query) {
      return edges(entities, query, 'in')
    },
    async reach(from, query, entitiesMax = entitiesMaxDefault) {
      return walk(from, query, entitiesMax, 'out')
    },
    async whoCanReach(targets, query, entitiesMax = entitiesMaxDefault) {
      return walk(targets, query, entitiesMax, 'in')
    },
    async explain(from, to, query) {
      if (from === to) return []
      const [start, end] = [names.number(from), names.number(to)]
      if (start === undefined || end === undefined) return undefined
      const path = explain(graph, start, end, compileFilter(query, heardAt, true))
      return path?.map((edge) => describe(parts, edge))
    },
    async facts(entities) {
      return readFacts(parts, entities)
    },
    async find(kind, where = {}, entitiesMax = entitiesMaxDefault) {
      return findEntities(parts, kind, where, entitiesMax)
    },
    async touches(query) {
      return readTouches(parts, query)
    },
    async people(resources) {
      return readPeople(parts, resources)
    },
    async personsOf(people) {
      return readPersons(parts, people)
    },
    async customersOf(people) {
      return readCustomers(parts, people)
    },
  }
  graphs.set(view, graph)
  return view
}

/** Nodes a walk arrives at, ascending, its starts left out. */
function walked(
  graph: GraphView,
  starts: readonly number[],
  filter: ReturnType<typeof compileFilter>,
  direction: Direction,
) {
  const isStart = new Set(starts)
  const members: number[] = []
  if (!filter.isWindow) {
    const { bits } = reach(graph, starts, filter, direction)
    for (let node = 0; node < graph.nodes; node++) if (hasBit(bits, node) && !isStart.has(node)) members.push(node)
    return { members, sinceOf: () => 0 }
  }
  const { delay } = arrive(graph, starts, filter, direction)
  for (let node = 0; node < graph.nodes; node++) if (delay[node] !== never && !isStart.has(node)) members.push(node)
  return { members, sinceOf: (node: number) => (direction === 'in' ? 0 : filter.low + (delay[node] ?? 0)) }
}

type EdgeRow = {
  observed_at_ms: number
  confidence: number
  conditional: number
  note: string | null
  evidence: number
}

function describe({ reader, tenant, names, asOf }: ViewParts, { edge, src, dst, kind, from, to }: GraphEdge): Edge {
  const row = reader.get<EdgeRow>(
    'SELECT observed_at_ms, confidence, conditional, note, evidence FROM estate_edge WHERE tenant = ? AND edge = ?',
    tenant,
    edge,
  )
  if (row === undefined) {
    throw new EstateError('ERR_ESTATE_STALE', 'this view of the estate was reset meanwhile', {
      hint: 'ask again with a new view',
      retryable: true,
    })
  }
  const type = isTurned(kind) ? 'SAME_AS' : edgeTypeNames[kind & codeBits]
  const confidence = confidences[row.confidence]
  assert(type !== undefined && confidence !== undefined, 'an edge has a type and a confidence')
  const close =
    to === openEnd
      ? undefined
      : reader.get<{ heard: number }>(
          `SELECT observed_at_ms AS heard FROM estate_close WHERE tenant = ? AND edge = ? AND evidence <= ?
           ORDER BY "close" DESC LIMIT 1`,
          tenant,
          edge,
          asOf,
        )
  return {
    edge,
    src: names.entity(src),
    type,
    dst: names.entity(dst),
    validFrom: from,
    validTo: to === openEnd ? null : to,
    observedAtMs: row.observed_at_ms,
    confidence,
    conditional: row.conditional === 1,
    note: row.note,
    evidence: row.evidence,
    ...(close === undefined ? {} : { endHeardAtMs: close.heard }),
  }
}
