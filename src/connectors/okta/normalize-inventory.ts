import { ocsfEvent, type Stated } from '#model'
import { snapshotNormalizer, type TakenAt } from '#sources/contract'

import {
  nameApi,
  nameApiToken,
  nameEveryone,
  nameFactor,
  nameIdentity,
  nameIdp,
  nameOrg,
  namePassword,
  nameRole,
  nameRoleAssignment,
} from './names.ts'
import { stateApp, stateAssignments, stateGrant, stateKey, stateSecret, stateToken } from './normalize-apps.ts'
import { stateAuthRule, stateAuthServer } from './normalize-authorization.ts'
import { statePolicy, statePolicyApp, statePolicyRule, stateZone } from './normalize-policies.ts'
import { apis, evaluateRole } from './rights.ts'
import { roleKey, rowSchemas, type Rows } from './rows.ts'
import { fact, open, product, timeMs } from './statements.ts'

/** Records of the snapshot streams → entities, edges, facts. */
export const normalizeInventory = snapshotNormalizer({
  shapes: rowSchemas,
  states: {
    org: stateOrg,
    users: stateUser,
    groups: stateGroup,
    members: stateMembers,
    apps: stateApp,
    assignments: stateAssignments,
    secrets: stateSecret,
    keys: stateKey,
    grants: stateGrant,
    tokens: stateToken,
    'api-tokens': stateApiToken,
    roles: stateRole,
    idps: stateIdp,
    zones: stateZone,
    factors: stateFactor,
    enrolments: stateEnrolment,
    'auth-servers': stateAuthServer,
    'auth-rules': stateAuthRule,
    policies: statePolicy,
    'policy-rules': statePolicyRule,
    'policy-apps': statePolicyApp,
  },
  event: ({ authority, atMs }) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }),
})

function stateOrg(row: Rows['org'], { authority, atMs }: TakenAt): Stated {
  const org = nameOrg(authority)
  return {
    facts: [fact(org, atMs, { kind: 'org', name: `Okta org ${row.id}`, engine: row.pipeline })],
    edges: apis.map((api) => open(org, 'CONTAINS', nameApi(authority, api), 0)),
  }
}

function stateUser(user: Rows['users'], { authority, atMs }: TakenAt): Stated {
  const identity = nameIdentity(authority, user.id)
  const password = namePassword(authority, user.id)
  const createdAtMs = timeMs(user.created)
  const { type: provider } = user.credentials?.provider ?? {}
  const enabled = user.status !== 'DEPROVISIONED' && user.status !== 'SUSPENDED' && user.status !== 'STAGED'
  const names = [user.profile?.firstName, user.profile?.lastName].filter(Boolean).join(' ')
  const isFederated = provider === 'FEDERATION' || provider === 'SOCIAL'
  return {
    facts: [
      fact(identity, atMs, {
        kind: 'human',
        name: names === '' ? user.profile?.login : names,
        email: user.profile?.email,
        login: user.profile?.login,
        status: user.status,
        enabled,
        external: /contract|vendor|external|partner|guest/i.test(user.profile?.userType ?? ''),
        userType: user.profile?.userType,
        // It spares nobody: whoever administers Okta could write it. What Cordon spares a person names in Cordon.
        forEmergencies: /break[\s_-]?glass|emergency/i.test(user.profile?.userType ?? '') ? true : undefined,
        employeeNumber: user.profile?.employeeNumber,
        provider,
        createdAtMs,
        lastUsedAtMs: timeMs(user.lastLogin),
        passwordChangedAtMs: timeMs(user.passwordChanged),
        logoutByRisk: user.isLoggedOutByRisk ? true : undefined,
      }),
      ...(isFederated
        ? []
        : [
            fact(password, atMs, {
              kind: 'password',
              name: `password of ${user.profile?.login ?? user.id}`,
              owner: identity,
              createdAtMs: timeMs(user.passwordChanged) ?? createdAtMs,
              expirable: user.isPasswordExpirable ? true : undefined,
            }),
          ]),
    ],
    edges: isFederated || !enabled ? [] : [open(password, 'AUTHENTICATES_AS', identity, createdAtMs ?? 0)],
  }
}

function stateGroup(group: Rows['groups'], { authority, atMs }: TakenAt): Stated {
  return {
    facts: [
      fact(nameIdentity(authority, group.id), atMs, {
        kind: 'group',
        name: group.profile?.name,
        groupType: group.type,
        everyone: group.type === 'BUILT_IN' ? true : undefined,
        createdAtMs: timeMs(group.created),
      }),
    ],
    // Okta keeps one group that all users are in.
    edges:
      group.type === 'BUILT_IN'
        ? [open(nameIdentity(authority, group.id), 'MEMBER_OF', nameEveryone(authority), 0)]
        : [],
  }
}

