import { outcomeOf, type Check } from '../check.ts'
import { msOf } from '../words.ts'

export const unpinnedWorkflow: Check = {
  kind: 'unpinned-workflow',
  title: 'a job with secrets that a stranger can change',
  rule: 'a workflow with secrets runs an action of a stranger by a branch or tag that its owner can move',
  severity: 'high',
  needs: ['workflows'],
  async look(scene) {
    const workflows = await scene.find('resource', { kind: 'workflow', status: 'active' })
    const out = outcomeOf(workflows.length)
    for (const { entity, facts } of workflows) {
      const given = msOf(facts, 'secretsGiven') ?? 0
      if (!((msOf(facts, 'strangersUnpinned') ?? 0) > 0 && given > 0)) continue
      out.say({
        on: entity,
        sinceMs: msOf(facts, 'createdAtMs') ?? null,
        why: 'whoever owns the action can run something else tomorrow, and read the secrets',
        fix: {
          kind: 'task',
          target: entity,
          preview: 'the action is named by the hash of a commit that somebody has read',
          undo: 'the change of the file is taken back',
        },
      })
    }
    return out
  },
}
