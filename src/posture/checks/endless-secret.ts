import { outcomeOf, type Check } from '../check.ts'
import { replaceKey } from '../fixes.ts'
import { dayMs, dayOf, isOn, msOf, textOf } from '../words.ts'

const endlessMs = 2 * 365 * dayMs

export const endlessSecret: Check = {
  kind: 'endless-secret',
  title: 'a secret of an app without an end',
  rule: 'a secret of an app is good for over two years to come',
  severity: 'medium',
  needs: ['keys'],
  async look(scene) {
    const secrets = (await scene.find('credential', { kind: 'key' })).filter(
      ({ facts }) => textOf(facts, 'client') !== undefined && msOf(facts, 'expiresAtMs') !== undefined,
    )
    const out = outcomeOf(secrets.length)
    for (const { entity, facts } of secrets) {
      const endMs = msOf(facts, 'expiresAtMs') ?? 0
      if (endMs - scene.atMs <= endlessMs || !isOn(facts, scene.atMs)) continue
      out.say({
        on: entity,
        sinceMs: msOf(facts, 'createdAtMs') ?? null,
        why: `it is good until ${dayOf(endMs)}, whoever has it by then`,
        fix: replaceKey(entity),
      })
    }
    return out
  },
}
