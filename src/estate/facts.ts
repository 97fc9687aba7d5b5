import { assert, parseOwnJson } from '#kit'
import { kindOf, touchVerbs, type EntityFact, type EntityId, type EntityKind, type Touch } from '#model'

import { tooMany } from './error.ts'
import { decodeBlock } from './record/index.ts'
import { touchesMaxDefault, type TouchQuery } from './types.ts'
import type { ViewParts } from './view.ts'

type Attributes = EntityFact['attributes']
type Value = string | number | boolean

export function readFacts(parts: ViewParts, entities: readonly EntityId[]): Map<EntityId, Attributes> {
  const found = new Map<EntityId, Attributes>()
  for (const entity of entities) {
    const number = parts.names.number(entity)
    const attributes = number === undefined ? undefined : factsOf(parts, number)
    if (attributes !== undefined) found.set(entity, attributes)
  }
  return found
}

function factsOf({ reader, tenant, asOf }: ViewParts, number: number): Attributes | undefined {
  const rows = reader.all<{ key: string; value: string }>(
    `SELECT key, value FROM estate_fact WHERE tenant = ? AND entity = ? AND evidence <= ?
     ORDER BY key, observed_at_ms, evidence`,
    tenant,
    number,
    asOf,
  )
  if (rows.length === 0) return undefined
  return Object.fromEntries(rows.map(({ key, value }) => [key, parseOwnJson<Attributes[string]>(value)]))
}

/** Rows counted of each attribute when choosing which to look up by; the rarest wins. */
const probeRows = 1000

export function findEntities(
  parts: ViewParts,
  kind: EntityKind,
  where: Record<string, Value>,
  entitiesMax: number,
): EntityId[] {
  const { reader, tenant, graph, names } = parts
  const wanted = Object.entries(where)
  if (wanted.length === 0) {
    const rows = reader.all<{ number: number }>(
      'SELECT number FROM estate_node WHERE tenant = ? AND entity >= ? AND entity < ? AND number < ? LIMIT ?',
      tenant,
      `${kind}:`,
      `${kind};`,
      graph.nodes,
      entitiesMax + 1,
    )
    if (rows.length > entitiesMax) throw tooMany(entitiesMax, 'entities')
    return names.entities(rows.map(({ number }) => number).sort((a, b) => a - b))
  }
  const [key, value] = wanted.reduce((best, next) => (rarity(parts, next) < rarity(parts, best) ? next : best))
  const candidates = reader.all<{ entity: number }>(
    'SELECT DISTINCT entity FROM estate_fact WHERE tenant = ? AND key = ? AND value = ? ORDER BY entity',
    tenant,
    key,
    JSON.stringify(value),
  )
  const found: EntityId[] = []
  for (const { entity: number } of candidates) {
    const entity = names.entity(number)
    if (kindOf(entity) !== kind) continue
    const attributes = factsOf(parts, number)
    if (attributes === undefined || !wanted.every(([name, is]) => attributes[name] === is)) continue
    if (found.push(entity) > entitiesMax) throw tooMany(entitiesMax, 'entities')
  }
  return found
}

function rarity({ reader, tenant }: ViewParts, [key, value]: [string, Value]): number {
  const row = reader.get<{ rows: number }>(
    'SELECT count(*) AS rows FROM (SELECT 1 FROM estate_fact WHERE tenant = ? AND key = ? AND value = ? LIMIT ?)',
    tenant,
    key,
    JSON.stringify(value),
    probeRows,
  )
  return row?.rows ?? 0
}

type TouchRow = {
  evidence: number
  part: number
  source: number
  identity: number | null
  credential: number | null
  resource: number
  verb: number
  at_ms: number
  records: number | null
  origin: string | null
}

