import { outcomeOf, type Check } from '../check.ts'
import { entitiesOf } from '../scene.ts'
import { isOn } from '../words.ts'

export const secretInRepository: Check = {
  kind: 'secret-in-repository',
  title: 'a secret in a repository that still opens something',
  rule: 'what scanning found in a repository is, by its fingerprint, a credential that is still good',
  severity: 'critical',
  needs: ['leaks'],
  async look(scene) {
    const repositories = await scene.find('resource', { kind: 'repository' })
    const held = [...(await scene.from(entitiesOf(repositories), 'STORES')).values()].flat()
    const out = outcomeOf(held.length)
    const prints = await scene.from(
      held.map(({ dst }) => dst),
      'SAME_AS',
    )
    const names = [...prints.values()].flat().map(({ dst }) => dst)
    const same = await scene.from(names, 'SAME_AS')
    const back = await scene.to(names, 'SAME_AS')
    for (const edge of held)
      for (const print of prints.get(edge.dst) ?? []) {
        const others = [...(same.get(print.dst) ?? []), ...(back.get(print.dst) ?? [])]
        const named = others.flatMap(({ src, dst }) => (src === print.dst ? [dst] : src === edge.dst ? [] : [src]))
        const facts = await scene.facts(named)
        const good = await scene.from(
          named.filter((one) => isOn(facts.get(one) ?? {}, scene.atMs)),
          'AUTHENTICATES_AS',
        )
        const [opened] = good.keys()
        if (opened === undefined) continue
        out.say({
          on: edge.dst,
          sinceMs: edge.validFrom * 1000 || null,
          why: 'whoever can read the repository has it, and it still opens something',
          also: [opened, edge.src],
          evidence: [edge, print],
          fix: {
            kind: 'revoke',
            target: opened,
            preview: 'the credential itself ends; taking it out of the file would leave it in the history',
            undo: 'a new one is made, and kept elsewhere',
          },
        })
        break
      }
    return out
  },
}
