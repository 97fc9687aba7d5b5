import { isEntityId, type EntityId } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { entitiesOf, type Scene } from '../scene.ts'
import { isOn, msOf, textOf } from '../words.ts'

/** What stands for all that a vendor holds for us. */
const wholes = ['account', 'org'] as const

export const humanSizeRights: Check = {
  kind: 'human-size-rights',
  title: 'a program with the rights of an administrator',
  rule: 'a program that is switched on may administer everything its vendor holds, under no condition',
  severity: 'high',
  needs: ['program-rights'],
  async look(scene) {
    const holders = [...new Set([...(await overWholes(scene)), ...(await overEverything(scene))])]
    const facts = await scene.facts(holders)
    const apps = await scene.to(holders, 'ACTS_AS')
    const out = outcomeOf(holders.length)
    for (const holder of holders) {
      const told = facts.get(holder) ?? {}
      const app = apps.get(holder)?.[0]
      const of = app === undefined ? told : ((await scene.facts([app.src])).get(app.src) ?? {})
      // Apps act for people, too: what they may do then is those people's.
      const isProgram = told['kind'] !== 'human' && (app !== undefined || told['kind'] === 'service')
      const isOwn = told['own'] === true || of['own'] === true
      const isOutside = told['external'] === true && app === undefined
      if (!isProgram || isOwn || isOutside || !isOn(told, scene.atMs) || !isOn(of, scene.atMs)) continue
      out.say({
        on: app?.src ?? holder,
        sinceMs: msOf(of, 'createdAtMs') ?? null,
        why: 'whoever holds its key administers everything there, and nobody signs in for it',
        also: app === undefined ? [] : [holder],
        evidence: app === undefined ? [] : [app],
        fix: {
          kind: 'task',
          target: holder,
          preview: 'it keeps the rights that its use shows it needs, and loses the others',
          undo: 'the role or permission is given to it again',
        },
      })
    }
    return out
  },
}

/** By way of a policy of their own, or of a role given to them. */
async function overWholes(scene: Scene): Promise<EntityId[]> {
  const things = (await Promise.all(wholes.map((kind) => scene.find('resource', { kind })))).flat()
  const rights = [...(await scene.to(entitiesOf(things), 'CAN_ADMIN')).values()].flat()
  const direct = rights.flatMap(({ src, conditional }) => (conditional ? [] : [src]))
  const members = [...(await scene.to(direct, 'MEMBER_OF')).values()].flat()
  return [...direct, ...members.flatMap(({ src, conditional }) => (conditional ? [] : [src]))]
}

/** Where the vendor has a word for it: of the program itself, or of a permission of its that still stands. */
async function overEverything(scene: Scene): Promise<EntityId[]> {
  const named = await scene.find('identity', { kind: 'service', everything: true })
  const given = await scene.findStated('resource', { everything: true })
  const owners = given.flatMap(({ facts }) => {
    const owner = textOf(facts, 'owner')
    return owner !== undefined && isEntityId(owner) ? [{ owner, right: textOf(facts, 'scopes') }] : []
  })
  const standing = await scene.from(
    owners.map(({ owner }) => owner),
    'CAN_READ',
    'CAN_WRITE',
    'CAN_ADMIN',
    'CAN_GRANT',
  )
  const still = owners.filter(({ owner, right }) => standing.get(owner)?.some(({ note }) => note === right))
  return [...entitiesOf(named), ...still.map(({ owner }) => owner)]
}
