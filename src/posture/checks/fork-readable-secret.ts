import { outcomeOf, type Check } from '../check.ts'
import { msOf } from '../words.ts'

export const forkReadableSecret: Check = {
  kind: 'fork-readable-secret',
  title: 'secrets that a stranger can read',
  rule: 'a workflow is started by the pull request of a fork, runs what it brings, and is given secrets',
  severity: 'critical',
  needs: ['workflows'],
  async look(scene) {
    const workflows = await scene.find('resource', { kind: 'workflow', status: 'active' })
    const out = outcomeOf(workflows.length)
    for (const { entity, facts } of workflows) {
      const given = msOf(facts, 'secretsGiven') ?? 0
      if (!(facts['runsTheirs'] === true && given > 0)) continue
      out.say({
        on: entity,
        sinceMs: msOf(facts, 'createdAtMs') ?? null,
        why: 'a pull request of anybody runs here, with the secrets of the repository',
        fix: {
          kind: 'task',
          target: entity,
          preview: 'the workflow no longer checks out what a stranger brings, or is given no secrets',
          undo: 'the change of the file is taken back',
        },
      })
    }
    return out
  },
}
