import { isEntityId, type EntityId } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { msOf, textOf, type Attributes } from '../words.ts'

export const wildcardRole: Check = {
  kind: 'wildcard-role',
  title: 'a program that may do everything in a cluster',
  rule: 'a binding gives a program every act on every object of a cluster',
  severity: 'critical',
  needs: ['cluster-rights'],
  async look(scene) {
    const bindings = await scene.findStated('resource', { everything: true })
    const roles = bindings.flatMap(({ facts }) => roleOf(facts) ?? [])
    const members = await scene.to(roles, 'MEMBER_OF')
    const groups = [...members.values()].flat().map(({ src }) => src)
    const within = await scene.to(groups, 'MEMBER_OF')
    const facts = await scene.facts([...groups, ...[...within.values()].flat().map(({ src }) => src)])
    const isProgram = (entity: (typeof groups)[number]): boolean => {
      const told = facts.get(entity)
      return told?.['kind'] === 'service' && told['own'] !== true
    }
    const out = outcomeOf(bindings.length)
    for (const { entity, facts: told } of bindings) {
      const role = roleOf(told)
      // A binding that is gone gives nothing: the membership that it made has ended.
      const given = (role === undefined ? [] : (members.get(role) ?? [])).filter(
        ({ src, note }) =>
          `binding ${note ?? ''}` === textOf(told, 'name') &&
          (isProgram(src) || (within.get(src) ?? []).some((edge) => isProgram(edge.src))),
      )
      if (given.length === 0) continue
      out.say({
        on: entity,
        sinceMs: msOf(told, 'createdAtMs') ?? null,
        why: 'whoever gets into one pod of that program owns the cluster and every secret in it',
        also: given.map(({ src }) => src),
        evidence: given,
        fix: {
          kind: 'remove',
          target: entity,
          preview: 'the program has only what other bindings give it; what it did by this one fails from then on',
          undo: 'the binding is made again as it was',
        },
      })
    }
    return out
  },
}

const roleOf = (facts: Attributes): EntityId | undefined => {
  const role = textOf(facts, 'gives')
  return role !== undefined && isEntityId(role) ? role : undefined
}
