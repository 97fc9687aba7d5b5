import { z } from 'zod'

import { parseOwnJson, parseTimeMs } from '#kit'
import { CursorExpired, type FeedPage, type FeedStream, type PullContext } from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { listPage } from './client.ts'
import type { HuggingfaceConfig } from './config.ts'
import { idsByName, repoLists, repoPath, reposQuery, type RepoList } from './directory.ts'

export const commitsEveryMs = 5 * 60_000
export const commitsOverlapMs = 60 * 60_000
const commitRows = 100

type Repo = { id: string; name: string; list: RepoList }
/** Lists that have still to be looked through, repositories that changed, and the page of the first of either. */
type Place = { lists: RepoList[]; repos: Repo[]; page: string | null }

const changed = z.object({ _id: z.string(), id: z.string(), lastModified: z.string() })
const commit = z.object({
  id: z.string().min(1),
  date: z.string(),
  // What changed its kind tells nothing any more; it does not take the page with it.
  title: z.string().nullish().catch(null),
  authors: z
    .array(z.object({ user: z.string().nullish() }))
    .nullish()
    .catch(null),
})

const kindOf: Record<RepoList, string> = { models: 'model', datasets: 'dataset', spaces: 'space' }
const pageOf = (events: FeedPage['events'], { lists, repos, page }: Place): FeedPage => {
  const isEnd = lists.length === 0 && repos.length === 0
  return { events, next: isEnd ? null : JSON.stringify({ lists, repos, page }), isEnd }
}

/**
 * Revisions: of every repository that changed since, the commits of its main branch. The Hub has no log of them, so lists are
 * looked through, what changed last first, until one did not change since.
 * A commit's date is its writer's word. So the newest of a changed repository is always told, and all above the last one
 * that is dated since: whoever dates a commit back hides it behind no other.
 */
export const commits: FeedStream<HuggingfaceConfig> = {
  name: 'commits',
  kind: 'feed',
  resumes: 'time',
  overlapMs: commitsOverlapMs,
  delayMs: { typical: commitsEveryMs / 2, worst: commitsEveryMs * 4 },
  everyMs: commitsEveryMs,
  historyMs: null,
  covers: ['writes'],
  scopes: scopesOfStream.commits,
  requestsPerRun: 4,
  async page(context, { sinceMs, untilMs, cursor }) {
    const place: Place =
      cursor === null ? { lists: [...repoLists], repos: [], page: null } : parseOwnJson<Place>(cursor)
    const [list, ...lists] = place.lists
    if (list !== undefined) return lookThrough(context, sinceMs, place, list, lists)
    const [repo, ...repos] = place.repos
    return repo === undefined ? pageOf([], place) : readCommits(context, { sinceMs, untilMs }, place, repo, repos)
  },
}

async function lookThrough(
  context: PullContext<HuggingfaceConfig>,
  sinceMs: number,
  place: Place,
  list: RepoList,
  lists: RepoList[],
): Promise<FeedPage> {
  const query = reposQuery(context.config, list, true)
  const { rows, next } = await listPage(context, changed, `/api/${list}`, query, place.page, `the list of ${list}`)
  const found = rows.filter(({ lastModified }) => (parseTimeMs(lastModified) ?? Infinity) >= sinceMs)
  const known = new Set(place.repos.map(({ id }) => id))
  const fresh = found.filter(({ _id }) => !known.has(_id)).map(({ _id, id }): Repo => ({ id: _id, name: id, list }))
  const repos = [...place.repos, ...fresh]
  const isOver = next === null || found.length < rows.length
  return pageOf([], isOver ? { lists, repos, page: null } : { lists: place.lists, repos, page: next })
}

async function readCommits(
  context: PullContext<HuggingfaceConfig>,
  { sinceMs, untilMs }: { sinceMs: number; untilMs: number | null },
  place: Place,
  repo: Repo,
  repos: Repo[],
): Promise<FeedPage> {
  const path = `/api/${repo.list}/${repoPath(repo.name)}/commits/main`
  const what = 'the commits of a repository'
  const { rows, next } = await listPage(context, commit, path, `?limit=${commitRows}`, place.page, what).catch(
    (error: unknown) => {
      // Deleted, moved or emptied since it was listed: what it is called now the next run asks.
      if (isAbsent(error)) return { rows: [], next: null }
      throw error
    },
  )
  const isSince = ({ date }: { date: string }): boolean => (parseTimeMs(date) ?? Infinity) >= sinceMs
  const last = rows.findLastIndex(isSince)
  const told = rows.slice(0, place.page === null ? Math.max(last + 1, 1) : last + 1)
  const ids = await idsByName(context)
  const events = told
    .filter(({ date }) => untilMs === null || (parseTimeMs(date) ?? 0) <= untilMs)
    .map((row) => {
      const author = row.authors?.[0]?.user ?? null
      const raw = {
        repo: repo.id,
        repoName: repo.name,
        repoKind: kindOf[repo.list],
        id: row.id,
        date: row.date,
        title: row.title ?? null,
        author,
        user: author === null ? null : (ids.get(author) ?? null),
      }
      return { native: `${repo.id}/${row.id}`, eventAtMs: parseTimeMs(row.date) ?? null, raw }
    })
  const isOver = next === null || last < rows.length - 1
  return pageOf(events, isOver ? { lists: [], repos, page: null } : { lists: [], repos: place.repos, page: next })
}

const isAbsent = (error: unknown): boolean =>
  !(error instanceof CursorExpired) && error instanceof Error && 'code' in error && error.code === 'ERR_VENDOR_ABSENT'
