import { authorityOf } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { entitiesOf } from '../scene.ts'
import { staticKeys } from '../static-keys.ts'
import { dayMs, daysSince, isOn, msOf } from '../words.ts'

const oldMs = 365 * dayMs

export const toxicCombination: Check = {
  kind: 'toxic-combination',
  title: 'an outsider with power, an old secret and no factor',
  rule: 'somebody from outside administers, signs in without a second factor, and holds a static secret over 365 days old',
  severity: 'critical',
  needs: ['administrators', 'factors', 'keys'],
  untold: 'no source tells whether they have a second factor',
  async look(scene) {
    const outsiders = (await scene.find('identity', { kind: 'human', external: true, admin: true })).filter(
      ({ facts }) => isOn(facts, scene.atMs),
    )
    const out = outcomeOf(outsiders.length)
    const opening = await scene.to(entitiesOf(outsiders), 'AUTHENTICATES_AS')
    const keys = new Map((await staticKeys(scene)).map(({ entity, facts }) => [entity, facts]))
    for (const { entity, facts } of outsiders) {
      const old = (opening.get(entity) ?? []).flatMap((edge) => {
        const told = keys.get(edge.src) ?? {}
        const madeMs = msOf(told, 'rotatedAtMs') ?? msOf(told, 'createdAtMs')
        return madeMs !== undefined && scene.atMs - madeMs > oldMs ? [{ edge, madeMs }] : []
      })
      if (old.length === 0 || facts['mfa'] === true) continue
      if (facts['mfa'] !== false) {
        out.cannotTell(authorityOf(entity))
        continue
      }
      const oldestMs = Math.min(...old.map(({ madeMs }) => madeMs))
      out.say({
        on: entity,
        sinceMs: oldestMs + oldMs,
        why: `they come from outside, administer, have no second factor, and a secret of theirs is ${daysSince(oldestMs, scene.atMs)} old`,
        also: old.map(({ edge }) => edge.src),
        evidence: old.map(({ edge }) => edge),
        fix: {
          kind: 'task',
          target: entity,
          preview: 'any one of the four goes: the role, the old secret, or the missing factor is enrolled',
          undo: 'the role is given back, or a secret is made anew',
        },
      })
    }
    return out
  },
}
