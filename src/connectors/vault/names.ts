import { entityId, type EntityId } from '#model'

import { pathOf, type SecretPlace, type VaultConfig } from './config.ts'

// The authority is the cluster's id, with the namespace behind it where there is one. A secret has no id but its path.

export const authorityOf = (cluster: string, { namespace }: VaultConfig): string =>
  namespace === undefined ? cluster : `${cluster}/${namespace}`

export const nameSecret = (authority: string, place: Pick<SecretPlace, 'mount' | 'path'>): EntityId =>
  entityId('resource', authority, `kv/${pathOf(place)}`)
