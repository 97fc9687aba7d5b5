import { authorityOf } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { msOf, textOf, wordsOf } from '../words.ts'

export const foreignFederation: Check = {
  kind: 'foreign-federation',
  title: "a role for a stranger's jobs",
  rule: 'jobs of a repository whose owner has no repository in any connected source may take a role on',
  severity: 'high',
  needs: ['trusts'],
  untold: 'no connected source tells which repositories are our own',
  async look(scene) {
    const roles = (await scene.find('identity', { trustsOutside: true })).filter(
      ({ facts }) => textOf(facts, 'jobs') !== undefined && facts['enabled'] !== false,
    )
    const ours = new Set(
      (await scene.find('resource', { kind: 'repository' })).map(({ facts }) => ownerIn(textOf(facts, 'name') ?? '')),
    )
    const outsiders = await scene.to(
      roles.map(({ entity }) => entity),
      'ASSUMES',
    )
    const whose = await scene.facts([...outsiders.values()].flat().map(({ src }) => src))
    const out = outcomeOf(roles.length)
    for (const { entity, facts } of roles) {
      // The trust of that time may be gone; the words of it are not.
      const taken = (outsiders.get(entity) ?? []).filter(({ src }) => {
        const { external, account } = whose.get(src) ?? {}
        return external === true && account !== true
      })
      if (taken.length === 0) continue
      const owners = wordsOf(facts, 'jobs').map(ownerOfJobs)
      if (ours.size === 0 && owners.every((owner) => owner !== undefined)) {
        out.cannotTell(authorityOf(entity))
        continue
      }
      if (owners.every((owner) => owner !== undefined && ours.has(owner))) continue
      out.say({
        on: entity,
        sinceMs: msOf(facts, 'createdAtMs') ?? null,
        why: owners.includes(undefined)
          ? 'the jobs of any repository of anybody can be this role'
          : 'the jobs of a repository that is not ours can be this role',
        evidence: taken,
        fix: {
          kind: 'task',
          target: entity,
          preview: 'the trust names a branch or environment of a repository of our own, or is taken away',
          undo: 'the trust is given back as it was',
        },
      })
    }
    return out
  },
}

const ownerIn = (repository: string): string => repository.split('/')[0]?.toLowerCase() ?? ''
/** Of `repo:OWNER/NAME:…`; undefined where a wildcard leaves the owner open. */
const ownerOfJobs = (subject: string): string | undefined => {
  const owner = /^repo:([^/*?:]+)\//.exec(subject)?.[1]
  return owner?.toLowerCase()
}
