import { statSync } from 'node:fs'

import { CordonError, silentDiagnose, type Diagnose } from '#kit'
import type { TenantId } from '#model'
import type { Reader } from '#store'

import { Graph, openEnd, readGraphFile, writeGraphFile, type GraphMark } from './graph/index.ts'
import { catchUp, markAt, readMark, rebuild, whyForeign } from './load.ts'
import { openNames } from './names.ts'
import type { Applied } from './record/index.ts'
import type { EstateView } from './types.ts'
import { createView } from './view.ts'

/** The living estate of one tenant inside worker D. Single-threaded: call it from the thread that made it. */
export interface Estate {
  /** The estate as it is; what is applied later does not change its answers. */
  view(): EstateView
  /** Follows the store: give it every result of `applyProjection`, in order, after its commit. */
  apply(applied: Applied): void
  /** Reads everything anew; needed after `resetProjection` (and done by `apply` when it meets another generation). */
  reload(): void
  /** The tail has grown so long that walks slow down. */
  readonly wantsCompaction: boolean
  /** Works the tail in, in slices of some 20 ms between which `breathe` is awaited; views stay usable. */
  compact(breathe?: () => Promise<void>): Promise<void>
  /** Edges and ends that the next start would have to read from the log, because the snapshot file lacks them. */
  readonly unsaved: number
  /** Writes the snapshot file; what came after the last compaction is read from the log when it is opened. */
  saveSnapshot(): Promise<void>
  readonly stats: EstateStats
}

export type EstateStats = {
  asOf: number
  nodes: number
  edges: number
  tail: number
  bytes: number
  /** `log` when there was no usable file; `because` says why. */
  loadedFrom: 'file' | 'log'
  because: string | null
}

export type EstateOptions = {
  reader: Reader
  tenant: TenantId
  /** Null: kept in memory only, rebuilt from the edge log at each start. */
  snapshotPath: string | null
  diagnose?: Diagnose
  /** Told now and then, while the edge log is read, which share of it has been. */
  onShare?: (share: number) => void
}

const noFile: Pick<GraphMark, 'lastEdge' | 'lastClose'> = { lastEdge: 0, lastClose: 0 }

/** The file only saves time, so nothing that is wrong with it keeps core from starting; a fault of ours is thrown on. */
function whyUnusable(error: unknown): string {
  if (error instanceof CordonError) return error.message
  if (error instanceof Error && 'syscall' in error) return `it cannot be read: ${error.message}`
  throw error
}

/** Opens from the snapshot file and the log's tail; from the log alone where the file is absent, damaged, newer or of another store. */
export function openEstate(options: EstateOptions): Estate {
  const { reader, tenant, snapshotPath, diagnose = silentDiagnose, onShare } = options
  const names = openNames(reader, tenant)
  let loaded = load()

  function load() {
    const state = readMark(reader, tenant)
    let because: string | null = 'there is no file yet'
    let fromFile: { graph: Graph; mark: GraphMark } | undefined
    if (snapshotPath !== null && statSync(snapshotPath, { throwIfNoEntry: false }) !== undefined) {
      try {
        const { base, mark } = readGraphFile(snapshotPath)
        because = whyForeign(reader, tenant, mark, state)
        if (because === null) fromFile = { graph: new Graph(base), mark }
      } catch (error) {
        because = whyUnusable(error)
      }
      if (because !== null) diagnose('warn', 'estate: graph file refused, rebuilding from the edge log', { because })
    }
    if (fromFile !== undefined) {
      const { graph, mark } = fromFile
      catchUp(reader, tenant, graph, mark)
      graph.growTo(state.nodes)
      return { graph, base: mark, saved: mark, now: state, loadedFrom: 'file' as const, because: null }
    }
    const graph = rebuild(reader, tenant, state, onShare)
    return { graph, base: state, saved: noFile, now: state, loadedFrom: 'log' as const, because }
  }

  return {
    view() {
      const { graph, now } = loaded
      return createView({ graph: graph.view(), reader, names, tenant, asOf: now.asOf, heardAtMs: now.heardAtMs })
    },
    apply(applied) {
      const { graph, now } = loaded
      if (applied.tenant !== tenant) return
      if (applied.generation !== now.generation) {
        this.reload()
        return
      }
      const { appended, closed, lastEdge, lastClose, asOf, heardAtMs, nodes } = applied
      if (lastEdge - appended.length / 6 > now.lastEdge || lastClose - closed.length / 4 > now.lastClose) {
        this.reload()
        return
      }
      for (let i = 0; i < appended.length; i += 6) {
        const [edge = 0, src = 0, dst = 0, kind = 0, from = 0, to = openEnd] = appended.subarray(i, i + 6)
        if (edge > now.lastEdge) graph.add(edge, src, dst, kind, from, to)
      }
      const firstClose = lastClose - closed.length / 4 + 1
      for (let i = 0; i < closed.length; i += 4) {
        const [edge = 0, src = 0, dst = 0, to = 0] = closed.subarray(i, i + 4)
        if (firstClose + i / 4 > now.lastClose) graph.close(edge, src, dst, to)
      }
      graph.growTo(nodes)
      loaded.now = {
        ...now,
        asOf: Math.max(asOf, now.asOf),
        heardAtMs: Math.max(heardAtMs, now.heardAtMs),
        lastEdge: Math.max(lastEdge, now.lastEdge),
        lastClose: Math.max(lastClose, now.lastClose),
        nodes: Math.max(nodes, now.nodes),
      }
    },
    reload() {
      loaded = load()
    },
    get wantsCompaction() {
      return loaded.graph.wantsCompaction
    },
    async compact(breathe = () => new Promise((resolve) => setImmediate(resolve))) {
      const mine = loaded
      const { now } = mine
      if (await mine.graph.compact(breathe)) mine.base = now
    },
    get unsaved() {
      const { now, saved } = loaded
      return now.lastEdge - saved.lastEdge + now.lastClose - saved.lastClose
    },
    async saveSnapshot() {
      if (snapshotPath === null) return
      const mine = loaded
      const { generation, asOf, heardAtMs, lastEdge, lastClose } = mine.base
      const store = markAt(reader, tenant, lastEdge)
      const mark = { tenant, generation, asOf, heardAtMs, lastEdge, lastClose, store }
      await writeGraphFile(snapshotPath, mine.graph.view().base, mark)
      mine.saved = mark
    },
    get stats() {
      const { graph, now, loadedFrom, because } = loaded
      const { base, tail } = graph.view()
      const edges = base.slots + tail.added.count
      return { asOf: now.asOf, nodes: now.nodes, edges, tail: tail.size, bytes: graph.bytes, loadedFrom, because }
    },
  }
}
