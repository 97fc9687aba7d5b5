import { sha256, toHex, utf8 } from 'cordon/kit'

import type { Commit, Entry, Repo, User } from '../../twins/huggingface/state.ts'
import type { HuggingfaceTwin } from '../../twins/huggingface/twin.ts'
import type { PastRow } from '../../twins/kit/past.ts'
import type { Company } from '../company/model.ts'
import { makePast, yearOf, type Pasts } from './past.ts'
import { addressOf, officeActors, type PersonActor } from './people.ts'
import { firstThere } from './programs.ts'

const perHour = { signIn: 0.15, commit: 0.03 }
const titles = ['Add ratings', 'Fix labels', 'New split', 'Update card'] as const
const hash = (text: string, length: number): string => toHex(sha256(utf8(text))).slice(0, length)
type Writer = PersonActor & { user: User; repos: Repo[] }

/** A year of members who sign in, and of revisions. A repository holds its own history, as git does; the log is held by nobody. */
export function useHuggingface(
  { state }: HuggingfaceTwin,
  company: Company,
  natives: ReadonlyMap<number, string>,
  density: number,
): Pasts {
  const base = yearOf(company, density)
  const userOf = (person: number): User | undefined => state.users.get(natives.get(person) ?? '')
  const entry = (type: string, message: string, person: number, atMs: number, id: string): Entry => ({
    id: hash(id, 24),
    atMs,
    shownAtMs: atMs,
    type,
    message,
    data: {},
    by: userOf(person) ?? null,
    token: null,
    ip: addressOf(person),
  })
  state.pastAudit = makePast({
    ...base,
    place: 'huggingface/audit',
    actors: officeActors(company, ({ n }) => natives.has(n), perHour.signIn),
    act: ({ person }, atMs, _, id): Entry => entry('org.sso_login', 'signed in', person, atMs, id),
    fixed: [...natives.keys()].flatMap(joined),
  })
  const past = makePast<Writer, Commit & { repo: Repo }>({
    ...base,
    place: 'huggingface/commits',
    actors: writers(),
    act: ({ user, repos }, atMs, draw, id) => ({
      repo: draw.pick(repos),
      sha: hash(id, 40),
      title: draw.pick(titles),
      author: user.name,
      dateMs: atMs,
    }),
    fixed: [],
  })
  for (let span = 0; span < past.spans; span++)
    for (const { atMs, row } of past.rowsOf(span)) {
      const { repo, ...commit } = row
      repo.commits.unshift(commit)
      repo.modifiedMs = atMs
    }
  return { audit: state.pastAudit, commits: past }

  function joined(person: number): PastRow<Entry>[] {
    const atMs = company.people[person]?.startMs ?? 0
    const by = firstThere(company, natives.keys(), atMs - 1)
    if (by === undefined) return []
    return [{ atMs, row: entry('org.add_user', 'added a member', by.n, atMs, `joined ${person}`) }]
  }
  /** Members who may write in the group of a customer, and what is in no group with them. */
  function writers(): Writer[] {
    return officeActors(company, ({ n }) => natives.has(n), perHour.commit).flatMap((actor) => {
      const user = userOf(actor.person)
      if (user === undefined) return []
      const own = [...state.groups.values()].filter(({ roles }) => roles.get(user.id) === 'write')
      const repos = own.flatMap(({ id, name }) =>
        [...state.repos.values()].filter((repo) => repo.group === id || repo.name.endsWith(`-${name}`)),
      )
      return repos.length === 0 ? [] : [{ ...actor, user, repos }]
    })
  }
}
