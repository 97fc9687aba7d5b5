import { parseOwnJson } from '#kit'
import { kindOf, type EntityFact, type EntityId, type EntityKind } from '#model'

import { tooMany } from './error.ts'
import { decodeBlock } from './record/index.ts'
import type { ViewParts } from './view-parts.ts'

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

/** Rows of one entity that are read through; whose history is longer is asked attribute by attribute. */
const historyRowsMax = 64

type Row = { key: string; value: string }

/** Of each attribute the newest row: in the order of the table the last one. */
function factsOf({ reader, tenant, asOf }: ViewParts, number: number): Attributes | undefined {
  const through = reader.all<Row>(
    `SELECT key, value FROM estate_fact WHERE tenant = ?1 AND entity = ?2 AND evidence <= ?3
     ORDER BY key, observed_at_ms, evidence LIMIT ${historyRowsMax + 1}`,
    tenant,
    number,
    asOf,
  )
  const rows = through.length > historyRowsMax ? newestOf({ reader, tenant, asOf }, number) : through
  if (rows.length === 0) return undefined
  const newest = new Map(rows.map(({ key, value }) => [key, value]))
  return Object.fromEntries(Array.from(newest, ([key, value]) => [key, parseOwnJson<Attributes[string]>(value)]))
}

/** Each attribute's newest row by itself: some change with every use, and their history is long. */
const newestOf = ({ reader, tenant, asOf }: Pick<ViewParts, 'reader' | 'tenant' | 'asOf'>, number: number): Row[] =>
  reader
    .all<{ key: string; value: string | null }>(
      `WITH RECURSIVE named (key) AS (
         SELECT min(key) FROM estate_fact WHERE tenant = ?1 AND entity = ?2
         UNION ALL
         SELECT (SELECT min(f.key) FROM estate_fact f WHERE f.tenant = ?1 AND f.entity = ?2 AND f.key > named.key)
         FROM named WHERE named.key IS NOT NULL)
       SELECT key, (SELECT value FROM estate_fact f WHERE f.tenant = ?1 AND f.entity = ?2 AND f.key = named.key
                      AND f.evidence <= ?3 ORDER BY observed_at_ms DESC, evidence DESC LIMIT 1) AS value
       FROM named WHERE key IS NOT NULL`,
      tenant,
      number,
      asOf,
    )
    .flatMap(({ key, value }) => (value === null ? [] : [{ key, value }]))

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

export function readPersons({ reader, tenant }: ViewParts, people: Uint32Array): EntityId[] {
  const found: EntityId[] = []
  for (let first = 0; first < people.length; first += personPage) {
    const rows = reader.all<{ person: EntityId }>(
      `SELECT person FROM estate_person WHERE tenant = ? AND number IN (SELECT value FROM json_each(?)) ORDER BY number`,
      tenant,
      JSON.stringify([...people.subarray(first, first + personPage)]),
    )
    for (const { person } of rows) found.push(person)
  }
  return found
}

export function readCustomers(
  { reader, tenant, names, asOf }: ViewParts,
  people: Uint32Array,
): Map<EntityId, Uint32Array> {
  const sorted = people.toSorted()
  const byCustomer = new Map<number, number[]>()
  for (let first = 0; first < sorted.length;) {
    const low = sorted[first] ?? 0
    let end = first
    while (end < sorted.length && (sorted[end] ?? 0) < low + personPage) end++
    const wanted = new Set(sorted.subarray(first, end))
    const rows = reader.all<{ number: number; customer: number }>(
      `SELECT DISTINCT person AS number, customer FROM estate_customer
       WHERE tenant = ? AND person BETWEEN ? AND ? AND evidence <= ? ORDER BY person`,
      tenant,
      low,
      sorted[end - 1] ?? low,
      asOf,
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
