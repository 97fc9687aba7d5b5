import type { AuthByName, CredentialUse, Role } from '#sources/contract'

import { apiOrigin, type CrowdstrikeConfig } from './config.ts'

const look = {
  'devices:read': 'which hosts run a sensor, their hardware and whether they are contained',
  'alerts:read': 'what the sensors detected',
  'usermgmt:read': 'who may sign in to the console, and with which roles',
}
const act = {
  'devices:read': 'to look at a host before and after',
  'devices:write': 'contain a host, and lift it',
  'usermgmt:read': 'to look at the roles of a user before and after',
  'usermgmt:write': 'take the roles of a console user away, and give them back',
}
const lookAtActivity = { 'streaming:read': 'who signed in to the console, and what people and API clients did there' }
const lookAtClients = { 'api-client-mgmt:read': 'which API clients there are' }
const actOnClients = {
  'api-client-mgmt:read': 'to see whether an API client is still there',
  'api-client-mgmt:write': 'delete a stolen API client',
}

/** Tokens live 30 minutes; the runtime makes them anew. */
export function auth(config: CrowdstrikeConfig, use: CredentialUse): AuthByName {
  const clientId = use === 'see' ? config.clientId : config.containClientId
  if (clientId === undefined) return {}
  return {
    default: {
      kind: 'client-credentials',
      tokenUrl: `${apiOrigin(config)}/oauth2/token`,
      clientId,
      secret: 'clientSecret',
      sendAs: 'body',
      ...(config.isMember ? { parameters: { member_cid: config.cid } } : {}),
    },
  }
}

export function role(config: CrowdstrikeConfig, use: CredentialUse): Role | undefined {
  if (use === 'contain' && config.containClientId === undefined) return undefined
  const own: Record<string, string> = use === 'see' ? look : act
  const clients: Record<string, string> = use === 'see' ? lookAtClients : actOnClients
  const why = {
    ...own,
    ...(config.managesClients ? clients : {}),
    ...(use === 'see' && config.appId !== undefined ? lookAtActivity : {}),
  }
  const name = use === 'see' ? 'Cordon (look)' : 'Cordon (act)'
  return {
    scopes: Object.entries(why).map(([scope, reason]) => ({ name: scope, why: reason })),
    text: [
      'Falcon console > Support and resources > API clients and keys > Create API client; one to look, another to act',
      `Scopes: ${Object.keys(why).join(', ')} and no other`,
      'Its secret is shown once: it is `clientSecret`',
      'Support and resources > API clients and keys > allowlist: bind both to the address Cordon runs at',
    ],
    // The body by which CrowdStrike's own API makes an API client.
    json: { name, description: 'breach containment', scopes: Object.keys(why) },
  }
}
