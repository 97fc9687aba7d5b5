import { isObject } from '#kit'
import {
  nothingNormalized,
  ocsfEvent,
  type EdgeStatement,
  type EntityFact,
  type EntityId,
  type Normalized,
} from '#model'
import type { NormalizeInput } from '#sources/contract'

import { graphAppId } from './client.ts'
import {
  nameApi,
  nameApp,
  nameAppRole,
  nameCertificate,
  nameDevice,
  nameGrant,
  nameLocation,
  namePassword,
  namePolicy,
  namePrincipal,
  nameRegistration,
  nameRole,
  nameRoleAssignment,
  nameSecret,
  nameTenant,
  nameUser,
  principalKind,
  type Holder,
} from './names.ts'
import { areas, evaluateAppRole, evaluateRole, evaluateScopes, type Evaluated } from './rights.ts'
import { rowSchemas, type KeyRow, type RowKind, type Rows } from './rows.ts'
import { fact, merge, open, product, timeMs } from './statements.ts'

type At = { authority: string; atMs: number }
type Stated = Partial<Normalized>

const states: { [Kind in RowKind]: (row: Rows[Kind], at: At) => Stated } = {
  org: stateOrg,
  users: stateUser,
  registrations: stateRegistration,
  groups: stateGroup,
  members: stateMembers,
  applications: stateApplication,
  sps: stateServicePrincipal,
  'app-roles': stateAppRole,
  grants: stateGrant,
  'role-definitions': stateRoleDefinition,
  'role-assignments': stateRoleAssignment,
  devices: stateDevice,
  policies: statePolicy,
  locations: stateLocation,
}

/** Records of the snapshot stream → entities, edges, facts. */
export function normalizeInventory({ raw, authority, stream }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const { snapshot, rows } = isObject(raw) ? raw : {}
  if (!isObject(snapshot) || !isObject(rows)) return { ...out, unmapped: stream }
  const { id, part, complete, takenAtMs } = snapshot
  if (typeof id !== 'string' || typeof part !== 'number' || typeof takenAtMs !== 'number') {
    return { ...out, unmapped: stream }
  }
  out.snapshot = { id, part, complete: complete === true, takenAtMs }
  out.ocsf.push(ocsfEvent('cloud_resources_inventory_info', 'collect', takenAtMs, product, { idp: { uid: authority } }))
  const list: unknown[] = Array.isArray(rows['rows']) ? rows['rows'] : []
  for (const row of list) {
    const kind = isObject(row) ? row['of'] : undefined
    if (!isRowKind(kind)) out.unmapped = stream
    else if (!stateRow(kind, row, { authority, atMs: takenAtMs }, out)) out.unmapped = kind
  }
  return out
}

const isRowKind = (kind: unknown): kind is RowKind => typeof kind === 'string' && Object.hasOwn(rowSchemas, kind)

function stateRow<Kind extends RowKind>(kind: Kind, row: unknown, at: At, out: Normalized): boolean {
  const result = rowSchemas[kind].safeParse(row)
  if (!result.success) return false
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parsed by the very schema the type is made of
  merge(out, states[kind](result.data as Rows[Kind], at))
  return true
}

/** The tenant holds what Graph opens, area by area. */
function stateOrg(row: Rows['org'], { authority, atMs }: At): Stated {
  const tenant = nameTenant(authority)
  const graph = nameApi(authority, graphAppId)
  return {
    facts: [fact(tenant, atMs, { name: row.displayName ?? 'Microsoft Entra tenant', plan: row.plan })],
    edges: [
      open(tenant, 'CONTAINS', graph, 0),
      ...areas.map((area) => open(graph, 'CONTAINS', nameApi(authority, graphAppId, area), 0)),
    ],
  }
}

