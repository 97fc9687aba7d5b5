import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'

import type { Json, JsonObject } from '#kit'
import { googleConfig, googleConnector, type GoogleConfig } from '#connectors/google'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { idsIn } from './scratch.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const refusal = (status: number, reason: string): TwinAnswer => ({
  status,
  body: { error: { code: status, message: reason, errors: [{ domain: 'global', reason, message: reason }] } },
})

/** The operations the streams use, over the suite's rows; the whole of them is lab/twins/google. */
function answer({ url }: TwinRequest, twin: VendorTwin): TwinAnswer {
  // Google's tokens are never empty.
  const token = url.searchParams.get('pageToken')?.slice(1) ?? null
  if (token !== null && twin.isCursorExpired) return refusal(400, 'invalid')
  const listed = (key: string, rows: Json[], next: string | null): TwinAnswer => ({
    status: 200,
    body: {
      kind: 'x',
      ...(rows.length === 0 ? {} : { [key]: rows }),
      ...(next === null ? {} : { nextPageToken: `t${next}` }),
    },
  })
  if (url.pathname.startsWith('/admin/reports/')) {
    const [from, to] = [url.searchParams.get('startTime'), url.searchParams.get('endTime')]
    const until = to === null ? Infinity : Date.parse(to)
    const page = twin.byTime(Date.parse(from ?? ''), until, Number(token ?? 0), pageRows)
    return listed('items', page.records, page.next === null ? null : String(page.next))
  }
  if (url.pathname === '/drive/v3/drives') {
    const page = twin.byId('drives', token, pageRows)
    return listed('drives', page.records, page.next)
  }
  // A drive lets one account in, by the drive's own id: so the rows inside are told apart by it, too.
  const drive = /^\/drive\/v3\/files\/([^/]+)\/permissions$/.exec(url.pathname)?.[1]
  if (drive !== undefined) {
    const inside = twin.inside('permissions', drive)
    return inside.length === 0 ? refusal(404, 'notFound') : listed('permissions', inside, null)
  }
  const [, , , , kind = '', key = '', inside] = url.pathname.split('/')
  if (kind === 'customers') return { status: 200, body: { id: 'C01example', customerDomain: 'example.com' } }
  if (kind === 'customer') {
    const page = twin.byId(inside ?? '', token, pageRows)
    return listed(
      { domains: 'domains', orgunits: 'organizationUnits' }[inside ?? ''] ?? 'items',
      page.records,
      page.next,
    )
  }
  if ((kind === 'users' || kind === 'groups') && key === '') {
    const page = twin.byId(kind, token, pageRows)
    return listed(kind, page.records, page.next)
  }
  if (inside === 'members') {
    const held = twin.inside('members', key)
    return held.length === 0 ? refusal(404, 'notFound') : listed('members', held, null)
  }
  if (inside === 'tokens') return listed('items', [{ clientId: key, scopes: ['https://mail.google.com/'] }], null)
  if (inside === 'asps') return listed('items', [], null)
  // Whom an address means.
  if (kind === 'users' && key.startsWith('team')) return refusal(404, 'notFound')
  return kind === 'users' ? { status: 200, body: { id: '100000000000000000002' } } : refusal(404, 'notFound')
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const account = (client: string) => ({
  serviceAccount: `cordon-${client}@example.iam.gserviceaccount.com`,
  clientId: client,
  subject: 'cordon@example.com',
})

type Row = Parameters<FaultPlug['record']>[0]
const activity = (stream: string, { id, n, atMs }: Row) => ({
  id: {
    time: new Date(atMs).toISOString(),
    uniqueQualifier: id,
    applicationName: stream.slice(4),
    customerId: 'C01example',
  },
  actor: { email: 'ada@example.com', profileId: '100000000000000000001' },
  ipAddress: '192.0.2.1',
  events: [
    {
      type: 'USER_SETTINGS',
      name: stream === 'log-admin' ? 'SUSPEND_USER' : 'authorize',
      parameters: [{ name: stream === 'log-admin' ? 'USER_EMAIL' : 'client_id', value: `u${n % 5}@example.com` }],
    },
  ],
})
const user = ({ id, n }: Row) => ({ id, primaryEmail: `u${n}@example.com`, suspended: false })
/** Whatever a row of the directory is known by. */
const named = ({ id, n }: Row) => ({
  ...Object.fromEntries(
    ['domainName', 'orgUnitId', 'orgUnitPath', 'roleId', 'roleAssignmentId', 'email'].map((field) => [field, id]),
  ),
  assignedTo: `u${n}`,
  roleName: id,
})
const inventories: Record<string, FaultPlug['record']> = {
  directory: (row) => ({ ...user(row), ...named(row) }),
  credentials: user,
  'shared-drives': ({ id, n }, list) =>
    list === 'drives'
      ? { id, name: `n${n}` }
      : // One in three is a group, which is asked for behind the users.
        n % 3 === 0
        ? { id, type: 'group', role: 'reader', emailAddress: 'team@example.com' }
        : { id, type: 'anyone', role: 'reader' },
}

const idAt =
  (field: string) =>
  (row: JsonObject): string[] =>
    idsIn([row], field)

type Part = Pick<FaultPlug, 'lists' | 'rowsMax' | 'goneShare' | 'tells' | 'aside' | 'isLong'>
const insides: Part = {
  lists: ['customer', 'domains', 'orgunits', 'groups', 'roles', 'assignments'],
  rowsMax: 16,
  goneShare: 0.6,
  tells: {
    'domains/domains': idAt('domainName'),
    'orgunits/orgunits': idAt('orgUnitId'),
    'groups/members': ({ members }) => idsIn(members),
    'roles/roles': idAt('roleId'),
    'assignments/assignments': idAt('roleAssignmentId'),
  },
  aside: { 'customer/customer': 'the one it is' },
  isLong: true,
}

const plug = (stream: string, part: Part = {}): FaultPlug<GoogleConfig> => ({
  name: `google ${stream}${part === insides ? ', insides' : ''}`,
  connector: googleConnector,
  config: googleConfig.parse({
    see: account('700000001'),
    apiUrl: twinOrigin,
    driveUrl: twinOrigin,
    tokenUrl: `${twinOrigin}/token`,
    sharedDrives: true,
    mail: true,
  }),
  secrets: { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
  stream,
  record: (row, list) => inventories[stream]?.(row, list) ?? activity(stream, row),
  // Of the inventory the rows that come out are the grants, one for each user.
  keeps: stream === 'credentials' ? ['clientId', 'id'] : ['id', ...kept],
  nativeOf: ({ id, atMs }) => `${new Date(atMs).toISOString()}/${id}`,
  answer,
  limit: refusal(403, 'userRateLimitExceeded'),
  tokenPath: '/token',
  ...(stream === 'credentials' || stream === 'shared-drives' || part === insides ? { asksAtOnce: true } : {}),
  // All logs are read by the same lines; the users of the directory take too few requests to meet every fault in a short run.
  ...(['log-admin', 'credentials', 'shared-drives'].includes(stream) ? {} : { isLong: true }),
  ...part,
})

const kept = ['emailAddress', 'type', ...Object.keys(named({ id: '', n: 0, atMs: 0, visibleAtMs: 0, goneAtMs: 0 }))]
const plugs = [
  ...googleConnector.streams.flatMap(({ name }) => (name === 'directory' ? [] : plug(name))),
  plug('directory', { lists: ['users'] }),
  plug('directory', insides),
]
const elsewhere: Gate['elsewhere'] = [[/call\(access, as, 'GET', path\)$/, 'actions alone']]
for (const { name, run } of connectorSuite(googleConnector, plugs, { elsewhere })) test(name, run)
