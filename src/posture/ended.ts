import { endedActive } from '#people'

import { outcomeOf, type Outcome } from './check.ts'
import { switchOff } from './fixes.ts'
import type { Scene } from './scene.ts'
import { daysSince } from './words.ts'

/** Accounts of people who no longer work here and that still let somebody in, of one sort of worker. */
export async function endedAccounts(scene: Scene, workers: readonly (string | null)[]): Promise<Outcome> {
  const known = await scene.people()
  const out = outcomeOf(known.register.people.filter(({ worker }) => workers.includes(worker)).length)
  const { ended } = await endedActive(scene.view, scene.atMs, known)
  for (const { person, alive } of ended) {
    if (!workers.includes(person.worker)) continue
    for (const { account, credentials } of alive)
      out.say({
        on: account,
        owner: person.person,
        sinceMs: person.endAtMs,
        why:
          person.endAtMs === null
            ? 'they are gone from the register, and it still lets them in'
            : `they left ${daysSince(person.endAtMs, scene.atMs)} ago, and it still lets them in`,
        also: credentials,
        fix: switchOff(account),
      })
  }
  return out
}
