import type { EntityFact } from '#model'

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
