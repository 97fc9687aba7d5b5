import { z } from 'zod'

import type { EntityId } from '#model'
import type { Holder, LeaseAction } from '#respond/contract'
import { defineConnector, readAnswer, type Coverage, type CredentialUse, type PullContext } from '#sources/contract'

import { secretHolder } from './actions/secret-place.ts'
import { teamLend } from './actions/team-lend.ts'
import { call, githubLimits } from './api.ts'
import { audit, git } from './audit.ts'
import { githubConfig, webUrl, type GithubConfig, type OptionalList } from './config.ts'
import { organisation, repositories } from './inventory.ts'
import { authorityOfOrg, nameInstallation } from './names.ts'
import { normalize } from './normalize.ts'
import { implies, roleOfApp, survives } from './role.ts'
import { orgRow } from './rows.ts'

export { GithubError, githubConfig, githubOrigins, type GithubConfig } from './config.ts'

export { implies } from './role.ts'
export { auditActions } from './audit-actions.ts'
export { githubActions } from './actions/index.ts'

export const githubLeases: readonly LeaseAction<GithubConfig>[] = [teamLend]

/** Where successors go: Actions secrets of `places`. */
export const githubHolder: Holder<GithubConfig> = secretHolder

/** Installations that are Cordon's own, by its configuration. */
export const ownInstallations = ({ app, containApp, enterprise }: GithubConfig, authority: string): EntityId[] =>
  [app.installation, containApp?.installation, enterprise?.installation].flatMap((id) =>
    id === undefined ? [] : [nameInstallation(authority, id)],
  )

/** One organisation on GitHub Enterprise Cloud; what each part needs is in README.md. */
export const githubConnector = defineConnector<GithubConfig>({
  id: 'github',
  version: 3,
  title: 'GitHub organisation',
  config: githubConfig,
  example: {
    org: 'acme',
    app: { id: '123456', installation: 1001 },
    containApp: { id: '123457', installation: 1002 },
    enterprise: { slug: 'acme', installation: 1003 },
    apiUrl: 'https://api.github.com',
    skip: [],
    places: [
      {
        repository: 1296269,
        values: { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' },
        rereadSeconds: 1800,
      },
      {
        repository: 1296269,
        environment: 'production',
        values: { DB_USER: 'user', DB_PASSWORD: 'password' },
        rereadSeconds: 1800,
      },
    ],
  },
  secrets: { see: ['privateKey'], contain: ['privateKey'] },
  auth(config, use) {
    const app = use === 'see' ? config.app : (config.containApp ?? config.app)
    const common = { kind: 'github-app', apiUrl: config.apiUrl, appId: app.id, secret: 'privateKey' } as const
    return { default: { ...common, installation: String(app.installation) }, app: common }
  },
  limits: githubLimits,
  streams: [audit, git, organisation, repositories],
  coverage,
  role: roleOfApp,
  survives,
  check,
  scopes,
  implies,
  normalize,
})

const blindBySkip: Readonly<Record<OptionalList, string>> = {
  authorizations: 'classic tokens and SSH keys that single sign-on lets in are not listed (`skip`)',
  tokens: 'fine-grained tokens are not listed (`skip`)',
  alerts: 'secrets that GitHub found in repositories are not read (`skip`)',
  runners: 'self-hosted runners are not listed (`skip`)',
  secrets: 'names of Actions secrets are not listed (`skip`)',
  hooks: 'webhooks are not listed (`skip`)',
  workflows: 'workflow files are not read, so neither are the actions they use (`skip`)',
  packages: 'the dependency graph is not read (`skip`)',
}

function coverage({ skip }: GithubConfig): Coverage {
  return {
    sees: ['identities', 'grants', 'resources', 'reads', 'writes', 'admin', 'logins'],
    logged: ['read', 'write', 'delete', 'share', 'admin', 'login'],
    partly: {
      read: 'what is read over the web or the REST API is not logged',
      write: 'what is written over the web or the REST API is logged where it is merged, and not where it is committed',
    },
    blind: [
      'what is read of a repository over the web or the REST API is not logged: only clones, fetches and downloads are',
      'clones, fetches and pushes are kept for 7 days, everything else for 180',
      'the audit log needs Enterprise Cloud; addresses stand in it only when the organisation shows them',
      'of an app installed on selected repositories GitHub does not say which: its reach is an upper bound',
      'which people lack a second factor, GitHub tells owners and not apps',
      'which push brought a change of a workflow file is not in the audit log',
      "what people do in accounts and organisations outside this one is not seen, nor their forks' contents",
      ...skip.map((part) => blindBySkip[part]),
    ],
  }
}

const installation = z.object({
  id: z.number(),
  app_slug: z.string(),
  account: z.object({ id: z.number() }).nullable(),
  permissions: z.record(z.string(), z.string()),
  repository_selection: z.string(),
  suspended_at: z.string().nullish(),
})

async function readInstallation(context: PullContext<GithubConfig>, place: { installation: number }) {
  const response = await call(context, 'GET', `/app/installations/${place.installation}`, { as: 'app' })
  return readAnswer(installation, response, 'the installation of this app')
}

async function check(context: PullContext<GithubConfig>) {
  const { config } = context
  const installed = await readInstallation(context, config.app)
  const org = readAnswer(orgRow, await call(context, 'GET', `/orgs/${config.org}`), 'the organisation')
  const missing: string[] = []
  const excess: string[] = []
  if (installed.account?.id !== org.id) missing.push(`the app is installed on another account than ${config.org}`)
  if (installed.repository_selection !== 'all') {
    missing.push('the app is installed on selected repositories: the others are not seen')
  }
  const log = await call(context, 'GET', `/orgs/${config.org}/audit-log`, { query: { per_page: 1 }, budget: 'audit' })
  if (log.status !== 200) {
    missing.push(
      `the audit log answers ${log.status}: it needs Enterprise Cloud and \`organization_administration: read\``,
    )
  }
  for (const [name, level] of Object.entries(installed.permissions)) {
    if (level !== 'read') excess.push(`the app that looks may also change: ${name}: ${level}`)
  }
  if (config.containApp === undefined) missing.push('no `containApp`: nothing here can be contained')
  return {
    authority: authorityOfOrg(new URL(webUrl(config)).host, org.id),
    missing,
    excess,
    says: [
      `organisation ${org.login}, number ${org.id}, plan ${org.plan?.name ?? 'unknown'}`,
      `app ${installed.app_slug}`,
    ],
  }
}

/** The app that acts may hold what it needs in two places. GitHub gives `metadata` to each app, wanted or not. */
async function scopes(context: PullContext<GithubConfig>, use: CredentialUse): Promise<readonly string[] | null> {
  const { app, containApp, enterprise } = context.config
  const places = use === 'see' ? [app] : [containApp ?? app, ...(enterprise === undefined ? [] : [enterprise])]
  const held = new Set<string>()
  for (const place of places) {
    const { permissions } = await readInstallation(context, place)
    for (const [name, level] of Object.entries(permissions)) {
      if (use === 'see' || name !== 'metadata') held.add(`${name}: ${level}`)
    }
  }
  return [...held]
}
