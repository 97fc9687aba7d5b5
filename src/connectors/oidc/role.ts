import type { CredentialUse, Role } from '#sources/contract'

import type { OidcConfig } from './config.ts'

/** Words of the admin extension (README.md) and of the RFCs: issuers name their permissions as they like. */
const why: Record<CredentialUse, Record<string, string>> = {
  see: {
    'token introspection': 'ask whether a token is alive, as proof (RFC 7662)',
    read: 'list clients, grants, sessions and tokens, and follow the log of the issuer',
  },
  contain: {
    'token introspection': 'prove that a token is dead (RFC 7662)',
    'token revocation': 'revoke a token whose value was lent (RFC 7009)',
    'admin: tokens': 'revoke one token by its name',
    'admin: grants': 'revoke a grant with its refresh and access tokens',
    'admin: sessions': 'end a browser session',
    'admin: clients': 'disable a client, and enable it again',
    'resource server: deny list': 'have self-contained tokens refused before they expire',
  },
}

/** Two clients and two admin tokens: the one that looks could end nothing if it were stolen. */
export function role({ clientId, adminUrl, resourceDenylist }: OidcConfig, use: CredentialUse): Role {
  const isNeeded = (name: string): boolean => {
    if (name.startsWith('resource server')) return resourceDenylist !== undefined
    return name === 'read' || name.startsWith('admin') ? adminUrl !== undefined : true
  }
  const scopes = Object.entries(why[use])
    .filter(([name]) => isNeeded(name))
    .map(([name, why]) => ({ name, why }))
  const methods = use === 'see' ? ['GET'] : ['GET', 'PUT', 'DELETE']
  const client = {
    client_id: clientId,
    grant_types: [],
    response_types: [],
    redirect_uris: [],
    token_endpoint_auth_method: 'client_secret_basic',
  }
  return {
    scopes,
    text: [
      `a confidential client \`${clientId}\` without any grant type: nobody signs in by it`,
      'let it introspect and, to act, revoke tokens of every client',
      ...(adminUrl === undefined
        ? []
        : [`a bearer token for ${adminUrl} that may ${methods.join(', ')} and nothing else`]),
      ...(use === 'contain' && resourceDenylist !== undefined ? ['a bearer token that may write the deny list'] : []),
    ],
    json: { client, ...(adminUrl === undefined ? {} : { adminToken: { url: adminUrl, methods } }) },
  }
}
