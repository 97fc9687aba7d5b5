import { authorityOf } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { appOf } from '../grants.ts'
import { entitiesOf } from '../scene.ts'
import { dayMs, daysSince, isOn, msOf } from '../words.ts'

const unusedMs = 90 * dayMs

export const retiredIntegration: Check = {
  kind: 'retired-integration',
  title: 'an integration that nobody uses any more',
  rule: 'every token of an app that is still good was last used over 90 days ago',
  severity: 'medium',
  needs: ['grants', 'grant-use'],
  untold: 'not all tokens have been read',
  async look(scene) {
    const stated = (await scene.findStated('credential', { tokenKind: 'refresh' })).filter(
      ({ facts }) => facts['tellsUse'] === true && isOn(facts, scene.atMs),
    )
    // One that only signs in opens nothing: that it exists shows who made it.
    const made = await scene.to(entitiesOf(stated), 'CREATED')
    const tokens = stated.filter(({ entity }) => made.has(entity))
    const byApp = Map.groupBy(tokens, ({ entity, facts }) => appOf(entity, facts))
    const out = outcomeOf(byApp.size)
    for (const [app, held] of byApp) {
      const used = held.map(({ facts }) => msOf(facts, 'lastUsedAtMs') ?? msOf(facts, 'createdAtMs') ?? scene.atMs)
      const lastMs = Math.max(...used)
      if (app === undefined || scene.atMs - lastMs <= unusedMs) continue
      // A token in use may stand on a page that has not come yet.
      if (!scene.tells(authorityOf(app), 'grant-use')) {
        out.cannotTell(authorityOf(app))
        continue
      }
      out.say({
        on: app,
        sinceMs: lastMs + unusedMs,
        why: `nobody has used it for ${daysSince(lastMs, scene.atMs)}, and it holds tokens that are good`,
        also: entitiesOf(held),
        fix: {
          kind: 'disable',
          target: app,
          preview: 'the app gets no new token, and its tokens end',
          undo: 'the app is switched on again, and people let it in anew',
        },
      })
    }
    return out
  },
}
