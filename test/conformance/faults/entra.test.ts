import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { entraConnector, type EntraConfig } from '#connectors/entra'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { faultSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const tenantId = '7e57e57e-0000-4000-8000-000000000001'
const error = (status: number, code: string): TwinAnswer => ({ status, body: { error: { code, message: code } } })

/** Graph's answers over the suite's rows: pages by `@odata.nextLink`, logs by time, lists by id. */
function answer({ url }: TwinRequest, twin: VendorTwin): TwinAnswer {
  const { pathname, searchParams: query } = url
  const skip = query.get('$skiptoken')
  if (skip !== null && twin.isCursorExpired) return error(400, 'Request_BadRequest')
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
  directory: ({ id, n }) => ({ id, displayName: `n${n}`, accountEnabled: true, userType: 'Member' }),
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
  answer,
  tokenPath: `/${tenantId}/oauth2/v2.0/token`,
  without: {
    'limit-403': 'its limits are 429s',
    ...(stream === 'directory'
      ? { 'expired-cursor': 'a page of a list that is no longer known begins the list anew' }
      : {}),
  },
})

/** Both logs are read by the same lines: the second one is for long runs. */
const logs = process.env['CORDON_SCHEDULES'] === undefined ? ['sign-ins'] : ['sign-ins', 'audit']
for (const stream of [...logs, 'directory']) for (const { name, run } of faultSuite(plug(stream))) test(name, run)
