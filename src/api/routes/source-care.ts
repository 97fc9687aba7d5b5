import { kindOf, type EntityId } from '#model'
import { usingView } from '#estate'

import { lateralTypes } from './estate.ts'
import type { RouteHandlers } from './call.ts'

/** A thief who reaches more than this reaches everything that matters. */
const reachedMax = 100_000

export const sourceCareRoutes: RouteHandlers<
  'source.show' | 'source.role' | 'source.rotate' | 'source.backfill' | 'recall.self'
> = {
  'source.show': ({ services, params }) => Promise.resolve(services.sources.show(params['source'] ?? '')),
  'source.role': ({ services, body }) => Promise.resolve(services.sources.role(body)),
  'source.rotate': ({ services, principal, params, body, header }) =>
    services.sources.rotate(params['source'] ?? '', body, principal.id, header('host')),
  'source.backfill': ({ services, principal, params, body }) =>
    services.sources.backfill(params['source'] ?? '', body, principal.id),
  'recall.self': async ({ services }) => {
    const sources = services.sources.held()
    const reach = await usingView(services.view(), async (view) => {
      const from = new Set<EntityId>(sources.flatMap(({ own }) => own))
      // What only the vendor's inventory knows of our own login, it marks.
      for (const kind of ['identity', 'credential', 'app'] as const) {
        for (const entity of await view.find(kind, { own: true }, reachedMax)) from.add(entity)
      }
      const reached = await view.reach([...from], { types: lateralTypes, withInferred: false }, reachedMax)
      const byKind: Record<string, number> = {}
      for (const { entity } of reached) {
        if (!from.has(entity)) byKind[kindOf(entity)] = (byKind[kindOf(entity)] ?? 0) + 1
      }
      return { asOf: view.asOf, from: [...from], byKind }
    })
    return { sources, reach }
  },
}
