import { isObject, parseOwnJson, type Json, type JsonObject } from '#kit'
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
import { listAll, listPage, readSelf, type Method } from './client.ts'
import { ownApps, type SlackConfig } from './config.ts'
import { rowSchemas, type RowKind } from './rows.ts'

export const directoryEveryMs = 30 * 60_000
export const sessionsEveryMs = 10 * 60_000
const pageRows = 100
/** Slack's own bound of a channel search. */
const searchRows = 20
const sessionRows = 1_000

type Context = PullContext<SlackConfig>
type List = (context: Context, next: string | null) => Promise<SnapshotRows>

const part = keptRows(rowSchemas)

function plain(
  kind: RowKind,
  method: Method,
  key: string,
  what: string,
  given: Record<string, string | number | boolean>,
  shape: (row: JsonObject, config: SlackConfig) => JsonObject | undefined = (row) => row,
): List {
  return async (context, next) => {
    const listed = await listPage(context, method, { ...given, cursor: next }, key, what)
    return {
      rows: part(
        kind,
        listed.rows.flatMap((row) => shape(row, context.config) ?? []),
      ),
      next: listed.next,
    }
  }
}

async function self(context: Context): Promise<SnapshotRows> {
  const { self } = await readSelf(context)
  return { rows: part('self', [{ ...self, apps: ownApps(context.config) }]), next: null }
}

const apps = (method: Method, key: string, resolution: 'approved' | 'restricted'): List => {
  return async (context, next) => {
    const { self } = await readSelf(context)
    const given = { enterprise_id: self.enterprise_id, limit: pageRows, cursor: next }
    const listed = await listPage(context, method, given, key, `the list of ${resolution} apps`)
    return {
      rows: part(
        'apps',
        listed.rows.map((row) => ({ ...row, resolution })),
      ),
      next: listed.next,
    }
  }
}

/** User groups belong to workspaces, which are asked one after the other; their ids travel in the cursor meanwhile. */
async function usergroupsOfOrg(context: Context, next: string | null): Promise<SnapshotRows> {
  const queue = next === null ? await teamsOf(context) : parseOwnJson<string[]>(next)
  const [team, ...rest] = queue
  if (team === undefined) return { rows: [], next: null }
  const isThere = async () => (await teamsOf(context)).includes(team)
  const seen = freshParts()
  const asked = { of: 'usergroups/workspaces', what: 'the user groups of a workspace are', thing: team, untold: [] }
  const rows = await readUnlessGone([], isThere, () =>
    readInsideOrBlind(seen, asked, unseen(team), isThere, () => usergroupsOf(context, team)),
  )
  return { rows, next: rest.length === 0 ? null : JSON.stringify(rest), ...seen }
}

/** A workspace may keep an organisation's app out; it is said, and the others are read. */
const unseen = (team: string): Json[] => part('unseen', [{ team, what: 'user groups' }])

async function teamsOf(context: Context): Promise<string[]> {
  const teams = await listAll(context, 'admin.teams.list', { limit: pageRows }, 'teams', 'the list of workspaces')
  return teams.flatMap(({ id }) => (typeof id === 'string' ? [id] : []))
}

async function usergroupsOf(context: Context, team: string | null): Promise<Json[]> {
  const given = { include_users: true, include_disabled: true, team_id: team }
  const { rows } = await listPage(context, 'usergroups.list', given, 'usergroups', 'the list of user groups')
  return part(
    'usergroups',
    rows.map((row) => ({ ...row, team: team ?? row['team_id'] })),
  )
}

/** `users.list` has other names for the same. */
function memberRow(row: JsonObject): JsonObject {
  const profile = isObject(row['profile']) ? row['profile'] : {}
  const { is_stranger: stranger, deleted, team_id: team } = row
  return {
    ...row,
    is_active: deleted !== true,
    is_stranger: stranger ?? false,
    username: row['name'] ?? null,
    full_name: row['real_name'] ?? null,
    email: typeof profile['email'] === 'string' ? profile['email'] : null,
    app: typeof profile['api_app_id'] === 'string' && profile['api_app_id'] !== '' ? profile['api_app_id'] : null,
    workspaces: typeof team === 'string' ? [team] : [],
  }
}

