import { isEntityId } from '#model'

import { outcomeOf, type Check, type Found } from '../check.ts'
import type { Scene, Thing } from '../scene.ts'
import { daysSince, msOf, textOf } from '../words.ts'

export const linkAnyone: Check = {
  kind: 'link-anyone',
  title: 'a file open to whoever has the link',
  rule: 'as the last change that the log tells: whoever has the link, or searches for it, opens the file, from inside and outside the company',
  severity: 'medium',
  needs: ['links'],
  historyDays: 180,
  async look(scene) {
    const links = await openLinks(scene)
    const out = outcomeOf(links.length)
    for (const link of links) out.say(found(scene, link, 'reads the file'))
    return out
  },
}

export const linkEditable: Check = {
  kind: 'link-editable',
  title: 'a file that whoever has the link may change',
  rule: 'as the last change that the log tells: whoever has the link, or searches for it, may change the file, from inside and outside the company',
  severity: 'high',
  needs: ['links'],
  historyDays: 180,
  async look(scene) {
    const links = await openLinks(scene)
    const out = outcomeOf(links.length)
    for (const link of links) if (link.facts['writable'] === true) out.say(found(scene, link, 'may change the file'))
    return out
  },
}

const openLinks = (scene: Scene): Promise<readonly Thing[]> => scene.find('resource', { kind: 'link' })

function found(scene: Scene, { entity, facts }: Thing, may: string): Found {
  const sinceMs = msOf(facts, 'openSinceMs')
  const owner = textOf(facts, 'owner')
  const who = facts['audience'] === 'search' ? 'whoever searches for it' : 'whoever has the link'
  return {
    on: entity,
    sinceMs: sinceMs ?? null,
    why: `${who} ${may}${sinceMs === undefined ? '' : `, for ${daysSince(sinceMs, scene.atMs)}`}`,
    ...(owner !== undefined && isEntityId(owner) ? { owner } : {}),
    fix: {
      kind: 'remove',
      target: entity,
      preview: 'the link opens the file to nobody who was not named; whoever was named by address keeps it',
      undo: 'the same link opens the file again as it did: to read or to change, found by searches or not',
    },
  }
}
