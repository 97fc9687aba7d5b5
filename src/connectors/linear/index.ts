import { defineConnector, tellsNothing } from '#sources/contract'

import { isLimit } from './ask.ts'
import { linearConfig, type LinearConfig } from './config.ts'
import { close, find, look, open, teamsNamed } from './issues.ts'

export { linearOrigins, type LinearConfig } from './config.ts'

const permissions = [
  { name: 'read', why: 'see the team and who closed an issue' },
  { name: 'issues:create', why: 'make issues of tasks' },
  { name: 'write', why: 'close those that are done' },
]

/** Tasks that only people can do, as issues of a team in Linear. */
export const linearConnector = defineConnector<LinearConfig>({
  id: 'linear',
  version: 1,
  title: 'Linear (tasks)',
  config: linearConfig,
  example: linearConfig.parse({ team: 'SEC' }),
  secrets: { see: ['key'], contain: [] },
  // A key of an account is sent bare.
  auth: () => ({ default: { kind: 'static', secret: 'key', header: 'authorization', scheme: '' } }),
  limits: {
    budgets: [{ name: 'api', perMinute: 20, burst: 20, sharedBy: 'source' }],
    isLimit,
    reset: { header: 'x-ratelimit-requests-reset', as: 'epoch-ms' },
  },
  ...tellsNothing,
  tracker: {
    everyMs: 60_000,
    // The id is ours: a second one with it is refused.
    settleMs: 10_000,
    entities: ({ entities }) => entities,
    scopes: permissions.map(({ name }) => name),
    find,
    open,
    look,
    close,
  },
  role: ({ team }, use) =>
    use === 'contain'
      ? undefined
      : {
          scopes: permissions,
          text: [
            'signed in as a member that is nobody else: Settings > Security & access > Personal API keys > New API key',
            `permissions: *Read*, *Create issues*, *Write*; team access: ${team} alone`,
            `${team} is best a private team: of any other everybody in the workspace reads which steps are open`,
          ],
          json: { team, scopes: permissions.map(({ name }) => name) },
        },
  async check(context) {
    const { workspace, team } = await teamsNamed(context)
    const asked = context.config.team
    return {
      authority: `linear/${workspace}/${asked}`.toLowerCase(),
      missing: team === undefined ? [`the team ${asked}: there is none, or the key may not see it`] : [],
      excess: [],
      says: [
        `tasks become issues of ${asked}; whether they can be written shows with the first one`,
        ...(team?.private === false
          ? [`${asked} is no private team: all members of the workspace read its issues`]
          : []),
      ],
    }
  },
})
