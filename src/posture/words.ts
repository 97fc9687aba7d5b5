import type { EntityFact } from '#model'

/** Attributes of an entity, as connectors state them in normalised words (docs/posture.md lists those that checks read). */
export type Attributes = EntityFact['attributes']

export const dayMs = 86_400_000

export const textOf = (facts: Attributes, key: string): string | undefined => {
  const value = facts[key]
  return typeof value === 'string' && value !== '' ? value : undefined
}
/** What people call somebody. */
export const nameOf = (facts: Attributes): string | undefined =>
  textOf(facts, 'name') ?? textOf(facts, 'login') ?? textOf(facts, 'email')

export const msOf = (facts: Attributes, key: string): number | undefined => {
  const value = facts[key]
  return typeof value === 'number' ? value : undefined
}

/** Words of an attribute that lists some, such as `opens`. */
export const wordsOf = (facts: Attributes, key: string): readonly string[] => textOf(facts, key)?.split(' ') ?? []

/** Neither switched off nor past its end. Whether it still exists its edges say. */
export const isOn = ({ enabled, status, expiresAtMs }: Attributes, atMs: number): boolean =>
  enabled !== false && status !== 'deleted' && (typeof expiresAtMs !== 'number' || expiresAtMs > atMs)

export const daysSince = (ms: number, atMs: number): string => {
  const days = Math.floor((atMs - ms) / dayMs)
  return days === 1 ? '1 day' : `${days} days`
}
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
