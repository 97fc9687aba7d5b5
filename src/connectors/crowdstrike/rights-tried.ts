import { isObject, type HttpResponse } from '#kit'
import type { RightTries } from '#sources/contract'

import { isListed } from './actions/client-delete.ts'
import { call, readDevice, readRoles } from './client.ts'
import type { CrowdstrikeConfig } from './config.ts'

/** The nil UUID, without dashes and with: of hosts, API clients and roles, and of users. */
const nobody = '0'.repeat(32)
const nobodyUser = '00000000-0000-0000-0000-000000000000'

const gateway = 'crowdstrike-api-gateway'
/** Who answered, by CrowdStrike's envelope; empty where it does not say. */
function answeredBy(response: HttpResponse): string {
  try {
    const body = response.json()
    const meta = isObject(body) ? body['meta'] : undefined
    const by = isObject(meta) ? meta['powered_by'] : undefined
    return typeof by === 'string' ? by : ''
  } catch {
    return ''
  }
}

/**
 * CrowdStrike's gateway holds a token's scopes against a call before any service hears of it, and signs its refusal
 * (`powered_by: crowdstrike-api-gateway`, seen in github.com/CrowdStrike/ansible_collection_falcon/issues/154). So what a
 * service signed was let through; an answer that nobody signed says nothing.
 */
export const rightTries: RightTries<CrowdstrikeConfig> = {
  tries: [
    {
      verb: 'crowdstrike.host.contain',
      looks: 'devices:read',
      acts: 'devices:write',
      isNobodys: async (context) => (await readDevice(context, nobody)) === undefined,
      change: (context) =>
        call(context, '/devices/entities/devices-actions/v2', {
          method: 'POST',
          query: { action_name: 'contain' },
          body: { ids: [nobody] },
        }),
    },
    {
      verb: 'crowdstrike.client.delete',
      looks: 'api-client-mgmt:read',
      acts: 'api-client-mgmt:write',
      isOn: ({ managesClients }) => managesClients,
      isNobodys: async (context) => !(await isListed(context, nobody)),
      change: (context) =>
        call(context, '/api-clients/entities/api-clients/v1', { method: 'DELETE', query: { ids: nobody } }),
    },
    {
      verb: 'crowdstrike.user.roles.revoke',
      looks: 'usermgmt:read',
      acts: 'usermgmt:write',
      isNobodys: async (context) => (await readRoles(context, nobodyUser, false)).length === 0,
      change: (context) =>
        call(context, '/user-management/entities/user-role-actions/v1', {
          method: 'POST',
          // A role that cannot be, of a user that cannot be.
          body: { action: 'revoke', cid: context.config.cid, role_ids: [nobody], uuid: nobodyUser },
        }),
    },
  ],
  isRefusal: (response) => response.status === 403 && ['', gateway].includes(answeredBy(response)),
  isPastTheRight: (response) => !['', gateway].includes(answeredBy(response)),
  says: 'CrowdStrike tells no scopes of an API client. Its gateway refuses a call without the scope before any service hears of it, and signs that: an answer signed by a service shows that the right is there, one that nobody signed is not known.',
}
