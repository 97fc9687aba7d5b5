import { outcomeOf, type Check } from '../check.ts'
import { entitiesOf } from '../scene.ts'
import { isOn } from '../words.ts'

export const outsideCollaborator: Check = {
  kind: 'outside-collaborator',
  title: 'an outsider who administers a repository',
  rule: 'somebody outside of the organisation has been given the administration of a private repository',
  severity: 'high',
  needs: ['collaborators'],
  async look(scene) {
    const outsiders = (await scene.find('identity', { kind: 'human', external: true })).filter(({ facts }) =>
      isOn(facts, scene.atMs),
    )
    const out = outcomeOf(outsiders.length)
    const rights = await scene.from(entitiesOf(outsiders), 'CAN_ADMIN')
    const places = await scene.facts([...rights.values()].flat().map(({ dst }) => dst))
    for (const { entity } of outsiders) {
      const administered = (rights.get(entity) ?? []).filter(({ dst }) => {
        const facts = places.get(dst) ?? {}
        return facts['kind'] === 'repository' && facts['public'] === false
      })
      if (administered.length === 0) continue
      out.say({
        on: entity,
        sinceMs: Math.min(...administered.map(({ validFrom }) => validFrom)) * 1000 || null,
        why: `they belong to nobody here, and administer ${administered.length === 1 ? 'a private repository' : `${administered.length} private repositories`}`,
        also: administered.map(({ dst }) => dst),
        evidence: administered,
        fix: {
          kind: 'remove',
          target: entity,
          preview: 'they lose these repositories, with all they may do there',
          undo: 'they are invited again, with the right they need',
        },
      })
    }
    return out
  },
}
