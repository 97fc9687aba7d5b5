import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { oktaConnector, type OktaConfig } from '#connectors/okta'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest, TwinRow } from './plug.ts'
import { twinOrigin } from './run.ts'
import { idsIn } from './scratch.ts'
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
  const ok = (body: JsonObject[] | JsonObject, next: string | null = null): TwinAnswer => {
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
  if (pathname === '/.well-known/okta-organization') return ok({ id: '00ofaults', pipeline: 'idx' })
  if (pathname === '/api/v1/iam/assignees/users') {
    const { records, next } = twin.byId('administrators', query.get('after'), pageRows)
    const link = new URL(url)
    link.searchParams.set('after', next ?? '')
    return ok({ value: records, ...(next === null ? {} : { _links: { next: { href: link.href } } }) })
  }
  if (pathname.startsWith('/api/v1/iam/roles/')) return ok({ permissions: [{ label: 'okta.users.manage' }] })
  // What is inside of something is told apart by its id; whoever asks for what is gone learns that.
  const [, , , kind = '', parent = '', inside = '', , rules] = pathname.split('/')
  if (parent !== '') {
    const held = twin.inside(rules ?? inside, parent)
    if (held.length === 0) return error(404, 'E0000007')
    if (inside === '') return ok(held[0] ?? {})
    if (inside === 'policies' && rules === undefined) return ok([{ id: 'p', status: 'ACTIVE' }])
    return inside === 'scopes' ? ok([{ id: 's', name: 'read' }]) : ok(held)
  }
  const { records, next } = twin.byId(listOf(kind, query.get('type')), query.get('after'), pageRows)
  return ok(records, next)
}

/** Both kinds of policies come from one place, and apps are read by two streams. */
const listOf = (kind: string, type: string | null): string =>
  kind === 'policies' ? (type === 'ACCESS_POLICY' ? 'app-policies' : 'session-policies') : kind

/** What each list and each part of its rows is, over the suite's rows: by kind, where it is no plain one. */
const parts: Record<string, (row: TwinRow) => JsonObject> = {
  apps: ({ id, n }) => ({
    id,
    credentials: { oauthClient: { client_id: id, token_endpoint_auth_method: methodOf(n) } },
    settings: { oauthClient: { grant_types: ['client_credentials'] } },
  }),
  credentials: ({ id }) => ({ id, client_secret: `EXAMPLE-${id}` }),
  roles: ({ id, n }) => (n % 3 === 0 ? { id, type: 'CUSTOM', role: 'cr1' } : { id, type: 'APP_ADMIN' }),
  grants: ({ id }) => ({ id, scopeId: 'okta.users.read' }),
  tokens: ({ id }) => ({ id, clientId: id, userId: '00uada' }),
  rules: ({ id, n }) => ({
    id,
    conditions: n % 2 === 0 ? null : { network: { connection: 'ZONE', include: ['ALL_ZONES'], exclude: [] } },
    actions: { signon: { access: 'ALLOW', requireFactor: true } },
  }),
}
const methodOf = (n: number): string => (n % 2 === 0 ? 'client_secret_post' : 'private_key_jwt')

/** The id of a row first, and what it cannot be read without. */
const kept = ['id', 'userId', 'scope', 'type', 'role', 'credentials', 'settings', 'scopeId', 'clientId']

type Part = Pick<
  FaultPlug,
  'name' | 'stream' | 'lists' | 'tells' | 'holds' | 'aside' | 'rowsMax' | 'goneShare' | 'isLong'
>
const whole = (stream: string): Part => ({ name: `okta ${stream}`, stream })
const directories: Part[] = [
  { ...whole('directory'), lists: ['users', 'api-tokens', 'idps', 'zones'] },
  {
    name: 'okta directory, insides',
    stream: 'directory',
    lists: ['org', 'groups', 'apps', 'administrators'],
    rowsMax: 10,
    goneShare: 0.6,
    tells: {
      'groups/members': ({ users }) => idsIn(users),
      'apps/assignments': ({ users }) => idsIn(users),
    },
    holds: {
      'apps/secrets': ({ n }) => n % 2 === 0,
      'apps/keys': ({ n }) => n % 2 === 1,
    },
    aside: { 'org/org': 'the one there is' },
    isLong: true,
  },
]

const plug = ({ stream, ...part }: Part): FaultPlug<OktaConfig> => ({
  connector: oktaConnector,
  config: oktaConnector.config.parse({ orgUrl: twinOrigin, clientId: '0oacordon00000000001' }),
  secrets: { privateKey },
  stream,
  ...part,
  record: (row, list) => {
    const { id, n, atMs } = row
    if ((stream === 'directory' || stream === 'sign-on') && list in parts) return parts[list]?.(row) ?? {}
    return stream === 'log'
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
          scope: 'USER',
          status: 'ACTIVE',
          created: new Date(atMs).toISOString(),
        }
  },
  keeps: stream === 'log' ? ['uuid', 'published'] : stream === 'factors' ? ['user', 'id', 'factorType'] : kept,
  answer,
  tokenPath: '/oauth2/v1/token',
  openPaths: ['/.well-known/okta-organization'],
  without: {
    'limit-403': 'its limits are 429s',
    ...(stream !== 'log' ? { 'expired-cursor': 'its links name a row, which is found or not' } : {}),
  },
})

const rules: Part = { ...whole('sign-on'), rowsMax: 10, goneShare: 0.6, isLong: true }
const plugs = [...['log', 'factors', 'authorization'].map(whole), rules, ...directories].map(plug)
const elsewhere: Gate['elsewhere'] = [
  [
    /isClassic\(context\)|zonesOf\(context\)|withZones\(context/,
    'read once a run: several may wait for it, and no stack tells who',
  ],
]
for (const { name, run } of connectorSuite(oktaConnector, plugs, { elsewhere })) test(name, run)
