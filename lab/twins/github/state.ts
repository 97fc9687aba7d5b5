import { createHash, generateKeyPairSync } from 'node:crypto'

export type Level = 'read' | 'write'
export type Permissions = Record<string, Level>
export const roles = ['read', 'triage', 'write', 'maintain', 'admin'] as const
export type Role = (typeof roles)[number]

export type User = { id: number; login: string }
export type Member = { role: 'admin' | 'member'; state: 'active' | 'pending' }
export type Team = { id: number; slug: string; members: Map<number, 'member' | 'maintainer'> }
export type Key = { id: number; title: string; key: string; readOnly: boolean; createdAtMs: number; by: string }
export type Hook = { id: number; active: boolean; url: string; events: string[]; createdAtMs: number }
export type Runner = { id: number; name: string; busy: boolean }
export type Workflow = { id: number; path: string; state: 'active' | 'disabled_manually' }
export type Run = { id: number; workflow: number; status: 'in_progress' | 'completed' }
/** What a workflow reads by name; of a secret nobody else is told the value. */
export type Slot = { value: string; createdAtMs: number; updatedAtMs: number }
/** Secrets of one holder, and the variables that stand beside them. */
export type Shelf = { secrets: Map<string, Slot>; variables: Map<string, Slot> }
export const emptyShelf = (): Shelf => ({ secrets: new Map(), variables: new Map() })
export type Repo = {
  id: number
  name: string
  private: boolean
  collaborators: Map<number, Role>
  teams: Map<number, Role>
  keys: Map<number, Key>
  hooks: Map<number, Hook>
  runners: Map<number, Runner>
  workflows: Map<number, Workflow>
  runs: Map<number, Run>
  secrets: string[]
  /** Values of some of them. */
  values: Map<string, Slot>
  variables: Map<string, Slot>
  environments: Map<string, string[]>
  /** Values of some secrets of environments. */
  shelves: Map<string, Shelf>
  dependabot: Map<string, Slot>
  codespaces: Map<string, Slot>
  files: Map<string, string>
  packages: string[]
}
export type App = { id: number; slug: string; publicKey: string }
export type Installation = {
  id: number
  app: number
  permissions: Permissions
  selection: 'all' | 'selected'
  /** Of the enterprise above: the organisation does not list it. */
  isOfEnterprise: boolean
  suspendedAtMs: number | null
}
export type Token = {
  id: number
  value: string
  kind: 'classic' | 'fine-grained' | 'installation'
  /** Null: an app's. */
  user: number | null
  installation: number | null
  scopes: string[]
  /** Null: whatever the scopes and the user allow. */
  permissions: Permissions | null
  repositories: number[] | null
  expiresAtMs: number | null
  /** From then on refused everywhere. */
  revokedAtMs: number | null
  /** By single sign-on, or by the owner's grant: the organisation lets it in. */
  letIn: number | null
  note: string
  /** Absent: now, in the twin's eyes. */
  letInAtMs?: number
  lastUsedAtMs?: number
}
export type Alert = { number: number; repo: number; type: string; secret: string; path: string; createdAtMs?: number }

export type State = {
  org: { id: number; login: string; enterprise: string }
  users: Map<number, User>
  members: Map<number, Member>
  teams: Map<number, Team>
  repos: Map<number, Repo>
  hooks: Map<number, Hook>
  runners: Map<number, Runner>
  secrets: Map<string, { repositories: number[] | null }>
  /** Values of some of them. */
  shelf: Shelf
  apps: Map<number, App>
  installations: Map<number, Installation>
  tokens: Map<string, Token>
  alerts: Alert[]
  next(): number
}

export function createState(org: State['org']): State {
  let made = 1000
  return {
    org,
    users: new Map(),
    members: new Map(),
    teams: new Map(),
    repos: new Map(),
    hooks: new Map(),
    runners: new Map(),
    secrets: new Map(),
    shelf: emptyShelf(),
    apps: new Map(),
    installations: new Map(),
    tokens: new Map(),
    alerts: [],
    next: () => ++made,
  }
}

export function makeUser(state: State, login: string, role?: Member['role']): User {
  const user = { id: state.next(), login }
  state.users.set(user.id, user)
  if (role !== undefined) state.members.set(user.id, { role, state: 'active' })
  return user
}

