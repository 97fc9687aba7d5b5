import type { EntityFact, EntityId, PeopleStatement } from '#model'

import { blockOf, decodeBlock, encodeBlock, sortedUnion } from './postings.ts'
import type { Work } from './work.ts'

type Newest = { value: string; at: number; evidence: number; confirmed: number; isStale?: boolean }

/**
 * Facts by attribute. A value that repeats the newest one is not written again, only confirmed up to its time. When an
 * older, different value then arrives late, the confirmation becomes a row of its own: the newest still wins.
 */
export function factBook(work: Work) {
  const { tx, tenant, source } = work
  const known = new Map<string, { entity: number; key: string; newest: Newest | undefined }>()
  const lookUp = (entity: number, key: string) => {
    const name = `${entity} ${key}`
    let found = known.get(name)
    if (found === undefined) {
      const row = tx.get<Newest>(
        `SELECT value, observed_at_ms AS at, evidence, confirmed_at_ms AS confirmed FROM estate_fact
         WHERE tenant = ? AND entity = ? AND key = ? ORDER BY observed_at_ms DESC, evidence DESC LIMIT 1`,
        tenant,
        entity,
        key,
      )
      found = { entity, key, newest: row === undefined ? undefined : { ...row } }
      known.set(name, found)
    }
    return found
  }
  const insert = (entity: number, key: string, at: number, offset: number, value: string): Newest => {
    tx.run(
      'INSERT OR REPLACE INTO estate_fact VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      tenant,
      entity,
      key,
      at,
      offset,
      source,
      value,
      at,
    )
    return { value, at, evidence: offset, confirmed: at }
  }
  return {
    state({ entity, observedAtMs, attributes }: EntityFact, offset: number): void {
      const at = Math.floor(observedAtMs)
      const number = work.node(entity)
      for (const [key, attribute] of Object.entries(attributes)) {
        const value = JSON.stringify(attribute)
        const entry = lookUp(number, key)
        const { newest } = entry
        if (newest?.value === value) {
          if (at > newest.confirmed) Object.assign(newest, { confirmed: at, isStale: true })
          continue
        }
        const mine = insert(number, key, at, offset, value)
        if (newest === undefined || at >= newest.confirmed) entry.newest = mine
        else if (at >= newest.at) entry.newest = insert(number, key, newest.confirmed, offset, newest.value)
      }
    },
    flush(): void {
      for (const { entity, key, newest } of known.values()) {
        if (newest?.isStale !== true) continue
        tx.run(
          `UPDATE estate_fact SET confirmed_at_ms = ?
           WHERE tenant = ? AND entity = ? AND key = ? AND observed_at_ms = ? AND evidence = ?`,
          newest.confirmed,
          tenant,
          entity,
          key,
          newest.at,
          newest.evidence,
        )
      }
    },
  }
}

/** Whose data a resource holds, as this source says: person numbers in blocks. */
export function writePeople(work: Work, { resource, complete, persons }: PeopleStatement): void {
  const { tx, tenant, source } = work
  const place = [tenant, work.node(resource), source] as const
  if (complete) tx.run('DELETE FROM estate_people WHERE tenant = ? AND resource = ? AND source = ?', ...place)
  const numbers = sortedUnion(persons.map(({ person, customer }) => personNumber(work, person, customer)))
  for (let first = 0; first < numbers.length;) {
    const block = blockOf(numbers[first] ?? 0)
    let end = first
    while (end < numbers.length && blockOf(numbers[end] ?? 0) === block) end++
    const before = tx.get<{ numbers: Uint8Array }>(
      'SELECT numbers FROM estate_people WHERE tenant = ? AND resource = ? AND source = ? AND block = ?',
      ...place,
      block,
    )
    const mine = numbers.slice(first, end)
    const all = before === undefined ? mine : sortedUnion(decodeBlock(before.numbers, block), mine)
    tx.run('INSERT OR REPLACE INTO estate_people VALUES (?, ?, ?, ?, ?)', ...place, block, encodeBlock(all))
    first = end
  }
}

function personNumber(work: Work, person: EntityId, customer: EntityId | null): number {
  const { tx, tenant, state } = work
  const of = customer === null ? null : work.node(customer)
  const found = tx.get<{ number: number; customer: number | null }>(
    'SELECT number, customer FROM estate_person WHERE tenant = ? AND person = ?',
    tenant,
    person,
  )
  if (found === undefined) {
    tx.run('INSERT INTO estate_person VALUES (?, ?, ?, ?)', tenant, state.next_person, person, of)
    return state.next_person++
  }
  if (of !== null && of !== found.customer) {
    tx.run('UPDATE estate_person SET customer = ? WHERE tenant = ? AND number = ?', of, tenant, found.number)
  }
  return found.number
}