/** `conversations.list` shows all channels: the ones that others are in are kept. */
function sharedChannel(row: JsonObject, config: SlackConfig): JsonObject | undefined {
  if (row['is_ext_shared'] !== true && row['is_pending_ext_shared'] !== true) return undefined
  const { creator, num_members: members, shared_team_ids: shared, context_team_id: home } = row
  const told = {
    ...row,
    creator_id: creator ?? null,
    member_count: members ?? null,
    connected_team_ids: Array.isArray(shared) ? shared.filter((team) => team !== home) : [],
    internal_team_ids: typeof home === 'string' ? [home] : [],
  }
  return withStrangers(told, config)
}

/** Of the organisations in a channel, those that nobody has named as partners. */
function withStrangers(row: JsonObject, { partners }: SlackConfig): JsonObject {
  const { connected_team_ids: others } = row
  const strangers = Array.isArray(others) ? others.filter((id) => typeof id === 'string' && !partners.includes(id)) : []
  return { ...row, strangers }
}

const external = 'external_shared'
const ofOrg: Record<string, List> = {
  self,
  teams: plain('teams', 'admin.teams.list', 'teams', 'the list of workspaces', { limit: pageRows }),
  users: plain('users', 'admin.users.list', 'users', 'the list of users', { limit: pageRows, is_active: true }),
  'former-users': plain('users', 'admin.users.list', 'users', 'the list of former users', {
    limit: pageRows,
    is_active: false,
  }),
  apps: apps('admin.apps.approved.list', 'approved_apps', 'approved'),
  'restricted-apps': apps('admin.apps.restricted.list', 'restricted_apps', 'restricted'),
  channels: plain(
    'channels',
    'admin.conversations.search',
    'conversations',
    'the list of shared channels',
    { limit: searchRows, search_channel_types: external },
    withStrangers,
  ),
  usergroups: usergroupsOfOrg,
}
const ofWorkspace: Record<string, List> = {
  self,
  users: plain('users', 'users.list', 'members', 'the list of users', { limit: pageRows }, memberRow),
  channels: plain(
    'channels',
    'conversations.list',
    'channels',
    'the list of channels',
    { limit: pageRows, types: 'public_channel,private_channel' },
    sharedChannel,
  ),
  usergroups: async (context) => ({ rows: await usergroupsOf(context, null), next: null }),
}

const directoryOf = (name: string, lists: Record<string, List>, isOrg: boolean): SnapshotStream<SlackConfig> => ({
  name,
  kind: 'snapshot',
  delayMs: { typical: directoryEveryMs / 2, worst: directoryEveryMs * 2 },
  everyMs: directoryEveryMs,
  tells: ['administrators', 'factors', 'shared-channels'],
  covers: isOrg ? ['identities', 'grants', 'resources', 'admin'] : ['identities', 'resources', 'admin'],
  scopes: isOrg ? scopesOfStream.directory : scopesOfStream.workspace,
  requestsPerRun: 25,
  isOn: ({ plan }) => (plan === 'enterprise') === isOrg,
  lists: () => Object.keys(lists),
  async page(context, list, next) {
    return lists[list]?.(context, next) ?? { rows: [], next: null }
  },
})
/** By the Admin APIs, of the whole organisation. */
export const directory = directoryOf('directory', ofOrg, true)
/** By what every plan has, of one workspace. */
export const workspace = directoryOf('workspace', ofWorkspace, false)

/** Without a user Slack lists every session of the organisation; apart, so that it holds up nothing else. */
export const sessions: SnapshotStream<SlackConfig> = {
  name: 'sessions',
  kind: 'snapshot',
  delayMs: { typical: sessionsEveryMs / 2, worst: sessionsEveryMs * 2 },
  everyMs: sessionsEveryMs,
  covers: ['sessions'],
  scopes: scopesOfStream.sessions,
  requestsPerRun: 2,
  isOn: ({ plan }) => plan === 'enterprise',
  lists: () => ['sessions'],
  page: (context, _, next) =>
    plain('sessions', 'admin.users.session.list', 'active_sessions', 'the list of sessions', { limit: sessionRows })(
      context,
      next,
    ),
}
