import { authorityOf } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { content, grantsByApp } from '../grants.ts'
import { entitiesOf } from '../scene.ts'
import { msOf, textOf, wordsOf } from '../words.ts'

export const onePersonApp: Check = {
  kind: 'one-person-app',
  title: 'an app that one person let in',
  rule: 'one person alone let an app into mail or files',
  severity: 'medium',
  needs: ['grants'],
  untold: 'not all has been read that says who let them in',
  async look(scene) {
    const byApp = await grantsByApp(scene)
    const out = outcomeOf(byApp.size)
    for (const [app, grants] of byApp) {
      const reading = grants.filter(({ facts }) => wordsOf(facts, 'opens').some((word) => content.has(word)))
      const owners = new Set(grants.map(({ facts }) => textOf(facts, 'owner')))
      const [grant] = reading
      if (grant === undefined || owners.size !== 1 || grant.facts['consentedBy'] === 'administrator') continue
      // Who else let it in may stand on a page that has not come yet.
      if (!scene.tells(authorityOf(app), 'grants')) {
        out.cannotTell(authorityOf(app))
        continue
      }
      out.say({
        on: app,
        sinceMs: msOf(grant.facts, 'createdAtMs') ?? null,
        why: `one person let it into ${wordsOf(grant.facts, 'opens').join(' and ')}, and nobody else uses it`,
        also: entitiesOf(reading),
        fix: {
          kind: 'revoke',
          target: grant.entity,
          preview: 'the app loses what that person let it into',
          undo: 'they let it in again',
        },
      })
    }
    return out
  },
}
