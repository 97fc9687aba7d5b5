import { outcomeOf, type Check } from '../check.ts'
import { entitiesOf } from '../scene.ts'
import { msOf } from '../words.ts'

export const orgWideSecret: Check = {
  kind: 'org-wide-secret',
  title: 'a secret that every job can read',
  rule: 'a secret of the organisation is given to the jobs of every repository',
  severity: 'medium',
  needs: ['ci-secrets'],
  async look(scene) {
    const wholes = await scene.find('resource', { kind: 'workflows', ofAll: true })
    const held = [...(await scene.from(entitiesOf(wholes), 'STORES')).values()].flat()
    const out = outcomeOf(held.length)
    const facts = await scene.facts(held.map(({ dst }) => dst))
    for (const edge of held) {
      // Given to private repositories alone, it is not told which those are.
      if (edge.conditional) continue
      out.say({
        on: edge.dst,
        sinceMs: msOf(facts.get(edge.dst) ?? {}, 'createdAtMs') ?? null,
        why: 'any job of any repository can read it, whoever may push there',
        evidence: [edge],
        fix: {
          kind: 'task',
          target: edge.dst,
          preview: 'it is given to the repositories whose jobs need it, and to no other',
          undo: 'it is given to every repository again',
        },
      })
    }
    return out
  },
}
