import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'

import type { Json } from '#kit'
import { googleConfig, googleConnector, type GoogleConfig } from '#connectors/google'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
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
  if (kind === 'users' && key === '') {
    const page = twin.byId('all', token, pageRows)
    return listed('users', page.records, page.next)
  }
  if (inside === 'tokens') return listed('items', [{ clientId: key, scopes: ['https://mail.google.com/'] }], null)
  if (inside === 'asps') return listed('items', [], null)
  // Whom an address means.
  return kind === 'users' ? { status: 200, body: { id: '100000000000000000002' } } : refusal(404, 'notFound')
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const account = (client: string) => ({
  serviceAccount: `cordon-${client}@example.iam.gserviceaccount.com`,
  clientId: client,
  subject: 'cordon@example.com',
})

/** Of the directory the list that has pages of its own kind; groups are walked as the users' grants are. */
const connector: typeof googleConnector = {
  ...googleConnector,
  streams: googleConnector.streams.map((stream) =>
    stream.name === 'directory' && 'lists' in stream ? { ...stream, lists: () => ['users'] } : stream,
  ),
}

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
const inventories: Record<string, FaultPlug['record']> = {
  directory: user,
  credentials: user,
  'shared-drives': ({ id, n }, list) =>
    list === 'drives' ? { id, name: `n${n}` } : { id, type: 'anyone', role: 'reader' },
}

const plug = (stream: string): FaultPlug<GoogleConfig> => ({
  name: `google ${stream}`,
  connector,
  config: googleConfig.parse({
    see: account('700000001'),
    apiUrl: twinOrigin,
    driveUrl: twinOrigin,
    tokenUrl: `${twinOrigin}/token`,
    sharedDrives: true,
  }),
  secrets: { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
  stream,
  record: (row, list) => inventories[stream]?.(row, list) ?? activity(stream, row),
  // Of the inventory the rows that come out are the grants, one for each user.
  keeps: stream === 'credentials' ? ['clientId', 'id'] : ['id'],
  nativeOf: ({ id, atMs }) => `${new Date(atMs).toISOString()}/${id}`,
  answer,
  limit: refusal(403, 'userRateLimitExceeded'),
  tokenPath: '/token',
  ...(stream === 'credentials' || stream === 'shared-drives' ? { asksAtOnce: true } : {}),
  // All logs are read by the same lines; the users of the directory take too few requests to meet every fault in a short run.
  ...(['log-admin', 'credentials', 'shared-drives'].includes(stream) ? {} : { isLong: true }),
})

const plugs = connector.streams.map(({ name }) => plug(name))
for (const { name, run } of connectorSuite(connector, plugs)) test(name, run)
