import { z } from 'zod'

import { parseOwnJson, type JsonObject } from '#kit'
import {
  isTold,
  keptRows,
  onceARun,
  readOrBlind,
  segment,
  textAt,
  type Blind,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { call, listPage, members, membersQuery, organizationPath, read, type Access, type Listed } from './client.ts'
import { hasPlan, type HuggingfaceConfig } from './config.ts'
import { rowSchemas, type RowKind } from './rows.ts'
import { readWhoami, requiredOrganization } from './whoami.ts'

export const directoryEveryMs = 15 * 60_000
const reposRows = 500
const tokensRows = 100

type Context = PullContext<HuggingfaceConfig>
type List = (context: Context, next: string | null) => Promise<SnapshotRows>

const part = keptRows(rowSchemas)
const row = z.record(z.string(), z.json())

/** Kinds of repositories, as they stand in addresses. */
export const repoLists = ['models', 'datasets', 'spaces'] as const
export type RepoList = (typeof repoLists)[number]

/** Asked for by name: without `expand` the Hub leaves out whether a repository is private, and its group. */
const expanded = (list: RepoList): string[] => [
  ...['private', 'disabled', 'sha', 'lastModified', 'createdAt', 'resourceGroup'],
  list === 'spaces' ? 'runtime' : 'gated',
]

/** `latest`: what changed last comes first. */
export function reposQuery({ organization }: HuggingfaceConfig, list: RepoList, latest = false): string {
  const query = new URLSearchParams({ author: organization, limit: String(reposRows) })
  if (latest) query.set('sort', 'lastModified')
  for (const name of expanded(list)) query.append('expand', name)
  return `?${query.toString()}`
}

/** Member's id by name: what the Hub tells by name alone is told by id from here on. */
export const idsByName = onceARun(async (context: Access): Promise<ReadonlyMap<string, string>> => {
  const ids = new Map<string, string>()
  for await (const { _id, user } of members(context)) ids.set(user, _id)
  return ids
})

const kept = (kind: RowKind, { rows, next }: Listed<JsonObject>): SnapshotRows => ({ rows: part(kind, rows), next })

const repos =
  (list: RepoList): List =>
  async (context, next) =>
    kept(
      list,
      await listPage(context, row, `/api/${list}`, reposQuery(context.config, list), next, `the list of ${list}`),
    )

async function organization(context: Context): Promise<SnapshotRows> {
  const me = await readWhoami(context)
  const { name, plan } = requiredOrganization(me, context)
  return { rows: part('organization', [{ name, plan, self: me.id }]), next: null }
}

async function tokens(context: Context, next: string | null): Promise<SnapshotRows> {
  const path = `${organizationPath(context.config)}/settings/tokens`
  // Without `q` the Hub leaves out those that are revoked: they would seem to be gone.
  const query = `?${new URLSearchParams({ limit: String(tokensRows), q: 'status:all' }).toString()}`
  const listed = await listPage(context, row, path, query, next, 'the list of tokens')
  const ids = await idsByName(context)
  const rows = listed.rows.map((token) => {
    const given = token['owner']
    const owner = typeof given === 'object' && given !== null && !Array.isArray(given) ? given : {}
    return { ...token, owner: { ...owner, _id: textAt(owner, '_id') || (ids.get(textAt(owner, 'name')) ?? null) } }
  })
  return { rows: part('tokens', rows), next: listed.next }
}

/** What is left of a list whose rows are asked about one by one, and the page after it. */
type Walk = { queue: string[]; after: string | null }
const walkOf = (next: string | null): Walk => (next === null ? { queue: [], after: null } : parseOwnJson<Walk>(next))
const left = ({ queue, after }: Walk): string | null =>
  queue.length === 0 && after === null ? null : JSON.stringify({ queue, after })

const account = z.object({ accessTokens: z.array(row).default([]) })

/** A page of accounts first, then the tokens of each. One that was deleted meanwhile has none. */
async function accounts(context: Context, next: string | null): Promise<SnapshotRows> {
  const path = `${organizationPath(context.config)}/service-accounts`
  const { queue, after } = walkOf(next)
  const [id, ...rest] = queue
  if (id === undefined) {
    const listed = await listPage(context, row, path, '', after, 'the list of service accounts')
    return {
      rows: part('accounts', listed.rows),
      next: left({ queue: listed.rows.map((one) => textAt(one, '_id')).filter(isTold), after: listed.next }),
    }
  }
  const response = await call(context, 'GET', `${path}/${segment(id)}`)
  const held = response.status === 404 ? [] : read(account, response, 'a service account').accessTokens
  return {
    rows: part(
      'accountTokens',
      held.map((token) => ({ ...token, account: id })),
    ),
    next: left({ queue: rest, after }),
  }
}

const named = z.object({ _id: z.string(), id: z.string() })
const secretsOf = z.record(z.string(), z.object({ updatedAt: z.string().nullish() }))
/** A name with its id before it: neither has a space. */
const spacePair = /^(\S+) (\S+)$/

/** A page of Spaces, then the names of the secrets of each. */
async function secrets(context: Context, next: string | null): Promise<SnapshotRows> {
  const { queue, after } = walkOf(next)
  const [pair, ...rest] = queue
  if (pair === undefined) {
    const what = 'the list of Spaces, for their secrets'
    const listed = await listPage(context, named, '/api/spaces', reposQuery(context.config, 'spaces'), after, what)
    return { rows: [], next: left({ queue: listed.rows.map(({ _id, id }) => `${_id} ${id}`), after: listed.next }) }
  }
  const [, space = '', name = ''] = spacePair.exec(pair) ?? []
  const blind: Blind[] = []
  const found = await readOrBlind(blind, { of: 'secrets/names', what: 'secrets of a Space' }, {}, async () => {
    const response = await call(context, 'GET', `/api/spaces/${repoPath(name)}/secrets`)
    return response.status === 404 ? {} : read(secretsOf, response, 'the secrets of a Space')
  })
  const rows = Object.entries(found).map(([key, { updatedAt }]) => ({ space, key, updatedAt }))
  return { rows: part('secrets', rows), next: left({ queue: rest, after }), blind }
}

/** `organisation/name` in an address. */
export const repoPath = (name: string): string => name.split('/').map(segment).join('/')

const lists: Record<string, List> = {
  organization,
  async members(context, next) {
    const path = `${organizationPath(context.config)}/members`
    return kept('members', await listPage(context, row, path, membersQuery, next, 'the list of members'))
  },
  models: repos('models'),
  datasets: repos('datasets'),
  spaces: repos('spaces'),
  async groups(context, next) {
    const path = `${organizationPath(context.config)}/resource-groups`
    return kept('groups', await listPage(context, row, path, '', next, 'the list of resource groups'))
  },
  tokens,
  accounts,
  secrets,
}
const ofPlan: ReadonlySet<string> = new Set(['groups', 'tokens', 'accounts'])

export const directory: SnapshotStream<HuggingfaceConfig> = {
  name: 'directory',
  kind: 'snapshot',
  delayMs: { typical: directoryEveryMs / 2, worst: directoryEveryMs * 2 },
  everyMs: directoryEveryMs,
  tells: ['keys', 'key-use', 'administrators'],
  untold: { models: [], datasets: [], spaces: [], groups: [], secrets: [] },
  covers: ['identities', 'grants', 'resources'],
  scopes: scopesOfStream.directory,
  requestsPerRun: 15,
  lists: (config) =>
    Object.keys(lists).filter(
      (list) => (hasPlan(config, 'team') || !ofPlan.has(list)) && (config.spaceSecrets || list !== 'secrets'),
    ),
  async page(context, list, next) {
    return lists[list]?.(context, next) ?? { rows: [], next: null }
  },
}
