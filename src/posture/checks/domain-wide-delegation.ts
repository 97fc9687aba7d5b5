import { outcomeOf, type Check } from '../check.ts'
import { isOn, msOf, wordsOf } from '../words.ts'

const content: ReadonlySet<string> = new Set(['mail', 'files'])

export const domainWideDelegation: Check = {
  kind: 'domain-wide-delegation',
  title: "a client that reads everybody's mail or files",
  rule: 'as far back as the log of administrators goes: a client was let act as anybody in the domain with scopes that open mail or files, and that was not taken back',
  severity: 'high',
  needs: ['delegations'],
  historyDays: 180,
  async look(scene) {
    const clients = (await scene.find('credential', { actsAsAnybody: true })).filter(({ facts }) =>
      isOn(facts, scene.atMs),
    )
    const out = outcomeOf(clients.length)
    for (const { entity, facts } of clients) {
      const opens = wordsOf(facts, 'opensOfAll').filter((word) => content.has(word))
      if (opens.length === 0) continue
      out.say({
        on: entity,
        sinceMs: msOf(facts, 'createdAtMs') ?? null,
        why: `whoever holds its key opens the ${opens.join(' and ')} of everybody, and nobody is asked`,
        fix: {
          kind: 'revoke',
          target: entity,
          preview: 'the client acts as nobody any more, within an hour; what works by it stands still',
          undo: 'an administrator lets it act again, with the same scopes',
        },
      })
    }
    return out
  },
}
