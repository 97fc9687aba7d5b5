import { z } from 'zod'

import { CordonError } from '#kit'
import { secureOrigin } from '#sources/contract'

export class VaultError extends CordonError<'ERR_VAULT_TARGET' | 'ERR_VAULT_BUSY'> {}

/** Each is looked at when a plan is made. */
const placesMax = 100
/** Segments of an address, without `..`, wildcards or what would have to be escaped. */
const path = z
  .string()
  .max(255)
  .regex(/^(?!\.{1,2}(?:\/|$))[\w.@-]+(?:\/(?!\.{1,2}(?:\/|$))[\w.@-]+)*$/, {
    error: 'a path as `prod/shop`, of letters, digits and `_.@-`',
  })

/** A secret of a KV engine, version 2, whose consumers Cordon may hand a successor to. */
const secretPlace = z.strictObject({
  /** Where the engine is mounted. */
  mount: path.default('secret'),
  /** Of the secret in it, without `data/`. */
  path,
  /** Keys of the secret, each with the name of the successor's value. */
  values: z
    .record(z.string().min(1).max(128), z.string().min(1).max(64))
    .refine((values) => Object.keys(values).length > 0, 'one key at least'),
  /** Within how many seconds consumers read it anew (an agent's lease, a restart). */
  rereadSeconds: z.int().min(0).max(3600),
})
export type SecretPlace = z.infer<typeof secretPlace>

const roleId = z.string().regex(/^[\w.-]{1,200}$/, { error: 'the id of a role, as `vault read …/role-id` tells it' })

/** Sign-in by AppRole in place of a token: a role that is named here is used, with its secret. */
const appRole = z
  .strictObject({ mount: path.default('approle'), see: roleId.optional(), contain: roleId.optional() })
  .refine(
    ({ see, contain }) => see !== undefined || contain !== undefined,
    'the role to look, the one to contain, or both',
  )

export const vaultConfig = z.strictObject({
  apiUrl: secureOrigin,
  /** Of Vault Enterprise, HCP or OpenBao; absent: the root. */
  namespace: path.optional(),
  appRole: appRole.optional(),
  /** Where successors of other sources may be written. */
  places: z
    .array(secretPlace)
    .max(placesMax)
    .default([])
    .refine((places) => new Set(places.map(pathOf)).size === places.length, 'each secret stands once'),
})
export type VaultConfig = z.infer<typeof vaultConfig>

export function pathOf(place: Pick<SecretPlace, 'mount' | 'path'>): string {
  return `${place.mount}/${place.path}`
}
export const vaultOrigins = ({ apiUrl }: VaultConfig): string[] => [new URL(apiUrl).origin]
