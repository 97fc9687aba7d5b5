import { sha256, toHex, utf8, type JsonObject } from 'cordon/kit'

export type User = {
  id: string
  name: string
  email: string
  teams: string[]
  role: 'primary owner' | 'owner' | 'admin' | 'member' | 'guest'
  isActive: boolean
  isBot: boolean
  hasMfa: boolean
  createdS: number
}
/** A browser or client that is signed in: its token is worth nothing without the cookie. */
export type Session = {
  id: number
  user: string
  team: string
  token: string
  cookie: string
  ip: string
  agent: string
}
export type Token = { value: string; kind: 'user' | 'bot'; app: string; user: string; scopes: string[] }
export type App = {
  id: string
  name: string
  isInternal: boolean
  userScopes: string[]
  botScopes: string[]
  resolution: 'approved' | 'restricted' | null
}
export type Channel = { id: string; name: string; team: string; isPrivate: boolean; sharedWith: string[] }
export type Usergroup = { id: string; name: string; team: string; users: string[] }
export type Job = { atMs: number; user: string }
export type Message = {
  ts: string
  user: string
  text: string
  /** Of the app that posted it; null: a person wrote it. */
  bot: string | null
  app: string | null
  metadata: JsonObject | null
  /** The message whose thread it stands in, and whether the conversation shows it too. */
  thread: string | null
  isBroadcast: boolean
  reactions: Map<string, string[]>
}
/** A conversation of one app's bot with one person. */
export type Im = { id: string; bot: string; user: string; messages: Message[] }

/** What an organisation holds. Maps keep the order of making, which is Slack's order of listing. */
export type State = {
  org: string
  teams: Map<string, { id: string; name: string }>
  users: Map<string, User>
  sessions: Map<number, Session>
  tokens: Map<string, Token>
  apps: Map<string, App>
  channels: Map<string, Channel>
  usergroups: Map<string, Usergroup>
  ims: Map<string, Im>
  /** Workspaces that keep the apps of the organisation out. */
  closedTeams: Set<string>
  /** Ends of sessions that are queued. */
  jobs: Job[]
  integrations: JsonObject[]
  /** A number never used before. */
  next(): number
}

export function createState(org: string): State {
  let made = 0
  return {
    org,
    teams: new Map(),
    users: new Map(),
    sessions: new Map(),
    tokens: new Map(),
    apps: new Map(),
    channels: new Map(),
    usergroups: new Map(),
    ims: new Map(),
    closedTeams: new Set(),
    jobs: [],
    integrations: [],
    next: () => ++made,
  }
}

/** Slack's ids: a letter for the kind, then capitals and digits. */
export const idOf = (state: State, kind: string): string =>
  `${kind}${toHex(sha256(utf8(`${kind}${state.next()}`)))
    .slice(0, 10)
    .toUpperCase()}`
/** A value nobody could guess, were this not a twin: the same in each run. */
export const valueOf = (state: State, kind: string): string =>
  `${kind}-EXAMPLE-${toHex(sha256(utf8(`value ${state.next()}`))).slice(0, 32)}`

export const isAdmin = (user: User | undefined): boolean =>
  user !== undefined && ['primary owner', 'owner', 'admin'].includes(user.role)
export const isOwner = (user: User | undefined): boolean =>
  user !== undefined && ['primary owner', 'owner'].includes(user.role)

/** Ends what was asked for and is due: Slack's `ok` to a reset came before. */
export function runJobs(state: State, nowMs: number): void {
  for (const job of state.jobs.filter(({ atMs }) => atMs <= nowMs)) {
    for (const session of state.sessions.values()) if (session.user === job.user) state.sessions.delete(session.id)
  }
  state.jobs = state.jobs.filter(({ atMs }) => atMs > nowMs)
}

/** Signs a user out, and takes from apps what they held in the user's name. */
export function deactivate(state: State, user: User): void {
  user.isActive = false
  for (const session of state.sessions.values()) if (session.user === user.id) state.sessions.delete(session.id)
  for (const token of state.tokens.values()) {
    if (token.user === user.id && token.kind === 'user') state.tokens.delete(token.value)
  }
}
