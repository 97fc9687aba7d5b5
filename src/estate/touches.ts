import { assert } from '#kit'
import { touchVerbs, type EntityId, type Touch } from '#model'

import { tooMany } from './error.ts'
import { axes, listedTouches, runsWithin, type Axis, type State } from './record/index.ts'
import { touchesMaxDefault, type TouchQuery } from './types.ts'
import type { ViewParts } from './view-parts.ts'

type TouchRow = Record<Axis, number | null> & {
  touch: number
  source: number
  resource: number
  verb: number
  at_ms: number
  records: number | null
  origin: string | null
  evidence: number
  part: number
}

/** Rows read at a time where a whole stretch is looked through. */
const pageRows = 2048

/** A touch counts when it could lie in the time asked for, given how far its source's clock may be off. */
export function readTouches(parts: ViewParts, query: TouchQuery): (Touch & { offset: number })[] {
  const { reader, tenant, names, asOf } = parts
  const skews = new Map(
    reader
      .all<{ number: number; skew_ms: number }>('SELECT number, skew_ms FROM estate_source WHERE tenant = ?', tenant)
      .map(({ number, skew_ms }) => [number, skew_ms]),
  )
  // Before the lists: what W lists from now on is looked through as well, and counts once.
  const state = reader.get<State>('SELECT * FROM estate_state WHERE tenant = ?', tenant)
  const widest = Math.max(0, ...skews.values())
  const [fromMs, toMs] = [query.fromMs - widest, query.toMs + widest]
  const max = query.touchesMax ?? touchesMaxDefault
  const wanted = wantedOf(parts, query)
  const verbs = new Set((query.verbs ?? touchVerbs).map((verb) => touchVerbs.indexOf(verb)))
  const rows = new Map<number, TouchRow>()
  const offer = (row: TouchRow): void => {
    const skew = skews.get(row.source) ?? 0
    if (row.at_ms + skew < query.fromMs || row.at_ms - skew > query.toMs || row.evidence > asOf) return
    if (!verbs.has(row.verb) || !wanted.has(row)) return
    rows.set(row.touch, row)
    if (rows.size > max) throw tooMany(max, 'touches')
  }
  if (wanted.lookUp === null) {
    for (const { first, last } of runsWithin(reader, tenant, fromMs, toMs)) eachIn(parts, first, last, offer)
  } else {
    for (const axis of axes) {
      const numbers = wanted.lookUp[axis] ?? []
      if (numbers.length === 0) continue
      for (const touch of listedTouches(reader, tenant, axis, numbers, fromMs, toMs)) {
        if (rows.has(touch)) continue
        const row = reader.get<TouchRow>('SELECT * FROM estate_touch WHERE tenant = ? AND touch = ?', tenant, touch)
        if (row !== undefined) offer(row)
      }
    }
  }
  if (state !== undefined) eachIn(parts, state.listed_touch + 1, state.next_touch - 1, offer, wanted.lookUp)
  const entityOf = (number: number | null): EntityId | null => (number === null ? null : names.entity(number))
  return [...rows.values()]
    .sort((a, b) => a.at_ms - b.at_ms || a.evidence - b.evidence || a.part - b.part)
    .map((row) => ({
      identity: entityOf(row.identity),
      credential: entityOf(row.credential),
      resource: names.entity(row.resource),
      verb: verbAt(row.verb),
      atMs: row.at_ms,
      records: row.records,
      origin: row.origin,
      offset: row.evidence,
    }))
}

type Wanted = { has(row: TouchRow): boolean; lookUp: Partial<Record<Axis, number[]>> | null }

/** Who acted narrows most, so it is looked up where given; then the resources; with neither, all in the time is read. */
function wantedOf({ names }: ViewParts, { identities, credentials, resources }: TouchQuery): Wanted {
  const numbersOf = (entities: readonly EntityId[] = []): Set<number> =>
    new Set(entities.map((entity) => names.number(entity)).filter((number) => number !== undefined))
  const [byIdentity, byCredential, of] = [numbersOf(identities), numbersOf(credentials), numbersOf(resources)]
  const isByAnyone = identities === undefined && credentials === undefined
  return {
    has: ({ identity, credential, resource }) =>
      (resources === undefined || of.has(resource)) &&
      (isByAnyone ||
        (identity !== null && byIdentity.has(identity)) ||
        (credential !== null && byCredential.has(credential))),
    lookUp: !isByAnyone
      ? { identity: [...byIdentity], credential: [...byCredential] }
      : resources === undefined
        ? null
        : { resource: [...of] },
  }
}

/** With `lookUp`, SQLite leaves out the touches of others: thousands of rows made into objects are what costs. */
function eachIn(
  { reader, tenant }: ViewParts,
  first: number,
  last: number,
  visit: (row: TouchRow) => void,
  lookUp: Wanted['lookUp'] = null,
): void {
  const asked = axes.filter((axis) => lookUp?.[axis] !== undefined)
  const isAsked = asked.map((axis) => `${axis} IN (SELECT value FROM json_each(?))`).join(' OR ')
  const sql = `SELECT * FROM estate_touch WHERE tenant = ? AND touch BETWEEN ? AND ?${isAsked && ` AND (${isAsked})`}`
  const numbers = asked.map((axis) => JSON.stringify(lookUp?.[axis]))
  for (let from = first; from <= last; from += pageRows) {
    const upTo = Math.min(last, from + pageRows - 1)
    for (const row of reader.all<TouchRow>(sql, tenant, from, upTo, ...numbers)) visit(row)
  }
}

function verbAt(index: number): Touch['verb'] {
  const verb = touchVerbs[index]
  assert(verb !== undefined, 'a touch has a verb')
  return verb
}
