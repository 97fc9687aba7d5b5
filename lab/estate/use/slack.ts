import type { JsonObject } from 'cordon/kit'

import { entryOf, partyIn, type By } from '../../twins/slack/audit-log.ts'
import type { User } from '../../twins/slack/state.ts'
import type { SlackTwin } from '../../twins/slack/twin.ts'
import type { Company } from '../company/model.ts'
import { makePast, yearOf, type Pasts } from './past.ts'
import { addressOf, browser, personActors } from './people.ts'

const perHour = 0.4

/** A year of signing in, and of files handed around. */
export function useSlack(
  { state, log }: SlackTwin,
  company: Company,
  users: ReadonlyMap<number, User>,
  density: number,
): Pasts {
  const past = log.setPast((fixed) =>
    makePast({
      ...yearOf(company, density),
      place: 'slack',
      actors: personActors(company, ({ n }) => users.has(n), perHour),
      act: ({ person }, atMs, draw, id): JsonObject | undefined => {
        const user = users.get(person)
        if (user === undefined) return undefined
        const [team = state.org] = user.teams
        const by: By = { user, session: null, app: null, ip: addressOf(person), agent: browser, team }
        const at = { atMs, id }
        if (draw.chance(0.3)) {
          const entity = { type: 'user', user: partyIn(state, user) }
          return entryOf(state, 'user_login', { by, entity, details: {} }, at)
        }
        const name = company.documents[draw.int(company.documents.length)]?.name ?? ''
        const file = { id: `F0${draw.hex(8).toUpperCase()}`, name, title: name, filetype: 'csv' }
        const action = draw.chance(0.6) ? 'file_downloaded' : 'file_uploaded'
        return entryOf(state, action, { by, entity: { type: 'file', file }, details: {} }, at)
      },
      fixed,
    }),
  )
  return { audit: past }
}
