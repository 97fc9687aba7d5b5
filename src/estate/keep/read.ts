import { parseOwnJson } from '#kit'
import { touchVerbs, type EntityId, type EntityKind, type TenantId, type Touch, type TouchVerb } from '#model'
import type { Reader } from '#store'

import { EstateError } from '../error.ts'
import { touchesMaxDefault, type TouchQuery } from '../types.ts'
import { decodePeople, unionPeople } from './postings.ts'

type Facts = Record<string, string | number | boolean | null>
/** Values handed to one statement; longer lists go in pages, so that no statement grows without bound. */
const listMax = 500

export function readFacts(reader: Reader, tenant: TenantId, entities: readonly EntityId[]): Map<EntityId, Facts> {
  const found = new Map<EntityId, Facts>()
  inPages([...new Set(entities)], (page) =>
    reader.all<{ id: EntityId; name: string; value: string }>(
      `SELECT n.id, f.name, f.value FROM estate_node n JOIN estate_fact f ON f.tenant = n.tenant AND f.node = n.number
       WHERE n.tenant = ? AND n.id IN (SELECT value FROM json_each(?)) ORDER BY f.observed_at, f.evidence`,
      tenant,
      JSON.stringify(page),
    ),
  ).forEach(({ id, name, value }) => {
    const facts = found.get(id) ?? {}
    facts[name] = parseOwnJson<string | number | boolean | null>(value)
    found.set(id, facts)
  })
  return found
}

export function findEntities(
  reader: Reader,
  tenant: TenantId,
  kind: EntityKind,
  where: Record<string, string | number | boolean>,
  entitiesMax: number,
): EntityId[] {
  const wanted = Object.entries(where)
  const [first] = wanted
  // The first condition by index, the others by the newest facts of what it leaves.
  const candidates =
    first === undefined
      ? reader.all<{ id: EntityId }>(
          'SELECT id FROM estate_node WHERE tenant = ? AND kind = ? ORDER BY number LIMIT ?',
          tenant,
          kind,
          entitiesMax + 1,
        )
      : reader.all<{ id: EntityId }>(
          `SELECT DISTINCT n.id FROM estate_node n JOIN estate_fact f ON f.tenant = n.tenant AND f.node = n.number
           WHERE n.tenant = ? AND n.kind = ? AND f.name = ? AND f.value = ? ORDER BY n.number LIMIT ?`,
          tenant,
          kind,
          first[0],
          JSON.stringify(first[1]),
          entitiesMax + 1,
        )
  if (candidates.length > entitiesMax) {
    throw new EstateError('ERR_ESTATE_TOO_MANY', `the answer holds more than ${entitiesMax} entities`, {
      hint: 'narrow the question, or raise the bound',
    })
  }
  const ids = candidates.map(({ id }) => id)
  if (first === undefined) return ids
  const facts = readFacts(reader, tenant, ids)
  return ids.filter((id) => wanted.every(([name, value]) => facts.get(id)?.[name] === value))
}

type TouchRow = {
  identity: EntityId | null
  credential: EntityId | null
  resource: EntityId
  verb: TouchVerb
  at_ms: number
  records: number | null
  origin: string | null
  evidence: number
  number: number
}

export function readTouches(
  reader: Reader,
  tenant: TenantId,
  query: TouchQuery,
  asOf: number,
): (Touch & { offset: number })[] {
  const { identities, credentials, resources, verbs = touchVerbs, fromMs, toMs } = query
  const max = query.touchesMax ?? touchesMaxDefault
  const select = (column: string, ids: readonly EntityId[] | undefined): TouchRow[] =>
    ids === undefined
      ? []
      : inPages(ids, (page) =>
          reader.all<TouchRow>(
            `SELECT t.number, i.id AS identity, c.id AS credential, r.id AS resource, t.verb, t.at_ms, t.records, t.origin, t.evidence
             FROM estate_touch t JOIN estate_node w ON w.tenant = t.tenant AND w.number = t.${column}
               LEFT JOIN estate_node i ON i.tenant = t.tenant AND i.number = t.identity
               LEFT JOIN estate_node c ON c.tenant = t.tenant AND c.number = t.credential
               JOIN estate_node r ON r.tenant = t.tenant AND r.number = t.resource
             WHERE t.tenant = ? AND w.id IN (SELECT value FROM json_each(?)) AND t.at_ms BETWEEN ? AND ? AND t.evidence <= ? LIMIT ?`,
            tenant,
            JSON.stringify(page),
            fromMs,
            toMs,
            asOf,
            max + 1,
          ),
        )
  const byActor = identities === undefined && credentials === undefined
  const found = new Map<number, TouchRow>()
  for (const row of byActor
    ? select('resource', resources)
    : [...select('identity', identities), ...select('credential', credentials)])
    found.set(row.number, row)
  const wanted = new Set(resources)
  const rows = [...found.values()].filter(
    (row) => verbs.includes(row.verb) && (resources === undefined || wanted.has(row.resource)),
  )
  if (rows.length > max) {
    throw new EstateError('ERR_ESTATE_TOO_MANY', `the answer holds more than ${max} touches`, {
      hint: 'ask for a shorter window, or raise the bound',
    })
  }
  return rows
    .sort((a, b) => a.at_ms - b.at_ms || a.evidence - b.evidence || a.number - b.number)
    .map(({ identity, credential, resource, verb, at_ms, records, origin, evidence }) => ({
      identity,
      credential,
      resource,
      verb,
      atMs: at_ms,
      records,
      origin,
      offset: evidence,
    }))
}

export function readPeople(
  reader: Reader,
  tenant: TenantId,
  resources: readonly EntityId[],
): Map<EntityId, Uint32Array> {
  const sets = new Map<EntityId, Uint32Array[]>()
  for (const { id, people } of inPages([...new Set(resources)], (page) =>
    reader.all<{ id: EntityId; people: Uint8Array }>(
      `SELECT n.id, p.people FROM estate_node n JOIN estate_posting p ON p.tenant = n.tenant AND p.resource = n.number
       WHERE n.tenant = ? AND n.id IN (SELECT value FROM json_each(?))`,
      tenant,
      JSON.stringify(page),
    ),
  )) {
    sets.set(id, [...(sets.get(id) ?? []), decodePeople(people)])
  }
  return new Map(
    [...sets].map(([id, parts]) => [id, unionPeople(parts)] as const).filter(([, people]) => people.length > 0),
  )
}

export function readCustomers(reader: Reader, tenant: TenantId, people: Uint32Array): Map<EntityId, Uint32Array> {
  const found = new Map<EntityId, number[]>()
  for (const { number, customer } of inPages([...new Set(people)], (page) =>
    reader.all<{ number: number; customer: EntityId }>(
      `SELECT p.number, n.id AS customer FROM estate_person p JOIN estate_node n ON n.tenant = p.tenant AND n.number = p.customer
       WHERE p.tenant = ? AND p.number IN (SELECT value FROM json_each(?))`,
      tenant,
      JSON.stringify(page),
    ),
  )) {
    const numbers = found.get(customer) ?? []
    numbers.push(number)
    found.set(customer, numbers)
  }
  return new Map([...found].map(([customer, numbers]) => [customer, Uint32Array.from(numbers).toSorted()]))
}

export function inPages<In, Out>(values: readonly In[], ask: (page: readonly In[]) => readonly Out[]): Out[] {
  const out: Out[] = []
  for (let at = 0; at < values.length; at += listMax)
    for (const row of ask(values.slice(at, at + listMax))) out.push(row)
  return out
}
