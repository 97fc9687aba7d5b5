import { toSecondsDown, toSecondsUp } from '#kit'
import { edgeTypes, isEdgeType, type EdgeType, type Window } from '#model'
import { usingView, type EdgeQuery } from '#estate'

import type { RouteHandlers } from './call.ts'

/** What an attacker can walk along; ownership, classes and lineage are no power. */
export const lateralTypes: EdgeType[] = Object.keys(edgeTypes)
  .filter(isEdgeType)
  .filter(
    (type) =>
      !['OWNED_BY', 'CLASSIFIED_AS', 'BELONGS_TO', 'DERIVED_FROM', 'DEPENDS_ON', 'HOLDS_DATA_OF', 'NAMED_IN'].includes(
        type,
      ),
  )

/** More than this is refused by name: ask for one name. */
const foundMax = 1_000

type Walk = {
  types?: EdgeType[] | undefined
  atMs?: number | undefined
  window?: Window | undefined
  withInferred?: boolean
}

export const estateRoutes: RouteHandlers<'estate.find' | 'estate.reach' | 'estate.who' | 'estate.explain'> = {
  'estate.find': ({ services, query: { kind, name } }) =>
    usingView(services.view(), async (view) => {
      const found = await view.find(kind, name === undefined ? {} : { name }, foundMax)
      const facts = await view.facts(found)
      return { asOf: view.asOf, entities: found.map((entity) => ({ entity, attributes: facts.get(entity) ?? {} })) }
    }),
  'estate.reach': ({ services, body }) =>
    usingView(services.view(), async (view) => ({
      asOf: view.asOf,
      reached: await view.reach(body.from, toQuery(body, services.clock.nowMs()), body.entitiesMax),
    })),
  'estate.who': ({ services, body }) =>
    usingView(services.view(), async (view) => ({
      asOf: view.asOf,
      reached: await view.whoCanReach(body.from, toQuery(body, services.clock.nowMs()), body.entitiesMax),
    })),
  'estate.explain': ({ services, body }) =>
    usingView(services.view(), async (view) => {
      const path = await view.explain(body.from, body.to, toQuery({ atMs: body.atMs }, services.clock.nowMs()))
      return {
        asOf: view.asOf,
        path: path?.map(({ src, type, dst, evidence }) => ({ src, type, dst, evidence })) ?? null,
      }
    }),
}

function toQuery(walk: Walk, nowMs: number): EdgeQuery {
  return {
    types: walk.types ?? lateralTypes,
    ...(walk.atMs === undefined ? {} : { at: toSecondsDown(walk.atMs) }),
    ...(walk.window === undefined
      ? {}
      : { window: { from: toSecondsDown(walk.window.fromMs), to: toSecondsUp(walk.window.toMs ?? nowMs) } }),
    withInferred: walk.withInferred ?? false,
  }
}
