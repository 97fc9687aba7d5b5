import type { ContainAction } from '#respond/contract'
import { defineConnector, type Coverage, type PullContext } from '#sources/contract'

import { clientDisable } from './actions/client-disable.ts'
import { grantRevoke } from './actions/grant-revoke.ts'
import { jwtDeny } from './actions/jwt-deny.ts'
import { sessionEnd } from './actions/session-end.ts'
import { tokenRevoke } from './actions/token-revoke.ts'
import { call, hasAdmin } from './admin.ts'
import { discover, introspect, type Access } from './client.ts'
import { oidcConfig, type OidcConfig } from './config.ts'
import { authorityOfIssuer } from './names.ts'
import { normalize } from './normalize.ts'
import { role } from './role.ts'
import { inventory, log } from './streams.ts'

export { OidcError, oidcConfig, oidcOrigins, type OidcConfig } from './config.ts'
export { authorityOfIssuer, namesOfClient, tokenRef } from './names.ts'

/** Any OpenID Connect issuer; what each part needs is in README.md. */
export const oidcConnector = defineConnector<OidcConfig>({
  id: 'oidc',
  version: 1,
  title: 'OpenID Connect issuer',
  config: oidcConfig,
  example: {
    issuer: 'https://id.example.com',
    clientId: 'cordon',
    adminUrl: 'https://id.example.com/admin',
    resourceDenylist: { url: 'https://api.example.com/denied' },
  },
  secrets: { see: ['clientSecret', 'adminToken'], contain: ['clientSecret', 'adminToken', 'denyToken'] },
  streams: [inventory, log],
  coverage,
  role,
  survives: [
    { what: 'a self-contained access token, at resource servers that do not ask the issuer', until: 'it expires' },
    { what: 'sessions that applications keep of their own after sign-in', until: 'the application ends them' },
    { what: 'what a client fetched and holds', until: 'nobody can say' },
  ],
  check,
  normalize,
})

export const oidcActions: readonly ContainAction<OidcConfig>[] = [
  jwtDeny,
  grantRevoke,
  tokenRevoke,
  sessionEnd,
  clientDisable,
]

function coverage(config: OidcConfig): Coverage {
  if (config.adminUrl === undefined) {
    return {
      sees: [],
      logged: [],
      blind: [
        'this issuer has no admin extension configured: its grants, sessions and tokens cannot be listed, only lent values can be revoked',
      ],
    }
  }
  return {
    sees: ['identities', 'grants', 'sessions', 'logins'],
    logged: ['login'],
    blind: [
      'what a token was used for is known to the resource server alone',
      'self-contained tokens are checked without asking the issuer: their use is not seen here at all',
    ],
  }
}

async function check(context: PullContext<OidcConfig>) {
  const access: Access = { config: context.config, secrets: context.see, http: context.http, signal: context.signal }
  const authority = authorityOfIssuer(context.config.issuer)
  const missing: string[] = []
  const excess: string[] = []
  const says: string[] = []
  const { introspection_endpoint: canIntrospect, revocation_endpoint: canRevoke } = await discover(access)
  if (canIntrospect === undefined) missing.push('the issuer offers no introspection (RFC 7662): no proof by asking it')
  if (canRevoke === undefined) missing.push('the issuer offers no revocation (RFC 7009)')
  if (context.see['clientSecret'] === undefined) missing.push('no `clientSecret`: tokens cannot be introspected')
  // A made-up value: the answer tells whether the client is accepted, and touches nobody's token.
  else await introspect(access, 'cordon-check-EXAMPLE')
  if (!hasAdmin(access)) missing.push('no admin extension: nothing can be listed, only lent values can be revoked')
  else {
    const answer = await call(access, 'GET', 'clients', '?max=1')
    if (answer.status !== 200) missing.push(`the admin extension answers ${answer.status} to \`adminToken\``)
    // No token has this name: 404 means that the credential to look may also act.
    const act = await call(access, 'DELETE', 'tokens', '/tok_check')
    if (act.status === 404) excess.push('the `adminToken` to look may also remove tokens')
  }
  says.push(`issuer ${authority}`)
  return { authority, missing, excess, says }
}
