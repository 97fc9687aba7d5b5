import { test } from 'node:test'

import { oidcConnector } from '#connectors/oidc'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

/** The admin extension (its README), over the suite's rows. */
function answer({ url, header }: TwinRequest, twin: VendorTwin): TwinAnswer {
  if (header('authorization') !== 'Bearer EXAMPLE-admin') return { status: 401, body: { error: 'unauthorized' } }
  const after = url.searchParams.get('after')
  const kind = url.pathname.split('/').at(-1) ?? ''
  if (kind === 'events') {
    const { records, next } = twin.byArrival(Number(after ?? 0), 7)
    return { status: 200, body: { events: records, cursor: String(next), gap: false } }
  }
  const { records, next } = twin.byId(kind, after, 7)
  return { status: 200, body: { rows: records, next } }
}

const plug = (stream: 'log' | 'inventory'): FaultPlug<(typeof oidcConnector)['config']['_output']> => ({
  name: `oidc ${stream}`,
  connector: oidcConnector,
  config: { issuer: twinOrigin, clientId: 'cordon', adminUrl: `${twinOrigin}/admin` },
  secrets: { adminToken: 'EXAMPLE-admin' },
  stream,
  record: ({ id, n, atMs }, list) =>
    stream === 'log'
      ? { id, type: 'session.created', atMs, subject: `u${n % 5}`, session: `s${n}`, ip: '192.0.2.1' }
      : { id, uid: id, ref: id, client: 'web', subject: `u${n % 5}`, kind: list, createdAtMs: atMs },
  keeps: ['id', 'atMs'],
  answer,
  without: {
    'limit-403': 'its limits are 429s',
    'token-expiry': 'the admin token is a static one',
    'expired-cursor': 'says `gap` instead, and goes on',
    ...(stream === 'log' ? { 'empty-page': 'an empty page is its end' } : {}),
  },
})

const elsewhere: Gate['elsewhere'] = [[/oidc\/client\.ts|one\((?:ref|id|uid)\)/, 'actions and the check alone']]
for (const { name, run } of connectorSuite(oidcConnector, [plug('log'), plug('inventory')], { elsewhere }))
  test(name, run)
