import { ocsfEvent, type Stated } from '#model'
import { snapshotNormalizer, type TakenAt } from '#sources/contract'

import { graphAppId } from './client.ts'
import {
  nameApi,
  nameDevice,
  namePassword,
  namePrincipal,
  nameRole,
  nameRoleAssignment,
  nameTenant,
  nameUser,
  principalKind,
} from './names.ts'
import {
  rightEdges,
  stateApplication,
  stateAppRole,
  stateFederation,
  stateGrant,
  stateServicePrincipal,
} from './normalize-apps.ts'
import { stateDefault, stateLocation, statePolicy } from './normalize-policies.ts'
import { areas, evaluateRole } from './rights.ts'
import { rowSchemas, type Rows } from './rows.ts'
import { fact, open, product, timeMs } from './statements.ts'

/** Records of the snapshot stream → entities, edges, facts. */
export const normalizeInventory = snapshotNormalizer({
  shapes: rowSchemas,
  states: {
    org: stateOrg,
    users: stateUser,
    registrations: stateRegistration,
    groups: stateGroup,
    members: stateMembers,
    applications: stateApplication,
    federations: stateFederation,
    sps: stateServicePrincipal,
    'app-roles': stateAppRole,
    grants: stateGrant,
    'role-definitions': stateRoleDefinition,
    'role-assignments': stateRoleAssignment,
    devices: stateDevice,
    policies: statePolicy,
    'sign-in-default': stateDefault,
    locations: stateLocation,
  },
  event: ({ authority, atMs }) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }),
})

/** The tenant holds what Graph opens, area by area. */
function stateOrg(row: Rows['org'], { authority, atMs }: TakenAt): Stated {
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

function stateUser(user: Rows['users'], { authority, atMs }: TakenAt): Stated {
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
              synced: user.onPremisesSyncEnabled,
              createdAtMs: timeMs(user.lastPasswordChangeDateTime) ?? createdAtMs,
            }),
          ]),
    ],
    edges: isGuest || !enabled ? [] : [open(password, 'AUTHENTICATES_AS', identity, createdAtMs ?? 0)],
  }
}

/** Bound to the site they were enrolled at: no page in between can use them. */
const strongMethods: ReadonlySet<string> = new Set([
  'fido2',
  'fido2SecurityKey',
  'passKeyDeviceBound',
  'passKeyDeviceBoundAuthenticator',
  'passKeyDeviceBoundWindowsHello',
  'windowsHelloForBusiness',
  'macOsSecureEnclaveKey',
  'certificate',
])

function stateRegistration(row: Rows['registrations'], { authority, atMs }: TakenAt): Stated {
  return {
    facts: [
      fact(nameUser(authority, row.id), atMs, {
        mfa: row.isMfaRegistered,
        factors: row.methodsRegistered?.toSorted().join(' '),
        strongFactor: row.methodsRegistered?.some((method) => strongMethods.has(method)),
        admin: row.isAdmin,
      }),
    ],
  }
}

function stateGroup(group: Rows['groups'], { authority, atMs }: TakenAt): Stated {
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
function stateMembers({ group, members }: Rows['members'], { authority }: TakenAt): Stated {
  const to = namePrincipal(authority, 'group', group)
  return {
    edges: members.flatMap(({ id, '@odata.type': type }) => {
      const kind = principalKind(type)
      return kind === undefined ? [] : [open(namePrincipal(authority, kind, id), 'MEMBER_OF', to, 0)]
    }),
  }
}

function stateRoleDefinition(row: Rows['role-definitions'], at: TakenAt): Stated {
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
function stateRoleAssignment(row: Rows['role-assignments'], { authority, atMs }: TakenAt): Stated {
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

function stateDevice(device: Rows['devices'], { authority, atMs }: TakenAt): Stated {
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
