import { outcomeOf, type Check } from '../check.ts'
import { authorityOf } from '#model'

import { content, grantsByApp } from '../grants.ts'
import { entitiesOf } from '../scene.ts'
import { msOf, wordsOf } from '../words.ts'

export const unverifiedApp: Check = {
  kind: 'unverified-app',
  title: 'an app of strangers that nobody verified',
  rule: 'an app of another tenant without a verified publisher was let into mail or files',
  severity: 'high',
  needs: ['grants', 'publishers'],
  untold: 'no source tells whose they are, or whether anybody verified it',
  async look(scene) {
    const byApp = await grantsByApp(scene)
    const apps = await scene.facts([...byApp.keys()])
    const out = outcomeOf(byApp.size)
    for (const [app, grants] of byApp) {
      const facts = apps.get(app) ?? {}
      const opened = grants.filter((one) => wordsOf(one.facts, 'opens').some((word) => content.has(word)))
      if (opened.length === 0 || facts['external'] === false || facts['verified'] === true) continue
      if (facts['external'] === undefined || facts['verified'] === undefined) {
        out.cannotTell(authorityOf(app))
        continue
      }
      out.say({
        on: app,
        sinceMs: msOf(facts, 'createdAtMs') ?? null,
        why: `nobody verified whose it is, and ${opened.length} people or more let it into what they wrote`,
        also: entitiesOf(opened),
        fix: {
          kind: 'disable',
          target: app,
          preview: 'the app gets no new token here, for anybody',
          undo: 'the app is switched on again',
        },
      })
    }
    return out
  },
}
