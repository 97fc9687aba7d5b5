import { isEntityId, type EntityId, type TenantId } from '#model'
import type { Reader } from '#store'

/**
 * What people said of vendors: `into`, that one is the same as another; names, who answers for them, and components that a
 * vendor told us of. The newest word counts.
 */
export type Words = {
  names: ReadonlyMap<EntityId, string>
  owners: ReadonlyMap<EntityId, string>
  into: ReadonlyMap<EntityId, EntityId>
  components: ReadonlyMap<EntityId, ReadonlySet<string>>
}
export const noWords: Words = { names: new Map(), owners: new Map(), into: new Map(), components: new Map() }

export const wordKinds = ['name', 'owner', 'into', 'component'] as const
export type WordKind = (typeof wordKinds)[number]
/** Of a component `value` is its package URL. `gone`: the word is taken back. */
export type WordRow = { vendor: EntityId; kind: WordKind; value: string | null; gone: 0 | 1 }

/** Steps from one vendor to whom it was joined into; joins in a circle are refused when they are made. */
const joinsMax = 16

export function intoOf({ into }: Pick<Words, 'into'>, vendor: EntityId): EntityId {
  let at = vendor
  for (let step = 0; step < joinsMax; step++) {
    const next = into.get(at)
    if (next === undefined) return at
    at = next
  }
  return at
}

export function wordsOf(rows: readonly WordRow[]): Words {
  const names = new Map<EntityId, string>()
  const owners = new Map<EntityId, string>()
  const into = new Map<EntityId, EntityId>()
  const components = new Map<EntityId, Set<string>>()
  for (const { vendor, kind, value, gone } of rows) {
    if (kind === 'component') {
      const mine = components.get(vendor) ?? new Set<string>()
      if (gone === 1) mine.delete(value ?? '')
      else mine.add(value ?? '')
      components.set(vendor, mine)
      continue
    }
    if (kind === 'into') {
      if (gone === 1 || value === null || !isEntityId(value)) into.delete(vendor)
      else into.set(vendor, value)
      continue
    }
    const map = kind === 'name' ? names : owners
    if (gone === 1 || value === null) map.delete(vendor)
    else map.set(vendor, value)
  }
  return { names, owners, into, components }
}

export const readWords = (reader: Reader, tenant: TenantId): Words =>
  wordsOf(
    reader.all<WordRow>('SELECT vendor, kind, value, gone FROM vendor_word WHERE tenant = ? ORDER BY number', tenant),
  )
