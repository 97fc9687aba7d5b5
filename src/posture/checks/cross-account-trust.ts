import { outcomeOf, type Check } from '../check.ts'
import { entitiesOf } from '../scene.ts'
import { msOf } from '../words.ts'

export const crossAccountTrust: Check = {
  kind: 'cross-account-trust',
  title: 'a role for another account',
  rule: 'somebody of another account may take a role on, under no condition',
  severity: 'high',
  needs: ['trusts'],
  async look(scene) {
    const strangers = await scene.find('identity', { external: true, account: true })
    const taken = [...(await scene.from(entitiesOf(strangers), 'ASSUMES')).values()].flat()
    const out = outcomeOf(taken.length)
    const roles = await scene.facts(taken.map(({ dst }) => dst))
    for (const edge of taken) {
      const facts = roles.get(edge.dst) ?? {}
      if (edge.conditional || facts['own'] === true) continue
      out.say({
        on: edge.dst,
        sinceMs: msOf(facts, 'createdAtMs') ?? null,
        why: 'whoever acts in that account can be this role, and no external id or other condition stops them',
        also: [edge.src],
        evidence: [edge],
        fix: {
          kind: 'task',
          target: edge.dst,
          preview: 'the trust asks for an external id that the partner knows, or is taken away',
          undo: 'the trust is given back as it was',
        },
      })
    }
    return out
  },
}
