import { z } from 'zod'

import type { Json } from '#kit'
import {
  freshParts,
  onceARun,
  readAnswer,
  readInsideOrBlind,
  readUnlessGone,
  type PartsSeen,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { call, type Query } from './api.ts'
import type { GithubConfig, OptionalList } from './config.ts'
import { listAll, listPage } from './lists.ts'
import { reduceAlert, reduceHook } from './reduce.ts'
import { readRepository } from './repository.ts'
import { accountRow, teamRow } from './rows.ts'
import { setsWith } from './secret-set.ts'

export const organisationEveryMs = 15 * 60_000
export const repositoriesEveryMs = 60 * 60_000
/** Repositories of one page: each costs about ten requests more. */
const repositoriesPerPage = 10

type Context = PullContext<GithubConfig>
type List = {
  /** Absent: always. */
  part?: OptionalList
  page(context: Context, query: Query): Promise<{ rows: Json[]; next: Query | null } & Partial<PartsSeen>>
}

const record = z.record(z.string(), z.json())

/** A plain list, page by page, rows as GitHub gives them. */
const plain =
  (path: string, what: string, query: Query = {}, field?: string, size?: number) =>
  (context: Context, cursor: Query) =>
    listPage(
      context,
      path.replace('{org}', context.config.org),
      record,
      what,
      { query, ...(field === undefined ? {} : { field }), ...(size === undefined ? {} : { size }) },
      cursor,
    )

const onePage =
  (page: (context: Context) => Promise<Json[]>): List['page'] =>
  async (context) => ({ rows: await page(context), next: null })

/** What each list holds; the order is that of the snapshot. */
export const organisationLists: Readonly<Record<string, List>> = {
  organisation: {
    page: onePage(async (context) => [
      readAnswer(record, await call(context, 'GET', `/orgs/${context.config.org}`), 'the organisation'),
    ]),
  },
  owners: { page: plain('/orgs/{org}/members', 'the list of owners', { role: 'admin' }) },
  members: { page: plain('/orgs/{org}/members', 'the list of members', { role: 'member' }) },
  outside: { page: plain('/orgs/{org}/outside_collaborators', 'the list of outside collaborators') },
  teams: { page: pageTeams },
  installations: { page: pageInstallations },
  tokens: { part: 'tokens', page: pageGrants },
  authorizations: { part: 'authorizations', page: pageAuthorizations },
  'org-hooks': { part: 'hooks', page: pageHooks },
  'org-secrets': { part: 'secrets', page: pageOrgSecrets },
  'org-runners': { part: 'runners', page: plain('/orgs/{org}/actions/runners', 'the list of runners', {}, 'runners') },
  alerts: { part: 'alerts', page: pageAlerts },
}

async function pageTeams(context: Context, query: Query) {
  const { org } = context.config
  const { rows, next } = await plain('/orgs/{org}/teams', 'the list of teams')(context, query)
  const [seen, teams]: [PartsSeen, Json[]] = [freshParts(), []]
  for (const team of rows) {
    const { slug, id } = teamRow.parse(team)
    const path = `/orgs/${org}/teams/${encodeURIComponent(slug)}`
    const part = { of: 'teams/members', what: `the members of team \`${slug}\` are`, thing: String(id), untold: [] }
    const isThere = () => isListed(context, `/orgs/${org}/teams`, id)
    const members = await readUnlessGone(null, isThere, () =>
      readInsideOrBlind(seen, part, [], isThere, () =>
        listAll(context, `${path}/members`, record, `the members of team ${slug}`),
      ),
    )
    if (members !== null) teams.push({ team, members })
  }
  return { rows: teams, next, ...seen }
}

/** Is what a list named still in it? */
async function isListed(context: Context, path: string, id: number): Promise<boolean> {
  const rows = await listAll(context, path, numbered, 'the list once more')
  return rows.some((row) => row.id === id)
}
const numbered = z.object({ id: z.number() })

/** What only the configuration knows, put into the record: `normalize` sees records alone. */
async function pageInstallations(context: Context, query: Query) {
  const { app, containApp } = context.config
  const own = new Set([app.installation, containApp?.installation])
  const path = '/orgs/{org}/installations'
  const { rows, next } = await plain(path, 'the list of installed apps', {}, 'installations')(context, query)
  return { rows: rows.map((row) => ({ ...row, is_own: own.has(Number(row['id'])) })), next }
}

async function pageGrants(context: Context, query: Query) {
  const path = '/orgs/{org}/personal-access-tokens'
  const { rows, next } = await plain(path, 'the list of fine-grained tokens')(context, query)
  const [seen, grants]: [PartsSeen, Json[]] = [freshParts(), []]
  for (const grant of rows) {
    const { id, repository_selection: selection } = z
      .object({ id: z.number(), repository_selection: z.string() })
      .parse(grant)
    const part = { of: 'tokens/repositories', what: 'the repositories of a token are', thing: String(id), untold: [] }
    const isThere = () => isListed(context, path.replace('{org}', context.config.org), id)
    const repositories = await readUnlessGone(undefined, isThere, () =>
      selection === 'subset'
        ? readInsideOrBlind(seen, part, null, isThere, () =>
            listAll(
              context,
              `/orgs/${context.config.org}/personal-access-tokens/${id}/repositories`,
              numbered,
              'the repositories of a token',
            ),
          )
        : Promise.resolve(null),
    )
    if (repositories !== undefined)
      grants.push({ grant, repositories: repositories?.map((repository) => repository.id) ?? null })
  }
  return { rows: grants, next, ...seen }
}

/** An organisation without SAML single sign-on has no such list at all. */
async function pageAuthorizations(context: Context, query: Query) {
  const numbers = await numbersOf(context)
  const path = `/orgs/${context.config.org}/credential-authorizations`
  const what = 'the list of single sign-on authorizations'
  const { rows, next } = await listPage(context, path, record, what, { isOptional: true }, query)
  return {
    rows: rows.map((row) => ({ ...row, user_id: numbers.get(textOf(row['login']).toLowerCase()) ?? null })),
    next,
  }
}

/** These rows name people by login, which can change hands: their numbers are read once a run. */
const numbersOf = onceARun(async (context: Context): Promise<ReadonlyMap<string, number>> => {
  const path = `/orgs/${context.config.org}`
  const people = [
    ...(await listAll(context, `${path}/members`, accountRow, 'the list of members')),
    ...(await listAll(context, `${path}/outside_collaborators`, accountRow, 'the list of outside collaborators')),
  ]
  return new Map(people.map(({ login, id }) => [login.toLowerCase(), id]))
})

async function pageHooks(context: Context, query: Query) {
  const { rows, next } = await plain('/orgs/{org}/hooks', 'the list of webhooks')(context, query)
  return { rows: rows.map(reduceHook), next }
}

async function pageOrgSecrets(context: Context, query: Query) {
  const path = '/orgs/{org}/actions/secrets'
  const { rows, next } = await plain(path, 'the list of secrets', {}, 'secrets')(context, query)
  const [seen, secrets]: [PartsSeen, Json[]] = [freshParts(), []]
  for (const row of rows) {
    const { name, visibility } = z.looseObject({ name: z.string(), visibility: z.string() }).parse(row)
    const one = `/orgs/${context.config.org}/actions/secrets/${name}`
    const part = { of: 'org-secrets/repositories', what: `the repositories of the secret ${name} are`, thing: name }
    const isThere = async () => (await call(context, 'GET', one)).status !== 404
    const repositories = await readUnlessGone(undefined, isThere, () =>
      visibility === 'selected'
        ? readInsideOrBlind(seen, { ...part, untold: ['ci-secrets'] }, null, isThere, () =>
            listAll(context, `${one}/repositories`, numbered, 'the repositories of a secret', {
              field: 'repositories',
            }),
          )
        : Promise.resolve(null),
    )
    const places = setsWith(context.config, name)
    if (repositories !== undefined)
      secrets.push({ ...row, repositories: repositories?.map(({ id }) => id) ?? null, places })
  }
  return { rows: secrets, next, ...seen }
}

async function pageAlerts(context: Context, query: Query) {
  const path = '/orgs/{org}/secret-scanning/alerts'
  const { rows, next } = await plain(path, 'the list of leaked secrets', { state: 'open' })(context, query)
  return { rows: rows.map(reduceAlert), next }
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
const isPart = ({ skip }: GithubConfig, part: OptionalList | undefined): boolean =>
  part === undefined || !skip.includes(part)
const readQuery = (next: string | null): Query =>
  next === null ? {} : Object.fromEntries(new URLSearchParams(next).entries())
const writeQuery = (query: Query | null): string | null =>
  query === null
    ? null
    : new URLSearchParams(
        Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]),
      ).toString()

