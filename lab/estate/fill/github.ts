import {
  install,
  makeRepo,
  makeTeam,
  makeToken,
  makeUser,
  makeWorkflow,
  publishApp,
  roleIn,
  sshPrint,
  type Permissions,
  type Repo,
  type Team,
  type User,
} from '../../twins/github/state.ts'
import { startGithubTwin, type GithubTwin } from '../../twins/github/twin.ts'
import { dayMs, type Company, type Person, type Repo as PlannedRepo } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import type { At, Part } from '../part.ts'
import { plantGithub } from '../planted/github.ts'
import { isOld, isUnused } from '../planted/kinds.ts'
import { draftOf, tellApp, tellIdentity, weak, type Draft } from '../truth.ts'
import { useGithub } from '../use/github.ts'

const org = { login: 'brightwater', enterprise: 'brightwater-data' }
const callsPerHour = 100_000_000

/** Runs what a stranger's pull request brings, with the repository's secrets. */
const openWorkflow = `on: pull_request_target
jobs:
  preview:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: { ref: '\${{ github.event.pull_request.head.sha }}' }
      - run: ./preview
        env: { KEY: '\${{ secrets.DEPLOY_KEY }}' }
`
const closedWorkflow = `on:
  push: { branches: [main] }
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: ./deploy
        env: { KEY: '\${{ secrets.DEPLOY_KEY }}' }
`

/** The engineers' organisation: their teams and tokens, the repositories with what lies in them, and apps let in. */
export const github: Part = async (company, at) => {
  const twin = await startGithubTwin({ clock: at.clock, org: { ...org, id: 7_000_000 + (company.seed % 900_000) } })
  twin.settings.allowance = { core: callsPerHour, audit: callsPerHour, unsigned: callsPerHour }
  const fill = draftOf('github')
  const users = fillPeople(twin, company, fill)
  const teams = fillTeams(twin, company, users)
  const repos = company.repos.map((planned) => fillRepo(twin, company, planned, teams, fill))
  fillTokens(twin, company, users, repos, fill)
  fillLeaks(twin, company, at, repos, fill)
  fillApps(twin, company, fill)
  plantGithub({ twin, company, repos, fill, sshKey })
  const source = await connectCordon(twin, at)
  fill.counts = countsOf(twin)
  const pasts = at.density > 0 ? useGithub(twin, company, users, at.density) : {}
  return {
    url: twin.url,
    fill: { ...fill, source, names: { org: [org.login], repos: company.repos.map(({ name }) => name) } },
    pasts,
    close: () => twin.close(),
  }
}

const isMember = ({ teams }: Company, { kind, group, admin, endMs, leftAlive }: Person): boolean =>
  (kind === 'staff' && endMs === null && (teams[group]?.engineers === true || admin === 'owner')) ||
  leftAlive === 'github'

function fillPeople(twin: GithubTwin, company: Company, fill: Draft): Map<number, User> {
  const users = new Map<number, User>()
  const code = company.people.filter(
    ({ kind, group, endMs }) => kind === 'contractor' && endMs === null && company.projects[group]?.work === 'code',
  )
  const outside = code.slice(0, Math.max(2, Math.round(company.size.contractors / 1_000)))
  for (const person of company.people) {
    const isIn = isMember(company, person)
    if (!isIn && !outside.includes(person)) continue
    const user = makeUser(
      twin.state,
      `bw-${person.n + 1}`,
      isIn ? (person.admin === 'owner' ? 'admin' : 'member') : undefined,
    )
    users.set(person.n, user)
    fill.natives.set(person.n, String(user.id))
    if (person.leftAlive === 'github' && person.endMs !== null)
      weak(fill, 'leaver-alive', {
        noun: 'user',
        native: String(user.id),
        label: person.email,
        sinceMs: person.endMs,
        person: person.n,
      })
  }
  return users
}

function fillTeams({ state }: GithubTwin, company: Company, users: ReadonlyMap<number, User>): Map<number, Team> {
  const of = (team: number): User[] =>
    company.people.flatMap(({ n, kind, group }) => (kind === 'staff' && group === team ? (users.get(n) ?? []) : []))
  return new Map(
    company.teams.flatMap(({ slug, engineers }, at) =>
      engineers ? [[at, makeTeam(state, slug, ...of(at))] as const] : [],
    ),
  )
}

