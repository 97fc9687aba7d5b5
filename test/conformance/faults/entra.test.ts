import { createHash } from 'node:crypto'
import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { entraConnector, type EntraConfig } from '#connectors/entra'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const tenantId = '7e57e57e-0000-4000-8000-000000000001'
const error = (status: number, code: string): TwinAnswer => ({ status, body: { error: { code, message: code } } })

/** Graph's answers over the suite's rows: pages by `@odata.nextLink`, logs by time, lists by id. */
function answer({ url }: TwinRequest, twin: VendorTwin): TwinAnswer {
  const { pathname, searchParams: query } = url
  const skip = query.get('$skiptoken')
  if (skip !== null && twin.isCursorExpired) {
    return pathname.endsWith('/delta') ? error(410, 'syncStateNotFound') : error(400, 'Request_BadRequest')
  }
  const ok = (value: JsonObject[], next: string | number | null): TwinAnswer => {
    const link = new URL(url)
    if (next !== null) link.searchParams.set('$skiptoken', `at:${next}`)
    return { status: 200, body: { value, ...(next === null ? {} : { '@odata.nextLink': link.href }) } }
  }
  const after = skip?.replace('at:', '') ?? null
  if (pathname.includes('/auditLogs/')) {
    const [, since = ''] = / ge (\S+)/.exec(` ${query.get('$filter') ?? ''}`) ?? []
    const until = / lt (\S+)/.exec(query.get('$filter') ?? '')?.[1]
    const untilMs = until === undefined ? Infinity : Date.parse(until)
    const { records, next } = twin.byTime(Date.parse(since), untilMs, Number(after ?? 0), pageRows)
    return ok(records, next)
  }
  if (pathname.endsWith('/delta')) {
    const { records, next, isEnd } = twin.byArrival(Number(after ?? 0), pageRows)
    const link = new URL(url)
    link.searchParams.set('$skiptoken', `at:${next}`)
    return { status: 200, body: { value: records, [isEnd ? '@odata.deltaLink' : '@odata.nextLink']: link.href } }
  }
  const { records, next } = twin.byId(pathname.split('/').at(-1) ?? '', after, pageRows)
  return ok(records, next)
}

/** Lists whose rows are their own: what the others bring is asked for row by row. */
const plainLists = ['users', 'devices', 'policies']
const connector: typeof entraConnector = {
  ...entraConnector,
  streams: entraConnector.streams.map((stream) =>
    stream.kind === 'snapshot' && 'lists' in stream ? { ...stream, lists: () => plainLists } : stream,
  ),
}

const user: FaultPlug['record'] = ({ id, n }) => ({
  id,
  displayName: `n${n}`,
  accountEnabled: true,
  userType: 'Member',
})
const records: Record<string, FaultPlug<EntraConfig>['record']> = {
  'sign-ins': ({ id, n, atMs }) => ({
    id,
    createdDateTime: new Date(atMs).toISOString(),
    userId: `u${n % 5}`,
    sessionId: `s${n}`,
    appId: 'a',
    isInteractive: true,
    status: { errorCode: 0 },
  }),
  audit: ({ id, n, atMs }) => ({
    id,
    activityDateTime: new Date(atMs).toISOString(),
    activityDisplayName: 'Add user',
    initiatedBy: { user: { id: `u${n % 5}` }, app: null },
    targetResources: [{ id: `m${n}`, type: 'User' }],
  }),
  directory: user,
  'changes-users': user,
  'changes-serviceprincipals': user,
}

const plug = (stream: string): FaultPlug<EntraConfig> => ({
  name: `entra ${stream}`,
  connector,
  config: entraConnector.config.parse({
    tenantId,
    clientId: tenantId,
    proof: 'secret',
    loginUrl: twinOrigin,
    graphUrl: twinOrigin,
  }),
  secrets: { credential: 'EXAMPLE' },
  stream,
  record: (row, list) => records[stream]?.(row, list) ?? {},
  keeps: ['id', 'createdDateTime', 'activityDateTime', 'activityDisplayName'],
  // A change carries no id of its own: its content is its name.
  ...(stream.startsWith('changes-')
    ? {
        nativeOf: (row) => {
          const text = JSON.stringify(records[stream]?.(row, ''))
          return `${row.id}@${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
        },
      }
    : {}),
  answer,
  tokenPath: `/${tenantId}/oauth2/v2.0/token`,
  without: {
    'limit-403': 'its limits are 429s',
    ...(stream === 'directory'
      ? { 'expired-cursor': 'a page of a list that is no longer known begins the list anew' }
      : {}),
    ...(stream.startsWith('changes-')
      ? {
          drift: 'a row of another content is another change',
          'reread-differs': 'a row of another content is another change',
          'page-shift': 'changes only grow at their end',
        }
      : {}),
  },
  // Both logs are read by the same lines; a list of changes takes too few requests to meet every fault in a short run.
  ...(stream === 'audit' || stream.startsWith('changes-') ? { isLong: true } : {}),
})

const plugs = connector.streams.map(({ name }) => plug(name))
for (const { name, run } of connectorSuite(connector, plugs)) test(name, run)
