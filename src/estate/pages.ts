import type { EntityFact, EntityId } from '#model'

import type { EstateView } from './types.ts'

/** Entities asked for at once where a question is about very many: between two pages the thread that detects goes on. */
const pageEntities = 1_000

export async function paged<Row>(
  entities: readonly EntityId[],
  ask: (page: EntityId[]) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = []
  for (let at = 0; at < entities.length; at += pageEntities) {
    for (const row of await ask(entities.slice(at, at + pageEntities))) rows.push(row)
  }
  return rows
}

export async function* pagedFacts(
  view: EstateView,
  entities: readonly EntityId[],
): AsyncGenerator<[EntityId, EntityFact['attributes']]> {
  for (let at = 0; at < entities.length; at += pageEntities) {
    yield* await view.facts(entities.slice(at, at + pageEntities))
  }
}
