import { authorityOf, entityId, type EntityId } from '#model'

import type { Scene, Thing } from './scene.ts'
import { isOn, textOf, type Attributes } from './words.ts'

/** Words of the attribute `opens` of a grant or an app: what of ours is behind its scopes. */
export const opens = ['mail', 'files', 'code', 'directory', 'calendar', 'chat'] as const

/** What makes an app worth a look when nobody uses it. */
export const wide: ReadonlySet<string> = new Set(['mail', 'files', 'code', 'directory'])
/** What people wrote. */
export const content: ReadonlySet<string> = new Set(['mail', 'files'])

/** The app that a grant or a token was given to; undefined where its vendor does not tell. */
export const appOf = (credential: EntityId, facts: Attributes): EntityId | undefined => {
  const client = textOf(facts, 'client')
  return client === undefined ? undefined : entityId('app', authorityOf(credential), client)
}

/** What people let apps into, by the app. */
export async function grantsByApp(scene: Scene): Promise<Map<EntityId, Thing[]>> {
  const byApp = new Map<EntityId, Thing[]>()
  for (const grant of await scene.find('credential', { kind: 'grant' })) {
    const app = appOf(grant.entity, grant.facts)
    if (app === undefined || textOf(grant.facts, 'opens') === undefined || !isOn(grant.facts, scene.atMs)) continue
    byApp.set(app, [...(byApp.get(app) ?? []), grant])
  }
  return byApp
}
