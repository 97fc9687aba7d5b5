import { createHash } from 'node:crypto'
import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { entraConnector, type EntraConfig } from '#connectors/entra'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { idsIn } from './scratch.ts'
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
  // What is inside of a group or an API is told apart by its id; of what is gone Graph knows nothing.
  const [, parent, inside] = /\/(?:groups|servicePrincipals)\/([^/]+)(?:\/(\w+))?$/.exec(pathname) ?? []
  if (parent !== undefined) {
    const held = twin.inside(inside ?? '', parent)
    if (held.length === 0) return error(404, 'Request_ResourceNotFound')
    return inside === undefined ? { status: 200, body: held[0] ?? {} } : ok(held, null)
  }
  const { records, next } = twin.byId(pathname.split('/').at(-1) ?? '', after, pageRows)
  return ok(records, next)
}

/** Everything that a row of any list must have. */
const thing: FaultPlug['record'] = ({ id }) => ({
  id,
  name: id,
  ...Object.fromEntries(
    ['appId', 'clientId', 'resourceId', 'principalId', 'roleDefinitionId', 'appRoleId'].map((field) => [field, id]),
  ),
  appRoles: [{ id, value: 'Read.All' }],
  federatedIdentityCredentials: [{ id, name: id }],
})
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
  'changes-users': user,
  'changes-serviceprincipals': user,
}

type Part = Pick<FaultPlug, 'lists' | 'rowsMax' | 'goneShare' | 'tells' | 'isLong'>
const insides: Part = {
  lists: [
    'org',
    'registrations',
    'groups',
    'applications',
    'federations',
    'sps',
    'grants',
    'role-definitions',
    'role-assignments',
    'eligible',
    'locations',
  ],
  rowsMax: 16,
  goneShare: 0.6,
  tells: { 'groups/members': ({ members }) => idsIn(members) },
  isLong: true,
}

const plug = (stream: string, part: Part = {}): FaultPlug<EntraConfig> => ({
  name: `entra ${stream}${part === insides ? ', insides' : ''}`,
  connector: entraConnector,
  config: entraConnector.config.parse({
    tenantId,
    plan: 'p2',
    clientId: tenantId,
    proof: 'secret',
    loginUrl: twinOrigin,
    graphUrl: twinOrigin,
  }),
  secrets: { credential: 'EXAMPLE' },
  stream,
  record: (row, list) => (records[stream] ?? (part === insides ? thing : user))(row, list),
  keeps: ['id', 'createdDateTime', 'activityDateTime', 'activityDisplayName', ...kept],
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
  ...part,
})

const kept = Object.keys(thing({ id: '', n: 0, atMs: 0, visibleAtMs: 0, goneAtMs: 0 }, ''))
const plugs = [
  ...entraConnector.streams.flatMap(({ name }) => (name === 'directory' ? [] : plug(name))),
  plug('directory', { lists: ['users', 'devices', 'policies'] }),
  plug('directory', insides),
]
const elsewhere: Gate['elsewhere'] = [
  [/clientsBySp\(context\)|spsByClient\(context\)/, 'read once a run: several may wait for it, and no stack tells who'],
  [/'the app'\)/, 'actions alone'],
  [
    /await listAll\(context, `\/v1\.0\$\{policiesPath/,
    'policies read once more, for one line: they are played as a list',
  ],
]
const unplayed: Gate['unplayed'] = {
  'directory/sign-in-default': 'one line, made of the list of policies, which is played',
}
for (const { name, run } of connectorSuite(entraConnector, plugs, { elsewhere, unplayed })) test(name, run)
