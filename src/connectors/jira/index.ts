import { z } from 'zod'

import { defineConnector, readAnswer, tellsNothing } from '#sources/contract'

import { jiraConfig, type JiraConfig } from './config.ts'
import { call, close, find, look, open } from './issues.ts'

export { jiraOrigins, type JiraConfig } from './config.ts'

const permissions = ['BROWSE_PROJECTS', 'CREATE_ISSUES', 'TRANSITION_ISSUES'] as const
const held = z.object({ permissions: z.record(z.string(), z.object({ havePermission: z.boolean() })) })

const whys: Record<(typeof permissions)[number], string> = {
  BROWSE_PROJECTS: 'see who closed an issue',
  CREATE_ISSUES: 'make issues of tasks',
  TRANSITION_ISSUES: 'close those that are done',
}

/** Tasks that only people can do, as issues of a project in Jira Cloud. */
export const jiraConnector = defineConnector<JiraConfig>({
  id: 'jira',
  version: 1,
  title: 'Jira Cloud (tasks)',
  config: jiraConfig,
  example: jiraConfig.parse({
    site: 'https://brightwater.atlassian.net',
    email: 'cordon@brightwater.example',
    project: 'SEC',
  }),
  secrets: { see: ['token'], contain: [] },
  auth: ({ email }) => ({ default: { kind: 'basic', user: email, secret: 'token' } }),
  limits: { budgets: [{ name: 'api', perMinute: 120, sharedBy: 'source' }] },
  ...tellsNothing,
  tracker: {
    everyMs: 60_000,
    settleMs: 120_000,
    entities: ({ entities }) => entities,
    scopes: permissions,
    find,
    open,
    look,
    close,
  },
  role: ({ project, email }, use) =>
    use === 'contain'
      ? undefined
      : {
          scopes: permissions.map((name) => ({ name, why: whys[name] })),
          text: [
            `an account ${email} that is nobody else, with these permissions in the project ${project} and in no other`,
            'signed in as it: id.atlassian.com > Security > API tokens > Create',
          ],
          json: { project, permissions: [...permissions] },
        },
  async check(context) {
    const { project, site } = context.config
    const asked = `/mypermissions?projectKey=${project}&permissions=${permissions.join(',')}`
    const answer = readAnswer(held, await call(context, asked), 'the permissions of the token')
    return {
      authority: `jira/${new URL(site).host}/${project}`,
      missing: permissions
        .filter((name) => answer.permissions[name]?.havePermission !== true)
        .map((name) => `\`${name}\` in ${project}: ${whys[name]}`),
      excess: [],
      says: [`tasks become issues of ${project}`],
    }
  },
})
