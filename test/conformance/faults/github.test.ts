import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'

import { isObject, type Json, type JsonObject } from '#kit'
import { githubConfig, githubConnector, type GithubConfig } from '#connectors/github'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest, TwinRow } from './plug.ts'
import { twinOrigin } from './run.ts'
import { textOf } from './scratch.ts'
import { connectorSuite } from './suite.ts'
import { rowId, type VendorTwin } from './twin.ts'

const rowsMax = 7
const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const privateKey = key.export({ format: 'pem', type: 'pkcs8' }).toString()
const missing: TwinAnswer = { status: 404, body: { message: 'Not Found' } }

/** Tokens of the installation, by number: the last one alone is good. */
const tokens = new WeakMap<VendorTwin, number>()

/** GitHub's answers over the suite's rows. The log: pages of one query, whose `after` runs behind the row before it. */
function answer({ url, header }: TwinRequest, twin: VendorTwin): TwinAnswer {
  const { pathname, searchParams: query } = url
  if (pathname === '/app/installations/2/access_tokens') {
    const token = `EXAMPLE-${tokens.get(twin) ?? 1}`
    return { status: 201, body: { token, expires_at: new Date(twin.nowMs() + 3_600_000).toISOString() } }
  }
  if (twin.isTokenExpired) tokens.set(twin, (tokens.get(twin) ?? 1) + 1)
  if (header('authorization') !== `Bearer EXAMPLE-${tokens.get(twin) ?? 1}`) {
    return { status: 401, body: { message: 'Bad credentials' } }
  }
  const after = query.get('after')
  if (pathname === '/orgs/acme/audit-log') {
    const bound = (sign: string): number | undefined => {
      const text = new RegExp(`created:${sign}(\\S+)`).exec(query.get('phrase') ?? '')?.[1]
      return text === undefined ? undefined : Date.parse(text)
    }
    const { records, next } = twin.byTime(bound('>=') ?? 0, (bound('<=') ?? Infinity) + 1, Number(after ?? 0), rowsMax)
    return paged(url, records, next === null ? null : String(next))
  }
  const [, , owner = '', part = '', ...rest] = pathname.split('/')
  if (pathname.startsWith('/repos/')) return ofRepository(part, rest, twin)
  if (part === '') return { status: 200, body: { id: 1, login: owner } }
  const [parent, inside] = rest.slice(-2)
  if (inside === 'members' || inside === 'repositories') return ofParent(parent ?? '', inside, twin)
  if (part === 'members' || part === 'outside_collaborators') {
    const { records, next } = twin.byId(`${pathname} ${query.get('role') ?? ''}`, after, rowsMax)
    return paged(url, records, next)
  }
  return numbered(url, rest.at(-1) ?? part, twin)
}

function paged(url: URL, body: Json[], next: string | null): TwinAnswer {
  const target = new URL(url)
  target.searchParams.set('after', next ?? '')
  return { status: 200, ...(next === null ? {} : { headers: { link: `<${target.href}>; rel="next"` } }), body }
}

/** Most lists are read by page numbers; some lie in an object. */
function numbered(url: URL, list: string, twin: VendorTwin): TwinAnswer {
  const [size, page] = [Number(url.searchParams.get('per_page')), Number(url.searchParams.get('page') ?? 1)]
  const { records, next } = twin.byPlace(list, (page - 1) * size, size)
  const link = new URL(url)
  link.searchParams.set('page', String(page + 1))
  const headers = next === null ? {} : { headers: { link: `<${link.href}>; rel="next"` } }
  return { status: 200, ...headers, body: inObject.has(list) ? { [list]: records } : records }
}
const inObject: ReadonlySet<string> = new Set([
  'installations',
  'secrets',
  'organization-secrets',
  'runners',
  'environments',
  'workflows',
])

/** Teams by their slug, tokens by their number, secrets by their name: one account or repository inside each. */
function ofParent(parent: string, inside: string, twin: VendorTwin): TwinAnswer {
  const held = twin.inside(inside, /^\d+$/.test(parent) ? rowId(Number(parent)) : parent)
  if (held.length === 0) return missing
  // A secret names its repositories inside an object.
  const isList = inside === 'members' || /^\d+$/.test(parent)
  return { status: 200, body: isList ? held : { repositories: held } }
}

/** One of each thing inside a repository, told apart by the repository's own id; of one that was deleted, nothing. */
function ofRepository(name: string, rest: readonly string[], twin: VendorTwin): TwinAnswer {
  const list = rest[0] === 'contents' ? 'contents' : (rest.at(-1) ?? '')
  const held = twin.inside(list, name)
  if (held.length === 0) return missing
  if (list === 'contents') {
    const text = `on: push\njobs:\n  a:\n    steps:\n      - uses: acme/${name}@v1\n`
    return { status: 200, body: { content: Buffer.from(text).toString('base64'), encoding: 'base64' } }
  }
  if (list === 'sbom') {
    const purl = { referenceType: 'purl', referenceLocator: `pkg:npm/${name}` }
    return { status: 200, body: { sbom: { packages: [{ externalRefs: [purl] }] } } }
  }
  const field = list === 'organization-secrets' ? 'secrets' : list
  return { status: 200, body: inObject.has(list) ? { [field]: held } : held }
}

