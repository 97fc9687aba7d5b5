import type { TenantId } from '#model'
import type { Reader } from '#store'

import {
  conditionalBit,
  EdgeColumns,
  endedBit,
  Graph,
  inferredBit,
  lowerBound,
  openEnd,
  type GraphMark,
} from './graph/index.ts'
import { confidences, type State } from './record/index.ts'

/** Rows read at a time. */
const rowsPerPage = 20_000

/** Where the store stands. */
export type StoreMark = Omit<GraphMark, 'store'> & { nodes: number }

export function readMark(reader: Reader, tenant: TenantId): StoreMark {
  const state = reader.get<State>('SELECT * FROM estate_state WHERE tenant = ?', tenant)
  return {
    tenant,
    generation: state?.generation ?? 1,
    asOf: state?.through ?? 0,
    heardAtMs: state?.heard_at_ms ?? 0,
    lastEdge: (state?.next_edge ?? 1) - 1,
    lastClose: (state?.next_close ?? 1) - 1,
    nodes: state?.next_node ?? 1,
  }
}

/** Tells one history of the store from another at the same edge number: after a restore they part. */
export function markAt(reader: Reader, tenant: TenantId, edge: number): string {
  const row = reader.get(
    'SELECT src, type, dst, valid_from, observed_at_ms, evidence FROM estate_edge WHERE tenant = ? AND edge = ?',
    tenant,
    edge,
  )
  return JSON.stringify(row ?? null)
}

/** Why a graph file does not belong to this store; null when it does. */
export function whyForeign(reader: Reader, tenant: TenantId, file: GraphMark, store: StoreMark): string | null {
  if (file.tenant !== tenant) return 'it belongs to another tenant'
  if (file.generation !== store.generation) return 'a projection was reset since'
  if (file.lastEdge > store.lastEdge || file.lastClose > store.lastClose || file.asOf > store.asOf) {
    return 'it is newer than the store'
  }
  return file.store === markAt(reader, tenant, file.lastEdge) ? null : 'it belongs to another history of the store'
}

type EdgeRow = {
  edge: number
  src: number
  type: number
  dst: number
  valid_from: number
  valid_to: number | null
  confidence: number
  conditional: number
}
type CloseRow = { close: number; edge: number; src: number; dst: number; valid_to: number }

function* edgesAfter(reader: Reader, tenant: TenantId, after: number): Generator<EdgeRow> {
  for (let last = after; ;) {
    const rows = reader.all<EdgeRow>(
      `SELECT edge, src, type, dst, valid_from, valid_to, confidence, conditional FROM estate_edge
       WHERE tenant = ? AND edge > ? ORDER BY edge LIMIT ?`,
      tenant,
      last,
      rowsPerPage,
    )
    yield* rows
    if (rows.length < rowsPerPage) return
    last = rows.at(-1)?.edge ?? last
  }
}

function* closesAfter(reader: Reader, tenant: TenantId, after: number): Generator<CloseRow> {
  for (let last = after; ;) {
    const rows = reader.all<CloseRow>(
      `SELECT "close", edge, src, dst, valid_to FROM estate_close
       WHERE tenant = ? AND "close" > ? ORDER BY "close" LIMIT ?`,
      tenant,
      last,
      rowsPerPage,
    )
    yield* rows
    if (rows.length < rowsPerPage) return
    last = rows.at(-1)?.close ?? last
  }
}

const kindOf = (row: EdgeRow): number =>
  row.type |
  (confidences[row.confidence] === 'inferred' ? inferredBit : 0) |
  (row.conditional === 1 ? conditionalBit : 0)

/** Works in what the log holds beyond a graph file. */
export function catchUp(reader: Reader, tenant: TenantId, graph: Graph, file: GraphMark): void {
  for (const row of edgesAfter(reader, tenant, file.lastEdge)) {
    graph.add(row.edge, row.src, row.dst, kindOf(row), row.valid_from, row.valid_to ?? openEnd)
  }
  for (const row of closesAfter(reader, tenant, file.lastClose)) graph.close(row.edge, row.src, row.dst, row.valid_to)
}

/** Builds the graph from the whole edge log; `onShare` hears, page by page, which share of the edges has been read. */
export function rebuild(
  reader: Reader,
  tenant: TenantId,
  { nodes, lastEdge }: Pick<StoreMark, 'nodes' | 'lastEdge'>,
  onShare: (share: number) => void = () => undefined,
): Graph {
  const columns = new EdgeColumns()
  for (const row of edgesAfter(reader, tenant, 0)) {
    if (row.edge % rowsPerPage === 0) onShare(row.edge / lastEdge)
    columns.push(row.edge, row.src, row.dst, kindOf(row), row.valid_from, row.valid_to ?? openEnd)
  }
  const { edge, to, kind, count } = columns
  for (const row of closesAfter(reader, tenant, 0)) {
    for (let place = lowerBound(edge, 0, count, row.edge); place < count && edge[place] === row.edge; place++) {
      to[place] = row.valid_to
      kind[place]! |= endedBit
    }
  }
  return Graph.of(columns, nodes)
}