export function makeTeam(state: State, slug: string, ...members: readonly User[]): Team {
  const team: Team = { id: state.next(), slug, members: new Map(members.map(({ id }) => [id, 'member'])) }
  state.teams.set(team.id, team)
  return team
}

export function makeRepo(state: State, name: string): Repo {
  const repo: Repo = {
    id: state.next(),
    name,
    private: true,
    collaborators: new Map(),
    teams: new Map(),
    keys: new Map(),
    hooks: new Map(),
    runners: new Map(),
    workflows: new Map(),
    runs: new Map(),
    secrets: [],
    values: new Map(),
    variables: new Map(),
    environments: new Map(),
    shelves: new Map(),
    dependabot: new Map(),
    codespaces: new Map(),
    files: new Map(),
    packages: [],
  }
  state.repos.set(repo.id, repo)
  return repo
}

/** A workflow with its file, as a push brings it. */
export function makeWorkflow(state: State, repo: Repo, name: string, text: string): Workflow {
  const workflow: Workflow = { id: state.next(), path: `.github/workflows/${name}`, state: 'active' }
  repo.workflows.set(workflow.id, workflow)
  repo.files.set(workflow.path, text)
  return workflow
}

/** Made once a process: a key takes longer than all the rest of a company. */
const pairs = new Map<string, ReturnType<typeof generateKeyPairSync>>()

/** `privateKey`: PEM, for whoever runs the app. */
export function makeApp(state: State, slug: string, permissions: Permissions) {
  const pair = pairs.get(slug) ?? generateKeyPairSync('rsa', { modulusLength: 2048 })
  pairs.set(slug, pair)
  const app = publishApp(state, slug, pair.publicKey.export({ format: 'pem', type: 'spki' }).toString())
  const privateKey = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { app, installation: install(state, app, permissions), privateKey }
}

/** `publicKey`: PEM; an app that nobody signs in with has none. */
export function publishApp(state: State, slug: string, publicKey: string): App {
  const app: App = { id: state.next(), slug, publicKey }
  state.apps.set(app.id, app)
  return app
}

export function install(state: State, app: App, permissions: Permissions, isOfEnterprise = false): Installation {
  const installation: Installation = {
    id: state.next(),
    app: app.id,
    permissions,
    selection: 'all',
    isOfEnterprise,
    suspendedAtMs: null,
  }
  state.installations.set(installation.id, installation)
  return installation
}

const prefixes = { classic: 'ghp_', 'fine-grained': 'github_pat_', installation: 'ghs_' } as const

/** The same values in each run: nobody could guess them, were this not a twin. */
export function makeToken(state: State, given: Pick<Token, 'kind' | 'user'> & Partial<Token>): Token {
  const id = state.next()
  const token: Token = {
    id,
    value: `${prefixes[given.kind]}EXAMPLE${String(id).padStart(29, '0')}`,
    installation: null,
    scopes: [],
    permissions: null,
    repositories: null,
    expiresAtMs: null,
    revokedAtMs: null,
    letIn: given.user === null ? null : state.next(),
    note: 'laptop',
    ...given,
  }
  state.tokens.set(token.value, token)
  return token
}

export const roleRank = (role: Role | undefined): number => (role === undefined ? -1 : roles.indexOf(role))

/** The greatest of what the organisation, a team or the repository itself gives. */
export function roleIn({ members, teams }: State, repo: Repo, user: number): Role | undefined {
  const member = members.get(user)
  if (member?.state === 'active' && member.role === 'admin') return 'admin'
  const byTeam = [...repo.teams].flatMap(([team, role]) => (teams.get(team)?.members.has(user) === true ? [role] : []))
  const own = repo.collaborators.get(user)
  const given = [...byTeam, ...(own === undefined ? [] : [own])]
  return given.reduce<Role | undefined>((best, one) => (roleRank(one) > roleRank(best) ? one : best), undefined)
}

export const repoNamed = (
  { repos, org }: State,
  owner: string | undefined,
  name: string | undefined,
): Repo | undefined =>
  owner?.toLowerCase() === org.login ? [...repos.values()].find((repo) => repo.name === name) : undefined
export const userNamed = ({ users }: State, login: string | undefined): User | undefined =>
  [...users.values()].find((user) => user.login.toLowerCase() === login?.toLowerCase())
export const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** As `ssh-keygen -l` shows it. */
export function sshPrint(publicKey: string): string {
  const body = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(body).digest('base64').replace(/=+$/, '')}`
}