function fillRepo(
  { state }: GithubTwin,
  company: Company,
  planned: PlannedRepo,
  teams: ReadonlyMap<number, Team>,
  fill: Draft,
): Repo {
  const draw = drawOf(company.seed, `github/repo/${planned.n}`)
  const repo = makeRepo(state, planned.name)
  repo.private = planned.private
  const own = teams.get(planned.team)
  if (own !== undefined) repo.teams.set(own.id, 'write')
  const [reader] = draw.some([...teams.values()], 1)
  if (reader !== undefined && reader !== own) repo.teams.set(reader.id, 'read')
  const outsiders = [...state.users.values()].filter(({ id }) => !state.members.has(id))
  if (planned.n < outsiders.length || draw.chance(0.1)) {
    const one = outsiders[planned.n % Math.max(1, outsiders.length)]
    if (one !== undefined) repo.collaborators.set(one.id, 'write')
  }
  repo.secrets.push(...planned.secrets)
  repo.packages.push(...planned.packages)
  if (planned.secrets.length > 0) {
    const workflow = makeWorkflow(state, repo, 'deploy.yml', planned.isForkReadable ? openWorkflow : closedWorkflow)
    if (planned.isForkReadable)
      weak(fill, 'fork-readable-secret', {
        noun: 'workflow',
        native: `${repo.id}/${workflow.id}`,
        label: `${planned.name}: DEPLOY_KEY`,
        sinceMs: company.yearMs,
      })
  }
  if (planned.deployKeyMs !== null) fillDeployKey(state, repo, planned.deployKeyMs, draw.hex(64), company, fill)
  return repo
}

function fillDeployKey(
  state: GithubTwin['state'],
  repo: Repo,
  createdAtMs: number,
  hex: string,
  company: Company,
  fill: Draft,
): void {
  const [by] = [...state.members].find(([, { role }]) => role === 'admin') ?? []
  const key = {
    id: state.next(),
    title: 'deploy',
    key: sshKey(hex),
    readOnly: true,
    createdAtMs,
    by: state.users.get(by ?? 0)?.login ?? '',
  }
  repo.keys.set(key.id, key)
  if (isOld(createdAtMs, company.nowMs))
    weak(fill, 'old-key', {
      noun: 'deploy-key',
      native: `${repo.id}/${sshPrint(key.key)}`,
      label: `deploy key of ${repo.name}`,
      sinceMs: createdAtMs,
    })
}

/** As it stands in `id_ed25519.pub`; nobody has the other half. */
function sshKey(hex: string): string {
  const field = (bytes: Uint8Array): Buffer => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return Buffer.concat([length, bytes])
  }
  return `ssh-ed25519 ${Buffer.concat([field(Buffer.from('ssh-ed25519')), field(Buffer.from(hex, 'hex'))]).toString('base64')}`
}

/** Every second engineer has a token; some of them were made and never used. */
function fillTokens(
  { state }: GithubTwin,
  company: Company,
  users: ReadonlyMap<number, User>,
  repos: readonly Repo[],
  fill: Draft,
): void {
  let unused = 0
  for (const [n, user] of users) {
    const person = company.people[n]
    if (person === undefined || !state.members.has(user.id)) continue
    const draw = drawOf(company.seed, `github/token/${n}`)
    if (person.leftAlive === null && draw.chance(0.5)) continue
    const isClassic = draw.chance(0.5) || person.leftAlive !== null
    const letInAtMs = Math.max(person.startMs, company.nowMs - (31 + draw.int(300)) * dayMs)
    const isForgotten = person.leftAlive === null && unused < company.size.weaknesses
    if (isForgotten) unused++
    const lastUsedMs = isForgotten ? null : Math.min(person.endMs ?? company.nowMs, company.nowMs - draw.int(9) * dayMs)
    const permissions: Permissions = { contents: draw.chance(0.5) ? 'write' : 'read', metadata: 'read' }
    const token = makeToken(state, {
      kind: isClassic ? 'classic' : 'fine-grained',
      user: user.id,
      letInAtMs,
      ...(lastUsedMs === null ? {} : { lastUsedAtMs: lastUsedMs }),
      ...(isClassic
        ? { scopes: person.admin === 'owner' ? ['repo', 'admin:org'] : ['repo'] }
        : {
            permissions,
            repositories: draw
              .some(
                repos.filter((repo) => roleIn(state, repo, user.id) !== undefined),
                3,
              )
              .map(({ id }) => id),
          }),
    })
    const host = company.hosts.find(({ owner }) => owner === n)
    const native = String(token.id)
    fill.credentials.push({
      id: `github/token/${n}`,
      vendor: 'github',
      kind: 'personal-token',
      native,
      value: token.value,
      with: {},
      owner: person.email,
      createdMs: letInAtMs,
      lastUsedMs,
      lies: host === undefined ? [] : [{ at: 'host', host: host.id, path: 'home/dev/.config/git/credentials' }],
    })
    if (isUnused(letInAtMs, lastUsedMs, company.nowMs))
      weak(fill, 'unused-key', {
        noun: 'token',
        native,
        label: `token of ${person.email}`,
        sinceMs: letInAtMs,
        person: n,
      })
  }
}

