import { z } from 'zod'

import { parseOwnJson, type Json, type JsonObject } from '#kit'
import { isRedactionOf } from '#classify'
import {
  freshParts,
  keptRows,
  readInsideOrBlind,
  readUnlessGone,
  type Part,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { projectKeysOf, scopesOfStream } from './auth.ts'
import { find, listAll, listPage, segment, textAt } from './client.ts'
import type { OpenaiConfig } from './config.ts'
import { rowSchemas, type RowKind } from './rows.ts'

export const directoryEveryMs = 15 * 60_000
const pageRows = 100
/** Projects and groups come with what is inside them, one after the other; their ids travel in the cursor meanwhile. */
const parentRows = 50

type Context = PullContext<OpenaiConfig>
type List = (context: Context, next: string | null) => Promise<SnapshotRows>

export const part = keptRows(rowSchemas)

const plain = (kind: RowKind, path: string, what: string): List => {
  return async (context, next) => {
    const listed = await listPage(context, path, { limit: pageRows, after: next }, what)
    return { rows: part(kind, listed.rows), next: listed.next }
  }
}

async function adminKeys(context: Context, next: string | null): Promise<SnapshotRows> {
  const query = { limit: pageRows, after: next }
  const listed = await listPage(context, '/organization/admin_api_keys', query, 'the list of admin keys')
  return {
    rows: part(
      'admin-keys',
      listed.rows.map((row) => withOwn(context, row, context.see['adminKey'])),
    ),
    next: listed.next,
  }
}

/** `secret`: the key that Cordon has there, if any. */
function withOwn({ config }: Context, row: JsonObject, secret: string | undefined): JsonObject {
  const isOwn = config.ownKeys.includes(textAt(row, 'id')) || isRedactionOf(textAt(row, 'redacted_value'), secret)
  return { ...row, isOwn }
}

/** What a list of parents has still to be asked about, and the page after it. */
type Walk = { queue: string[]; after: string | null }

const openRow = z.looseObject({ status: z.unknown() })

/** What is inside of groups and projects: one of them may keep a part from us. */
const inside = {
  groupUsers: { of: 'groups/users', what: 'users of a group are', untold: [] },
  groupRoles: { of: 'groups/roles', what: 'roles of a group are', untold: [] },
  users: { of: 'projects/users', what: 'users of a project are', untold: [] },
  groups: { of: 'projects/groups', what: 'groups of a project are', untold: [] },
  accounts: { of: 'projects/service-accounts', what: 'service accounts of a project are', untold: [] },
  keys: { of: 'projects/keys', what: 'keys of a project are', untold: ['keys', 'key-use'] },
} as const
/** Rows of one part of a parent; none where it may not be read. */
type Ask = (part: Part, read: () => Promise<Json[]>) => Promise<Json[]>

/** A page of parents first, then what is inside each of them. */
function walked(
  kind: 'groups' | 'projects',
  query: Readonly<Record<string, boolean>>,
  within: (context: Context, id: string, ask: Ask) => Promise<Json[][]>,
): List {
  return async (context, next) => {
    const walk: Walk = next === null ? { queue: [], after: null } : parseOwnJson<Walk>(next)
    const left = (queue: string[], after: string | null): string | null =>
      queue.length === 0 && after === null ? null : JSON.stringify({ queue, after })
    const [parent, ...queue] = walk.queue
    if (parent !== undefined) {
      const isThere = async (): Promise<boolean> => {
        const found = await find(context, openRow, `/organization/${kind}/${segment(parent)}`, 'what a list named')
        return found !== undefined && found.status !== 'archived'
      }
      const seen = freshParts()
      const ask: Ask = (what, read) => readInsideOrBlind(seen, { ...what, thing: parent }, [], isThere, read)
      const parts = await readUnlessGone([], isThere, () => within(context, parent, ask))
      return { rows: parts.flat(), next: left(queue, walk.after), ...seen }
    }
    const paged = { ...query, limit: parentRows, after: walk.after }
    const listed = await listPage(context, `/organization/${kind}`, paged, `the list of ${kind}`)
    // An archived project has no users, accounts or keys any more, and OpenAI refuses to list them.
    const open = listed.rows.filter((row) => row['status'] !== 'archived').map((row) => textAt(row, 'id'))
    return { rows: part(kind, listed.rows), next: left(open, listed.next) }
  }
}

async function insideProject(context: Context, project: string, ask: Ask): Promise<Json[][]> {
  const own = projectKeysOf(context.see).get(project)
  const list = (asked: Part, kind: RowKind, path: string, what: string): Promise<Json[]> =>
    ask(asked, async () => {
      const rows = await listAll(
        context,
        `/organization/projects/${segment(project)}/${path}`,
        `the ${what} of a project`,
      )
      return part(
        kind,
        rows.map((row) => (kind === 'keys' ? withOwn(context, { ...row, project }, own) : { ...row, project })),
      )
    })
  return [
    await list(inside.users, 'project-users', 'users', 'users'),
    await list(inside.groups, 'project-groups', 'groups', 'groups'),
    await list(inside.accounts, 'service-accounts', 'service_accounts', 'service accounts'),
    await list(inside.keys, 'keys', 'api_keys', 'keys'),
  ]
}

async function insideGroup(context: Context, group: string, ask: Ask): Promise<Json[][]> {
  const base = `/organization/groups/${segment(group)}`
  const users = async () => {
    const rows = await listAll(context, `${base}/users`, 'the users of a group')
    return part('group-users', [{ group, users: rows.map((user) => textAt(user, 'id')) }])
  }
  const roles = async () => {
    const rows = await listAll(context, `${base}/roles`, 'the roles of a group')
    return part(
      'group-roles',
      rows.map((role) => ({ ...role, group })),
    )
  }
  return [await ask(inside.groupUsers, users), await ask(inside.groupRoles, roles)]
}

const lists: Record<string, List> = {
  users: plain('users', '/organization/users', 'the list of users'),
  invites: plain('invites', '/organization/invites', 'the list of invites'),
  'admin-keys': adminKeys,
  groups: walked('groups', {}, insideGroup),
  projects: walked('projects', { include_archived: true }, insideProject),
  certificates: plain('certificates', '/organization/certificates', 'the list of certificates'),
}

export const directory: SnapshotStream<OpenaiConfig> = {
  name: 'directory',
  kind: 'snapshot',
  delayMs: { typical: directoryEveryMs / 2, worst: directoryEveryMs * 2 },
  everyMs: directoryEveryMs,
  tells: ['keys', 'key-use', 'invites', 'administrators'],
  covers: ['identities', 'grants', 'resources', 'admin'],
  scopes: scopesOfStream.directory,
  requestsPerRun: 40,
  lists: () => Object.keys(lists),
  async page(context, list, next) {
    return lists[list]?.(context, next) ?? { rows: [], next: null }
  },
}
