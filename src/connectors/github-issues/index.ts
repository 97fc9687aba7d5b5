import { z } from 'zod'

import { defineConnector, readAnswer, tellsNothing } from '#sources/contract'

import { githubIssuesConfig, type GithubIssuesConfig } from './config.ts'
import { call, close, find, look, open } from './issues.ts'

export { githubIssuesOrigins, type GithubIssuesConfig } from './config.ts'

const repository = z.object({ full_name: z.string(), has_issues: z.boolean(), private: z.boolean() })

/** Tasks that only people can do, as issues of a repository. */
export const githubIssuesConnector = defineConnector<GithubIssuesConfig>({
  id: 'github-issues',
  version: 1,
  title: 'GitHub issues (tasks)',
  config: githubIssuesConfig,
  example: githubIssuesConfig.parse({ owner: 'brightwater', repository: 'containment' }),
  secrets: { see: ['token'], contain: [] },
  auth: () => ({ default: { kind: 'static', secret: 'token' } }),
  limits: {
    budgets: [{ name: 'api', perMinute: 60, burst: 60, sharedBy: 'source' }],
    isLimit: ({ status, header }) =>
      status === 403 && (header('retry-after') !== undefined || header('x-ratelimit-remaining') === '0'),
    reset: { header: 'x-ratelimit-reset', as: 'epoch-seconds' },
  },
  ...tellsNothing,
  tracker: {
    everyMs: 60_000,
    settleMs: 10_000,
    entities: ({ entities }) => entities,
    scopes: ['issues:write'],
    find,
    open,
    look,
    close,
  },
  role: ({ owner, repository: name }, use) =>
    use === 'contain'
      ? undefined
      : {
          scopes: [
            { name: 'issues:write', why: 'make issues of tasks, see who closed one, close those that are done' },
          ],
          text: [
            'Settings > Developer settings > Fine-grained tokens > Generate new token',
            `repository access: ${owner}/${name} alone; permission: Issues, read and write`,
            'it speaks as its owner: make it of an account that is nobody else',
          ],
          json: { repository: `${owner}/${name}`, permissions: { issues: 'write' } },
        },
  async check(context) {
    const found = readAnswer(repository, await call(context, ''), 'the repository')
    const missing = found.has_issues ? [] : [`\`${found.full_name}\` has issues switched off`]
    if (!found.private) missing.push(`\`${found.full_name}\` is public: everybody would read which steps are open`)
    readAnswer(z.array(z.unknown()), await call(context, '/issues?per_page=1'), 'the list of issues')
    const { owner, repository: name } = context.config
    return {
      authority: `issues/${owner}/${name}`.toLowerCase(),
      missing,
      excess: [],
      says: ['its issues can be read; whether they can be written shows with the first task'],
    }
  },
})
