import type { EntityId, Stated } from '#model'
import type { TakenAt } from '#sources/contract'

import {
  nameApi,
  nameAnyClient,
  nameApp,
  nameAppGrant,
  nameAppSettings,
  nameClient,
  nameClientKey,
  nameClientSecret,
  nameFingerprint,
  nameGrant,
  nameIdentity,
  nameRefreshToken,
  nameSignIn,
} from './names.ts'
import { apiOfIssuer, rightOf, type Right } from './rights.ts'
import type { Rows } from './rows.ts'
import { fact, open, timeMs } from './statements.ts'

export function stateApp(app: Rows['apps'], { authority, atMs }: TakenAt): Stated {
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
      fact(nameSignIn(authority, app.id), atMs, {
        name: `sign in to ${app.label ?? app.id}`,
        signIn: true,
        client: app.id,
      }),
      fact(settings, atMs, { name: `settings of ${app.label ?? app.id}` }),
    ],
    edges: [
      open(nameApi(authority, 'okta.apps'), 'CONTAINS', settings, 0),
      ...(isService
        ? [
            open(entity, 'ACTS_AS', identity, 0),
            open(identity, 'MEMBER_OF', nameClient(authority, app.id), 0),
            open(identity, 'MEMBER_OF', nameAnyClient(authority), 0),
          ]
        : []),
    ],
  }
}

export function stateAssignments({ app, users, groups }: Rows['assignments'], { authority }: TakenAt): Stated {
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
export function stateSecret(secret: Rows['secrets'], { authority, atMs }: TakenAt): Stated {
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

export function stateKey(key: Rows['keys'], { authority, atMs }: TakenAt): Stated {
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

export function stateGrant(grant: Rows['grants'], { authority, atMs }: TakenAt): Stated {
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
        opens: right?.api.startsWith('okta.') === true ? 'directory' : undefined,
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

export function stateToken(token: Rows['tokens'], { authority, atMs }: TakenAt): Stated {
  if (token.status === 'REVOKED') return {}
  const entity = nameRefreshToken(authority, token.userId, token.clientId, token.id)
  const user = nameIdentity(authority, token.userId)
  const fromMs = timeMs(token.created) ?? 0
  const server = apiOfIssuer(token.issuer ?? null)
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
        // Okta notes when a token was last changed, and each use of it is a change.
        lastUsedAtMs: token.lastUpdated === token.created ? undefined : timeMs(token.lastUpdated),
        tellsUse: true,
        audience: server ?? 'org',
      }),
    ],
    edges: [
      // It opens what both its scopes and the user's roles allow: the scopes alone are an upper bound. What may change things
      // may also make things in the user's name, and counts as the user for that.
      ...(rights?.every(isReading) === true ? [] : [open(entity, 'AUTHENTICATES_AS', user, fromMs)]),
      // At a server of the org's own the scopes alone decide.
      ...(rights ?? []).map(({ type, api, note }) =>
        open(entity, type, nameApi(authority, api), fromMs, { note, conditional: server === undefined }),
      ),
      // Made in the user's name, by whoever held it then.
      open(user, 'CREATED', entity, fromMs),
      open(nameApp(authority, token.app), 'ACTS_AS', user, fromMs),
    ],
  }
}

const isReading = ({ type }: Right): boolean => type === 'CAN_READ'
