import { z } from 'zod'

import { parseOwnJson, type Json, type JsonObject } from '#kit'
import {
  freshParts,
  keptRows,
  onceARun,
  readInsideOrBlind,
  readUnlessGone,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { streamScopes } from './auth.ts'
import { find, listAll, listAt, listPage, segment, textAt, withQuery } from './client.ts'
import { ownClients, type EntraConfig } from './config.ts'
import { rowSchemas, type RowKind } from './rows.ts'

export const directoryEveryMs = 30 * 60_000
const pageRows = '999'
const policiesPath = '/identity/conditionalAccess/policies'
/** Groups and apps come with what is inside them, one after the other; their ids travel in the cursor meanwhile. */
const parentRows = '100'

type Context = PullContext<EntraConfig>

const part = keptRows(rowSchemas)

type ListOf = (context: Context, next: string | null) => Promise<SnapshotRows>

/** `shape`: what Cordon knows of a row beside what Graph says. */
function plain(
  kind: RowKind,
  path: string,
  what: string,
  query: Record<string, string> = {},
  shape: (row: JsonObject, config: EntraConfig) => JsonObject = (row) => row,
): ListOf {
  return async (context, next) => {
    const listed = await listPage(context, next ?? withQuery(`/v1.0${path}`, query), what)
    return {
      rows: part(
        kind,
        listed.rows.map((row) => shape(row, context.config)),
      ),
      next: listed.next,
    }
  }
}

/** What is inside of groups and service principals: one of them may be kept from us. */
const inside = {
  groups: { of: 'groups/members', what: 'members of a group are', untold: [] },
  sps: { of: 'sps/app-roles', what: 'roles of an app are', untold: ['program-rights'] },
} as const

const userFields = `id,displayName,userPrincipalName,mail,accountEnabled,userType,createdDateTime,lastPasswordChangeDateTime,onPremisesSyncEnabled,externalUserState`
const spFields = `id,appId,displayName,accountEnabled,servicePrincipalType,appOwnerOrganizationId,verifiedPublisher,appRoleAssignmentRequired,passwordCredentials,keyCredentials,appRoles`

const lists: Record<string, { plan: 'free' | 'p1' | 'p2'; list: ListOf }> = {
  org: {
    plan: 'free',
    list: plain('org', '/organization', 'the tenant', {}, (row, { plan }) => ({ ...row, plan })),
  },
  users: {
    plan: 'free',
    // Last use is a field of its own price: Microsoft gives at most 500 rows with it, and none without P1.
    list: async (context, next) => {
      const isFree = context.config.plan === 'free'
      const query = isFree
        ? { $select: userFields, $top: pageRows }
        : { $select: `${userFields},signInActivity`, $top: '500' }
      const listed = await listPage(context, next ?? withQuery('/v1.0/users', query), 'the list of users')
      return { rows: part('users', listed.rows), next: listed.next }
    },
  },
  registrations: {
    plan: 'p1',
    list: plain(
      'registrations',
      '/reports/authenticationMethods/userRegistrationDetails',
      'the report of registered factors',
      { $top: pageRows },
    ),
  },
  groups: {
    plan: 'free',
    list: walked(
      'groups',
      withQuery('/v1.0/groups', { $top: parentRows }),
      'the list of groups',
      inside.groups,
      () => true,
      async (context, { id }) => {
        const path = withQuery(`/v1.0/groups/${segment(id)}/members`, { $select: 'id', $top: pageRows })
        return part('members', [{ group: id, members: await listAll(context, path, 'the members of a group') }])
      },
    ),
  },
  applications: {
    plan: 'free',
    list: async (context, next) => {
      const query = {
        $select:
          'id,appId,displayName,createdDateTime,signInAudience,publisherDomain,passwordCredentials,keyCredentials',
        $expand: 'owners($select=id)',
        $top: '100',
      }
      const listed = await listPage(context, next ?? withQuery('/v1.0/applications', query), 'the list of applications')
      const own = ownClients(context.config)
      const sps = await spsByClient(context)
      const rows = listed.rows.map((row) => {
        const appId = textAt(row, 'appId')
        return { ...row, sp: sps.get(appId) ?? null, isOwn: own.includes(appId) }
      })
      return { rows: part('applications', rows), next: listed.next }
    },
  },
  federations: {
    plan: 'free',
    // Of a directory object Graph expands one relation at a time: owners came with the list before.
    list: async (context, next) => {
      const query = { $select: 'id,appId,displayName', $expand: 'federatedIdentityCredentials', $top: '100' }
      const what = 'the federated credentials of applications'
      const listed = await listPage(context, next ?? withQuery('/v1.0/applications', query), what)
      const own = ownClients(context.config)
      const sps = await spsByClient(context)
      const rows = listed.rows.flatMap((app) => {
        const appId = textAt(app, 'appId')
        const of = {
          application: textAt(app, 'id'),
          appId,
          appName: textAt(app, 'displayName'),
          sp: sps.get(appId) ?? null,
        }
        return listAt(app, 'federatedIdentityCredentials').map((row) => ({ ...row, ...of, isOwn: own.includes(appId) }))
      })
      return { rows: part('federations', rows), next: listed.next }
    },
  },
  sps: {
    plan: 'free',
    list: walked(
      'sps',
      withQuery('/v1.0/servicePrincipals', { $select: spFields, $top: parentRows }),
      'the list of service principals',
      inside.sps,
      (row) => listAt(row, 'appRoles').length > 0,
      rolesGiven,
    ),
  },
  grants: {
    plan: 'free',
    list: async (context, next) => {
      const path = next ?? withQuery('/v1.0/oauth2PermissionGrants', { $top: pageRows })
      const listed = await listPage(context, path, 'the list of delegated permissions')
      const clients = listed.rows.length === 0 ? new Map<string, string>() : await clientsBySp(context)
      const rows = listed.rows.map((row) => ({
        ...row,
        clientAppId: clients.get(textAt(row, 'clientId')) ?? null,
        resourceAppId: clients.get(textAt(row, 'resourceId')) ?? null,
      }))
      return { rows: part('grants', rows), next: listed.next }
    },
  },
  'role-definitions': {
    plan: 'free',
    list: plain('role-definitions', '/roleManagement/directory/roleDefinitions', 'the list of roles', {}, (row) => ({
      ...row,
      actions: listAt(row, 'rolePermissions').flatMap((one) => textsAt(one, 'allowedResourceActions')),
    })),
  },
  'role-assignments': {
    plan: 'free',
    list: plain('role-assignments', '/roleManagement/directory/roleAssignments', 'the list of administrators', {
      $expand: 'principal',
    }),
  },
  eligible: {
    plan: 'p2',
    list: plain(
      'role-assignments',
      '/roleManagement/directory/roleEligibilityScheduleInstances',
      'the list of eligible administrators',
      { $expand: 'principal' },
      (row) => ({ ...row, isEligible: true }),
    ),
  },
  devices: { plan: 'free', list: plain('devices', '/devices', 'the list of devices', { $top: pageRows }) },
  policies: {
    plan: 'p1',
    list: plain('policies', policiesPath, 'the list of conditional access policies'),
  },
  'sign-in-default': {
    plan: 'p1',
    list: async (context) => {
      const policies = await listAll(context, `/v1.0${policiesPath}`, 'the list of conditional access policies')
      const isAnyEnabled = policies.some(({ state }) => state === 'enabled')
      return { rows: part('sign-in-default', [{ id: 'none', isAnyEnabled }]), next: null }
    },
  },
  locations: {
    plan: 'p1',
    list: plain('locations', '/identity/conditionalAccess/namedLocations', 'the list of named locations'),
  },
}
const ranks = { free: 0, p1: 1, p2: 2 } as const

const textsAt = (row: JsonObject, key: string): string[] => {
  const value = row[key]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

/** What a list has still to be asked about, and the page after it. `roles`: names of an API's roles by id. */
type Parent = { id: string; appId: string; roles: Record<string, string> }
type Walk = { queue: Parent[]; after: string | null }

/** A page of parents first, then what is inside each of them. */
function walked(
  kind: 'groups' | 'sps',
  path: string,
  what: string,
  within: (typeof inside)['groups' | 'sps'],
  isParent: (row: JsonObject) => boolean,
  read: (context: Context, parent: Parent) => Promise<Json[]>,
): ListOf {
  return async (context, next) => {
    const walk: Walk = next === null ? { queue: [], after: path } : parseOwnJson<Walk>(next)
    const [parent, ...queue] = walk.queue
    const left = (rest: Walk): string | null =>
      rest.queue.length === 0 && rest.after === null ? null : JSON.stringify(rest)
    if (parent !== undefined) {
      const at = `/v1.0/${kind === 'groups' ? kind : 'servicePrincipals'}/${segment(parent.id)}`
      const isThere = async () => (await find(context, z.json(), at, 'what a list named')) !== undefined
      const seen = freshParts()
      const rows = await readUnlessGone([], isThere, () =>
        readInsideOrBlind(seen, { ...within, thing: parent.id }, [], isThere, () => read(context, parent)),
      )
      return { rows, next: left({ queue, after: walk.after }), ...seen }
    }
    const listed = await listPage(context, walk.after ?? path, what)
    const own = ownClients(context.config)
    const rows = listed.rows.map((row) => ({ ...row, isOwn: own.includes(textAt(row, 'appId')) }))
    return {
      rows: part(kind, rows),
      next: left({ queue: listed.rows.filter(isParent).map(parentOf), after: listed.next }),
    }
  }
}

const parentOf = (row: JsonObject): Parent => ({
  id: textAt(row, 'id'),
  appId: textAt(row, 'appId'),
  roles: Object.fromEntries(listAt(row, 'appRoles').map((role) => [textAt(role, 'id'), textAt(role, 'value')])),
})

/** Everybody who was given a role of one API: apps with application permissions, users and groups. */
async function rolesGiven(context: Context, { id, appId, roles }: Parent): Promise<Json[]> {
  const path = withQuery(`/v1.0/servicePrincipals/${segment(id)}/appRoleAssignedTo`, { $top: pageRows })
  const given = await listAll(context, path, 'the roles of an app')
  return part(
    'app-roles',
    given.map((row) => ({ ...row, resourceAppId: appId, value: roles[textAt(row, 'appRoleId')] ?? null })),
  )
}

/** Grants name service principals, and people know apps by their client id. */
const clientsBySp = onceARun(async (context: Context): Promise<Map<string, string>> => {
  const path = withQuery('/v1.0/servicePrincipals', { $select: 'id,appId', $top: pageRows })
  const rows = await listAll(context, path, 'the list of service principals')
  return new Map(rows.map((row) => [textAt(row, 'id'), textAt(row, 'appId')]))
})

const spsByClient = async (context: Context): Promise<Map<string, string>> =>
  new Map([...(await clientsBySp(context))].map(([sp, client]) => [client, sp]))

const told = ['keys', 'grants', 'administrators', 'factors', 'app-owners', 'publishers', 'program-rights'] as const
/** Lists that whom rules of sign-in are about does not hang on. A place that is not read is one of which nobody can say anything. */
const besideRules = [
  'org',
  'registrations',
  'applications',
  'federations',
  'sps',
  'grants',
  'role-definitions',
  'devices',
  'locations',
] as const

export const directory: SnapshotStream<EntraConfig> = {
  name: 'directory',
  kind: 'snapshot',
  delayMs: { typical: directoryEveryMs / 2, worst: directoryEveryMs * 2 },
  everyMs: directoryEveryMs,
  tells: [...told, 'sign-in-rules'],
  covers: ['identities', 'grants', 'resources', 'admin'],
  scopes: streamScopes.directory,
  untold: Object.fromEntries(besideRules.map((list) => [list, told])),
  requestsPerRun: 60,
  lists: ({ plan }) => Object.keys(lists).filter((name) => ranks[lists[name]?.plan ?? 'free'] <= ranks[plan]),
  async page(context, list, next) {
    return (await lists[list]?.list(context, next)) ?? { rows: [], next: null }
  },
}