function stateUser(user: Rows['users'], { authority, atMs }: At): Stated {
  const identity = nameUser(authority, user.id)
  const password = namePassword(authority, user.id)
  const createdAtMs = timeMs(user.createdDateTime)
  const isGuest = user.userType === 'Guest'
  const enabled = user.accountEnabled !== false
  const { lastSignInDateTime, lastNonInteractiveSignInDateTime } = user.signInActivity ?? {}
  const used = [timeMs(lastSignInDateTime), timeMs(lastNonInteractiveSignInDateTime)].filter((ms) => ms !== undefined)
  return {
    facts: [
      fact(identity, atMs, {
        kind: 'human',
        name: user.displayName,
        login: user.userPrincipalName,
        email: user.mail,
        enabled,
        status: enabled ? 'enabled' : 'disabled',
        external: isGuest,
        userType: user.userType,
        invitation: user.externalUserState,
        synced: user.onPremisesSyncEnabled,
        createdAtMs,
        lastUsedAtMs: used.length === 0 ? undefined : Math.max(...used),
        passwordChangedAtMs: timeMs(user.lastPasswordChangeDateTime),
      }),
      // A guest signs in at home: there is no password here.
      ...(isGuest
        ? []
        : [
            fact(password, atMs, {
              kind: 'password',
              name: `password of ${user.userPrincipalName ?? user.id}`,
              owner: identity,
              createdAtMs: timeMs(user.lastPasswordChangeDateTime) ?? createdAtMs,
            }),
          ]),
    ],
    edges: isGuest || !enabled ? [] : [open(password, 'AUTHENTICATES_AS', identity, createdAtMs ?? 0)],
  }
}

function stateRegistration(row: Rows['registrations'], { authority, atMs }: At): Stated {
  return {
    facts: [
      fact(nameUser(authority, row.id), atMs, {
        mfa: row.isMfaRegistered,
        factors: row.methodsRegistered?.toSorted().join(' '),
        admin: row.isAdmin,
      }),
    ],
  }
}

function stateGroup(group: Rows['groups'], { authority, atMs }: At): Stated {
  return {
    facts: [
      fact(namePrincipal(authority, 'group', group.id), atMs, {
        kind: 'group',
        name: group.displayName,
        groupType: group.groupTypes?.includes('Unified') === true ? 'microsoft365' : 'security',
        dynamic: group.groupTypes?.includes('DynamicMembership'),
        holdsRoles: group.isAssignableToRole === true ? true : undefined,
        synced: group.onPremisesSyncEnabled,
        public: group.visibility === 'Public' ? true : undefined,
        createdAtMs: timeMs(group.createdDateTime),
      }),
    ],
  }
}

/** When somebody joined the list does not say: it holds from the beginning, until the log has told better. */
function stateMembers({ group, members }: Rows['members'], { authority }: At): Stated {
  const to = namePrincipal(authority, 'group', group)
  return {
    edges: members.flatMap(({ id, '@odata.type': type }) => {
      const kind = principalKind(type)
      return kind === undefined ? [] : [open(namePrincipal(authority, kind, id), 'MEMBER_OF', to, 0)]
    }),
  }
}

/** An owner may add a secret to the application and be it: an explicit act, which the log tells. */
function stateApplication(app: Rows['applications'], { authority, atMs }: At): Stated {
  const registration = nameRegistration(authority, app.appId)
  const entity = nameApp(authority, app.appId)
  const isSp = app.sp !== null && app.sp !== undefined
  const actsAs = isSp ? namePrincipal(authority, 'sp', app.sp ?? '') : registration
  const owners = (app.owners ?? []).flatMap(({ id, '@odata.type': type }) => {
    const kind = principalKind(type)
    return kind === undefined ? [] : [namePrincipal(authority, kind, id)]
  })
  const own = app.isOwn ? { own: true } : {}
  const createdAtMs = timeMs(app.createdDateTime)
  const keys = keysOf({ authority, atMs }, 'application', app.id, app, actsAs, { client: app.appId, ...own })
  return {
    facts: [
      fact(registration, atMs, { kind: 'app', name: app.displayName, createdAtMs, ...own }),
      fact(entity, atMs, {
        name: app.displayName,
        createdAtMs,
        registration: app.id,
        multiTenant: /Multiple|Personal/.test(app.signInAudience ?? ''),
        domain: app.publisherDomain,
        owner: owners[0],
        ...own,
      }),
      ...keys.facts,
    ],
    edges: [
      ...(isSp ? [open(registration, 'ASSUMES', actsAs, 0)] : []),
      ...owners.flatMap((owner) => [
        open(owner, 'ASSUMES', registration, 0, { note: 'may add a secret, as an owner' }),
        open(registration, 'OWNED_BY', owner, 0),
      ]),
      ...keys.edges,
    ],
  }
}

type Keys = { passwordCredentials?: KeyRow[] | null | undefined; keyCredentials?: KeyRow[] | null | undefined }

