import { outcomeOf, type Check } from '../check.ts'
import { entitiesOf } from '../scene.ts'
import { isOn, msOf } from '../words.ts'

export const legacyToken: Check = {
  kind: 'legacy-token',
  title: 'a token of a program that never ends',
  rule: 'a token of a service account lies in a secret of the cluster and has no end',
  severity: 'medium',
  needs: ['stored-tokens'],
  async look(scene) {
    const secrets = await scene.find('resource', { kind: 'secret' })
    const out = outcomeOf(secrets.length)
    const stored = await scene.from(entitiesOf(secrets), 'STORES')
    const tokens = await scene.facts([...stored.values()].flat().map(({ dst }) => dst))
    for (const { entity, facts } of secrets)
      for (const edge of stored.get(entity) ?? []) {
        const token = tokens.get(edge.dst) ?? {}
        const isEndless = token['kind'] === 'token' && token['expiresAtMs'] === undefined && isOn(token, scene.atMs)
        if (!isEndless || token['own'] === true) continue
        out.say({
          on: entity,
          sinceMs: msOf(facts, 'createdAtMs') ?? null,
          why: 'whoever reads the secret is that program for as long as the secret is there',
          also: [edge.dst],
          evidence: [edge],
          fix: {
            kind: 'revoke',
            target: edge.dst,
            preview: 'the token opens nothing any more; what works by it needs one that is given out for an hour',
            undo: 'a new token is made; the old one stays dead',
          },
        })
      }
    return out
  },
}
