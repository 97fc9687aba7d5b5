import { outcomeOf, type Check } from '../check.ts'
import { textOf, wordsOf, msOf } from '../words.ts'

export const externalChannel: Check = {
  kind: 'external-channel',
  title: 'a channel shared with strangers',
  rule: 'a channel is shared with an organisation that nobody has named as a partner in the settings of its source',
  severity: 'medium',
  needs: ['shared-channels'],
  async look(scene) {
    const channels = await scene.find('resource', { kind: 'channel', external: true })
    const out = outcomeOf(channels.length)
    for (const { entity, facts } of channels) {
      const strangers = wordsOf(facts, 'sharedWithStrangers')
      if (strangers.length === 0) continue
      const guests = strangers.length === 1 ? 'an organisation' : `${strangers.length} organisations`
      out.say({
        on: entity,
        sinceMs: msOf(facts, 'createdAtMs') ?? null,
        why: `${guests} that nobody named as a partner reads along (${textOf(facts, 'sharedWithStrangers') ?? ''})`,
        fix: {
          kind: 'task',
          target: entity,
          preview: 'the channel is no longer shared; what was written until then they have read',
          undo: 'the channel is shared again, and they accept',
        },
      })
    }
    return out
  },
}
