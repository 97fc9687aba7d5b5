import type { JsonObject } from 'cordon/kit'

import type { PastRow } from '../../twins/kit/past.ts'
import { appTarget } from '../../twins/okta/apps.ts'
import { actorOf } from '../../twins/okta/caller.ts'
import type { Row } from '../../twins/okta/state.ts'
import { eventOf, uuidOf, type By, type Happened } from '../../twins/okta/system-log.ts'
import type { OktaTwin } from '../../twins/okta/twin.ts'
import { userTarget } from '../../twins/okta/users.ts'
import type { Company } from '../company/model.ts'
import type { Draw } from '../draw.ts'
import { makePast, yearOf, type Pasts } from './past.ts'
import { addressOf, browser, personActors } from './people.ts'

/** Sign-ins of a person in an hour of work, with what follows them. */
const perHour = 0.35
const acts = ['sso', 'sso', 'sso', 'sso', 'start', 'start', 'start', 'mfa', 'mfa', 'failure'] as const

/** A year of signing in, and who joined and left. */
export function useOkta(twin: OktaTwin, company: Company, users: ReadonlyMap<number, Row>, density: number): Pasts {
  const { state } = twin
  const apps = [...state.apps.values()].filter(({ signOnMode }) => signOnMode === 'SAML_2_0')
  const byOf = (person: number, user: Row, id: string): By => ({
    actor: actorOf(state, user.id),
    external: `idx${uuidOf(id).slice(0, 17)}`,
    ip: addressOf(person),
    agent: browser,
    client: null,
    apiToken: null,
  })
  const happened = (by: By, draw: Draw): Happened => {
    const act = draw.pick(acts)
    if (act === 'sso') return { eventType: 'user.authentication.sso', by, targets: [appTarget(draw.pick(apps))] }
    if (act === 'mfa') return { eventType: 'user.authentication.auth_via_mfa', by, targets: [] }
    const failed = act === 'failure' ? { result: 'FAILURE', reason: 'INVALID_CREDENTIALS' } : {}
    return { eventType: 'user.session.start', by, targets: [], ...failed }
  }
  const past = twin.log.setPast((recorded) =>
    makePast({
      ...yearOf(company, density),
      place: 'okta',
      actors: personActors(company, ({ n }) => users.has(n), perHour),
      act: ({ person }, atMs, draw, id) => {
        const user = users.get(person)
        return user === undefined ? undefined : eventOf(happened(byOf(person, user, id), draw), atMs, uuidOf(id))
      },
      fixed: [...recorded, ...lifecycle(twin, company, users)],
    }),
  )
  return { log: past }
}

/** Made by the directory sync on the day somebody comes, and switched off on the day they leave, if anybody thought of it. */
function lifecycle({ state }: OktaTwin, { people }: Company, users: ReadonlyMap<number, Row>): PastRow<JsonObject>[] {
  const by: By = {
    actor: { id: 'sync', type: 'SystemPrincipal', alternateId: 'system@okta.com', displayName: 'Okta System' },
    external: null,
    ip: '192.0.2.1',
    agent: 'directory sync',
    client: null,
    apiToken: null,
  }
  const row = (eventType: string, user: Row, atMs: number): PastRow<JsonObject> => ({
    atMs,
    row: eventOf({ eventType, by, targets: [userTarget(state, user.id)] }, atMs, uuidOf(`${eventType} ${user.id}`)),
  })
  return people.flatMap(({ n, startMs, endMs, leftAlive }) => {
    const user = users.get(n)
    if (user === undefined) return []
    const ended = endMs === null || leftAlive === 'okta' ? [] : [row('user.lifecycle.deactivate', user, endMs)]
    return [row('user.lifecycle.create', user, startMs), ...ended]
  })
}
