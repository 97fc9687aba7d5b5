import type { Planted } from '../range.ts'

/** The lab's names for entities: what it planted, the hosts, the customers; others keep their id. */
export type Names = {
  of(entity: string): string | undefined
  /** The entity was found to be this planted credential. */
  learn(entity: string, label: string): void
}

export function createNames(planted: readonly Planted[], known: readonly (readonly [string, string])[]): Names {
  const names = new Map<string, string>(known)
  for (const { entity, label } of planted) if (entity !== null) names.set(entity, label)
  return {
    of: (entity) => names.get(entity) ?? (entity.startsWith('host:') ? entity.split(':').at(-1) : undefined),
    learn(entity, label) {
      if (!names.has(entity)) names.set(entity, label)
    },
  }
}
