import { outcomeOf, type Check } from '../check.ts'
import { entitiesOf } from '../scene.ts'
import { isOn, msOf } from '../words.ts'

export const unownedApp: Check = {
  kind: 'unowned-app',
  title: 'an app that nobody owns',
  rule: 'an app of our own that is switched on and has a secret has no owner',
  severity: 'medium',
  needs: ['app-owners'],
  async look(scene) {
    const apps = (await scene.find('app', { external: false })).filter(
      ({ facts }) => msOf(facts, 'owners') !== undefined && isOn(facts, scene.atMs),
    )
    const out = outcomeOf(apps.length)
    const acting = await scene.from(entitiesOf(apps), 'ACTS_AS')
    const secrets = await scene.to(
      [...acting.values()].flat().map(({ dst }) => dst),
      'AUTHENTICATES_AS',
    )
    for (const { entity, facts } of apps) {
      const held = (acting.get(entity) ?? []).flatMap(({ dst }) => secrets.get(dst) ?? [])
      if (facts['owners'] !== 0 || held.length === 0) continue
      out.say({
        on: entity,
        sinceMs: msOf(facts, 'createdAtMs') ?? null,
        why: 'it has a secret that is good, and nobody to ask what it is for',
        also: held.map(({ src }) => src),
        evidence: held,
        fix: {
          kind: 'task',
          target: entity,
          preview: 'somebody takes it over, or it is switched off',
          undo: 'the owner is taken away again',
        },
      })
    }
    return out
  },
}
