import { authorityOf } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { isOn, msOf } from '../words.ts'

export const adminWithoutStrongFactor: Check = {
  kind: 'admin-without-strong-factor',
  title: 'an administrator without a strong factor',
  rule: 'a human who administers signs in with no factor that withstands phishing (a security key or passkey), or with none',
  severity: 'high',
  needs: ['administrators', 'factors'],
  untold: 'no source tells whether a factor of theirs withstands phishing',
  async look(scene) {
    const admins = (await scene.find('identity', { kind: 'human', admin: true })).filter(({ facts }) =>
      isOn(facts, scene.atMs),
    )
    const out = outcomeOf(admins.length)
    for (const { entity, facts } of admins) {
      const { strongFactor, mfa } = facts
      if (strongFactor === true) continue
      if (strongFactor !== false && mfa !== false) {
        out.cannotTell(authorityOf(entity))
        continue
      }
      out.say({
        on: entity,
        sinceMs: msOf(facts, 'createdAtMs') ?? null,
        why:
          mfa === false
            ? 'they administer, and a password alone lets them in'
            : 'they administer, and no factor of theirs withstands phishing',
        fix: {
          kind: 'task',
          target: entity,
          preview: 'they enrol a security key or passkey, and administer by it alone',
          undo: 'the factor is removed again',
        },
      })
    }
    return out
  },
}
