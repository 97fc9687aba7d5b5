import { z } from 'zod'

import { CordonError } from '#kit'
import { secureUrl } from '#sources/contract'

export class OktaError extends CordonError<'ERR_OKTA_TARGET' | 'ERR_OKTA_REFUSED' | 'ERR_OKTA_NEEDS'> {}

const orgUrl = secureUrl
  .refine((text) => new URL(text).pathname === '/', { error: 'the address of the org alone, without a path' })
  .refine((text) => !/-admin\.okta[a-z-]*\.com$/.test(new URL(text).hostname), {
    error: 'not the address of the Admin Console: leave out `-admin`',
  })
const clientId = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, 'a client id')

export const oktaConfig = z.strictObject({
  /** `https://acme.okta.com`, or a custom domain of the org. */
  orgUrl,
  /** API service app that looks; its private key is the secret `privateKey`. */
  clientId,
  /** API service app that acts, with a key of its own; absent: this source can only look. */
  containClientId: clientId.optional(),
  /** The org has an entity risk policy that signs users out of their apps at risk HIGH (Identity Threat Protection). */
  universalLogoutByRisk: z.boolean().default(false),
  /** Offer to have passwords changed at the next sign-in. It kills nothing: who knows the password may be the one to change it. */
  expirePasswords: z.boolean().default(false),
})
export type OktaConfig = z.infer<typeof oktaConfig>

export const originOf = ({ orgUrl }: OktaConfig): string => new URL(orgUrl).origin
/** Origins that this source's `Http` must allow. */
export const oktaOrigins = (config: OktaConfig): string[] => [originOf(config)]

/** Cordon's own service apps. */
export const ownClients = ({ clientId, containClientId }: OktaConfig): string[] =>
  containClientId === undefined || containClientId === clientId ? [clientId] : [clientId, containClientId]
