import { authorityOf, kindOf, type EntityFact, type EntityId } from '#model'

import type { Registry } from '../registry.ts'

export type Serving = { source: string; verb: string; title: string }

/** What the connectors of the sources there could do to a thing itself. */
export function verbsServing(
  sources: readonly { id: string; connector: string; authority: string | null }[],
  registry: Pick<Registry, 'find'>,
  target: EntityId,
  attributes: EntityFact['attributes'],
): Serving[] {
  const role = kindOf(target) === 'credential' ? 'trigger' : 'descendant-entity'
  const member = { entity: target, role, credentialKind: null, identity: null, attributes } as const
  return sources.flatMap(({ id, connector, authority }) =>
    (registry.find(connector)?.actions ?? []).flatMap((action) =>
      action.targetFor(member) === target && (action.authorityFor?.(member) ?? authorityOf(target)) === authority
        ? [{ source: id, verb: action.verb, title: action.title }]
        : [],
    ),
  )
}
