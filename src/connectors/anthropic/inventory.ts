import { z } from 'zod'

import { parseOwnJson, type JsonObject } from '#kit'
import { isRedactionOf } from '#classify'
import {
  freshParts,
  keptRows,
  readInsideOrBlind,
  readUnlessGone,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { find, listAll, listPage, pageRows, readMe, segment, textAt } from './client.ts'
import { namesOfOwnKeys, type AnthropicConfig } from './config.ts'
import { nameKey } from './names.ts'
import { rowSchemas, type RowKind } from './rows.ts'

export const directoryEveryMs = 15 * 60_000

type Context = PullContext<AnthropicConfig>
type List = (context: Context, next: string | null) => Promise<SnapshotRows>

export const part = keptRows(rowSchemas)

const plain = (
  kind: RowKind,
  path: string,
  what: string,
  shape: (context: Context, row: JsonObject) => JsonObject = (_, row) => row,
): List => {
  return async (context, next) => {
    const listed = await listPage(context, `/v1/organizations/${path}`, { limit: pageRows }, next, what)
    return {
      rows: part(
        kind,
        listed.rows.map((row) => shape(context, row)),
      ),
      next: listed.next,
    }
  }
}

function withOwn({ config, see }: Context, row: JsonObject): JsonObject {
  const isNamed = namesOfOwnKeys(config, 'own').includes(nameKey('own', textAt(row, 'id')))
  return { ...row, isOwn: isNamed || isRedactionOf(textAt(row, 'partial_key_hint'), see['adminKey']) }
}

/** Workspaces that have still to be asked for their members, and the page after them. */
type Walk = { queue: string[]; after: string | null }

const workspaceRow = z.looseObject({ archived_at: z.unknown() })

/** One workspace may keep its members from us. */
const inside = { members: { of: 'workspaces/members', what: 'members of a workspace are', untold: [] } } as const

/** A page of workspaces first, then the members of each of them. */
async function workspaces(context: Context, next: string | null): Promise<SnapshotRows> {
  const walk: Walk = next === null ? { queue: [], after: null } : parseOwnJson<Walk>(next)
  const left = (queue: string[], after: string | null): string | null =>
    queue.length === 0 && after === null ? null : JSON.stringify({ queue, after })
  const [workspace, ...queue] = walk.queue
  if (workspace !== undefined) {
    const path = `/v1/organizations/workspaces/${segment(workspace)}`
    const isThere = async (): Promise<boolean> => {
      const found = await find(context, workspaceRow, path, 'a workspace')
      return found !== undefined && typeof found.archived_at !== 'string'
    }
    const seen = freshParts()
    const asked = { ...inside.members, thing: workspace }
    const members = await readUnlessGone([], isThere, () =>
      readInsideOrBlind(seen, asked, [], isThere, () =>
        listAll(context, `${path}/members`, 'the members of a workspace'),
      ),
    )
    return {
      rows: part(
        'members',
        members.map((member) => ({ ...member, workspace })),
      ),
      next: left(queue, walk.after),
      ...seen,
    }
  }
  const query = { limit: pageRows, include_archived: true }
  const listed = await listPage(context, '/v1/organizations/workspaces', query, walk.after, 'the list of workspaces')
  const open = listed.rows.filter((row) => typeof row['archived_at'] !== 'string').map((row) => textAt(row, 'id'))
  return { rows: part('workspaces', listed.rows), next: left(open, listed.next) }
}

const lists: Record<string, List> = {
  organization: async (context) => ({ rows: part('organization', [await readMe(context)]), next: null }),
  users: plain('users', 'users', 'the list of users'),
  invites: plain('invites', 'invites', 'the list of invites'),
  keys: plain('keys', 'api_keys', 'the list of keys', withOwn),
  workspaces,
}

export const directory: SnapshotStream<AnthropicConfig> = {
  name: 'directory',
  kind: 'snapshot',
  delayMs: { typical: directoryEveryMs / 2, worst: directoryEveryMs * 2 },
  everyMs: directoryEveryMs,
  tells: ['keys', 'invites', 'administrators'],
  covers: ['identities', 'grants', 'resources', 'admin'],
  scopes: scopesOfStream.directory,
  requestsPerRun: 25,
  lists: () => Object.keys(lists),
  async page(context, list, next) {
    return lists[list]?.(context, next) ?? { rows: [], next: null }
  },
}
