import type { EntityId, PeopleStatement } from '#model'

import { blockOf, decodeBlock, encodeBlock, sortedUnion } from './postings.ts'
import type { Work } from './work.ts'

type Table = 'estate_people' | 'estate_staged'

/**
 * Whose data a resource holds, as this source says: person numbers in blocks. `complete` replaces the set. Where it is the
 * first part of a snapshot that goes on, the new set is gathered apart and the old one only grows until all parts are in:
 * half a new set instead of the whole old one would leave people out.
 */
export function peopleBook(work: Work) {
  const { tx, tenant, source } = work
  const clear = (table: Table, resource: number): void => {
    tx.run(`DELETE FROM ${table} WHERE tenant = ? AND resource = ? AND source = ?`, tenant, resource, source)
  }
  const unstage = (resource: number): void => {
    clear('estate_staged', resource)
    tx.run('DELETE FROM estate_staging WHERE tenant = ? AND source = ? AND resource = ?', tenant, source, resource)
  }
  return {
    /** `snapshot`: the one this is a part of; null when what is said is whole by itself. */
    state({ resource: entity, complete, persons }: PeopleStatement, snapshot: string | null, offset: number): void {
      const resource = work.node(entity)
      if (complete) {
        unstage(resource)
        if (snapshot === null) clear('estate_people', resource)
        else tx.run('INSERT INTO estate_staging VALUES (?, ?, ?, ?)', tenant, source, resource, snapshot)
      }
      const numbers = sortedUnion(persons.map((person) => numberOf(work, person, offset)))
      add(work, 'estate_people', resource, numbers)
      if (isStaged(resource)) add(work, 'estate_staged', resource, numbers)
    },
    /** All parts of a snapshot are in: what it gathered is the set. `isAll`: and what it did not name holds nobody. */
    finish(snapshot: string, isAll: boolean): void {
      const staged = tx.all<{ resource: number }>(
        'SELECT resource FROM estate_staging WHERE tenant = ? AND source = ? AND snapshot = ?',
        tenant,
        source,
        snapshot,
      )
      if (isAll) {
        tx.run(
          `DELETE FROM estate_people WHERE tenant = ? AND source = ? AND resource NOT IN
             (SELECT resource FROM estate_staging WHERE tenant = ? AND source = ? AND snapshot = ?)`,
          tenant,
          source,
          tenant,
          source,
          snapshot,
        )
      }
      for (const { resource } of staged) {
        clear('estate_people', resource)
        tx.run(
          'INSERT INTO estate_people SELECT * FROM estate_staged WHERE tenant = ? AND resource = ? AND source = ?',
          tenant,
          resource,
          source,
        )
        unstage(resource)
      }
    },
  }

  function isStaged(resource: number): boolean {
    const row = tx.get(
      'SELECT 1 FROM estate_staging WHERE tenant = ? AND source = ? AND resource = ?',
      tenant,
      source,
      resource,
    )
    return row !== undefined
  }
}

function add({ tx, tenant, source }: Work, table: Table, resource: number, numbers: readonly number[]): void {
  const place = [tenant, resource, source] as const
  for (let first = 0; first < numbers.length;) {
    const block = blockOf(numbers[first] ?? 0)
    let end = first
    while (end < numbers.length && blockOf(numbers[end] ?? 0) === block) end++
    const before = tx.get<{ numbers: Uint8Array }>(
      `SELECT numbers FROM ${table} WHERE tenant = ? AND resource = ? AND source = ? AND block = ?`,
      ...place,
      block,
    )
    const mine = numbers.slice(first, end)
    const all = before === undefined ? mine : sortedUnion(decodeBlock(before.numbers, block), mine)
    tx.run(`INSERT OR REPLACE INTO ${table} VALUES (?, ?, ?, ?, ?)`, ...place, block, encodeBlock(all))
    first = end
  }
}

/** Somebody may belong to several customers, and one once stated is kept: in doubt a customer is told. */
function numberOf(
  { tx, tenant, source, state, node }: Work,
  { person, customer }: { person: EntityId; customer: EntityId | null },
  offset: number,
): number {
  const found = tx.get<{ number: number }>(
    'SELECT number FROM estate_person WHERE tenant = ? AND person = ?',
    tenant,
    person,
  )
  const number = found?.number ?? state.next_person++
  if (found === undefined) tx.run('INSERT INTO estate_person VALUES (?, ?, ?)', tenant, number, person)
  if (customer !== null) {
    tx.run(
      'INSERT OR IGNORE INTO estate_customer VALUES (?, ?, ?, ?, ?)',
      tenant,
      number,
      source,
      node(customer),
      offset,
    )
  }
  return number
}