/** A touch counts when it could lie in the time asked for, given how far its source's clock may be off. */
export function readTouches(parts: ViewParts, query: TouchQuery): (Touch & { offset: number })[] {
  const { reader, tenant, names, asOf } = parts
  const skews = new Map(
    reader
      .all<{ number: number; skew_ms: number }>('SELECT number, skew_ms FROM estate_source WHERE tenant = ?', tenant)
      .map(({ number, skew_ms }) => [number, skew_ms]),
  )
  const widest = Math.max(0, ...skews.values())
  const max = query.touchesMax ?? touchesMaxDefault
  const resources = query.resources === undefined ? undefined : numbersOf(parts, query.resources)
  const verbs = new Set((query.verbs ?? touchVerbs).map((verb) => touchVerbs.indexOf(verb)))
  const rows = new Map<string, TouchRow>()
  const collect = (column: 'identity' | 'credential' | 'resource' | null, number: number): void => {
    const found = reader.all<TouchRow>(
      `SELECT * FROM estate_touch WHERE tenant = ? AND ${column ?? '0'} = ? AND at_ms BETWEEN ? AND ?
         AND evidence <= ? LIMIT ?`,
      tenant,
      number,
      query.fromMs - widest,
      query.toMs + widest,
      asOf,
      max + 1,
    )
    if (found.length > max) throw tooMany(max, 'touches')
    for (const row of found) {
      const skew = skews.get(row.source) ?? 0
      if (row.at_ms + skew < query.fromMs || row.at_ms - skew > query.toMs) continue
      if (!verbs.has(row.verb) || resources?.has(row.resource) === false) continue
      rows.set(`${row.evidence} ${row.part}`, row)
    }
  }
  const { identities, credentials } = query
  for (const number of numbersOf(parts, identities ?? [])) collect('identity', number)
  for (const number of numbersOf(parts, credentials ?? [])) collect('credential', number)
  if (identities === undefined && credentials === undefined) {
    if (resources === undefined) collect(null, 0)
    else for (const number of resources) collect('resource', number)
  }
  if (rows.size > max) throw tooMany(max, 'touches')
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

const numbersOf = ({ names }: ViewParts, entities: readonly EntityId[]): Set<number> =>
  new Set(entities.map((entity) => names.number(entity)).filter((number) => number !== undefined))

function verbAt(index: number): Touch['verb'] {
  const verb = touchVerbs[index]
  assert(verb !== undefined, 'a touch has a verb')
  return verb
}

export function readPeople({ reader, tenant, names }: ViewParts, resources: readonly EntityId[]) {
  const found = new Map<EntityId, Uint32Array>()
  for (const resource of resources) {
    const number = names.number(resource)
    if (number === undefined) continue
    const rows = reader.all<{ block: number; numbers: Uint8Array }>(
      'SELECT block, numbers FROM estate_people WHERE tenant = ? AND resource = ?',
      tenant,
      number,
    )
    const people = new Set(rows.flatMap(({ block, numbers }) => decodeBlock(numbers, block)))
    if (people.size > 0) found.set(resource, Uint32Array.from(people).sort())
  }
  return found
}

const personPage = 10_000

export function readCustomers({ reader, tenant, names }: ViewParts, people: Uint32Array): Map<EntityId, Uint32Array> {
  const sorted = people.toSorted()
  const byCustomer = new Map<number, number[]>()
  for (let first = 0; first < sorted.length;) {
    const low = sorted[first] ?? 0
    let end = first
    while (end < sorted.length && (sorted[end] ?? 0) < low + personPage) end++
    const wanted = new Set(sorted.subarray(first, end))
    const rows = reader.all<{ number: number; customer: number }>(
      `SELECT number, customer FROM estate_person
       WHERE tenant = ? AND number BETWEEN ? AND ? AND customer IS NOT NULL ORDER BY number`,
      tenant,
      low,
      sorted[end - 1] ?? low,
    )
    for (const { number, customer } of rows) {
      if (!wanted.has(number)) continue
      const mine = byCustomer.get(customer)
      if (mine === undefined) byCustomer.set(customer, [number])
      else mine.push(number)
    }
    first = end
  }
  return new Map([...byCustomer].map(([customer, numbers]) => [names.entity(customer), Uint32Array.from(numbers)]))
}