/** When somebody joined the list does not say: it holds from the beginning, until the log has told better. */
function stateMembers({ group, users }: Rows['members'], { authority }: TakenAt): Stated {
  return {
    edges: users.map((user) => open(nameIdentity(authority, user), 'MEMBER_OF', nameIdentity(authority, group), 0)),
  }
}

function stateApiToken(token: Rows['api-tokens'], { authority, atMs }: TakenAt): Stated {
  const entity = nameApiToken(authority, token.id)
  const user = nameIdentity(authority, token.userId)
  const fromMs = timeMs(token.created) ?? 0
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'key',
        name: token.name,
        owner: user,
        client: token.clientName,
        createdAtMs: timeMs(token.created),
        expiresAtMs: timeMs(token.expiresAt),
        // Okta moves the end of an API token with each use, and notes the move.
        lastUsedAtMs: timeMs(token.lastUpdated),
        tellsUse: true,
        network: token.network?.connection,
        // Of zones it is not read what they hold.
        fromAnywhere: token.network?.connection === 'ANYWHERE' ? true : undefined,
      }),
    ],
    edges: [
      open(entity, 'AUTHENTICATES_AS', user, fromMs),
      open(entity, 'OWNED_BY', user, fromMs),
      open(user, 'CREATED', entity, fromMs),
    ],
  }
}

function stateRole(role: Rows['roles'], { authority, atMs }: TakenAt): Stated {
  if (role.status === 'INACTIVE') return {}
  // Of a user's list only what was given to the user: a group's roles are stated with the group.
  if (role.assignee.startsWith('00u') && role.assignmentType === 'GROUP') return {}
  const holder = nameIdentity(authority, role.assignee)
  const native = role.type === 'CUSTOM' ? `CUSTOM/${role.role ?? ''}/${role['resource-set'] ?? ''}` : role.type
  const entity = nameRole(authority, native)
  const { rights, conditional } = evaluateRole(role)
  const fromMs = timeMs(role.created) ?? 0
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'role',
        name: role.label ?? role.type,
        admin: true,
        fixed: role.type === 'CUSTOM' ? undefined : true,
      }),
      fact(holder, atMs, { admin: true }),
      fact(nameRoleAssignment(authority, role.assignee, roleKey(role.label ?? role.type)), atMs, {
        name: `${role.label ?? role.type} of ${role.assignee}`,
        owner: holder,
        createdAtMs: timeMs(role.created),
      }),
    ],
    edges: [
      open(holder, 'MEMBER_OF', entity, fromMs, { note: role.label ?? role.type, conditional }),
      ...rights.map(({ type, api, note }) =>
        open(entity, type, api === 'org' ? nameOrg(authority) : nameApi(authority, api), 0, { note }),
      ),
    ],
  }
}

function stateIdp(idp: Rows['idps'], { authority, atMs }: TakenAt): Stated {
  const entity = nameIdp(authority, idp.id)
  return {
    facts: [
      fact(entity, atMs, {
        name: idp.name,
        idpType: idp.type,
        status: idp.status,
        enabled: idp.status === 'ACTIVE',
        createdAtMs: timeMs(idp.created),
      }),
    ],
    edges: [open(nameApi(authority, 'okta.idps'), 'CONTAINS', entity, 0)],
  }
}

/** Bound to the site it was enrolled at, so that no page in between can use it: a security key, a passkey, FastPass. */
const isStrong = (type: string): boolean => type === 'webauthn' || type === 'u2f' || type === 'signed_nonce'

/** A question is a second password, and no factor. Whether one that is enrolled is asked for, policies of sign-on say. */
function stateEnrolment({ user, types }: Rows['enrolments'], { authority, atMs }: TakenAt): Stated {
  const mfa = types.some((type) => type !== 'question')
  return {
    facts: [
      fact(nameIdentity(authority, user), atMs, { mfa, factorByRules: true, strongFactor: types.some(isStrong) }),
    ],
  }
}

/** A factor alone signs nobody in: it counts as exposed only where the attacker enrolled it. */
function stateFactor(factor: Rows['factors'], { authority, atMs }: TakenAt): Stated {
  const entity = nameFactor(authority, factor.user, factor.id)
  const user = nameIdentity(authority, factor.user)
  const isActive = factor.status === 'ACTIVE'
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'key',
        name: `${factor.factorType} of ${factor.provider ?? 'Okta'}`,
        factorType: factor.factorType,
        strongFactor: isStrong(factor.factorType),
        owner: user,
        status: factor.status,
        enabled: isActive,
        createdAtMs: timeMs(factor.created),
      }),
    ],
    edges: [
      open(entity, 'OWNED_BY', user, timeMs(factor.created) ?? 0),
      ...(factor.created === null || factor.created === undefined
        ? []
        : [open(user, 'CREATED', entity, timeMs(factor.created) ?? 0)]),
    ],
  }
}
