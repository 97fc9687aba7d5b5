import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'

import { isObject, type Json } from '#kit'
import { githubConfig, githubConnector, type GithubConfig } from '#connectors/github'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const rowsMax = 7
const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const privateKey = key.export({ format: 'pem', type: 'pkcs8' }).toString()

/** GitHub's answers over the suite's rows. The log: pages of one query, whose `after` runs behind the row before it. */
function answer({ url }: TwinRequest, twin: VendorTwin): TwinAnswer {
  const { pathname, searchParams: query } = url
  if (pathname === '/app/installations/2/access_tokens') {
    return { status: 201, body: { token: 'EXAMPLE-1', expires_at: new Date(twin.nowMs() + 3_600_000).toISOString() } }
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
  if (pathname === '/orgs/acme/repos') {
    const [size, page] = [Number(query.get('per_page')), Number(query.get('page') ?? 1)]
    const { records, next } = twin.byPlace('repositories', (page - 1) * size, size)
    const link = new URL(url)
    link.searchParams.set('page', String(page + 1))
    return { status: 200, ...(next === null ? {} : { headers: { link: `<${link.href}>; rel="next"` } }), body: records }
  }
  // Nobody is let into one of them alone.
  if (pathname.startsWith('/repos/')) return { status: 200, body: [] }
  const { records, next } = twin.byId(`${pathname} ${query.get('role') ?? ''}`, after, rowsMax)
  return paged(url, records, next)
}

function paged(url: URL, body: Json[], next: string | null): TwinAnswer {
  const target = new URL(url)
  target.searchParams.set('after', next ?? '')
  return { status: 200, ...(next === null ? {} : { headers: { link: `<${target.href}>; rel="next"` } }), body }
}

/**
 * Of the organisation the lists whose rows are their own: what the others bring is asked for row by row. Their twin pages by
 * links that name a row; the repositories' pages by number, as GitHub does for most lists, and one piece reads both.
 */
const connector: typeof githubConnector = {
  ...githubConnector,
  streams: githubConnector.streams.map((stream) => {
    if (stream.kind !== 'snapshot' || !('lists' in stream)) return stream
    if (stream.name === 'organisation') return { ...stream, lists: () => ['owners', 'members', 'outside'] }
    return {
      ...stream,
      // The suite knows a row by a field of its own.
      async page(...asked: Parameters<typeof stream.page>) {
        const { rows, next } = await stream.page(...asked)
        return { rows: rows.map((row) => (isObject(row) ? { ...row, login: nameIn(row['repository']) } : row)), next }
      },
    }
  }),
}
const nameIn = (repository: Json | undefined): Json => (isObject(repository) ? (repository['name'] ?? null) : null)

const isInventory = (stream: string): boolean => stream === 'organisation' || stream === 'repositories'
/** What is asked for inside each repository, by the lines that read the rest of it. */
const skip = ['hooks', 'secrets', 'runners', 'workflows', 'packages']

const plug = (stream: string): FaultPlug<GithubConfig> => ({
  name: `github ${stream}`,
  connector,
  config: githubConfig.parse({ org: 'acme', apiUrl: twinOrigin, app: { id: '1', installation: 2 }, skip }),
  secrets: { privateKey },
  stream,
  record: ({ id, n, atMs }) =>
    isInventory(stream)
      ? { id: n, login: id, name: id, full_name: `acme/${id}`, private: true }
      : {
          _document_id: id,
          '@timestamp': atMs,
          action: n % 2 === 0 ? 'repo.create' : 'org.add_member',
          actor: `u${n % 5}`,
          actor_id: n % 5,
          actor_ip: '192.0.2.1',
        },
  keeps: isInventory(stream) ? ['login', 'id', 'name', 'full_name', 'private'] : ['_document_id', '@timestamp'],
  answer,
  without: {
    'token-expiry': "tokens of an app are made at an address of GitHub's own kind, which the suite does not play",
    'expired-cursor': 'a cursor lives inside one run and its query',
    ...(stream === 'repositories'
      ? { 'out-of-order': 'its list has an order: what stands in it is known by its place' }
      : {}),
  },
  // Read by the lines of the audit log.
  ...(stream === 'git' ? { isLong: true } : {}),
  limit: { status: 403, headers: { 'x-ratelimit-remaining': '0' }, body: { message: 'API rate limit exceeded' } },
})

const plugs = connector.streams.map(({ name }) => plug(name))
for (const { name, run } of connectorSuite(connector, plugs)) test(name, run)
