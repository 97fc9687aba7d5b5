import assert from 'node:assert/strict'

import { isObject, parseJson, type JsonObject } from '#kit'
import { defaultTenant, type EventId, type LoggedEvent, type SourceId } from '#model'
import { projectEvent } from '#project'
import { eventId } from '#sources'

import type { FaultPlug, TwinRow } from './plug.ts'
import { textOf } from './scratch.ts'
import type { World } from './twin.ts'

// What the log must hold in the end, by what the twin held meanwhile.

const tenant = defaultTenant

/** 0 lost, 0 duplicated. */
export function assertSame<Config>(
  plug: FaultPlug<Config>,
  source: SourceId,
  logged: readonly LoggedEvent[],
  rows: readonly TwinRow[],
  seed: number,
): void {
  const held = new Map<EventId, string>(
    rows.map((row) => [eventId(tenant, source, plug.stream, plug.nativeOf?.(row) ?? row.id), row.id]),
  )
  const seen = new Set(logged.map(({ id }) => id))
  const lost = [...held].filter(([id]) => !seen.has(id)).map(([, id]) => id)
  assert.deepEqual(lost, [], `schedule ${seed}: lost`)
  assert.equal(logged.length, seen.size, `schedule ${seed}: duplicated`)
  assert.equal(seen.size, held.size, `schedule ${seed}: events that the twin never held`)
}

type Part = {
  snapshot: { id: string; part: number; complete: boolean; takenAtMs: number }
  list: string
  rows: JsonObject[]
  arrivedAtMs: number
}

/**
 * A complete snapshot names everything that was there from its beginning to its end; the last one, all there is. That holds
 * of each kind of row of each list (`groups/members`), so that members which are missing do not hide behind their groups.
 */
export function assertSnapshots<Config>(
  plug: FaultPlug<Config>,
  logged: readonly LoggedEvent[],
  world: World,
  skewMs: number,
  seed: number,
): void {
  const parts = logged.map(readPart)
  const whole = [...Map.groupBy(parts, ({ snapshot }) => snapshot.id).values()].filter((all) =>
    all.some(({ snapshot }) => snapshot.complete),
  )
  assert.ok(whole.length > 0, `schedule ${seed}: no complete snapshot`)
  const kinds = new Set([...parts.flatMap(kindsIn), ...Object.keys(plug.tells ?? {})])
  for (const aside of Object.keys(plug.aside ?? {})) kinds.delete(aside)
  const isAllGone = world.rows.every(({ goneAtMs }) => goneAtMs < Infinity)
  assert.ok(kinds.size > 0 || isAllGone, 'there are rows that are looked at')
  for (const all of whole) {
    const numbers = all.map(({ snapshot }) => snapshot.part)
    assert.deepEqual(numbers, [...all.keys()], `schedule ${seed}: parts of a snapshot`)
    const ends = all.filter(({ snapshot }) => snapshot.complete)
    assert.deepEqual(ends, all.slice(-1), `schedule ${seed}: complete before its end`)
    const fromMs = (all[0]?.snapshot.takenAtMs ?? 0) + skewMs
    const toMs = Math.max(...all.map(({ arrivedAtMs }) => arrivedAtMs)) + skewMs
    const there = world.rows.filter((row) => row.visibleAtMs <= fromMs && row.goneAtMs > toMs)
    for (const kind of kinds) {
      const ids = idsOf(plug, all, kind)
      const missing = there.filter((row) => !ids.has(row.id) && holds(plug, kind, row))
      assert.deepEqual(missing, [], `schedule ${seed}: a complete snapshot lacks what was there in \`${kind}\``)
    }
  }
  const now = world.rows.filter(({ goneAtMs }) => goneAtMs > world.nowMs())
  for (const kind of kinds) {
    const held = now.filter((row) => holds(plug, kind, row)).map(({ id }) => id)
    const last = [...idsOf(plug, whole.at(-1) ?? [], kind)].toSorted()
    assert.deepEqual(last, held.toSorted(), `schedule ${seed}: the last snapshot of \`${kind}\``)
  }
}

const holds = <Config>(plug: FaultPlug<Config>, kind: string, row: TwinRow): boolean =>
  plug.holds?.[kind]?.(row) ?? true
const kindOf = (list: string, { of }: JsonObject): string => (typeof of === 'string' ? `${list}/${of}` : list)
const kindsIn = ({ list, rows }: Part): string[] => rows.map((row) => kindOf(list, row))

function idsOf<Config>(plug: FaultPlug<Config>, parts: readonly Part[], kind: string): Set<string> {
  const told = plug.tells?.[kind] ?? ((row: JsonObject) => [textOf(row[plug.keeps[0] ?? 'id'])])
  // `repositories#keys`: a part of such rows, which is looked at by itself.
  const [of = ''] = kind.split('#')
  const rows = parts.flatMap(({ list, rows: all }) => all.filter((row) => kindOf(list, row) === of))
  return new Set(rows.flatMap((row) => told(row)))
}

function readPart({ raw, arrivedAtMs }: LoggedEvent): Part {
  const part = parseJson(raw)
  assert.ok(isObject(part) && isObject(part['snapshot']) && isObject(part['rows']))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the runtime's own record, checked above as far as needed
  const { snapshot, rows } = part as unknown as {
    snapshot: Part['snapshot']
    rows: { kind: string; rows: JsonObject[] }
  }
  return { snapshot, list: rows.kind, rows: rows.rows, arrivedAtMs }
}

/** Whatever the vendor made of a record: the normalizer reads it or calls it debt, and never fails on it. */
export function assertReadable<Config>(
  { connector }: FaultPlug<Config>,
  logged: readonly LoggedEvent[],
  seed: number,
): void {
  const normalizer = { connector: connector.id, authority: 'twin.example', normalize: connector.normalize }
  for (const event of logged) {
    const { unmapped = '' } = projectEvent(event, normalizer)
    assert.ok(!unmapped.startsWith(connector.id), `schedule ${seed}: ${unmapped}: ${event.raw.slice(0, 200)}`)
  }
}
