import { authorityOf } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { replaceKey } from '../fixes.ts'
import { staticKeys } from '../static-keys.ts'
import { dayMs, daysSince, msOf } from '../words.ts'

const oldMs = 365 * dayMs

export const oldKey: Check = {
  kind: 'old-key',
  title: 'a key over a year old',
  rule: 'a static key was made, or last rotated, over 365 days ago and is still good',
  severity: 'medium',
  needs: ['keys'],
  untold: 'no source tells when they were made',
  async look(scene) {
    const keys = await staticKeys(scene)
    const out = outcomeOf(keys.length)
    for (const { entity, facts } of keys) {
      const madeMs = msOf(facts, 'rotatedAtMs') ?? msOf(facts, 'createdAtMs')
      if (madeMs === undefined) out.cannotTell(authorityOf(entity))
      else if (scene.atMs - madeMs > oldMs)
        out.say({
          on: entity,
          sinceMs: madeMs + oldMs,
          why: `the same key has been good for ${daysSince(madeMs, scene.atMs)}`,
          fix: replaceKey(entity),
        })
    }
    return out
  },
}