function keysOf(
  { authority, atMs }: At,
  holder: Holder,
  object: string,
  { passwordCredentials, keyCredentials }: Keys,
  actsAs: EntityId,
  more: EntityFact['attributes'],
): { facts: EntityFact[]; edges: EdgeStatement[] } {
  const out: { facts: EntityFact[]; edges: EdgeStatement[] } = { facts: [], edges: [] }
  const state = (entity: EntityId, kind: 'key' | 'certificate', key: KeyRow): void => {
    const what = kind === 'key' ? 'client secret' : 'certificate'
    out.facts.push(
      fact(entity, atMs, {
        kind,
        name: `${what} ${key.displayName ?? key.keyId}`,
        owner: actsAs,
        hint: key.hint,
        createdAtMs: timeMs(key.startDateTime),
        expiresAtMs: timeMs(key.endDateTime),
        ...more,
      }),
    )
    out.edges.push(open(entity, 'AUTHENTICATES_AS', actsAs, timeMs(key.startDateTime) ?? 0))
  }
  for (const key of passwordCredentials ?? []) state(nameSecret(authority, holder, object, key.keyId), 'key', key)
  for (const key of keyCredentials ?? []) {
    state(nameCertificate(authority, holder, object, key.keyId), 'certificate', key)
  }
  return out
}

/** An app as this tenant knows it; one that another organisation registered is a third party's. */
function stateServicePrincipal(sp: Rows['sps'], { authority, atMs }: At): Stated {
  const identity = namePrincipal(authority, 'sp', sp.id)
  const isThirdParty = sp.appOwnerOrganizationId !== authority && sp.servicePrincipalType === 'Application'
  const own = sp.isOwn ? { own: true } : {}
  const shared = {
    name: sp.displayName,
    enabled: sp.accountEnabled !== false,
    external: isThirdParty,
    vendorTenant: isThirdParty ? sp.appOwnerOrganizationId : undefined,
    microsoft: microsoftTenants.has(sp.appOwnerOrganizationId ?? '') ? true : undefined,
    verified: (sp.verifiedPublisher?.displayName ?? null) !== null,
    publisher: sp.verifiedPublisher?.displayName,
    createdAtMs: timeMs(sp.createdDateTime),
    ...own,
  }
  const keys = keysOf({ authority, atMs }, 'sp', sp.id, sp, identity, { client: sp.appId, ...own })
  return {
    facts: [
      fact(identity, atMs, {
        kind: sp.servicePrincipalType === 'ManagedIdentity' ? 'service' : 'app',
        client: sp.appId,
        spType: sp.servicePrincipalType,
        ...shared,
      }),
      fact(nameApp(authority, sp.appId), atMs, { ...shared, servicePrincipal: sp.id }),
      ...keys.facts,
    ],
    edges: [open(nameApp(authority, sp.appId), 'ACTS_AS', identity, 0), ...keys.edges],
  }
}
/** Tenants that Microsoft's own apps are registered in. */
const microsoftTenants = new Set(['f8cdef31-a31e-4b4a-93e4-5f571e91255a', '72f988bf-86f1-41af-91ab-2d7cd011db47'])

const rightEdges = (
  at: At,
  from: EntityId,
  { rights, conditional }: Evaluated,
  apiAppId: string,
  fromMs: number,
): EdgeStatement[] =>
  rights.flatMap(({ type, area, note }) => {
    const to = area === null ? nameTenant(at.authority) : nameApi(at.authority, apiAppId, area)
    const inside = area === null ? [] : [open(nameApi(at.authority, apiAppId), 'CONTAINS', to, 0)]
    return [open(from, type, to, fromMs, { note, conditional }), ...inside]
  })

/** A role of an API, given to an app, a user or a group. Given to an app it is an application permission. */
function stateAppRole(row: Rows['app-roles'], at: At): Stated {
  const { authority, atMs } = at
  const kind = principalKind(row.principalType)
  const api = row.resourceAppId
  if (kind === undefined || api === null || api === undefined) return {}
  const holder = namePrincipal(authority, kind, row.principalId)
  const fromMs = timeMs(row.createdDateTime) ?? 0
  const entity = nameAppRole(authority, row.principalId, row.resourceId, row.appRoleId)
  const name = row.value ?? 'default access'
  const told = fact(entity, atMs, {
    name: `${name} of ${row.principalDisplayName ?? row.principalId}`,
    owner: holder,
    scopes: name,
    createdAtMs: timeMs(row.createdDateTime),
  })
  if (kind !== 'sp') {
    // What a role means in an app the app alone knows: that they may use it is what stands here.
    const edge = open(holder, 'CAN_READ', nameApi(authority, api), fromMs, { note: name, conditional: true })
    return { facts: [told], edges: [edge] }
  }
  const evaluated = api === graphAppId ? evaluateAppRole(name) : { ...evaluateAppRole(name), conditional: false }
  return { facts: [told], edges: rightEdges(at, holder, evaluated, api, fromMs) }
}

