import { assert } from '#kit'
import { isEntityId, type EntityId, type TenantId } from '#model'
import type { Reader } from '#store'

/** Names kept in memory, both ways; numbers never change their meaning. */
const namesMax = 100_000
/** Rows per page when most of a range is wanted. */
const pageRows = 5000
/** Read a whole range rather than single rows when at least one number in this many is wanted. */
const densityMin = 8

export type Names = {
  /** Undefined for an entity the estate has never seen. */
  number(entity: EntityId): number | undefined
  entity(number: number): EntityId
  /** Names of ascending numbers, in their order. */
  entities(numbers: readonly number[]): EntityId[]
}

export function openNames(reader: Reader, tenant: TenantId): Names {
  const numbers = new Map<EntityId, number>()
  const entities = new Map<number, EntityId>()
  const keep = (entity: EntityId, number: number): void => {
    if (numbers.size >= namesMax) {
      numbers.clear()
      entities.clear()
    }
    numbers.set(entity, number)
    entities.set(number, entity)
  }
  const checked = (text: string | undefined): EntityId => {
    assert(text !== undefined && isEntityId(text), 'a node has a name')
    return text
  }
  const entityOf = (number: number): EntityId => {
    const known = entities.get(number)
    if (known !== undefined) return known
    const row = reader.get<{ entity: string }>(
      'SELECT entity FROM estate_node WHERE tenant = ? AND number = ?',
      tenant,
      number,
    )
    const entity = checked(row?.entity)
    keep(entity, number)
    return entity
  }
  return {
    number(entity) {
      const known = numbers.get(entity)
      if (known !== undefined) return known
      const row = reader.get<{ number: number }>(
        'SELECT number FROM estate_node WHERE tenant = ? AND entity = ?',
        tenant,
        entity,
      )
      if (row !== undefined) keep(entity, row.number)
      return row?.number
    },
    entity: entityOf,
    entities(wanted) {
      const [first, last] = [wanted[0], wanted.at(-1)]
      if (first === undefined || last === undefined) return []
      if (wanted.length < pageRows || (last - first) / wanted.length > densityMin) return wanted.map(entityOf)
      const found: EntityId[] = []
      for (let low = first; low <= last; low += pageRows) {
        const rows = reader.all<{ number: number; entity: string }>(
          'SELECT number, entity FROM estate_node WHERE tenant = ? AND number BETWEEN ? AND ? ORDER BY number',
          tenant,
          low,
          Math.min(last, low + pageRows - 1),
        )
        for (const { number, entity } of rows) if (number === wanted[found.length]) found.push(checked(entity))
      }
      assert(found.length === wanted.length, 'every node has a name')
      return found
    },
  }
}
