import type { JsonObject } from 'cordon/kit'

import type { User } from '../../twins/fleet/state.ts'
import { activityOf, type FleetTwin } from '../../twins/fleet/twin.ts'
import type { PastRow } from '../../twins/kit/past.ts'
import { dayMs, type Company } from '../company/model.ts'
import type { Credential } from '../truth.ts'
import { makePast, yearOf, type Actor, type Pasts } from './past.ts'
import { addressOf, officeActors, type PersonActor } from './people.ts'
import { keyActors } from './programs.ts'

const perHour = { person: 0.5, program: 0.1 }
/** Above every number that Fleet gives out itself; an hour has room for a thousand. */
const idsFrom = 10_000_000
const idsAnHour = 1_000
const lastIdsFrom = 9_000_000
type Program = Actor & { user: User }

/** A year of people who look into Fleet, and of programs that ask hosts, or run scripts on them. */
export function useFleet(
  twin: FleetTwin,
  company: Company,
  natives: ReadonlyMap<number, string>,
  credentials: readonly Credential[],
  density: number,
): Pasts {
  const { state } = twin
  const hosts = [...state.hosts.values()]
  const userOf = (id: string | undefined): User | undefined => state.users.get(Number(id))
  const programs = credentials.flatMap(({ native, createdMs, lastUsedMs }): Program[] => {
    const user = userOf(native.split('/')[0])
    if (user === undefined || lastUsedMs === null) return []
    const actors = keyActors(company, { createdMs, lastUsedMs }, { customer: null, perHour: perHour.program })
    return actors.map((actor) => ({ ...actor, user }))
  })
  const ofProgram = (user: User, host: number, atMs: number, id: number): JsonObject => {
    const one = hosts[host % hosts.length]
    const on = { host_id: one?.id ?? 0, host_display_name: one?.hostname ?? '' }
    return user.role === 'admin'
      ? activityOf(user, 'ran_script', { ...on, script_name: 'update.sh', async: true }, { atMs, id })
      : activityOf(
          user,
          'live_query',
          { targets_count: hosts.length, query_sql: 'SELECT * FROM os_version' },
          { atMs, id },
        )
  }
  const past = twin.setPast((recorded) =>
    makePast<PersonActor | Program, JsonObject>({
      ...yearOf(company, density),
      place: 'fleet/activities',
      actors: [...officeActors(company, ({ n }) => natives.has(n), perHour.person), ...programs],
      act(actor, atMs, draw, text) {
        const id = numberOf(text)
        if ('user' in actor) return ofProgram(actor.user, draw.int(hosts.length), atMs, id)
        const user = userOf(natives.get(actor.person))
        const details = { public_ip: addressOf(actor.person) }
        return user === undefined ? undefined : activityOf(user, 'user_logged_in', details, { atMs, id })
      },
      fixed: [...recorded, ...programs.map(last)],
    }),
  )
  return { activities: past }

  function last({ user, endMs }: Program, at: number): PastRow<JsonObject> {
    const atMs = endMs ?? company.nowMs - dayMs
    return { atMs, row: ofProgram(user, at, atMs, lastIdsFrom + at) }
  }
}

/** `place/span/number in it`, as a number. */
function numberOf(id: string): number {
  const [span = 0, at = 0] = id.split('/').slice(-2).map(Number)
  return idsFrom + span * idsAnHour + at
}
