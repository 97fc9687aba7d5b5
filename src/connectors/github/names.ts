import { createHash } from 'node:crypto'

import { entityId, kindOf, nativeOf, type EntityId } from '#model'

/**
 * Every native id is GitHub's own immutable number. A person's login, a repository's name and a team's slug are facts.
 * The organisation is the authority: two organisations know the same person as two entities.
 */
export const authorityOfOrg = (host: string, orgId: number): string => `${host}/org/${orgId}`

export const nameUser = (authority: string, id: number): EntityId => entityId('identity', authority, `user/${id}`)
/** An app of which an audit row gives the name alone. */
export const nameInstallationName = (authority: string, app: string): EntityId =>
  entityId('credential', authority, `installation/name=${app.toLowerCase()}`)
/** For an audit row without the number: joins nothing, and no action takes it. */
export const nameLogin = (authority: string, login: string): EntityId =>
  entityId('identity', authority, `user/login=${login.toLowerCase()}`)
export const nameTeam = (authority: string, id: number): EntityId => entityId('identity', authority, `team/${id}`)
export const nameOwners = (authority: string): EntityId => entityId('identity', authority, 'owners')
export const nameMembers = (authority: string): EntityId => entityId('identity', authority, 'members')
export const nameBot = (authority: string, app: number): EntityId => entityId('identity', authority, `app/${app}`)
export const nameApp = (authority: string, app: number): EntityId => entityId('app', authority, `app/${app}`)
export const nameInstallation = (authority: string, id: number): EntityId =>
  entityId('credential', authority, `installation/${id}`)

export const nameOrg = (authority: string): EntityId => entityId('resource', authority, 'org')
export const nameRepos = (authority: string): EntityId => entityId('resource', authority, 'repos')
export const nameRepo = (authority: string, id: number): EntityId => entityId('resource', authority, `repo/${id}`)
export const nameRepoLogin = (authority: string, fullName: string): EntityId =>
  entityId('resource', authority, `repo/name=${fullName.toLowerCase()}`)
/** What only a workflow of a repository can read: its secrets. Who may push may make a workflow. */
export const nameRepoActions = (authority: string, id: number | 'all'): EntityId =>
  entityId('resource', authority, id === 'all' ? 'repos/actions' : `repo/${id}/actions`)
/** A set of secrets of `places`, by `placeNative`; that of a repository's Actions secrets is the one above. */
export const nameSecretSet = (authority: string, native: string): EntityId => entityId('resource', authority, native)
export const nameWorkflow = (authority: string, repo: number, id: number): EntityId =>
  entityId('resource', authority, `workflow/${repo}/${id}`)
export const nameRun = (authority: string, repo: number, id: number): EntityId =>
  entityId('resource', authority, `run/${repo}/${id}`)

/** GitHub's own machines, as the place where a repository's jobs run: what is pulled in there reads the secrets given to a job. */
export const nameCi = (authority: string, repo: number): EntityId => entityId('host', authority, `ci/${repo}`)
/** A secret that GitHub found in a repository. */
export const nameLeak = (authority: string, repo: number, alert: number): EntityId =>
  entityId('credential', authority, `leak/${repo}/${alert}`)

/** `where`: a repository's number, or the organisation. */
export type Where = number | 'org'
export const nameHook = (authority: string, where: Where, id: number): EntityId =>
  entityId('resource', authority, `hook/${where}/${id}`)
export const nameRunner = (authority: string, where: Where, id: number): EntityId =>
  entityId('host', authority, `runner/${where}/${id}`)
export type SecretPlace = { where: Where; environment?: string; name: string }
export const nameSecret = (authority: string, { where, environment, name }: SecretPlace): EntityId =>
  entityId(
    'credential',
    authority,
    `secret/${where}/${environment === undefined ? '' : `${encodeURIComponent(environment)}/`}${name.toUpperCase()}`,
  )

/** What a job asks for by name. Which secret that is (the environment's, the repository's, the organisation's) the inventory says. */
export const nameSlot = (authority: string, { where, environment, name }: SecretPlace): EntityId =>
  entityId(
    'credential',
    authority,
    `slot/${where}/${environment === undefined ? '' : `${encodeURIComponent(environment)}/`}${name.toUpperCase()}`,
  )

/** All that a person does on the web, signed in: no token stands behind those rows. */
export const nameWebSession = (authority: string, user: number): EntityId =>
  entityId('credential', authority, `websession/${user}`)
/** The token itself (classic, OAuth, user-to-server), by GitHub's number of it. */
export const nameToken = (authority: string, id: string): EntityId => entityId('credential', authority, `token/${id}`)
/** A token of which only the hash is known. */
export const nameTokenPrint = (authority: string, print: string): EntityId =>
  entityId('credential', authority, `token/fp=${print}`)
/** Fine-grained: the token, the identity whose rights it has, and the owner's grant of it to the organisation. */
export const namePat = (authority: string, tokenId: string): EntityId =>
  entityId('credential', authority, `pat/${tokenId}`)
export const namePatRights = (authority: string, tokenId: string): EntityId =>
  entityId('identity', authority, `pat/${tokenId}`)
export const nameGrant = (authority: string, grantId: number): EntityId =>
  entityId('credential', authority, `grant/${grantId}`)
export const nameSshKey = (authority: string, print: string): EntityId =>
  entityId('credential', authority, `sshkey/${plainPrint(print)}`)
export const nameDeployKey = (authority: string, repo: number, print: string): EntityId =>
  entityId('credential', authority, `deploykey/${repo}/${plainPrint(print)}`)
