import type { TwinCall } from '../kit/server.ts'
import { absent, bodyOf, commitRow, failed, ok, paged, repoRow } from './answers.ts'
import { mayRead, mayWrite, type Caller } from './callers.ts'
import type { Repo, State } from './state.ts'
import type { Handler } from './twin.ts'

const nameOf = ({ params }: TwinCall): string => `${params['namespace']}/${params['repo']}`
const listOf = ({ params, url }: TwinCall): string => params['list'] ?? url.pathname.split('/')[2] ?? ''

/** What may not be read is said not to be there. */
function repoOf(state: State, call: TwinCall, caller: Caller): Repo | undefined {
  const repo = [...state.repos.values()].find(({ list, name }) => list === listOf(call) && name === nameOf(call))
  return repo !== undefined && mayRead(state, caller, repo) ? repo : undefined
}

const oneRepo: Handler = ({ state }, call, caller) => {
  const repo = repoOf(state, call, caller)
  return repo === undefined ? absent() : ok(repoRow(state, repo, call.query.getAll('expand')))
}

const change =
  (what: (hub: Parameters<Handler>[0], repo: Repo, call: TwinCall, caller: Caller) => ReturnType<Handler>): Handler =>
  (hub, call, caller) => {
    const repo = repoOf(hub.state, call, caller)
    if (repo === undefined) return absent()
    return mayWrite(hub.state, caller, repo) ? what(hub, repo, call, caller) : failed(403, 'Forbidden')
  }
const stage = (to: Repo['stage']) =>
  change((_, repo) => {
    repo.stage = to
    return ok({ stage: to, hardware: null })
  })

export const repoHandlers: Readonly<Record<string, Handler>> = {
  listRepos({ state }, call, caller) {
    const { query } = call
    const author = query.get('author')
    const found = [...state.repos.values()].filter(
      (repo) =>
        repo.list === call.params['list'] &&
        (author === null || repo.name.startsWith(`${author}/`)) &&
        mayRead(state, caller, repo),
    )
    if (query.get('sort') === 'lastModified') found.sort((a, b) => b.modifiedMs - a.modifiedMs)
    const rows = found.map((repo) => repoRow(state, repo, query.getAll('expand')))
    return paged(rows, call, Number(query.get('limit') ?? 1000))
  },
  getRepo: oneRepo,
  /** The client asks for the head so. */
  getRevision: (hub, call, caller) =>
    ['HEAD', 'main'].includes(call.params['rev'] ?? '') ? oneRepo(hub, call, caller) : absent(),
  listCommits({ state }, call, caller) {
    const repo = repoOf(state, call, caller)
    if (repo === undefined || call.params['rev'] !== 'main') return absent()
    return paged(repo.commits.map(commitRow), call, Number(call.query.get('limit') ?? 50))
  },
  setRepo: change((hub, repo, call, caller) => {
    const { visibility, gated } = bodyOf(call)
    if (typeof visibility === 'string') repo.isPrivate = visibility === 'private'
    if (gated === false || gated === 'auto' || gated === 'manual') repo.gated = gated
    hub.act(caller, 'repo.update_settings', `Changed settings of ${repo.name}`, { repo: repo.name })
    return ok({ visibility: repo.isPrivate ? 'private' : 'public' })
  }),
  listSecrets: change((_, repo) =>
    ok(
      Object.fromEntries(
        [...repo.secrets].map(([key, { atMs }]) => [key, { key, updatedAt: new Date(atMs).toISOString() }]),
      ),
    ),
  ),
  pauseSpace: stage('PAUSED'),
  restartSpace: stage('RUNNING'),
}
