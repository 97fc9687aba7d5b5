import { authorityOf } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { entitiesOf, type Scene, type Thing } from '../scene.ts'
import { isOn, msOf } from '../words.ts'

export const adminWithoutStrongFactor: Check = {
  kind: 'admin-without-strong-factor',
  title: 'an administrator without a strong factor',
  rule: 'a human who administers signs in with no factor that withstands phishing (a security key or passkey), or with none',
  severity: 'high',
  needs: ['administrators', 'factors'],
  untold: 'no source tells whether a factor of theirs withstands phishing',
  async look(scene) {
    const admins = await administrators(scene)
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

/** Whom a source calls so, and whoever may administer a whole account, by way of a policy of their own. */
async function administrators(scene: Scene): Promise<Thing[]> {
  const named = await scene.find('identity', { kind: 'human', admin: true })
  const accounts = await scene.find('resource', { kind: 'account' })
  const rights = [...(await scene.to(entitiesOf(accounts), 'CAN_ADMIN')).values()].flat()
  const holders = [...new Set(rights.flatMap(({ src, conditional }) => (conditional ? [] : [src])))]
  const facts = await scene.facts(holders)
  const all = new Map(named.map((thing) => [thing.entity, thing]))
  for (const entity of holders) {
    const told = facts.get(entity) ?? {}
    if (told['kind'] === 'human' && told['own'] !== true) all.set(entity, { entity, facts: told })
  }
  return [...all.values()].filter((thing) => isOn(thing.facts, scene.atMs))
}
