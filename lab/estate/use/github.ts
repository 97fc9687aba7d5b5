import type { PastRow } from '../../twins/kit/past.ts'
import type { JsonObject } from 'cordon/kit'

import { rowOf, type By } from '../../twins/github/audit-log.ts'
import { roleIn, roleRank, type Repo, type Token, type User } from '../../twins/github/state.ts'
import type { GithubTwin } from '../../twins/github/twin.ts'
import type { Company } from '../company/model.ts'
import { makePast, yearOf, type Actor, type Pasts } from './past.ts'
import { addressOf, personActors } from './people.ts'

const perHour = 1.2
type Holder = Actor & { person: number; token: Token; user: User; reads: Repo[]; writes: Repo[] }

/** A year of git by the tokens that are used, and who was made a member. */
export function useGithub(
  twin: GithubTwin,
  company: Company,
  users: ReadonlyMap<number, User>,
  density: number,
): Pasts {
  const { state } = twin
  const tokens = new Map([...state.tokens.values()].map((token) => [token.user, token]))
  const holders = personActors(company, ({ n }) => users.has(n), perHour).flatMap((actor): Holder[] => {
    const user = users.get(actor.person)
    const token = user === undefined ? undefined : tokens.get(user.id)
    if (user === undefined || token?.lastUsedAtMs === undefined) return []
    const open = [...state.repos.values()].filter(({ id }) => token.repositories?.includes(id) ?? true)
    const reads = open.filter((repo) => roleIn(state, repo, user.id) !== undefined)
    const canPush = token.permissions === null || token.permissions['contents'] === 'write'
    const writes = canPush ? reads.filter((repo) => roleRank(roleIn(state, repo, user.id)) >= roleRank('write')) : []
    const startMs = Math.max(actor.startMs, token.letInAtMs ?? 0)
    return reads.length === 0 ? [] : [{ ...actor, startMs, endMs: token.lastUsedAtMs, token, user, reads, writes }]
  })
  const past = twin.log.setPast((recorded) =>
    makePast({
      ...yearOf(company, density),
      place: 'github',
      actors: holders,
      act: ({ person, token, user, reads, writes }, atMs, draw, id): JsonObject => {
        const isPush = writes.length > 0 && draw.chance(0.25)
        const repo = draw.pick(isPush ? writes : reads)
        const by: By = { user, ip: addressOf(person), agent: 'git/2.47', token }
        const more = { repo: `${state.org.login}/${repo.name}`, repo_id: repo.id, transport_protocol_name: 'http' }
        return rowOf(state, isPush ? 'git.push' : draw.chance(0.8) ? 'git.fetch' : 'git.clone', by, more, { atMs, id })
      },
      fixed: [...recorded, ...joining(twin, company, users)],
    }),
  )
  return { log: past }
}

function joining({ state }: GithubTwin, { people }: Company, users: ReadonlyMap<number, User>): PastRow<JsonObject>[] {
  const [owner] = [...state.members].find(([, { role }]) => role === 'admin') ?? []
  const by: By = { user: state.users.get(owner ?? 0) ?? null, ip: '192.0.2.1', agent: 'Mozilla/5.0', token: null }
  return people.flatMap(({ n, startMs }) => {
    const user = users.get(n)
    if (user === undefined || !state.members.has(user.id)) return []
    const about = { user: user.login, user_id: user.id }
    const row = rowOf(state, 'org.add_member', by, about, { atMs: startMs, id: `joins ${user.id}` })
    return [{ atMs: startMs, row }]
  })
}
