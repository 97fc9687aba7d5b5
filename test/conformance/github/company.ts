import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'

import { githubConfig, githubConnector, type GithubConfig } from '#connectors/github'

import {
  install,
  makeApp,
  makeRepo,
  makeTeam,
  makeToken,
  makeUser,
  makeWorkflow,
  type App,
  type Installation,
  type Permissions,
  type Repo,
  type Team,
  type Token,
  type User,
} from '../../../lab/twins/github/state.ts'
import { startGithubTwin, type GithubTwin } from '../../../lab/twins/github/twin.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { openCordon, type Cordon } from './cordon.ts'

export type Company = {
  twin: GithubTwin
  clock: TwinClock
  config: GithubConfig
  /** Private keys of Cordon's two apps. */
  keys: { see: string; contain: string }
  root: User
  ada: User
  grace: User
  /** Somebody outside, as the thief's second account is. */
  mallory: User
  engineers: Team
  payroll: Repo
  website: Repo
  helper: { app: App; installation: Installation }
  /** Ada's, of each kind. */
  classic: Token
  fine: Token
}

export const startMs = Date.UTC(2026, 2, 24, 12)

const workflow = `on: pull_request_target
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: { ref: '\${{ github.event.pull_request.head.sha }}' }
      - uses: acme-tools/deploy@0123456789012345678901234567890123456789
      - run: ./deploy
        env: { KEY: '\${{ secrets.DEPLOY_KEY }}' }
`

/** A small company: two owners, a team, two repositories, an app of somebody else's, and the two apps Cordon uses. */
export async function foundCompany(over: Partial<GithubConfig> = {}, nowMs = startMs): Promise<Company> {
  const clock = new TwinClock(nowMs)
  const twin = await startGithubTwin({ clock, org: { id: 77, login: 'brightwater', enterprise: 'bright' } })
  const { state } = twin
  const [root, ada, grace] = [
    makeUser(state, 'root', 'admin'),
    makeUser(state, 'ada', 'admin'),
    makeUser(state, 'grace', 'member'),
  ]
  const mallory = makeUser(state, 'mallory')
  const engineers = makeTeam(state, 'engineers', ada, grace)
  const [payroll, website] = [makeRepo(state, 'payroll'), makeRepo(state, 'website')]
  payroll.teams.set(engineers.id, 'write')
  payroll.collaborators.set(ada.id, 'admin')
  payroll.secrets.push('DEPLOY_KEY')
  payroll.environments.set('production', ['DB_URL'])
  payroll.packages.push('pkg:pypi/litellm@1.82.7')
  makeWorkflow(state, payroll, 'deploy.yml', workflow)
  state.secrets.set('NPM_TOKEN', { repositories: [payroll.id] })
  state.secrets.set('SENTRY', { repositories: null })
  const runner = { id: state.next(), name: 'builder-1', busy: false }
  state.runners.set(runner.id, runner)

  const draft = (see: Part, contain: Part, enterprise: number): GithubConfig =>
    githubConfig.parse({
      org: 'brightwater',
      apiUrl: twin.url,
      app: see,
      containApp: contain,
      enterprise: { slug: 'bright', installation: enterprise },
      ...over,
    })
  const empty = draft({ id: '1', installation: 1 }, { id: '2', installation: 2 }, 3)
  const cordonApp = (use: 'see' | 'contain') => {
    const scopes = githubConnector.role?.(empty, use)?.scopes ?? []
    return makeApp(state, `cordon-${use}`, permissionsOf(scopes.map(({ name }) => name)))
  }
  const [see, contain] = [cordonApp('see'), cordonApp('contain')]
  const enterprise = install(state, contain.app, { enterprise_organization_installations: 'write' }, true)
  const part = ({ app, installation }: typeof see): Part => ({ id: String(app.id), installation: installation.id })
  const { app, installation } = makeApp(state, 'ci-helper', { contents: 'write', workflows: 'write', metadata: 'read' })
  return {
    twin,
    clock,
    config: draft(part(see), part(contain), enterprise.id),
    keys: { see: see.privateKey, contain: contain.privateKey },
    root,
    ada,
    grace,
    mallory,
    engineers,
    payroll,
    website,
    helper: { app, installation },
    classic: makeToken(state, { kind: 'classic', user: ada.id, scopes: ['repo', 'admin:org'] }),
    fine: makeToken(state, {
      kind: 'fine-grained',
      user: ada.id,
      permissions: { contents: 'write', metadata: 'read' },
      repositories: [payroll.id],
    }),
  }
}

type Part = { id: string; installation: number }

/** `name: level`, as the connector's role says it. */
export const permissionsOf = (scopes: readonly string[]): Permissions =>
  Object.fromEntries(
    scopes.map((scope) => {
      const [name = '', level] = scope.split(': ')
      return [name, level === 'write' ? 'write' : 'read']
    }),
  )

/** A public half as it stands in `id_ed25519.pub`. */
export function sshKey(): string {
  const { publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const field = (bytes: Uint8Array): Buffer => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  const body = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)])
  return `ssh-ed25519 ${body.toString('base64')}`
}

/** The company for one test, shut down behind it whatever happens. */
export async function inCompany(
  work: (company: Company, cordon: Cordon) => Promise<void>,
  over: Partial<GithubConfig> = {},
  nowMs?: number,
): Promise<void> {
  const company = await foundCompany(over, nowMs)
  const cordon = openCordon(company)
  try {
    await work(company, cordon)
    assert.deepEqual(company.twin.wrongRequests, [], 'what GitHub does not know')
    // Of the rows of the audit log the description names a part of the fields.
    const untrue = company.twin.wrongAnswers.filter((fault) => !fault.startsWith('orgs/get-audit-log 200: body['))
    assert.deepEqual(untrue, [], 'answers that GitHub never gives')
  } finally {
    cordon.close()
    await company.twin.close()
  }
}
