import { z } from 'zod'

import { CordonError } from '#kit'
import { secureUrl } from '#sources/contract'

export class OidcError extends CordonError<
  'ERR_OIDC_ISSUER' | 'ERR_OIDC_AUTH' | 'ERR_OIDC_SHAPE' | 'ERR_OIDC_REFUSED' | 'ERR_OIDC_TARGET' | 'ERR_OIDC_NEEDS'
> {}

export const oidcConfig = z.strictObject({
  issuer: secureUrl,
  /** Client that Cordon uses for RFC 7009 and RFC 7662; its secret is `clientSecret`. */
  clientId: z.string().min(1).default('cordon'),
  /** Admin extension, see README.md; without it only lent values can be revoked. */
  adminUrl: secureUrl.optional(),
  /** Where a resource server takes the ids (`jti`) of self-contained tokens it must refuse. */
  resourceDenylist: z
    .strictObject({
      url: secureUrl,
      /** Only tokens for this audience; absent: all. */
      audience: z.string().min(1).optional(),
      /** Answers 2xx to a good token and 401 or 403 to a denied one, and changes nothing. */
      probeUrl: secureUrl.optional(),
    })
    .optional(),
})
export type OidcConfig = z.infer<typeof oidcConfig>

/** Origins that this source's `Http` must allow. */
export const oidcOrigins = (config: OidcConfig): string[] =>
  [config.issuer, config.adminUrl, config.resourceDenylist?.url, config.resourceDenylist?.probeUrl].flatMap((url) =>
    url === undefined ? [] : [new URL(url).origin],
  )
