import { outcomeOf, type Check } from '../check.ts'
import { entitiesOf } from '../scene.ts'
import { msOf } from '../words.ts'

export const defaultAccountRights: Check = {
  kind: 'default-account-rights',
  title: 'every pod of a namespace may read secrets',
  rule: 'the account that pods run as unless they name another has a role that reads secrets',
  severity: 'high',
  needs: ['cluster-rights'],
  async look(scene) {
    const accounts = await scene.find('identity', { kind: 'service', byDefault: true })
    const direct = await scene.from(entitiesOf(accounts), 'MEMBER_OF')
    const groups = [...new Set([...direct.values()].flat().map(({ dst }) => dst))]
    const further = await scene.from(groups, 'MEMBER_OF')
    const facts = await scene.facts([...groups, ...[...further.values()].flat().map(({ dst }) => dst)])
    const out = outcomeOf(accounts.length)
    for (const { entity, facts: told } of accounts) {
      const edges = (direct.get(entity) ?? []).flatMap((edge) => [edge, ...(further.get(edge.dst) ?? [])])
      const reading = edges.filter(({ dst }) => facts.get(dst)?.['readsSecrets'] === true)
      if (reading.length === 0) continue
      out.say({
        on: entity,
        sinceMs: msOf(told, 'createdAtMs') ?? null,
        why: 'whoever gets into any pod there that names no account of its own reads secrets',
        also: [...new Set(reading.map(({ dst }) => dst))],
        evidence: reading,
        fix: {
          kind: 'task',
          target: entity,
          preview: 'the program that needs secrets gets an account of its own, and the default one loses the role',
          undo: 'the role is given to the default account again',
        },
      })
    }
    return out
  },
}
