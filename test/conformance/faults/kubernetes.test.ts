import { test } from 'node:test'

import { isObject, type JsonObject } from '#kit'
import { kubernetesConnector, type KubernetesConfig } from '#connectors/kubernetes'

import type { PullContext } from '#sources/contract'

import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const status = (code: number, reason: string): TwinAnswer => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code },
})

/** The API server's answers over the suite's rows: pages by `continue`, which is gone after a while. */
function answer({ url }: TwinRequest, twin: VendorTwin): TwinAnswer {
  // An empty token is the end of a list: what the suite calls a place is wrapped.
  const after = url.searchParams.get('continue')?.replace('at:', '') ?? null
  if (after !== null && twin.isCursorExpired) return status(410, 'Expired')
  const list = url.pathname.split('/').at(-1) ?? ''
  const { records, next } = twin.byId(list, after, pageRows)
  const metadata = { resourceVersion: '1', ...(next === null ? {} : { continue: `at:${next}` }) }
  return { status: 200, body: { kind: 'List', apiVersion: 'v1', metadata, items: records } }
}

/** Lists that are nobody else's: bindings ask for roles beside, and the rows of a suite have none. */
const plainLists = ['namespaces', 'serviceaccounts', 'nodes']
const connector: typeof kubernetesConnector = {
  ...kubernetesConnector,
  streams: kubernetesConnector.streams.map((stream) => {
    if (stream.kind !== 'snapshot' || !('lists' in stream)) return stream
    return {
      ...stream,
      ...(stream.name === 'inventory' ? { lists: () => plainLists } : {}),
      /** The suite knows its rows by an `id`, which the connector leaves out. */
      async page(context: PullContext<KubernetesConfig>, list: string, at: string | null) {
        const { rows, next } = await stream.page(context, list, at)
        return { rows: rows.map((row) => (isObject(row) ? { ...row, id: uidOf(row) } : row)), next }
      },
    }
  }),
}
const uidOf = ({ metadata }: JsonObject): string =>
  isObject(metadata) && typeof metadata['uid'] === 'string' ? metadata['uid'] : ''

const plug = (stream: 'inventory' | 'secrets'): FaultPlug<KubernetesConfig> => ({
  name: `kubernetes ${stream}`,
  connector,
  config: kubernetesConnector.config.parse({ apiUrl: twinOrigin, listSecrets: true }),
  secrets: { token: 'EXAMPLE' },
  stream,
  record: ({ id, n, atMs }) => ({
    id,
    metadata: { name: id, uid: id, namespace: `n${n % 3}`, creationTimestamp: new Date(atMs).toISOString() },
  }),
  keeps: ['id', 'metadata'],
  answer,
  without: { 'limit-403': 'its limits are 429s', 'token-expiry': 'its tokens are static' },
  ...(stream === 'secrets' ? { isLong: true } : {}),
})

for (const { name, run } of connectorSuite(connector, [plug('inventory'), plug('secrets')])) test(name, run)