/** A person's direct right on a repository, and a place in a team, as audit rows see them being given. */
export const nameCollaboration = (authority: string, repo: number, user: number): EntityId =>
  entityId('credential', authority, `collaboration/${repo}/${user}`)
export const nameTeamPlace = (authority: string, team: number, user: number): EntityId =>
  entityId('credential', authority, `teamplace/${team}/${user}`)

/** `fp:k1.abc…`, as the intake leaves hashes behind. Undefined for text that was not scrubbed. */
export function nameFingerprint(text: string): EntityId | undefined {
  const print = printOf(text)
  return print === undefined ? undefined : entityId('credential', 'fp', print)
}
export const printOf = (text: string): string | undefined => /^fp:([^:\s]+)$/.exec(text)?.[1]

const plainPrint = (print: string): string => print.replace(/^SHA256:/, '').replace(/=+$/, '')

/** As `ssh-keygen -l` shows it, without its prefix; undefined when the text is no public key. */
export function sshPrint(publicKey: string): string | undefined {
  const body = /^(?:ssh|ecdsa|sk)-?[\w@.-]*\s+([A-Za-z0-9+/]{40,}={0,2})/.exec(publicKey)?.[1]
  return body === undefined
    ? undefined
    : createHash('sha256').update(Buffer.from(body, 'base64')).digest('base64').replace(/=+$/, '')
}

const whereOf = (text: string): Where => (text === 'org' ? 'org' : Number(text))

export type Target =
  | { noun: 'user'; user: number }
  | { noun: 'installation'; installation: number }
  | { noun: 'token'; token: string }
  | { noun: 'websession'; user: number }
  | { noun: 'pat'; token: string }
  | { noun: 'grant'; grant: number }
  | { noun: 'sshkey'; print: string }
  | { noun: 'deploykey'; repo: number; print: string }
  | { noun: 'collaboration'; repo: number; user: number }
  | { noun: 'teamplace'; team: number; user: number }
  | { noun: 'hook'; where: Where; hook: number }
  | { noun: 'runner'; where: Where; runner: number }
  | { noun: 'workflow'; repo: number; workflow: number }
  | { noun: 'run'; repo: number; run: number }
  | ({ noun: 'secret' } & SecretPlace)
export type Noun = Target['noun']

type Reader = { kind: string; pattern: RegExp; read(part: readonly string[]): Target }
const reader = (kind: string, pattern: RegExp, read: Reader['read']): Reader => ({ kind, pattern, read })
const number = (text: string | undefined): number => Number(text)

const readers: readonly Reader[] = [
  reader('identity', /^user\/(\d+)$/, ([user]) => ({ noun: 'user', user: number(user) })),
  reader('credential', /^installation\/(\d+)$/, ([id]) => ({ noun: 'installation', installation: number(id) })),
  reader('credential', /^websession\/(\d+)$/, ([user]) => ({ noun: 'websession', user: number(user) })),
  reader('credential', /^token\/(.+)$/, ([token = '']) => ({ noun: 'token', token })),
  reader('credential', /^pat\/(\d+)$/, ([token = '']) => ({ noun: 'pat', token })),
  reader('credential', /^grant\/(\d+)$/, ([grant]) => ({ noun: 'grant', grant: number(grant) })),
  reader('credential', /^sshkey\/(.+)$/, ([print = '']) => ({ noun: 'sshkey', print })),
  reader('credential', /^deploykey\/(\d+)\/(.+)$/, ([repo, print = '']) => ({
    noun: 'deploykey',
    repo: number(repo),
    print,
  })),
  reader('credential', /^collaboration\/(\d+)\/(\d+)$/, ([repo, user]) => ({
    noun: 'collaboration',
    repo: number(repo),
    user: number(user),
  })),
  reader('credential', /^teamplace\/(\d+)\/(\d+)$/, ([team, user]) => ({
    noun: 'teamplace',
    team: number(team),
    user: number(user),
  })),
  reader('resource', /^hook\/(org|\d+)\/(\d+)$/, ([where = '', id]) => ({
    noun: 'hook',
    where: whereOf(where),
    hook: number(id),
  })),
  reader('host', /^runner\/(org|\d+)\/(\d+)$/, ([where = '', id]) => ({
    noun: 'runner',
    where: whereOf(where),
    runner: number(id),
  })),
  reader('resource', /^workflow\/(\d+)\/(\d+)$/, ([repo, id]) => ({
    noun: 'workflow',
    repo: number(repo),
    workflow: number(id),
  })),
  reader('resource', /^run\/(\d+)\/(\d+)$/, ([repo, id]) => ({ noun: 'run', repo: number(repo), run: number(id) })),
  reader('credential', /^secret\/(org|\d+)\/(?:([^/]+)\/)?([^/]+)$/, ([where = '', environment, name = '']) => ({
    noun: 'secret',
    where: whereOf(where),
    name,
    ...(environment === undefined ? {} : { environment: decodeURIComponent(environment) }),
  })),
]

/** Reads back what the builders above made; undefined for anything else. */
export function targetOf(entity: EntityId): Target | undefined {
  const kind = kindOf(entity)
  const native = nativeOf(entity)
  for (const { kind: wanted, pattern, read } of readers) {
    const match = kind === wanted ? pattern.exec(native) : null
    if (match !== null) return read(match.slice(1))
  }
  return undefined
}

/** The target when it is of this noun. */
export function targetAs<N extends Noun>(noun: N, entity: EntityId): Extract<Target, { noun: N }> | undefined {
  const target = targetOf(entity)
  const isNoun = (found: Target): found is Extract<Target, { noun: N }> => found.noun === noun
  return target !== undefined && isNoun(target) ? target : undefined
}
