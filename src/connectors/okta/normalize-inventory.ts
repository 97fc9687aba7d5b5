import type { z } from 'zod'

import { ocsfEvent, type EntityId, type Stated } from '#model'
import { snapshotNormalizer, type TakenAt } from '#sources/contract'

import {
  nameApi,
  nameApiToken,
  nameApp,
  nameAppGrant,
  nameAppSettings,
  nameClientKey,
  nameClientSecret,
  nameFactor,
  nameFingerprint,
  nameGrant,
  nameIdentity,
  nameIdp,
  nameOrg,
  namePassword,
  nameRefreshToken,
  nameRole,
  nameRoleAssignment,
  nameSignIn,
  nameZone,
} from './names.ts'
import { apiOfIssuer, apis, evaluateRole, rightOf, type Right } from './rights.ts'
import { roleKey, rowSchemas, type RowKind } from './rows.ts'
import { fact, open, product, timeMs } from './statements.ts'

type Rows = { [Kind in RowKind]: z.infer<(typeof rowSchemas)[Kind]> }

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
  },
  event: ({ authority, atMs }) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }),
})

function stateOrg(row: Rows['org'], { authority, atMs }: TakenAt): Stated {
  const org = nameOrg(authority)
  return {
    facts: [fact(org, atMs, { name: `Okta org ${row.id}`, engine: row.pipeline })],
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
        createdAtMs: timeMs(group.created),
      }),
    ],
  }
}

/** When somebody joined the list does not say: it holds from the beginning, until the log has told better. */
function stateMembers({ group, users }: Rows['members'], { authority }: TakenAt): Stated {
  return {
    edges: users.map((user) => open(nameIdentity(authority, user), 'MEMBER_OF', nameIdentity(authority, group), 0)),
  }
}

function stateApp(app: Rows['apps'], { authority, atMs }: TakenAt): Stated {
  const entity = nameApp(authority, app.id)
  const identity = nameIdentity(authority, app.id)
  const settings = nameAppSettings(authority, app.id)
  const client = app.credentials?.oauthClient?.client_id
  const isService = app.settings?.oauthClient?.grant_types?.includes('client_credentials') === true
  const own = app.isOwn ? { own: true } : {}
  const shared = {
    name: app.label ?? app.name,
    enabled: app.status === 'ACTIVE',
    createdAtMs: timeMs(app.created),
    ...own,
  }
  return {
    facts: [
      fact(entity, atMs, {
        ...shared,
        status: app.status,
        signOn: app.signOnMode,
        catalogName: app.name,
        clientId: client,
        universalLogout: app.universalLogout?.status,
        universalLogoutSupport: app.universalLogout?.supportType,
      }),
      ...(isService ? [fact(identity, atMs, { kind: 'app', ...shared })] : []),
      fact(nameSignIn(authority, app.id), atMs, { name: `sign in to ${app.label ?? app.id}` }),
      fact(settings, atMs, { name: `settings of ${app.label ?? app.id}` }),
    ],
    edges: [
      open(nameApi(authority, 'okta.apps'), 'CONTAINS', settings, 0),
      ...(isService ? [open(entity, 'ACTS_AS', identity, 0)] : []),
    ],
  }
}

function stateAssignments({ app, users, groups }: Rows['assignments'], { authority }: TakenAt): Stated {
  const to = nameSignIn(authority, app)
  return {
    edges: [
      ...users.map(({ id, created }) =>
        open(nameIdentity(authority, id), 'CAN_READ', to, timeMs(created) ?? 0, { note: 'sign in' }),
      ),
      ...groups.map((id) => open(nameIdentity(authority, id), 'CAN_READ', to, 0, { note: 'sign in' })),
    ],
  }
}

/** Who may read an app's settings reads its secrets: Okta shows them. */
function stateSecret(secret: Rows['secrets'], { authority, atMs }: TakenAt): Stated {
  const entity = nameClientSecret(authority, secret.app, secret.id)
  const fromMs = timeMs(secret.created) ?? 0
  const fingerprint = nameFingerprint(secret.secretSha256 ?? '')
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'key',
        name: `client secret of ${secret.app}`,
        owner: nameIdentity(authority, secret.app),
        client: secret.app,
        createdAtMs: timeMs(secret.created),
        enabled: secret.status === 'ACTIVE',
        siblings: secret.siblings,
        ...(secret.isOwn ? { own: true } : {}),
      }),
    ],
    edges: [
      open(nameAppSettings(authority, secret.app), 'STORES', entity, fromMs),
      ...asClient(authority, secret.app, entity, secret.status, fromMs),
      ...(fingerprint === undefined ? [] : [open(fingerprint, 'SAME_AS', entity, fromMs)]),
    ],
  }
}

