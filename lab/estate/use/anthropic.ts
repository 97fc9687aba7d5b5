import type { JsonObject } from 'cordon/kit'

import { activityOf, type Activity, type By } from '../../twins/anthropic/activity-feed.ts'
import type { Call, User } from '../../twins/anthropic/state.ts'
import type { AnthropicTwin } from '../../twins/anthropic/twin.ts'
import { pastId } from '../../twins/kit/past-pages.ts'
import type { PastRow } from '../../twins/kit/past.ts'
import type { Company } from '../company/model.ts'
import type { Credential } from '../truth.ts'
import { byMinute } from './minutes.ts'
import { makePast, spanMs, yearOf, type Actor, type Pasts } from './past.ts'
import { addressOf, browser, officeActors } from './people.ts'
import { customerOf, firstThere, keyActors } from './programs.ts'

const perHour = { signIn: 0.15, robot: 4 }
type Caller = Actor & { workspace: string; key: string }

/** A year of people in the console, and of the messages that programs send. */
export function useAnthropic(
  twin: AnthropicTwin,
  company: Company,
  users: ReadonlyMap<number, User>,
  credentials: readonly Credential[],
  density: number,
): Pasts {
  const { state, feed } = twin
  const base = yearOf(company, density)
  const activity = (type: string, by: By, detail: JsonObject, atMs: number, id: string): Activity => {
    const own = pastId(id, { fromMs: company.yearMs, spanMs }, atMs)
    return activityOf(state.organization, type, by, detail, { atMs, id: own })
  }
  const byOf = (person: number): By | undefined => {
    const user = users.get(person)
    const from = { ip_address: addressOf(person), user_agent: browser }
    return user === undefined ? undefined : { type: 'user_actor', user_id: user.id, email_address: user.email, ...from }
  }
  const log = feed.setPast(
    makePast({
      ...base,
      place: 'anthropic/activity',
      actors: officeActors(company, ({ n }) => users.has(n), perHour.signIn),
      act: ({ person }, atMs, draw, id): Activity | undefined => {
        const by = byOf(person)
        const type = draw.chance(0.05)
          ? 'sso_login_failed'
          : draw.chance(0.9)
            ? 'sso_login_succeeded'
            : 'user_logged_out'
        return by === undefined ? undefined : activity(type, by, {}, atMs, id)
      },
      fixed: [...credentials.flatMap(made), ...[...users].flatMap(joined)],
    }),
  )
  state.pastCalls = byMinute(
    makePast({
      ...base,
      place: 'anthropic/usage',
      actors: credentials.flatMap(callersOf),
      act: ({ workspace, key }, atMs, draw): Call => ({ atMs, workspace, key, tokens: 500 + draw.int(20_000) }),
      fixed: credentials.flatMap((one) =>
        callersOf(one)
          .slice(0, 1)
          .map(({ workspace, key }) => {
            const atMs = one.lastUsedMs ?? 0
            return { atMs, row: { atMs, workspace, key, tokens: 400 } }
          }),
      ),
    }),
    ({ key }) => key,
    (one, other) => ({ ...one, tokens: one.tokens + other.tokens }),
  )
  return { activity: log, usage: state.pastCalls }

  function made({ native, createdMs }: Credential): PastRow<Activity>[] {
    const maker = firstThere(company, users.keys(), createdMs)
    const by = maker === undefined ? undefined : byOf(maker.n)
    if (by === undefined) return []
    const row = activity('platform_api_key_created', by, { api_key_id: native }, createdMs, `made ${native}`)
    return [{ atMs: createdMs, row }]
  }
  function joined([n, { id, email, role }]: [number, User]): PastRow<Activity>[] {
    const atMs = company.people[n]?.startMs ?? 0
    const inviter = firstThere(company, users.keys(), atMs - 1)
    const by = inviter === undefined ? undefined : byOf(inviter.n)
    if (by === undefined) return []
    const row = activity(
      'org_user_invite_sent',
      by,
      { invited_email: email, invited_role: role },
      atMs,
      `invited ${id}`,
    )
    return [{ atMs, row }]
  }
  function callersOf({ native, createdMs, lastUsedMs }: Credential): Caller[] {
    const scope = state.keys.get(native)?.row.scope
    if (scope?.type !== 'workspace' || lastUsedMs === null) return []
    const workspace = scope.workspace_id
    const customer = customerOf(company, state.workspaces.get(workspace)?.name)
    const actors = keyActors(company, { createdMs, lastUsedMs }, { customer, perHour: perHour.robot })
    return actors.map((actor) => ({ ...actor, workspace, key: native }))
  }
}
