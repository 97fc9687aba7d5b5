import { authorityOf } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { dayMs, daysSince, isOn, msOf } from '../words.ts'

const staleMs = 30 * dayMs

export const staleInvite: Check = {
  kind: 'stale-invite',
  title: 'an old invite to administer',
  rule: 'an invite as administrator was sent over 30 days ago, nobody took it, and it still lets in whoever has the mail',
  severity: 'medium',
  needs: ['invites'],
  untold: 'no source tells when they were sent',
  async look(scene) {
    const invites = (await scene.findStated('credential', { invite: true, admin: true })).filter(({ facts }) =>
      isOn(facts, scene.atMs),
    )
    const out = outcomeOf(invites.length)
    for (const { entity, facts } of invites) {
      const sentMs = msOf(facts, 'createdAtMs')
      if (sentMs === undefined) out.cannotTell(authorityOf(entity))
      else if (scene.atMs - sentMs > staleMs)
        out.say({
          on: entity,
          sinceMs: sentMs + staleMs,
          why: `it was sent ${daysSince(sentMs, scene.atMs)} ago, and makes whoever takes it an administrator`,
          fix: {
            kind: 'revoke',
            target: entity,
            preview: 'the invite lets nobody in any more',
            undo: 'a new invite is sent',
          },
        })
    }
    return out
  },
}
