import { z } from 'zod'

import type { JsonObject } from '#kit'
import {
  keptRows,
  onceARun,
  segment,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { listPage, members, membersQuery, organizationPath, type Access, type Listed } from './client.ts'
import { hasPlan, type HuggingfaceConfig } from './config.ts'
import { rowSchemas, type RowKind } from './rows.ts'
import { readWhoami, requiredOrganization } from './whoami.ts'

export const directoryEveryMs = 15 * 60_000
const reposRows = 500

type Context = PullContext<HuggingfaceConfig>
type List = (context: Context, next: string | null) => Promise<SnapshotRows>

export const part = keptRows(rowSchemas)
export const row = z.record(z.string(), z.json())

/** Kinds of repositories, as they stand in addresses. */
export const repoLists = ['models', 'datasets', 'spaces'] as const
export type RepoList = (typeof repoLists)[number]

/** Asked for by name: without `expand` the Hub leaves out whether a repository is private, and its group. */
const expandedAlways = ['private', 'disabled', 'sha', 'lastModified', 'createdAt', 'resourceGroup']
const expanded = (list: RepoList): string[] => [...expandedAlways, list === 'spaces' ? 'runtime' : 'gated']

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
}

export const directory: SnapshotStream<HuggingfaceConfig> = {
  name: 'directory',
  kind: 'snapshot',
  delayMs: { typical: directoryEveryMs / 2, worst: directoryEveryMs * 2 },
  everyMs: directoryEveryMs,
  tells: ['administrators'],
  untold: { models: [], datasets: [], spaces: [], groups: [] },
  covers: ['identities', 'grants', 'resources'],
  scopes: scopesOfStream.directory,
  requestsPerRun: 15,
  lists: (config) => Object.keys(lists).filter((list) => list !== 'groups' || hasPlan(config, 'team')),
  async page(context, list, next) {
    return lists[list]?.(context, next) ?? { rows: [], next: null }
  },
}