export const organisation: SnapshotStream<GithubConfig> = {
  name: 'organisation',
  kind: 'snapshot',
  everyMs: organisationEveryMs,
  delayMs: { typical: organisationEveryMs / 2, worst: organisationEveryMs * 2 },
  tells: ['keys', 'key-use', 'administrators', 'ci-secrets'],
  covers: ['identities', 'grants'],
  scopes: [
    'metadata: read',
    'members: read',
    'organization_administration: read',
    'organization_personal_access_tokens: read',
    'organization_hooks: read',
    'organization_secrets: read',
    'organization_self_hosted_runners: read',
    'secret_scanning_alerts: read',
  ],
  requestsPerRun: 12,
  lists: (config) =>
    Object.entries(organisationLists).flatMap(([name, { part }]) => (isPart(config, part) ? [name] : [])),
  async page(context, list, next): Promise<SnapshotRows> {
    const answer = await organisationLists[list]?.page(context, readQuery(next))
    return answer === undefined ? { rows: [], next: null } : { ...answer, next: writeQuery(answer.next) }
  },
}

export const repositories: SnapshotStream<GithubConfig> = {
  name: 'repositories',
  kind: 'snapshot',
  everyMs: repositoriesEveryMs,
  delayMs: { typical: repositoriesEveryMs / 2, worst: repositoriesEveryMs * 2 },
  tells: ['keys', 'deploy-keys', 'collaborators', 'workflows', 'leaks'],
  covers: ['grants', 'resources'],
  scopes: [
    'administration: read',
    'contents: read',
    'actions: read',
    'environments: read',
    'secrets: read',
    'repository_hooks: read',
  ],
  requestsPerRun: 10_000,
  lists: () => ['repositories'],
  async page(context, _list, next) {
    // By age: what is made while we read comes last.
    const fixed = { sort: 'created', direction: 'asc' }
    const list = plain('/orgs/{org}/repos', 'the list of repositories', fixed, undefined, repositoriesPerPage)
    const answer = await list(context, readQuery(next))
    const [seen, rows]: [PartsSeen, Json[]] = [freshParts(), []]
    for (const row of answer.rows) {
      const repository = await readRepository(context, row, seen)
      if (repository !== null) rows.push(repository)
    }
    return { rows, next: writeQuery(answer.next), ...seen }
  },
}
