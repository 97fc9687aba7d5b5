// One engine a process, so that no heap or cache of another weighs on it: `graph-engines.ts map|duckdb`. Prints JSON.
import { createRequire } from 'node:module'

import { edgeMask, edgeTypes } from '#model'

import { benchSize, cpuMs, eachEdge, graphEnd, lateralStarts, lateralTypes, openEnd } from './synthetic.ts'

/** The little of DuckDB's client that is used here; the package stands with the development tools. */
type Connection = {
  run(sql: string): Promise<unknown>
  prepare(
    sql: string,
  ): Promise<{ bindInteger(index: number, value: number): void; runAndReadAll(): Promise<{ getRows(): unknown[][] }> }>
  createAppender(table: string): Promise<{ appendDataChunk(chunk: unknown): void; closeSync(): void }>
}
type DuckDb = {
  DuckDBInstance: { create(path: string, options: Record<string, string>): Promise<{ connect(): Promise<Connection> }> }
  DuckDBDataChunk: { create(types: unknown[]): { setColumns(columns: number[][]): void } }
  INTEGER: unknown
}
const loadDuckDb = (): DuckDb =>
  createRequire(new URL('../tools/package.json', import.meta.url))('@duckdb/node-api') as DuckDb

export type EngineResult = { buildMs: number; walks: { start: number; reached: number; cpuMs: number }[] }

const { nodes, edges } = benchSize()
const mask = edgeMask(...lateralTypes)
const counts = (type: number, to: number): boolean => ((mask >>> type) & 1) === 1 && (to === openEnd || to >= graphEnd)
/** SAME_AS is walked both ways, by every engine. */
const eachRow = (visit: (src: number, type: number, dst: number, from: number, to: number) => void): void =>
  eachEdge(nodes, edges, 1, (src, type, dst, from, to) => {
    visit(src, type, dst, from, to)
    if (type === edgeTypes.SAME_AS) visit(dst, type, src, from, to)
  })

async function duckdb(): Promise<EngineResult> {
  const { DuckDBInstance } = loadDuckDb()
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const db = await instance.connect()
  await db.run('CREATE TABLE edge (src INTEGER, type INTEGER, dst INTEGER, first INTEGER, last INTEGER)')
  const before = process.cpuUsage()
  await fill(db)
  const buildMs = cpuMs(before)
  const walk = await db.prepare(`
    WITH RECURSIVE reached(node) AS (
      SELECT $1::INTEGER UNION
      SELECT dst FROM reached JOIN edge ON src = node
      WHERE type IN (${lateralTypes.map((type) => edgeTypes[type]).join(', ')}) AND (last = -1 OR last >= ${graphEnd}))
    SELECT count(*)::INTEGER AS reached FROM reached`)
  const walks = []
  for (const start of lateralStarts(nodes, 4)) {
    const at = process.cpuUsage()
    walk.bindInteger(1, start)
    const rows = (await walk.runAndReadAll()).getRows()
    walks.push({ start, reached: Number(rows[0]?.[0]), cpuMs: cpuMs(at) })
  }
  return { buildMs, walks: walks.slice(1) }
}

async function fill(db: Connection): Promise<void> {
  const { DuckDBDataChunk, INTEGER } = loadDuckDb()
  const appender = await db.createAppender('edge')
  const chunkRows = 2048
  let columns: number[][] = [[], [], [], [], []]
  const flush = (): void => {
    const chunk = DuckDBDataChunk.create([INTEGER, INTEGER, INTEGER, INTEGER, INTEGER])
    chunk.setColumns(columns)
    appender.appendDataChunk(chunk)
    columns = [[], [], [], [], []]
  }
  eachRow((src, type, dst, from, to) => {
    for (const [i, value] of [src, type, dst, from, to === openEnd ? -1 : to].entries()) columns[i]?.push(value)
    if (columns[0]?.length === chunkRows) flush()
  })
  flush()
  appender.closeSync()
}

function map(): EngineResult {
  const before = process.cpuUsage()
  const graph = new Map<number, { type: number; dst: number; from: number; to: number }[]>()
  eachRow((src, type, dst, from, to) => {
    const list = graph.get(src)
    if (list === undefined) graph.set(src, [{ type, dst, from, to }])
    else list.push({ type, dst, from, to })
  })
  const buildMs = cpuMs(before)
  const walks = lateralStarts(nodes, 4).map((start) => {
    const at = process.cpuUsage()
    const seen = new Set([start])
    for (const node of seen) {
      for (const { type, dst, to } of graph.get(node) ?? []) if (counts(type, to)) seen.add(dst)
    }
    return { start, reached: seen.size, cpuMs: cpuMs(at) }
  })
  return { buildMs, walks: walks.slice(1) }
}

process.stdout.write(JSON.stringify(process.argv[2] === 'map' ? map() : await duckdb()))
