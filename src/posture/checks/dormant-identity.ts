import { authorityOf } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { switchOff } from '../fixes.ts'
import { dayMs, daysSince, isOn, msOf } from '../words.ts'

const dormantMs = 180 * dayMs

export const dormantIdentity: Check = {
  kind: 'dormant-identity',
  title: 'an account that nobody signs in to',
  rule: "a human's account can sign in, and was last signed in to over 180 days ago",
  severity: 'medium',
  needs: ['sign-in-times'],
  untold: 'no source tells when they last signed in',
  async look(scene) {
    const accounts = (await scene.find('identity', { kind: 'human' })).filter(({ facts }) => isOn(facts, scene.atMs))
    const out = outcomeOf(accounts.length)
    for (const { entity, facts } of accounts) {
      const lastMs = msOf(facts, 'lastUsedAtMs')
      if (lastMs === undefined) {
        // Where the vendor tells, whoever never signed in is new or was never needed: another matter.
        if (!scene.tells(authorityOf(entity), 'sign-in-times')) out.cannotTell(authorityOf(entity))
      } else if (scene.atMs - lastMs > dormantMs)
        out.say({
          on: entity,
          sinceMs: lastMs + dormantMs,
          why: `nobody has signed in to it for ${daysSince(lastMs, scene.atMs)}, and it still lets somebody in`,
          fix: switchOff(entity),
        })
    }
    return out
  },
}