/** What scanning found in a repository: secrets of other vendors, still good. */
function fillLeaks({ state }: GithubTwin, company: Company, { made }: At, repos: readonly Repo[], fill: Draft): void {
  for (const { lies, value, id, createdMs } of made.values()) {
    for (const place of lies) {
      if (place.at !== 'repo') continue
      const repo = repos.find(({ name }) => name === place.repo)
      if (repo === undefined) continue
      const number = state.alerts.length + 1
      const createdAtMs = Math.min(createdMs + 10 * dayMs, company.nowMs - dayMs)
      state.alerts.push({
        number,
        repo: repo.id,
        type: 'okta_client_secret',
        secret: value,
        path: place.path,
        createdAtMs,
      })
      weak(fill, 'secret-in-repository', {
        noun: 'leak',
        native: `${repo.id}/${number}`,
        label: `${repo.name}/${place.path}: ${id}`,
        sinceMs: createdAtMs,
      })
    }
  }
}

function fillApps({ state }: GithubTwin, company: Company, fill: Draft): void {
  for (const { vendor, slug, scopes } of company.apps) {
    if (vendor !== 'github') continue
    const app = publishApp(state, slug, '')
    install(state, app, permissionsOf(scopes))
    tellApp(fill, { native: `app/${app.id}`, label: slug, ours: false, letIn: null })
    tellIdentity(fill, { kind: 'vendor', noun: 'app', native: `app/${app.id}`, label: slug })
  }
  // One that codes by a model's word, and one that is only called so.
  for (const [slug, kind] of [
    ['copilot-swe-agent', 'agent'],
    ['release-ai-agent', 'vendor'],
  ] as const) {
    const app = publishApp(state, slug, '')
    install(state, app, permissionsOf(['contents: write', 'pull_requests: write']))
    tellApp(fill, { native: `app/${app.id}`, label: slug, ours: false, letIn: null })
    tellIdentity(fill, { kind, noun: 'app', native: `app/${app.id}`, label: slug })
  }
  const runners = company.hosts.filter(({ kind }) => kind === 'runner')
  for (const { id: name } of runners) {
    const id = state.next()
    state.runners.set(id, { id, name, busy: false })
  }
  state.secrets.set('PACKAGE_TOKEN', { repositories: null })
}

/** `name: level`, as the connector's role says it. */
const permissionsOf = (scopes: readonly string[]): Permissions =>
  Object.fromEntries(
    scopes.map((scope) => {
      const [name = '', level] = scope.split(': ')
      return [name, level === 'write' ? 'write' : 'read']
    }),
  )

async function connectCordon({ state, url }: GithubTwin, { roles, keys }: At) {
  const draft = {
    org: org.login,
    apiUrl: url,
    app: { id: '1', installation: 1 },
    containApp: { id: '2', installation: 2 },
  }
  const own = async (use: 'see' | 'contain') => {
    const app = publishApp(state, `cordon-${use}`, keys[use].publicPem)
    const { id } = install(state, app, permissionsOf(await roles('github', draft, use)))
    return { id: String(app.id), installation: id }
  }
  return {
    connector: 'github',
    config: { ...draft, app: await own('see'), containApp: await own('contain') },
    see: { privateKey: keys.see.privatePem },
    contain: { privateKey: keys.contain.privatePem },
  }
}

function countsOf({ state }: GithubTwin): Record<string, number> {
  const repos = [...state.repos.values()]
  const sum = (count: (repo: Repo) => number): number => repos.reduce((all, repo) => all + count(repo), 0)
  return {
    members: state.members.size,
    users: state.users.size,
    teams: state.teams.size,
    repositories: repos.length,
    'deploy-keys': sum(({ keys }) => keys.size),
    workflows: sum(({ workflows }) => workflows.size),
    secrets: sum(({ secrets }) => secrets.length) + state.secrets.size,
    runners: state.runners.size,
    tokens: state.tokens.size,
    installations: state.installations.size,
    leaks: state.alerts.length,
  }
}
