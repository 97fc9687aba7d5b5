import { z } from 'zod'

import { defineConnector, readAnswer, tellsNothing } from '#sources/contract'

import { servicenowConfig, type ServicenowConfig } from './config.ts'
import { call, close, find, look, open } from './records.ts'

export { servicenowOrigins, type ServicenowConfig } from './config.ts'

/** Tasks that only people can do, as incidents of a ServiceNow instance. */
export const servicenowConnector = defineConnector<ServicenowConfig>({
  id: 'servicenow',
  version: 1,
  title: 'ServiceNow (tasks)',
  config: servicenowConfig,
  example: servicenowConfig.parse({ instance: 'https://brightwater.service-now.com', user: 'cordon.tasks' }),
  secrets: { see: ['password'], contain: [] },
  auth: ({ user }) => ({ default: { kind: 'basic', user, secret: 'password' } }),
  // Rules of an instance count calls of a user by the hour; `X-RateLimit-Reset` says when it is let in again.
  limits: {
    budgets: [{ name: 'api', perMinute: 60, sharedBy: 'source' }],
    reset: { header: 'x-ratelimit-reset', as: 'epoch-seconds' },
  },
  ...tellsNothing,
  tracker: {
    everyMs: 60_000,
    // A call of the Table API may run for a minute and land then.
    settleMs: 90_000,
    entities: ({ entities }) => entities,
    scopes: ['sn_incident_write', 'snc_platform_rest_api_access'],
    find,
    open,
    look,
    close,
  },
  role: ({ user, group }, use) =>
    use === 'contain'
      ? undefined
      : {
          scopes: [
            {
              name: 'sn_incident_write',
              why: 'make incidents of tasks, see who resolved one, resolve those that are done',
            },
            { name: 'snc_platform_rest_api_access', why: 'use the Table API, where the instance keeps it for a role' },
          ],
          text: [
            `a user ${user} that is nobody else, with *web service access only*, and these two roles`,
            group === undefined
              ? 'who may read incidents may read its tasks: keep them with an assignment group (`group`)'
              : `its incidents are of the group ${group}: its members learn which steps are open`,
          ],
          json: { user, roles: ['sn_incident_write', 'snc_platform_rest_api_access'] },
        },
  async check(context) {
    const answer = await call(context, { query: { sysparm_limit: '1' } })
    readAnswer(z.object({ result: z.array(z.unknown()) }), answer, 'the table `incident`')
    return {
      authority: `servicenow/${new URL(context.config.instance).host}`,
      missing: [],
      excess: [],
      says: ['incidents can be read; whether they can be made and resolved shows with the first task'],
    }
  },
})
