import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { parseJson } from '#kit'
import { vaultActions, vaultConfig, vaultConnector, type VaultConfig } from '#connectors/vault'

import { openDescription } from '../../../lab/twins/kit/openapi.ts'
import { requestSuite, type RequestPlug } from './suite.ts'

const cluster = '6f0f3a52-1d1e-4c0e-9f53-0d6f6f6b1c2a'
const fixture = new URL('../../../lab/twins/vault/fixtures/api.json', import.meta.url)
const version = { created_time: '2026-03-24T12:00:00Z', deletion_time: '', destroyed: false }

/** PATCH, by which a successor is written, is not in the description: Vault's own engine is asked in test/systems. */
const plug: RequestPlug<VaultConfig> = {
  connector: vaultConnector,
  actions: vaultActions,
  description: openDescription(parseJson(readFileSync(fixture, 'utf8'))),
  config: vaultConfig.parse({
    apiUrl: 'https://vault.example.com:8200',
    appRole: { contain: 'EXAMPLE-role' },
    // One part of an address: the description's `{path}` takes no more.
    places: [{ path: 'shop', values: { A: 'id' }, rereadSeconds: 0 }],
  }),
  authority: cluster,
  origins: ['https://vault.example.com:8200'],
  secrets: { see: { token: 'EXAMPLE-1' }, contain: { secretId: 'EXAMPLE-2' } },
  targets: { 'vault.versions.destroy': { target: `resource:${cluster}:kv/secret/shop` } },
  answers: {
    // Its parameters stand in the documentation alone.
    'GET /v1/sys/health': { cluster_id: cluster, version: '1.15.0' },
    // Described without a shape.
    'app-role-login': () => ({ body: { auth: { client_token: 'EXAMPLE-3', lease_duration: 600 } } }),
    'query-token-self-capabilities': () => ({ body: { data: {} } }),
    'kv-v2-read-metadata': () => ({
      body: {
        data: {
          current_version: 2,
          created_time: version.created_time,
          updated_time: version.created_time,
          custom_metadata: { cordon_successor: 'token', cordon_successor_version: '2' },
          versions: { 1: version, 2: version },
        },
      },
    }),
  },
}

for (const { name, run } of requestSuite(plug)) test(name, run)
