import { outcomeOf, type Check } from '../check.ts'
import { isOn, msOf } from '../words.ts'

export const unboundedKey: Check = {
  kind: 'unbounded-key',
  title: 'a key to every model',
  rule: 'a virtual key opens every model, belongs to no team and has no end',
  severity: 'medium',
  needs: ['model-keys'],
  async look(scene) {
    const keys = (await scene.find('credential', { kind: 'key' })).filter(
      ({ facts }) => facts['unbounded'] !== undefined && isOn(facts, scene.atMs),
    )
    const out = outcomeOf(keys.length)
    for (const { entity, facts } of keys) {
      if (facts['unbounded'] !== true) continue
      out.say({
        on: entity,
        sinceMs: msOf(facts, 'createdAtMs') ?? null,
        why: 'it opens every model there is, for nobody in particular, and never ends',
        fix: {
          kind: 'task',
          target: entity,
          preview: 'a key of a team, for the models it needs and with an end, takes its place',
          undo: 'until it is deleted, the old key still works',
        },
      })
    }
    return out
  },
}
