import { z } from 'zod'

import type { ContainAction } from '#respond/contract'
import { defineConnector, type Coverage, type PullContext } from '#sources/contract'

import { clientDelete } from './actions/client-delete.ts'
import { hostContain } from './actions/host-contain.ts'
import { userRolesRevoke } from './actions/user-roles-revoke.ts'
import { activity } from './activity.ts'
import { alerts } from './alerts.ts'
import { auth, role } from './auth.ts'
import { call, limits, readFalcon } from './client.ts'
import { crowdstrikeConfig, type CrowdstrikeConfig } from './config.ts'
import { clientList, consoleUsers, hostList } from './inventory.ts'
import { normalize } from './normalize.ts'
import { rightTries } from './rights-tried.ts'

export { forgetSessions } from './activity.ts'
export { crowdstrikeConfig, crowdstrikeOrigins, ownClients, type CrowdstrikeConfig } from './config.ts'

/** A customer of CrowdStrike Falcon: the endpoint tool that cuts hosts off. What each part needs is in README.md. */
export const crowdstrikeConnector = defineConnector<CrowdstrikeConfig>({
  id: 'crowdstrike',
  version: 2,
  title: 'CrowdStrike Falcon',
  config: crowdstrikeConfig,
  example: crowdstrikeConfig.parse({
    cid: '0123456789abcdef0123456789abcdef',
    clientId: '11111111111111111111111111111111',
    containClientId: '22222222222222222222222222222222',
    managesClients: true,
    appId: 'cordon',
  }),
  secrets: { see: ['clientSecret'], contain: ['clientSecret'] },
  auth,
  limits,
  streams: [hostList, alerts, consoleUsers, clientList, activity],
  coverage,
  role,
  rightTries,
  survives: [
    { what: 'a host that is off', until: 'it comes back on line; then it is contained' },
    {
      what: 'what a contained host does to itself: deleting files, encrypting them',
      until: 'somebody ends the process',
    },
    {
      what: 'the addresses of the containment policy, from a contained host',
      until: 'an administrator changes the policy',
    },
    { what: 'tokens of an API client that was deleted', until: '30 minutes at most' },
    { what: 'roles that come by way of a user group', until: 'an administrator takes the user out of it' },
  ],
  check,
  normalize,
})

/** In the order of the kill table: hosts, API clients, users. */
export const crowdstrikeActions: readonly ContainAction<CrowdstrikeConfig>[] = [
  hostContain,
  clientDelete,
  userRolesRevoke,
]

function coverage({ managesClients, appId }: CrowdstrikeConfig): Coverage {
  return {
    sees: ['identities', 'grants', 'resources', ...(appId === undefined ? [] : (['logins', 'admin'] as const))],
    logged: [],
    blind: [
      'which packages and credential files lie on a host is not told here: Fleet or the host reporter does',
      'a host without a sensor is not seen',
      "a host is joined with other sources' by its serial number or cloud instance alone; where a maker left both blank, it stays apart",
      appId === undefined
        ? 'who signed in to the Falcon console, and what they did there, is not read (`appId` is not set)'
        : 'how long CrowdStrike keeps its event stream is not told: after a long silence of Cordon the oldest acts may be gone unsaid',
      'an alert is read once: that somebody closed it as a false positive is not seen',
      'what a role of your own allows is not told by the API: its holders count as able to open every host',
      managesClients
        ? 'which scopes an API client has is not told: each counts as able to open every host'
        : 'API clients are not listed (`managesClients` is off): one that an attacker made is not found',
      'which addresses a contained host may still reach stands in the containment policy, which is not read',
    ],
  }
}

const devices = z.object({ resources: z.array(z.object({ cid: z.string() })).nullish() })
const ids = z.object({ resources: z.array(z.string()).nullish() })

/** CrowdStrike tells no token's scopes: each is tried by reading one row. */
async function check(context: PullContext<CrowdstrikeConfig>) {
  const { config } = context
  const missing: string[] = []
  const tries = [
    ['devices:read', '/devices/queries/devices-scroll/v1'],
    ['usermgmt:read', '/user-management/queries/users/v1'],
    ...(config.managesClients ? [['api-client-mgmt:read', '/api-clients/queries/api-clients/v1'] as const] : []),
    ...(config.appId === undefined
      ? []
      : [['streaming:read', `/sensors/entities/datafeed/v2?appId=${config.appId}`] as const]),
  ] as const
  let first: string | undefined
  for (const [scope, path] of tries) {
    const response = await call(context, path, { query: path.includes('?') ? {} : { limit: 1 } })
    if (response.status === 403) missing.push(scope)
    else if (scope === 'devices:read') [first] = readFalcon(ids, response, 'the list of hosts').resources ?? []
    else readFalcon(z.unknown(), response, path)
  }
  const alert = await call(context, '/alerts/combined/alerts/v1', { method: 'POST', body: { limit: 1 }, isRead: true })
  if (alert.status === 403) missing.push('alerts:read')
  else readFalcon(z.unknown(), alert, 'the alerts')
  const says = [`customer ${config.cid}`]
  if (first !== undefined) {
    const found = await call(context, '/devices/entities/devices/v2', {
      method: 'POST',
      body: { ids: [first] },
      isRead: true,
    })
    const [device] = readFalcon(devices, found, 'a host').resources ?? []
    if (device !== undefined && device.cid !== config.cid)
      missing.push('`cid` names another customer than the hosts are of')
  } else says.push('no host is listed: whether `cid` is right cannot be told')
  if (config.containClientId === undefined) missing.push('no `containClientId`: this source can only look')
  return {
    authority: config.cid,
    missing,
    excess:
      config.containClientId === config.clientId
        ? ['the API client that looks is the one that acts: make two, so that looking needs no right to act']
        : [],
    says,
  }
}
