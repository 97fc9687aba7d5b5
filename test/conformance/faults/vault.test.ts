import { test } from 'node:test'

import { isObject, type JsonObject } from '#kit'
import { vaultConfig, vaultConnector, type VaultConfig } from '#connectors/vault'
import type { PullContext } from '#sources/contract'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest } from './plug.ts'
import { twinOrigin } from './run.ts'
import { connectorSuite } from './suite.ts'
import { rowIds, type VendorTwin } from './twin.ts'

const pathOf = (name: string): string => `prod/${name}`
const idOf = (path: string): string => path.split('/').at(-1) ?? ''

/** The metadata of one secret a call; there are no pages, and none that lists what else there is. */
function answer({ url }: TwinRequest, twin: VendorTwin): TwinAnswer {
  const [found] = twin.inside('places', idOf(url.pathname))
  return found === undefined ? { status: 404, body: { errors: [] } } : { status: 200, body: { data: found } }
}

/** The suite knows its rows by an `id`, and Vault's are known by their path. */
const connector: typeof vaultConnector = {
  ...vaultConnector,
  streams: vaultConnector.streams.map((stream) => {
    if (stream.kind !== 'snapshot' || !('lists' in stream)) return stream
    return {
      ...stream,
      async page(context: PullContext<VaultConfig>, list: string, at: string | null) {
        const { rows, next } = await stream.page(context, list, at)
        return {
          rows: rows.map((row) =>
            isObject(row) && typeof row['path'] === 'string' ? { ...row, id: idOf(row['path']) } : row,
          ),
          next,
        }
      },
    }
  }),
}

const plug: FaultPlug<VaultConfig> = {
  name: 'vault places',
  connector,
  config: vaultConfig.parse({
    apiUrl: twinOrigin,
    appRole: { see: 'EXAMPLE-role' },
    // All that a schedule may bring about: a secret that is not there yet, or no longer, is left out.
    places: rowIds.map((id) => ({ path: pathOf(id), values: { A: 'id' }, rereadSeconds: 0 })),
  }),
  secrets: { secretId: 'EXAMPLE' },
  tokenPath: '/v1/auth/approle/login',
  stream: 'places',
  record: ({ n, atMs }): JsonObject => {
    const time = new Date(atMs).toISOString()
    const version = { created_time: time, deletion_time: '', destroyed: false }
    return {
      current_version: n + 1,
      created_time: time,
      updated_time: time,
      versions: { [n + 1]: version },
      oldest_version: 0,
      max_versions: 0,
    }
  },
  keeps: ['id', 'current_version', 'created_time', 'updated_time', 'versions'],
  answer,
  without: {
    'limit-403': 'its limits are 429s',
    'empty-page': 'it has no pages',
    'repeated-page': 'it has no pages',
    'page-shift': 'it has no pages',
    'expired-cursor': 'it has no cursor',
    duplicates: 'one secret a call',
    'out-of-order': 'one secret a call',
  },
}

const elsewhere: Gate['elsewhere'] = [
  [/(?:secret-place|versions-destroy)\.ts/, 'actions alone'],
  [/capabilities-self|sys\/health/, 'the check and actions alone'],
]
for (const { name, run } of connectorSuite(connector, [plug], { elsewhere })) test(name, run)
