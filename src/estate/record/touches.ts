import { touchVerbs, type EntityId, type TenantId, type Touch } from '#model'
import type { Reader } from '#store'

import type { Work } from './work.ts'

/**
 * Touches lie in the order in which they came. An index of each would dirty three far pages a touch; instead, whenever
 * `runTouches` have gathered, they get sorted lists of their own (by identity, by credential, by resource), in buckets.
 * A question reads one small list in each run whose time it meets, and looks through what is not listed yet.
 */
export const runTouches = 8192
/** Runs made by one command at most. */
const runsPerCommand = 4
const buckets = 8
const bucketOf = (entity: number): number => entity % buckets
export const axes = ['identity', 'credential', 'resource'] as const
export type Axis = (typeof axes)[number]

export function writeTouch(work: Work, touch: Touch, offset: number, part: number): void {
  const { tx, tenant, source, state } = work
  const nodeOf = (entity: EntityId | null): number | null => (entity === null ? null : work.node(entity))
  tx.run(
    'INSERT INTO estate_touch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    tenant,
    state.next_touch++,
    source,
    nodeOf(touch.identity),
    nodeOf(touch.credential),
    work.node(touch.resource),
    touchVerbs.indexOf(touch.verb),
    Math.floor(touch.atMs),
    touch.records === null ? null : Math.floor(touch.records),
    touch.origin,
    offset,
    part,
  )
}

type Brief = Record<Axis, number | null> & { touch: number; at_ms: number }

/** Lists what has gathered; bounded, so that W is not held up for long. */
export function listTouches(work: Work): void {
  const { state } = work
  for (let run = 0; run < runsPerCommand && state.next_touch - 1 - state.listed_touch >= runTouches; run++)
    listRun(work)
}

function listRun({ tx, tenant, state }: Work): void {
  const first = state.listed_touch + 1
  const last = state.listed_touch + runTouches
  const rows = tx.all<Brief>(
    'SELECT touch, identity, credential, resource, at_ms FROM estate_touch WHERE tenant = ? AND touch BETWEEN ? AND ?',
    tenant,
    first,
    last,
  )
  state.listed_touch = last
  if (rows.length === 0) return
  let [fromMs, toMs] = [Infinity, -Infinity]
  for (const { at_ms: at } of rows) [fromMs, toMs] = [Math.min(fromMs, at), Math.max(toMs, at)]
  tx.run('INSERT INTO estate_touch_run VALUES (?, ?, ?, ?, ?)', tenant, last, first, fromMs, toMs)
  for (const [index, axis] of axes.entries()) {
    const lists: [number, number][][] = Array.from({ length: buckets }, () => [])
    for (const row of rows) {
      const entity = row[axis]
      if (entity !== null) lists[bucketOf(entity)]?.push([entity, row.touch - first])
    }
    for (const [bucket, list] of lists.entries()) {
      if (list.length === 0) continue
      const pairs = Uint32Array.from(list.sort((a, b) => a[0] - b[0] || a[1] - b[1]).flat())
      const entries = new Uint8Array(pairs.buffer)
      tx.run('INSERT INTO estate_touch_list VALUES (?, ?, ?, ?, ?)', tenant, last, index, bucket, entries)
    }
  }
}

/** Numbers of the touches of some entities along one axis, in every run that meets [fromMs, toMs]. Not the unlisted. */
export function listedTouches(
  reader: Reader,
  tenant: TenantId,
  axis: Axis,
  entities: readonly number[],
  fromMs: number,
  toMs: number,
): number[] {
  const byBucket = Map.groupBy(entities, bucketOf)
  const found: number[] = []
  for (const { first, last } of runsWithin(reader, tenant, fromMs, toMs)) {
    for (const [bucket, wanted] of byBucket) {
      const row = reader.get<{ entries: Uint8Array }>(
        'SELECT entries FROM estate_touch_list WHERE tenant = ? AND last = ? AND axis = ? AND bucket = ?',
        tenant,
        last,
        axes.indexOf(axis),
        bucket,
      )
      if (row === undefined) continue
      const pairs = new Uint32Array(row.entries.slice().buffer)
      for (const entity of wanted) {
        for (let place = firstOf(pairs, entity); pairs[2 * place] === entity; place++) {
          found.push(first + (pairs[2 * place + 1] ?? 0))
        }
      }
    }
  }
  return found
}

export function runsWithin(reader: Reader, tenant: TenantId, fromMs: number, toMs: number) {
  return reader.all<{ first: number; last: number }>(
    'SELECT first, last FROM estate_touch_run WHERE tenant = ? AND to_ms >= ? AND from_ms <= ? ORDER BY last',
    tenant,
    fromMs,
    toMs,
  )
}

/** Place of the first pair of an entity, or where it would be. */
function firstOf(pairs: Uint32Array, entity: number): number {
  let [low, high] = [0, pairs.length / 2]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((pairs[2 * middle] ?? 0) < entity) low = middle + 1
    else high = middle
  }
  return low
}
