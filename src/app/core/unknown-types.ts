import type { SourceId } from '#model'

/** Types told apart for one source, and characters of one: both are the vendor's words. */
const typesMax = 20
const typeCharsMax = 120

export type UnknownType = { source: SourceId; type: string; count: number }

/** Record types that no normaliser knows, by source, since the start: the debt of the connectors, so that somebody can pay it. */
export function createUnknownTypes() {
  const bySource = new Map<SourceId, Map<string, number>>()
  return {
    note(source: SourceId, said: string): void {
      const types = bySource.get(source) ?? new Map<string, number>()
      bySource.set(source, types)
      const short = said.slice(0, typeCharsMax)
      const type = types.has(short) || types.size < typesMax ? short : 'others'
      types.set(type, (types.get(type) ?? 0) + 1)
    },
    list: (): UnknownType[] =>
      [...bySource].flatMap(([source, types]) => [...types].map(([type, count]) => ({ source, type, count }))),
  }
}
