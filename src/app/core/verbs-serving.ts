import { authorityOf, kindOf, type EntityFact, type EntityId } from '#model'

import type { ContainAction } from '#respond/contract'

import type { Registry } from '../registry.ts'

export type Serving = { source: string; verb: string; title: string }

type Sources = readonly { id: string; connector: string; authority: string | null }[]

/** Actions of the connectors of the sources there that act on a thing itself. */
export function actionsServing(
  sources: Sources,
  registry: Pick<Registry, 'find'>,
  target: EntityId,
  attributes: EntityFact['attributes'],
): { source: string; action: ContainAction }[] {
  const role = kindOf(target) === 'credential' ? 'trigger' : 'descendant-entity'
  const member = { entity: target, role, credentialKind: null, identity: null, attributes } as const
  return sources.flatMap(({ id, connector, authority }) =>
    (registry.find(connector)?.actions ?? []).flatMap((action) =>
      action.targetFor(member) === target && (action.authorityFor?.(member) ?? authorityOf(target)) === authority
        ? [{ source: id, action }]
        : [],
    ),
  )
}

/** What the connectors of the sources there could do to a thing itself. */
export const verbsServing = (...asked: Parameters<typeof actionsServing>): Serving[] =>
  actionsServing(...asked).map(({ source, action: { verb, title } }) => ({ source, verb, title }))
