import { z } from 'zod'

import { parseOwnJson, type Json, type JsonObject } from '#kit'
import { isRedactionOf } from '#classify'
import { keptRows, readUnlessGone, type PullContext, type SnapshotRows, type SnapshotStream } from '#sources/contract'

import { scopesOfStream } from './auth.ts'
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
      listed.rows.map((row) => withOwn(context, row)),
    ),
    next: listed.next,
  }
}

function withOwn({ config, see }: Context, row: JsonObject): JsonObject {
  const isOwn =
    config.ownKeys.includes(textAt(row, 'id')) || isRedactionOf(textAt(row, 'redacted_value'), see['adminKey'])
  return { ...row, isOwn }
}

/** What a list of parents has still to be asked about, and the page after it. */
type Walk = { queue: string[]; after: string | null }

const openRow = z.looseObject({ status: z.unknown() })

/** A page of parents first, then what is inside each of them. */
function walked(
  kind: 'groups' | 'projects',
  query: Readonly<Record<string, boolean>>,
  inside: (context: Context, id: string) => Promise<Json[][]>,
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
      const parts = await readUnlessGone([], isThere, () => inside(context, parent))
      return { rows: parts.flat(), next: left(queue, walk.after) }
    }
    const paged = { ...query, limit: parentRows, after: walk.after }
    const listed = await listPage(context, `/organization/${kind}`, paged, `the list of ${kind}`)
    // An archived project has no users, accounts or keys any more, and OpenAI refuses to list them.
    const open = listed.rows.filter((row) => row['status'] !== 'archived').map((row) => textAt(row, 'id'))
    return { rows: part(kind, listed.rows), next: left(open, listed.next) }
  }
}

async function insideProject(context: Context, project: string): Promise<Json[][]> {
  const list = async (kind: RowKind, path: string, what: string): Promise<Json[]> => {
    const rows = await listAll(context, `/organization/projects/${segment(project)}/${path}`, `${what} of a project`)
    return part(
      kind,
      rows.map((row) => ({ ...row, project })),
    )
  }
  return [
    await list('project-users', 'users', 'the users'),
    await list('project-groups', 'groups', 'the groups'),
    await list('service-accounts', 'service_accounts', 'the service accounts'),
    await list('keys', 'api_keys', 'the keys'),
  ]
}

async function insideGroup(context: Context, group: string): Promise<Json[][]> {
  const base = `/organization/groups/${segment(group)}`
  const users = await listAll(context, `${base}/users`, 'the users of a group')
  const roles = await listAll(context, `${base}/roles`, 'the roles of a group')
  return [
    part('group-users', [{ group, users: users.map((user) => textAt(user, 'id')) }]),
    part(
      'group-roles',
      roles.map((role) => ({ ...role, group })),
    ),
  ]
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