function stateGrant(grant: Rows['grants'], at: At): Stated {
  const { authority, atMs } = at
  const isAll = grant.consentType === 'AllPrincipals'
  const user = grant.principalId ?? ''
  if (!isAll && user === '') return {}
  const entity = nameGrant(authority, grant.clientId, isAll ? 'all' : user, grant.resourceId)
  const client = namePrincipal(authority, 'sp', grant.clientId)
  const holder = isAll ? client : nameUser(authority, user)
  const scope = (grant.scope ?? '').trim()
  const api = grant.resourceAppId ?? grant.resourceId
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'grant',
        name: `${scope} for ${grant.clientAppId ?? grant.clientId}`,
        scopes: scope,
        client: grant.clientAppId,
        owner: holder,
        consentedBy: isAll ? 'administrator' : 'user',
      }),
    ],
    edges: [
      open(entity, 'AUTHENTICATES_AS', holder, 0),
      ...(isAll || grant.clientAppId === null || grant.clientAppId === undefined
        ? []
        : [open(nameApp(authority, grant.clientAppId), 'ACTS_AS', holder, 0)]),
      ...rightEdges(at, entity, evaluateScopes(scope), api, 0),
    ],
  }
}

function stateRoleDefinition(row: Rows['role-definitions'], at: At): Stated {
  const template = row.templateId ?? row.id
  const entity = nameRole(at.authority, row.id)
  return {
    facts: [
      fact(entity, at.atMs, {
        kind: 'role',
        name: row.displayName,
        admin: true,
        builtIn: row.isBuiltIn,
        enabled: row.isEnabled,
      }),
    ],
    edges: rightEdges(at, entity, evaluateRole(template, row.actions), graphAppId, 0),
  }
}

/** Limited to an administrative unit or one object, or eligible until activated: an upper bound. */
function stateRoleAssignment(row: Rows['role-assignments'], { authority, atMs }: At): Stated {
  const kind = principalKind(row.principal?.['@odata.type'])
  if (kind === undefined) return {}
  const holder = namePrincipal(authority, kind, row.principalId)
  const isLimited = row.directoryScopeId !== '/' && row.directoryScopeId !== null && row.directoryScopeId !== undefined
  const note = row.isEligible
    ? 'eligible: has to activate it'
    : isLimited
      ? 'limited to a part of the tenant'
      : undefined
  const edge = open(holder, 'MEMBER_OF', nameRole(authority, row.roleDefinitionId), timeMs(row.startDateTime) ?? 0, {
    conditional: row.isEligible || isLimited,
    ...(note === undefined ? {} : { note }),
  })
  if (row.isEligible) return { facts: [fact(holder, atMs, { eligibleAdmin: true })], edges: [edge] }
  const assignment = nameRoleAssignment(authority, row.principalId, row.roleDefinitionId)
  return {
    facts: [fact(holder, atMs, { admin: true }), fact(assignment, atMs, { owner: holder })],
    edges: [edge],
  }
}

function stateDevice(device: Rows['devices'], { authority, atMs }: At): Stated {
  return {
    facts: [
      fact(nameDevice(authority, device.id), atMs, {
        name: device.displayName,
        enabled: device.accountEnabled !== false,
        system: device.operatingSystem,
        trust: device.trustType,
        compliant: device.isCompliant,
        managed: device.isManaged,
        createdAtMs: timeMs(device.registrationDateTime),
        lastUsedAtMs: timeMs(device.approximateLastSignInDateTime),
      }),
    ],
    edges: [open(nameApi(authority, graphAppId, 'Device'), 'CONTAINS', nameDevice(authority, device.id), 0)],
  }
}

function statePolicy(policy: Rows['policies'], { authority, atMs }: At): Stated {
  const entity = namePolicy(authority, policy.id)
  return {
    facts: [
      fact(entity, atMs, {
        name: policy.displayName,
        status: policy.state,
        enabled: policy.state === 'enabled',
        createdAtMs: timeMs(policy.createdDateTime),
        changedAtMs: timeMs(policy.modifiedDateTime),
      }),
    ],
    edges: [open(nameApi(authority, graphAppId, 'Policy'), 'CONTAINS', entity, 0)],
  }
}

function stateLocation(location: Rows['locations'], { authority, atMs }: At): Stated {
  const entity = nameLocation(authority, location.id)
  return {
    facts: [fact(entity, atMs, { name: location.displayName, trusted: location.isTrusted })],
    edges: [open(nameApi(authority, graphAppId, 'Policy'), 'CONTAINS', entity, 0)],
  }
}
