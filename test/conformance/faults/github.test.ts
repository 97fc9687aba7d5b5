import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'

import type { Json } from '#kit'
import { githubConfig, githubConnector, type GithubConfig } from '#connectors/github'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { faultSuite } from './suite.ts'
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
  const { records, next } = twin.byId(`${pathname} ${query.get('role') ?? ''}`, after, rowsMax)
  return paged(url, records, next)
}

function paged(url: URL, body: Json[], next: string | null): TwinAnswer {
  const target = new URL(url)
  target.searchParams.set('after', next ?? '')
  return { status: 200, ...(next === null ? {} : { headers: { link: `<${target.href}>; rel="next"` } }), body }
}

/** Lists whose rows are their own: what the others bring is asked for row by row. */
const connector: typeof githubConnector = {
  ...githubConnector,
  streams: githubConnector.streams.map((stream) =>
    stream.kind === 'snapshot' && 'lists' in stream
      ? { ...stream, lists: () => ['owners', 'members', 'outside'] }
      : stream,
  ),
}

const plug = (stream: 'audit' | 'git' | 'organisation'): FaultPlug<GithubConfig> => ({
  name: `github ${stream}`,
  connector,
  config: githubConfig.parse({ org: 'acme', apiUrl: twinOrigin, app: { id: '1', installation: 2 } }),
  secrets: { privateKey },
  stream,
  record: ({ id, n, atMs }) =>
    stream === 'organisation'
      ? { id: n, login: id }
      : {
          _document_id: id,
          '@timestamp': atMs,
          action: n % 2 === 0 ? 'repo.create' : 'org.add_member',
          actor: `u${n % 5}`,
          actor_id: n % 5,
          actor_ip: '192.0.2.1',
        },
  keeps: stream === 'organisation' ? ['login', 'id'] : ['_document_id', '@timestamp'],
  answer,
  without: {
    'token-expiry': "tokens of an app are made at an address of GitHub's own kind, which the suite does not play",
    'expired-cursor': 'a cursor lives inside one run and its query',
  },
  limit: { status: 403, headers: { 'x-ratelimit-remaining': '0' }, body: { message: 'API rate limit exceeded' } },
})

/** The log of git is read by the lines of the audit log: it has its turn in the long runs. */
const isLong = process.env['CORDON_SCHEDULES'] !== undefined
for (const stream of isLong ? (['audit', 'git', 'organisation'] as const) : (['audit', 'organisation'] as const))
  for (const { name, run } of faultSuite(plug(stream))) test(name, run)
