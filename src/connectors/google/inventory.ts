import { parseOwnJson, type Json, type JsonObject } from '#kit'
import {
  freshParts,
  keptRows,
  readOrBlind,
  VendorError,
  type Part,
  type PartsSeen,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { resolveAddresses } from './addresses.ts'
import { addressUses, directoryUses, scopesOfStream } from './auth.ts'
import {
  customerPath,
  directory as api,
  listAll,
  listPage,
  readCustomer,
  segment,
  textAt,
  userPath,
  type List,
} from './client.ts'
import { ownClients, ownSubjects, type GoogleConfig } from './config.ts'
import { rowSchemas, type RowKind } from './rows.ts'

export const directoryEveryMs = 30 * 60_000
export const credentialsEveryMs = 2 * 3_600_000
export const sharedDrivesEveryMs = 6 * 3_600_000

type Context = PullContext<GoogleConfig>
const rowsOf = keptRows(rowSchemas)
const answer = (
  parts: readonly (readonly Json[])[],
  next: string | null,
  seen: PartsSeen = freshParts(),
): SnapshotRows => ({ rows: parts.flat(), next, ...seen })

/** What is inside of one thing: Google may keep it from an administrator who is less than its owner. */
const inside = {
  members: { of: 'groups/members', what: 'the members of a group are', untold: ['administrators'] },
  tokens: { of: 'credentials/tokens', what: 'the apps that a user let in are', untold: ['grants'] },
  asps: { of: 'credentials/asps', what: 'the app passwords of a user are', untold: ['grants'] },
  drive: { of: 'shared-drives/members', what: 'who may enter a shared drive is', untold: [] },
} as const satisfies Record<string, Part>

const users: List = {
  as: 'users',
  path: `${api}/users?customer=my_customer&maxResults=200&orderBy=email`,
  key: 'users',
  what: 'the list of users',
}
const groups: List = {
  as: 'groups',
  path: `${api}/groups?customer=my_customer&maxResults=200`,
  key: 'groups',
  what: 'the list of groups',
}
const roles: List = {
  as: 'roles',
  path: customerPath('/roles?maxResults=100'),
  key: 'items',
  what: 'the list of administrator roles',
}

const lists: Record<string, (context: Context, next: string | null) => Promise<SnapshotRows>> = {
  customer: async (context) =>
    answer(
      [rowsOf('customer', [{ ...(await readCustomer(context, 'customer')), ownClients: ownClients(context.config) }])],
      null,
    ),
  domains: plain('domains', { as: 'domains', path: customerPath('/domains'), key: 'domains', what: 'the domains' }),
  orgunits: plain('orgunits', {
    as: 'orgunits',
    path: customerPath('/orgunits?type=all'),
    key: 'organizationUnits',
    what: 'the organizational units',
  }),
  users: async (context, next) => {
    const listed = await listPage(context, users, next)
    return answer(
      [
        rowsOf(
          'users',
          listed.rows.map((row) => userOf(context, row)),
        ),
      ],
      listed.next,
    )
  },
  groups: (context, next) => walk(context, groups, next, (rows) => rowsOf('groups', rows), insideGroup),
  roles: plain('roles', roles),
  assignments,
}

function plain(kind: RowKind, list: List) {
  return async (context: Context, next: string | null): Promise<SnapshotRows> => {
    const listed = await listPage(context, list, next)
    return answer([rowsOf(kind, listed.rows)], listed.next)
  }
}

function userOf({ config }: Context, row: JsonObject): JsonObject {
  return {
    ...row,
    hasRecoveryEmail: textAt(row, 'recoveryEmail') !== '',
    hasRecoveryPhone: textAt(row, 'recoveryPhone') !== '',
    isOwn: ownSubjects(config).includes(textAt(row, 'primaryEmail').toLowerCase()),
  }
}

async function assignments(context: Context, next: string | null): Promise<SnapshotRows> {
  const known = new Map((await listAll(context, roles)).map((role) => [textAt(role, 'roleId'), role]))
  const path = customerPath('/roleassignments?maxResults=200')
  const list: List = { as: 'roles', path, key: 'items', what: 'the list of administrators' }
  const listed = await listPage(context, list, next)
  const rows = listed.rows.map((row) => {
    const role = known.get(textAt(row, 'roleId'))
    return { ...row, isSuper: role?.['isSuperAdminRole'] === true, roleName: role?.['roleName'] ?? null }
  })
  return answer([rowsOf('assignments', rows)], listed.next)
}

/** Users, groups or drives looked into for one page: a company has more of them than a list may have pages. */
const insideAtOnce = 20

/** What is inside each row of a list, some at a time; the ids of the others travel in the cursor meanwhile. */
type Walk = { queue: string[]; token: string | null; isLast: boolean }

async function walk(
  context: Context,
  list: List,
  next: string | null,
  outside: (rows: JsonObject[]) => Json[],
  within: (context: Context, id: string, seen: PartsSeen) => Promise<Json[][]>,
): Promise<SnapshotRows> {
  const at: Walk = next === null ? { queue: [], token: null, isLast: false } : parseOwnJson<Walk>(next)
  const after = (walk: Walk): string | null => (walk.queue.length === 0 && walk.isLast ? null : JSON.stringify(walk))
  if (at.queue.length > 0) {
    const [now, queue] = [at.queue.slice(0, insideAtOnce), at.queue.slice(insideAtOnce)]
    const seen = freshParts()
    const parts = await Promise.all(now.map((id) => within(context, id, seen)))
    return answer(parts.flat(), after({ ...at, queue }), seen)
  }
  const listed = await listPage(context, list, at.token)
  const own = outside(listed.rows)
  const ids = listed.rows.map((row) => textAt(row, 'id')).filter((one) => one !== '')
  return answer([own], after({ queue: ids, token: listed.next, isLast: listed.next === null }))
}

/** Who or what was deleted since the page before has nothing inside. */
const listInside = (context: Context, list: List): Promise<JsonObject[]> =>
  listAll(context, list).catch((error: unknown) => {
    if (error instanceof VendorError && error.code === 'ERR_VENDOR_ABSENT') return []
    throw error
  })

async function insideGroup(context: Context, group: string, seen: PartsSeen): Promise<Json[][]> {
  const path = `${api}/groups/${segment(group)}/members?maxResults=200`
  const list: List = { as: 'groups', path, key: 'members', what: 'the members of a group' }
  const part = { ...inside.members, thing: group }
  const members = await readOrBlind(seen, part, null, () => listInside(context, list))
  return members === null ? [] : [rowsOf('members', [{ group, members }])]
}

async function insideUser(context: Context, user: string, seen: PartsSeen): Promise<Json[][]> {
  const list = (part: Part, path: string, what: string) =>
    readOrBlind(seen, { ...part, thing: user }, [], () =>
      listInside(context, { as: 'credentials', path: userPath(user, path), key: 'items', what }),
    )
  const tokens = await list(inside.tokens, '/tokens', 'the apps a user let in')
  const asps = await list(inside.asps, '/asps', 'the app passwords of a user')
  const mark = (row: JsonObject): JsonObject => ({ ...row, user })
  return [rowsOf('tokens', tokens.map(mark)), rowsOf('asps', asps.map(mark))]
}

async function insideDrive(context: Context, drive: string, seen: PartsSeen): Promise<Json[][]> {
  const query = 'supportsAllDrives=true&useDomainAdminAccess=true&pageSize=100'
  const fields = 'fields=nextPageToken,permissions(id,type,role,emailAddress,domain,deleted)'
  const list: List = {
    as: 'drive',
    path: `/drive/v3/files/${segment(drive)}/permissions?${query}&${fields}`,
    key: 'permissions',
    what: 'who may enter a shared drive',
  }
  const members = await readOrBlind(seen, { ...inside.drive, thing: drive }, [], () => listInside(context, list))
  const ids = await resolveAddresses(context, members.map((member) => textAt(member, 'emailAddress')).filter(Boolean))
  const rows = members.map((member) => ({
    ...member,
    drive,
    holder: ids[textAt(member, 'emailAddress').toLowerCase()] ?? null,
  }))
  return [rowsOf('shared-drive-members', rows)]
}

export const directory: SnapshotStream<GoogleConfig> = {
  name: 'directory',
  kind: 'snapshot',
  delayMs: { typical: directoryEveryMs / 2, worst: directoryEveryMs * 2 },
  everyMs: directoryEveryMs,
  tells: ['administrators', 'factors', 'sign-in-times'],
  covers: ['identities', 'grants', 'admin'],
  scopes: scopesOfStream(...directoryUses),
  untold: {
    customer: [],
    domains: [],
    orgunits: [],
    groups: ['administrators'],
    roles: ['administrators'],
    assignments: ['administrators'],
  },
  requestsPerRun: 40,
  lists: () => Object.keys(lists),
  async page(context, list, next) {
    return lists[list]?.(context, next) ?? { rows: [], next: null }
  },
}

/** Two calls for each user: seldomer, and apart, so that it holds up nothing else. */
export const credentials: SnapshotStream<GoogleConfig> = {
  name: 'credentials',
  kind: 'snapshot',
  delayMs: { typical: credentialsEveryMs / 2, worst: credentialsEveryMs * 2 },
  everyMs: credentialsEveryMs,
  tells: ['grants'],
  covers: ['grants'],
  scopes: scopesOfStream('credentials'),
  requestsPerRun: 2_005,
  lists: () => ['credentials'],
  page: (context, _, next) => walk(context, { ...users, as: 'credentials' }, next, () => [], insideUser),
}

export const sharedDrives: SnapshotStream<GoogleConfig> = {
  name: 'shared-drives',
  kind: 'snapshot',
  delayMs: { typical: sharedDrivesEveryMs / 2, worst: sharedDrivesEveryMs * 2 },
  everyMs: sharedDrivesEveryMs,
  covers: ['resources', 'grants'],
  scopes: scopesOfStream('drive', ...addressUses),
  requestsPerRun: 1_010,
  isOn: ({ sharedDrives: isOn }) => isOn,
  lists: () => ['shared-drives'],
  page: (context, _, next) =>
    walk(
      context,
      {
        as: 'drive',
        path: '/drive/v3/drives?useDomainAdminAccess=true&pageSize=100',
        key: 'drives',
        what: 'the list of shared drives',
      },
      next,
      (rows) => rowsOf('shared-drives', rows),
      insideDrive,
    ),
}
