import { outcomeOf, type Check } from '../check.ts'
import { entitiesOf } from '../scene.ts'
import { isOn } from '../words.ts'

export const guestOwner: Check = {
  kind: 'guest-owner',
  title: 'a guest who owns an app',
  rule: 'a guest owns an app, and can give it a secret of their own',
  severity: 'high',
  needs: ['app-owners'],
  async look(scene) {
    const guests = (await scene.find('identity', { kind: 'human', external: true })).filter(({ facts }) =>
      isOn(facts, scene.atMs),
    )
    const owned = [...(await scene.to(entitiesOf(guests), 'OWNED_BY')).values()].flat()
    const out = outcomeOf(guests.length)
    const becomes = await scene.from(
      owned.map(({ src }) => src),
      'ASSUMES',
    )
    const apps = await scene.to(
      [...becomes.values()].flat().map(({ dst }) => dst),
      'ACTS_AS',
    )
    for (const edge of owned) {
      const app = (becomes.get(edge.src) ?? []).flatMap(({ dst }) => apps.get(dst) ?? [])[0]?.src
      if (app === undefined) continue
      out.say({
        on: app,
        owner: edge.dst,
        sinceMs: edge.validFrom * 1000 || null,
        why: 'somebody from outside can give it a secret, and then be what the app is',
        also: [edge.dst],
        evidence: [edge],
        fix: {
          kind: 'remove',
          target: edge.src,
          preview: 'they no longer own the app; somebody of the house does',
          undo: 'they are made an owner again',
        },
      })
    }
    return out
  },
}