function stateKey(key: Rows['keys'], { authority, atMs }: TakenAt): Stated {
  const entity = nameClientKey(authority, key.app, key.id)
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'key',
        name: `signing key ${key.kid ?? key.id} of ${key.app}`,
        owner: nameIdentity(authority, key.app),
        client: key.app,
        createdAtMs: timeMs(key.created),
        enabled: key.status !== 'INACTIVE',
        ...(key.isOwn ? { own: true } : {}),
      }),
    ],
    edges: asClient(authority, key.app, entity, key.status, timeMs(key.created) ?? 0),
  }
}

const asClient = (
  authority: string,
  app: string,
  entity: EntityId,
  status: string | null | undefined,
  fromMs: number,
) => (status === 'INACTIVE' ? [] : [open(entity, 'AUTHENTICATES_AS', nameIdentity(authority, app), fromMs)])

function stateGrant(grant: Rows['grants'], { authority, atMs }: TakenAt): Stated {
  if (grant.status === 'REVOKED') return {}
  const isUsers = grant.userId !== null && grant.userId !== undefined
  const holder = nameIdentity(authority, grant.userId ?? grant.app)
  const entity = isUsers
    ? nameGrant(authority, grant.userId ?? '', grant.id)
    : nameAppGrant(authority, grant.app, grant.id)
  const fromMs = timeMs(grant.created) ?? 0
  const right = rightOf(grant.scopeId, grant.issuer ?? null)
  const by = grant.createdBy?.id
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'grant',
        name: `${grant.scopeId} for ${grant.app}`,
        scopes: grant.scopeId,
        client: grant.app,
        owner: holder,
        createdAtMs: timeMs(grant.created),
        consentedBy: isUsers ? 'user' : 'administrator',
      }),
    ],
    edges: [
      open(entity, 'AUTHENTICATES_AS', holder, fromMs),
      ...(isUsers ? [open(nameApp(authority, grant.app), 'ACTS_AS', holder, fromMs)] : []),
      ...(by === null || by === undefined ? [] : [open(nameIdentity(authority, by), 'CREATED', entity, fromMs)]),
      // A service app has what both its scopes and its admin role allow: the scope alone is an upper bound.
      ...(right === undefined
        ? []
        : [
            open(entity, right.type, nameApi(authority, right.api), fromMs, {
              note: right.note,
              conditional: !isUsers,
            }),
          ]),
    ],
  }
}

function stateToken(token: Rows['tokens'], { authority, atMs }: TakenAt): Stated {
  if (token.status === 'REVOKED') return {}
  const entity = nameRefreshToken(authority, token.userId, token.clientId, token.id)
  const user = nameIdentity(authority, token.userId)
  const fromMs = timeMs(token.created) ?? 0
  const rights = token.scopes?.flatMap((scope) => rightOf(scope, token.issuer ?? null) ?? [])
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'token',
        tokenKind: 'refresh',
        name: `refresh token for ${token.app}`,
        scopes: token.scopes?.join(' '),
        client: token.app,
        owner: user,
        createdAtMs: timeMs(token.created),
        expiresAtMs: timeMs(token.expiresAt),
        audience: apiOfIssuer(token.issuer ?? null) ?? 'org',
      }),
    ],
    edges: [
      // It opens what both its scopes and the user's roles allow: either alone is an upper bound. What may change things
      // may also make things in the user's name, and counts as the user for that.
      open(entity, 'AUTHENTICATES_AS', user, fromMs, { conditional: rights?.every(isReading) === true }),
      ...(rights ?? []).map(({ type, api, note }) =>
        open(entity, type, nameApi(authority, api), fromMs, { note, conditional: true }),
      ),
      // Made in the user's name, by whoever held it then.
      open(user, 'CREATED', entity, fromMs),
      open(nameApp(authority, token.app), 'ACTS_AS', user, fromMs),
    ],
  }
}

const isReading = ({ type }: Right): boolean => type === 'CAN_READ'

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
        network: token.network?.connection,
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
      fact(entity, atMs, { kind: 'role', name: role.label ?? role.type, admin: true }),
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

function stateZone(zone: Rows['zones'], { authority, atMs }: TakenAt): Stated {
  const entity = nameZone(authority, zone.id)
  return {
    facts: [
      fact(entity, atMs, {
        name: zone.name,
        zoneType: zone.type,
        usage: zone.usage,
        enabled: zone.status === 'ACTIVE',
      }),
    ],
    edges: [open(nameApi(authority, 'okta.networkZones'), 'CONTAINS', entity, 0)],
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
        owner: user,
        status: factor.status,
        enabled: isActive,
        createdAtMs: timeMs(factor.created),
      }),
      ...(isActive && factor.factorType !== 'question' ? [fact(user, atMs, { mfa: true })] : []),
    ],
    edges: [
      open(entity, 'OWNED_BY', user, timeMs(factor.created) ?? 0),
      ...(factor.created === null || factor.created === undefined
        ? []
        : [open(user, 'CREATED', entity, timeMs(factor.created) ?? 0)]),
    ],
  }
}
