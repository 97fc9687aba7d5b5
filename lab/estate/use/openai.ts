import { entryOf, type By, type Entry } from '../../twins/openai/audit-log.ts'
import { sessionOf } from '../../twins/openai/caller.ts'
import { textOf, type Call, type Row } from '../../twins/openai/state.ts'
import type { OpenaiTwin } from '../../twins/openai/twin.ts'
import { pastId } from '../../twins/kit/past-pages.ts'
import type { PastRow } from '../../twins/kit/past.ts'
import type { Company, Person } from '../company/model.ts'
import type { Credential } from '../truth.ts'
import { byMinute } from './minutes.ts'
import { makePast, spanMs, yearOf, type Actor, type Pasts } from './past.ts'
import { addressOf, officeActors } from './people.ts'
import { customerOf, firstThere, keyActors } from './programs.ts'

const perHour = { signIn: 0.15, robot: 4, notebook: 0.6 }
type Caller = Actor & { project: string; user: string; key: string; kind: string }

/** A year of people in the console, and of the models that programs and notebooks call. */
export function useOpenai(
  twin: OpenaiTwin,
  company: Company,
  users: ReadonlyMap<number, Row>,
  credentials: readonly Credential[],
  density: number,
): Pasts {
  const { state, org } = twin
  const base = yearOf(company, density)
  const entry = (type: string, by: By, detail: Row | object, atMs: number, id: string): Entry =>
    entryOf(type, by, { ...detail }, { atMs, id: pastId(id, { fromMs: company.yearMs, spanMs }, atMs) })
  const byOf = ({ n }: Person, project: string | null = null): By | undefined => {
    const user = users.get(n)
    return user === undefined ? undefined : sessionOf(state, user.id, addressOf(n), project)
  }
  const audit = org.log.setPast(
    makePast({
      ...base,
      place: 'openai/audit',
      actors: officeActors(company, ({ n }) => users.has(n), perHour.signIn),
      act: ({ person }, atMs, draw, id): Entry | undefined => {
        const who = company.people[person]
        const by = who === undefined ? undefined : byOf(who)
        const failed = { error_code: 'invalid_credentials', error_message: 'The credentials are wrong.' }
        if (by === undefined) return undefined
        if (draw.chance(0.05)) return entry('login.failed', by, failed, atMs, id)
        return entry(draw.chance(0.9) ? 'login.succeeded' : 'logout.succeeded', by, {}, atMs, id)
      },
      fixed: [...credentials.flatMap(made), ...[...users].flatMap(joined)],
    }),
  )
  state.pastCalls = byMinute(
    makePast({
      ...base,
      place: 'openai/usage',
      actors: credentials.flatMap(callersOf),
      act: (caller, atMs, draw) => callOf(caller, atMs, 1 + draw.int(20), 200 + draw.int(2_000)),
      fixed: credentials.flatMap((one) =>
        callersOf(one)
          .slice(0, 1)
          .map((caller) => ({ atMs: one.lastUsedMs ?? 0, row: callOf(caller, one.lastUsedMs ?? 0, 1, 400) })),
      ),
    }),
    ({ kind, key }) => `${kind} ${key}`,
    (one, other) => ({ ...one, requests: one.requests + other.requests, tokens: one.tokens + other.tokens }),
  )
  return { audit, usage: state.pastCalls }

  /** By whom it is, or for a program by the first of the owners who was there. */
  function made({ native, person, createdMs }: Credential): PastRow<Entry>[] {
    const project = state.keys.get(native)?.project ?? null
    const maker = firstThere(company, person === undefined ? users.keys() : [person], createdMs)
    const by = maker === undefined ? undefined : byOf(maker, project)
    if (by === undefined) return []
    const detail = { id: native, data: { scopes: ['model.request'] } }
    return [{ atMs: createdMs, row: entry('api_key.created', by, detail, createdMs, `made ${native}`) }]
  }
  function joined([n, user]: [number, Row]): PastRow<Entry>[] {
    const atMs = company.people[n]?.startMs ?? 0
    const inviter = firstThere(company, users.keys(), atMs - 1)
    const by = inviter === undefined ? undefined : byOf(inviter)
    if (by === undefined) return []
    const detail = { id: user.id, data: { role: textOf(user, 'role') } }
    return [{ atMs, row: entry('user.added', by, detail, atMs, `joined ${user.id}`) }]
  }
  function callersOf({ native, person, createdMs, lastUsedMs }: Credential): Caller[] {
    const key = state.keys.get(native)
    if (key === undefined || lastUsedMs === null) return []
    const of = { project: key.project, user: key.user ?? key.account ?? '', key: native }
    if (person !== undefined)
      return officeActors(company, ({ n }) => n === person, perHour.notebook).map((actor) => ({
        ...actor,
        ...of,
        startMs: Math.max(actor.startMs, createdMs),
        endMs: lastUsedMs,
        kind: 'completions',
      }))
    const customer = customerOf(company, textOf(state.projects.get(key.project), 'name'))
    const actors = keyActors(company, { createdMs, lastUsedMs }, { customer, perHour: perHour.robot })
    return actors.map((actor) => ({ ...actor, ...of, kind: 'embeddings' }))
  }
}

const callOf = ({ project, user, key, kind }: Caller, atMs: number, requests: number, each: number): Call => ({
  kind,
  atMs,
  project,
  user,
  key,
  requests,
  tokens: requests * each,
})
