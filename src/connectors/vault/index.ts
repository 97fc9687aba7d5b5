import type { ContainAction, Holder } from '#respond/contract'
import { defineConnector, type PullContext } from '#sources/contract'

import { auth, role, scopes } from './auth.ts'
import { limits, readCluster, readMetadata } from './client.ts'
import { pathOf, vaultConfig, type VaultConfig } from './config.ts'
import { normalize, placeList } from './inventory.ts'
import { authorityOf } from './names.ts'
import { secretHolder } from './secret-place.ts'
import { versionsDestroy } from './versions-destroy.ts'

export { vaultConfig, vaultOrigins, type VaultConfig } from './config.ts'

/** HashiCorp Vault or OpenBao, as a place where successors go. Settings and reasons are in README.md. */
export const vaultConnector = defineConnector<VaultConfig>({
  id: 'vault',
  version: 1,
  title: 'HashiCorp Vault and OpenBao',
  config: vaultConfig,
  example: vaultConfig.parse({
    apiUrl: 'https://vault.example.com:8200',
    appRole: { contain: 'a0000000-0000-4000-8000-000000000001' },
    places: [
      { path: 'prod/shop', values: { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' }, rereadSeconds: 300 },
    ],
  }),
  secrets: { see: ['token', 'secretId'], contain: ['token', 'secretId'] },
  auth,
  limits,
  streams: [placeList],
  coverage: () => ({
    sees: ['resources'],
    logged: [],
    blind: [
      'of Vault only the places of `places` are read: not its audit log, nor tokens, leases, policies and other secrets',
      'who may read a place is not known: no verdict says that an exposed identity could, and none that it could not',
    ],
  }),
  role,
  survives: [
    {
      what: 'versions of a secret before the successor',
      until: 'they are destroyed, once what leaked is proven dead',
    },
    {
      what: 'tokens and leases of Vault that whoever broke in holds',
      until: 'somebody revokes them: Cordon does not yet',
    },
  ],
  check,
  scopes,
  normalize,
})

/** Where successors go: secrets of `places`. */
export const vaultHolder: Holder<VaultConfig> = secretHolder

export const vaultActions: readonly ContainAction<VaultConfig>[] = [versionsDestroy]

async function check(context: PullContext<VaultConfig>) {
  const { config } = context
  const { cluster_id: cluster, version } = await readCluster(context)
  const missing: string[] = []
  for (const place of config.places) {
    if ((await readMetadata(context, place)) === undefined) {
      missing.push(`the secret \`${pathOf(place)}\` of \`places\` is not there: Cordon makes none`)
    }
  }
  return {
    authority: authorityOf(cluster, config),
    missing,
    excess: [],
    says: [`cluster ${cluster}, version ${version ?? 'unknown'}`],
  }
}
