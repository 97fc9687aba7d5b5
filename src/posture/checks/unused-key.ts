import { authorityOf } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { staticKeys } from '../static-keys.ts'
import { dayMs, daysSince, msOf } from '../words.ts'
import { endKey } from '../fixes.ts'

const neverUsedMs = 30 * dayMs
const unusedMs = 90 * dayMs

export const unusedKey: Check = {
  kind: 'unused-key',
  title: 'a key that nobody uses',
  rule: 'a static key was made over 30 days ago and never used, or was last used over 90 days ago',
  severity: 'medium',
  needs: ['keys', 'key-use'],
  untold: 'no source tells when they were last used',
  async look(scene) {
    const keys = await staticKeys(scene)
    const out = outcomeOf(keys.length)
    for (const { entity, facts } of keys) {
      const [madeMs, usedMs] = [msOf(facts, 'createdAtMs'), msOf(facts, 'lastUsedAtMs')]
      // Of a key whose vendor tells its use, silence is an answer: nobody ever used it.
      const isNever = usedMs === undefined && facts['tellsUse'] === true && madeMs !== undefined
      if (usedMs === undefined && !isNever) out.cannotTell(authorityOf(entity))
      else if (usedMs !== undefined && scene.atMs - usedMs > unusedMs)
        out.say({
          on: entity,
          sinceMs: usedMs + unusedMs,
          why: `it was last used ${daysSince(usedMs, scene.atMs)} ago, and still opens`,
          fix: endKey(entity),
        })
      else if (isNever && scene.atMs - madeMs > neverUsedMs)
        out.say({
          on: entity,
          sinceMs: madeMs + neverUsedMs,
          why: `it was made ${daysSince(madeMs, scene.atMs)} ago, and nobody has ever used it`,
          fix: endKey(entity),
        })
    }
    return out
  },
}
