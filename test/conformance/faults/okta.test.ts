import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { oktaConnector, type OktaConfig } from '#connectors/okta'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString()
const error = (status: number, errorCode: string): TwinAnswer => ({
  status,
  body: { errorCode, errorSummary: errorCode },
})

/** Okta's answers over the suite's rows: pages by `Link`, the log by persistence, inventory inside its parents. */
function answer({ url }: TwinRequest, twin: VendorTwin): TwinAnswer {
  const { pathname, searchParams: query } = url
  const seconds = Math.floor(twin.nowMs() / 1000)
  // Now and then an answer is the last one of its minute.
  const spent = seconds % 7 === 0
  const limits = { 'x-rate-limit-remaining': spent ? '0' : '9', 'x-rate-limit-reset': String(seconds + 20) }
  const ok = (body: JsonObject[], next: string | null): TwinAnswer => {
    const link = new URL(url)
    if (next !== null) link.searchParams.set('after', next)
    return {
      status: 200,
      headers: { ...limits, ...(next === null ? {} : { link: `<${link.href}>; rel="next"` }) },
      body,
    }
  }
  if (pathname === '/api/v1/logs') {
    const after = query.get('after')
    if (after !== null && twin.isCursorExpired) return error(400, 'E0000001')
    const place = after === null ? twin.placeAt(Date.parse(query.get('since') ?? '')) : Number(after)
    const { records, next } = twin.byArrival(place, pageRows)
    return ok(records, String(next))
  }
  // Inside a user, factors; inside a server, one policy with one rule: told apart by the id of what they are in.
  const [, , , kind = '', parent = '', inside, , rules] = pathname.split('/')
  if (kind === 'users' && inside === 'factors') {
    const held = twin.inside('factors', parent)
    return held.length === 0 ? error(404, 'E0000007') : ok(held, null)
  }
  if (kind === 'authorizationServers' && parent !== '') {
    if (rules !== undefined) return ok(twin.inside('rules', parent), null)
    return ok([inside === 'policies' ? { id: 'p', status: 'ACTIVE' } : { id: 's', name: 'read' }], null)
  }
  const list = pathname.split('/').at(-1) ?? ''
  const { records, next } = twin.byId(list, query.get('after'), pageRows)
  return ok(records, next)
}

/** Lists whose rows are their own: what the others bring is asked for row by row. The org's own page takes no token. */
const plainLists = ['users', 'api-tokens', 'idps', 'zones']
const connector: typeof oktaConnector = {
  ...oktaConnector,
  streams: oktaConnector.streams.map((stream) =>
    stream.name === 'directory' && 'lists' in stream ? { ...stream, lists: () => plainLists } : stream,
  ),
}

const plug = (stream: string): FaultPlug<OktaConfig> => ({
  name: `okta ${stream}`,
  connector,
  config: oktaConnector.config.parse({ orgUrl: twinOrigin, clientId: '0oacordon00000000001' }),
  secrets: { privateKey },
  stream,
  record: ({ id, n, atMs }) =>
    stream === 'log'
      ? {
          uuid: id,
          published: new Date(atMs).toISOString(),
          eventType: 'user.session.start',
          outcome: { result: 'SUCCESS' },
          actor: { id: `00u${n % 5}`, type: 'User' },
          authenticationContext: { externalSessionId: `idx${n}` },
        }
      : {
          id,
          name: `n${n}`,
          factorType: 'push',
          userId: '00uada',
          status: 'ACTIVE',
          created: new Date(atMs).toISOString(),
        },
  keeps:
    stream === 'log' ? ['uuid', 'published'] : stream === 'factors' ? ['user', 'id', 'factorType'] : ['id', 'userId'],
  answer,
  tokenPath: '/oauth2/v1/token',
  without: {
    'limit-403': 'its limits are 429s',
    ...(stream !== 'log' ? { 'expired-cursor': 'its links name a row, which is found or not' } : {}),
  },
})

const plugs = connector.streams.map(({ name }) => plug(name))
for (const { name, run } of connectorSuite(connector, plugs)) test(name, run)
