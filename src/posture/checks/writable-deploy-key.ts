import { outcomeOf, type Check } from '../check.ts'
import { isOn, msOf } from '../words.ts'

export const writableDeployKey: Check = {
  kind: 'writable-deploy-key',
  title: 'a deploy key that can push',
  rule: 'a deploy key of a repository may write to it',
  severity: 'high',
  needs: ['deploy-keys'],
  async look(scene) {
    const keys = (await scene.find('credential', { kind: 'ssh-key', readOnly: false })).filter(({ facts }) =>
      isOn(facts, scene.atMs),
    )
    const out = outcomeOf(keys.length)
    for (const { entity, facts } of keys)
      out.say({
        on: entity,
        sinceMs: msOf(facts, 'createdAtMs') ?? null,
        why: 'whoever has the key can change what the repository builds and deploys',
        fix: {
          kind: 'task',
          target: entity,
          preview: 'a key that reads alone takes its place, and then this one ends',
          undo: 'until it is deleted, the old key still works',
        },
      })
    return out
  },
}
