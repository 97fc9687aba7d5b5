import type { TenantId } from '#model'

/**
 * Who may open what. `core` holds the log, fingerprint and ledger keys; `hands` alone holds the private key that opens
 * vendors' credentials: core seals to its public half and cannot open what it sealed.
 */
export type VaultRole = 'core' | 'hands' | 'guards'

/** Sealed bytes as stored: version byte, key id, then the sealed box; base64. */
export type SealedText = string

/** Seals for hands. Anyone may hold it. */
export interface Sealer {
  readonly keyId: string
  seal(plain: string, context: string): SealedText
}

/** Opens what was sealed for hands; exists in the hands process only. Throws ERR_VAULT_OPEN when key or context differ. */
export interface Opener {
  open(sealed: SealedText, context: string): string
  /** The same plain text under the newest key: how rotation moves stored secrets over, online. */
  reseal(sealed: SealedText, context: string): SealedText
}

/** Symmetric keys of core: one data key per tenant and day for the log, wrapped by the key-encryption key. */
export interface LogKeys {
  /** Fresh data key for a day (`2026-03-24`), with the wrapped form to store. */
  create(tenant: TenantId, day: string): { key: Uint8Array; wrapped: Uint8Array }
  unwrap(tenant: TenantId, day: string, wrapped: Uint8Array): Uint8Array
  rewrap(tenant: TenantId, day: string, wrapped: Uint8Array): Uint8Array
}

/**
 * Fingerprint of a secret: `keyId.` + base64url(HMAC-SHA-256(K_tenant, SHA-256(value))). Hosts send SHA-256 only, so a
 * value and a host's hash give the same fingerprint. While a key retires, `all` gives old and new.
 */
export interface Fingerprinter {
  ofValue(value: string): string
  ofSha256(hash: Uint8Array): string
  all(hash: Uint8Array): string[]
}
