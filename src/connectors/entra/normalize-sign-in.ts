import { nothingNormalized, type EntityId, type Normalized, type Stated } from '#model'
import { isTold, type NormalizeInput } from '#sources/contract'

import { describeSignIn } from './describe.ts'
import { nameApi, namePrincipal, nameSession, nameTokens, nameUser } from './names.ts'
import { signInRow, type SignIn } from './rows.ts'
import { fact, merge, open, timeMs } from './statements.ts'

/** Microsoft gives access tokens a life of 60 to 90 minutes at random; those of managed identities live a day. */
export const tokenLifeMaxMs = 90 * 60_000
export const managedTokenLifeMs = 24 * 3_600_000

/** Rows of the sign-in log → OCSF; the session, and the tokens that were given out in it, which nobody can recall. */
export function normalizeSignIn({ raw, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = signInRow.safeParse(raw)
  if (!parsed.success) return { ...out, unmapped: 'sign-ins' }
  const row = parsed.data
  const atMs = timeMs(row.createdDateTime) ?? eventAtMs ?? arrivedAtMs
  out.ocsf.push(describeSignIn(row, atMs))
  if (row.status?.errorCode !== 0) {
    merge(out, stateRefusal(row, authority, atMs))
    return out
  }
  merge(out, isTold(row.servicePrincipalId) ? stateApp(row, authority, atMs) : stateUser(row, authority, atMs))
  return out
}

/** "Not assigned to a role for the application": https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const notAssigned = 50_105

function stateRefusal(row: SignIn, authority: string, atMs: number): Stated {
  if (row.status?.errorCode !== notAssigned || !isTold(row.userId)) return {}
  const identity = nameUser(authority, row.userId)
  const apps = [...new Set([row.appId, row.resourceId])].filter((one) => isTold(one))
  return { refusals: apps.map((one) => ({ identity, resource: nameApi(authority, one), atMs })) }
}

function stateUser(row: SignIn, authority: string, atMs: number): Stated {
  if (!isTold(row.userId)) return {}
  const user = nameUser(authority, row.userId)
  const session = isTold(row.sessionId) ? nameSession(authority, row.userId, row.sessionId) : null
  const device = row.userAgent ?? null
  const tokens = tokensOf(row, authority, atMs, user, row.sessionId ?? 'none')
  return {
    facts: [
      fact(user, atMs, { lastUsedAtMs: atMs }),
      ...(session === null
        ? []
        : [
            fact(session, atMs, {
              kind: 'session',
              name: `session in ${row.appDisplayName ?? row.appId ?? 'an app'}`,
              owner: user,
              client: row.appId,
              agent: device,
              lastUsedAtMs: atMs,
              ...(row.isInteractive === true ? { createdAtMs: atMs } : {}),
            }),
          ]),
      ...tokens.facts,
    ],
    edges: [
      ...(session === null ? [] : [open(session, 'AUTHENTICATES_AS', user, atMs)]),
      // Begun with what signs the user in: whoever held that by then may have begun it.
      ...(session !== null && row.isInteractive === true ? [open(user, 'CREATED', session, atMs)] : []),
      ...tokens.edges(session),
    ],
    touches: touchOf(row, authority, atMs, user, session),
  }
}

/** Which of its keys an app proved itself with the log tells by an id that stands at the app or at its service principal. */
function stateApp(row: SignIn, authority: string, atMs: number): Stated {
  const sp = namePrincipal(authority, 'sp', row.servicePrincipalId ?? '')
  const keyId = row.servicePrincipalCredentialKeyId
  const tokens = tokensOf(row, authority, atMs, sp, isTold(keyId) ? keyId : 'none')
  return {
    facts: [fact(sp, atMs, { lastUsedAtMs: atMs }), ...tokens.facts],
    edges: tokens.edges(null),
    touches: touchOf(row, authority, atMs, sp, null),
  }
}

function tokensOf(row: SignIn, authority: string, atMs: number, holder: EntityId, of: string) {
  const api = isTold(row.resourceId) ? row.resourceId : 'unknown'
  const isManaged = row.signInEventTypes?.includes('managedIdentity') === true
  const id = row.servicePrincipalId ?? ''
  const entity = nameTokens(authority, id === '' ? (row.userId ?? '') : id, of, api)
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'token',
        tokenKind: 'access',
        name: `access tokens for ${row.resourceDisplayName ?? api}`,
        owner: holder,
        client: row.appId,
        lastUsedAtMs: atMs,
        expiresAtMs: atMs + (isManaged ? managedTokenLifeMs : tokenLifeMaxMs),
        // Microsoft cannot take one back; whoever evaluates continuously refuses it minutes after an event.
        selfContained: true,
      }),
    ],
    edges: (session: EntityId | null) => [
      open(entity, 'AUTHENTICATES_AS', holder, atMs),
      session === null ? open(holder, 'CREATED', entity, atMs) : open(session, 'DERIVES', entity, atMs),
    ],
  }
}

const touchOf = (row: SignIn, authority: string, atMs: number, identity: EntityId, credential: EntityId | null) => [
  {
    identity,
    credential,
    resource: nameApi(authority, isTold(row.resourceId) ? row.resourceId : 'unknown'),
    verb: 'login' as const,
    atMs,
    records: null,
    origin: isTold(row.ipAddress) ? row.ipAddress : null,
  },
]
