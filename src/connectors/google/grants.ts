import type { EdgeStatement, EntityId } from '#model'

import { nameActing, nameAdmin, nameApp, nameConsent, nameData, nameGrant, nameOrg, nameUser } from './names.ts'
import { evaluateScopes, opensOf } from './rights.ts'
import { close, fact, open, type Stated } from './statements.ts'

export type GrantApp = { client: string; name?: string | null | undefined; isNative?: boolean | null | undefined }

/**
 * What a user let an app do, as the list and the token log both tell it. The grant logs in as the user as far as its
 * scopes go (`acting/…`), so that an app which may read a calendar is not said to reach the mail.
 */
export function stateGrant(
  authority: string,
  user: string,
  app: GrantApp,
  scopes: readonly string[],
  times: { sinceMs: number; madeAtMs: number; observedAtMs: number },
): Stated {
  const { sinceMs, madeAtMs, observedAtMs } = times
  const grant = nameGrant(authority, user, app.client)
  const identity = nameUser(authority, user)
  const acting = nameActing(authority, user, app.client)
  const { data, admin, isWholeAccount } = evaluateScopes(scopes)
  const area = (name: string): EntityId => (name === 'org' ? nameOrg(authority) : nameAdmin(authority, name))
  const short = scopes.map((scope) => scope.replace('https://www.googleapis.com/auth/', ''))
  return {
    facts: [
      fact(grant, observedAtMs, {
        kind: 'grant',
        name: `${app.name ?? app.client} for ${user}`,
        client: app.client,
        scopes: short.length === 0 ? undefined : short.join(' ').slice(0, scopeCharsMax),
        owner: identity,
        opens: opensOf(data),
        createdAtMs: sinceMs === 0 ? undefined : sinceMs,
      }),
      fact(acting, observedAtMs, {
        kind: 'app',
        name: `${app.name ?? app.client} in the name of ${user}`,
        owner: identity,
      }),
      fact(nameConsent(authority, app.client), observedAtMs, {
        kind: 'grant',
        name: `users may let ${app.name ?? app.client} in`,
        client: app.client,
      }),
      fact(nameApp(authority, app.client), observedAtMs, {
        name: app.name,
        clientId: app.client,
        native: app.isNative,
      }),
    ],
    edges: [
      open(grant, 'AUTHENTICATES_AS', isWholeAccount ? identity : acting, sinceMs),
      open(grant, 'OWNED_BY', identity, sinceMs),
      open(identity, 'CREATED', grant, madeAtMs),
      open(nameApp(authority, app.client), 'ACTS_AS', acting, sinceMs),
      ...data.map(({ area, type, note, conditional }) =>
        open(acting, type, nameData(authority, user, area), sinceMs, { note, conditional }),
      ),
      ...admin.map(({ area: name, type, note, conditional }) =>
        open(acting, type, area(name), sinceMs, { note, conditional }),
      ),
    ],
  }
}
/** Of a fact; an app with more scopes than fit is no less dangerous. */
const scopeCharsMax = 2_000

/** Closed too is that the user made it: a grant that comes again is a new one. */
export function endGrant(authority: string, user: string, client: string, atMs: number): EdgeStatement[] {
  const grant = nameGrant(authority, user, client)
  const acting = nameActing(authority, user, client)
  return [
    close(grant, 'AUTHENTICATES_AS', acting, atMs),
    close(grant, 'AUTHENTICATES_AS', nameUser(authority, user), atMs),
    close(nameUser(authority, user), 'CREATED', grant, atMs),
    close(nameApp(authority, client), 'ACTS_AS', acting, atMs),
  ]
}