/** Everything that a row of any list must have. */
const thing = ({ id, n }: TwinRow): JsonObject => ({
  id: n,
  ...Object.fromEntries(['login', 'name', 'slug', 'title', 'token_name', 'app_slug'].map((field) => [field, id])),
  full_name: `acme/${id}`,
  private: true,
  key: 'ssh-ed25519 EXAMPLE',
  read_only: true,
  os: 'linux',
  status: 'online',
  busy: false,
  path: `.github/workflows/${id}.yml`,
  state: 'active',
  active: true,
  visibility: 'selected',
  repository_selection: 'subset',
  permissions: {},
  owner: { id: n, login: id },
  app_id: n,
  token_id: n,
  token_expired: false,
  credential_id: n,
  credential_type: 'personal access token',
  number: n,
  secret_type: 'example',
})
const event = ({ id, n, atMs }: TwinRow): JsonObject => ({
  _document_id: id,
  '@timestamp': atMs,
  action: n % 2 === 0 ? 'repo.create' : 'org.add_member',
  actor: `u${n % 5}`,
  actor_id: n % 5,
  actor_ip: '192.0.2.1',
})

type Tells = NonNullable<FaultPlug['tells']>
const at = (row: Json | undefined, field: string): Json => (isObject(row) ? (row[field] ?? null) : null)
const rowsAt = (row: JsonObject, field: string): Json[] => {
  const rows = row[field]
  return Array.isArray(rows) ? rows : []
}
/** Ids by a field of what lies in a part of a row; numbers are those of rows. */
const inside =
  (part: string, field: string): Tells[string] =>
  (row) =>
    rowsAt(row, part).map((one) => (typeof one === 'number' ? rowId(one) : textOf(at(one, field))))
const teams: Tells = {
  teams: ({ team }) => [textOf(at(team, 'login'))],
  'teams#members': inside('members', 'login'),
  tokens: ({ grant }) => [textOf(at(grant, 'login'))],
  'tokens#repositories': inside('repositories', 'id'),
  'org-secrets#repositories': inside('repositories', 'id'),
}
const nameOf: Tells[string] = ({ repository }) => [textOf(at(repository, 'name'))]
const parts: Tells = {
  repositories: nameOf,
  ...Object.fromEntries(
    ['collaborators', 'teams', 'keys', 'hooks', 'secrets', 'environments', 'runners', 'workflows'].map((part) => [
      `repositories#${part}`,
      inside(
        part,
        part === 'collaborators' ? 'login' : part === 'keys' ? 'title' : part === 'workflows' ? 'path' : 'name',
      ),
    ]),
  ),
  'repositories#keys': inside('keys', 'title'),
  'repositories#workflows': (row) =>
    rowsAt(row, 'workflows')
      .flatMap((one) => rowsAt({ uses: at(one, 'uses') }, 'uses'))
      .map((use) => textOf(use).slice(5, -3)),
  'repositories#environments': (row) =>
    rowsAt(row, 'environments').flatMap((one) => inside('secrets', 'name')({ secrets: at(one, 'secrets') })),
  'repositories#orgSecrets': (row) => rowsAt(row, 'orgSecrets').map(textOf),
  'repositories#packages': (row) => rowsAt(row, 'packages').map((purl) => textOf(purl).slice(8)),
}

type Part = Partial<FaultPlug<GithubConfig>> & { name: string; stream: string; skip?: GithubConfig['skip'] }
const plain: Part[] = [
  { name: 'github audit', stream: 'audit' },
  // Read by the lines of the audit log.
  { name: 'github git', stream: 'git', isLong: true },
  { name: 'github organisation', stream: 'organisation', lists: ['owners', 'members', 'outside'] },
  {
    name: 'github organisation, insides',
    stream: 'organisation',
    lists: [
      'organisation',
      'teams',
      'installations',
      'tokens',
      'authorizations',
      'org-hooks',
      'org-secrets',
      'org-runners',
      'alerts',
    ],
    rowsMax: 16,
    goneShare: 0.6,
    tells: teams,
    aside: { organisation: 'the one it is' },
    isLong: true,
  },
  {
    name: 'github repositories',
    stream: 'repositories',
    skip: ['hooks', 'secrets', 'runners', 'workflows', 'packages'],
    tells: { repositories: nameOf },
  },
  {
    name: 'github repositories, insides',
    stream: 'repositories',
    rowsMax: 8,
    tells: parts,
    isLong: true,
  },
]

const fits = 'a list fits one page here: the repositories show what becomes of pages by number'
const onePage = { 'page-shift': fits, 'repeated-page': fits }

const plug = ({ skip = [], ...part }: Part): FaultPlug<GithubConfig> => ({
  connector: githubConnector,
  config: githubConfig.parse({ org: 'acme', apiUrl: twinOrigin, app: { id: '1', installation: 2 }, skip }),
  secrets: { privateKey },
  record: (row) => (part.stream === 'organisation' || part.stream === 'repositories' ? thing(row) : event(row)),
  keeps: [
    'login',
    '_document_id',
    '@timestamp',
    ...Object.keys(thing({ id: '', n: 0, atMs: 0, visibleAtMs: 0, goneAtMs: 0 })),
  ],
  answer,
  without: {
    'expired-cursor': 'a cursor lives inside one run and its query',
    ...(part.name.endsWith('insides') || part.stream === 'repositories'
      ? { 'out-of-order': 'its lists have an order: what stands in them is known by its place' }
      : {}),
    ...(part.name.endsWith('insides') ? onePage : {}),
  },
  limit: { status: 403, headers: { 'x-ratelimit-remaining': '0' }, body: { message: 'API rate limit exceeded' } },
  ...part,
})

const elsewhere: Gate['elsewhere'] = [
  [/asking\)$|await work\(|'\/installation\/token'/, 'tokens of actions'],
  [/await numbersOf/, 'read once a run: several may wait for it, and no stack tells who'],
]
for (const { name, run } of connectorSuite(githubConnector, plain.map(plug), { elsewhere })) test(name, run)
