import { z } from 'zod'

import { secureUrl } from '#sources/contract'

/** `a, b` on a command line, a list in a file. */
const listed = z
  .union([z.string(), z.array(z.string())])
  .transform((list) => (typeof list === 'string' ? list.split(',') : list).map((one) => one.trim()).filter(Boolean))

export const ssfConfig = z.strictObject({
  /** The transmitter, exactly as `iss` stands in its tokens; its metadata lies under `/.well-known/ssf-configuration`. */
  issuer: secureUrl,
  /** Who we are to it: the `aud` its tokens must name. */
  audience: z.string().min(1).max(512),
  delivery: z.enum(['poll', 'push']).default('poll'),
  /** Where the transmitter reaches this Cordon when it pushes: `https://cordon.example.com/v1/signals/NAME`. */
  receiveUrl: secureUrl.optional(),
  /** The stream at the transmitter; absent: the one of this audience and delivery is looked for, and made. */
  streamId: z.string().min(1).max(256).optional(),
  /** Without a stream configuration API at the transmitter: where to poll. */
  pollUrl: secureUrl.optional(),
  /** The stream was made by hand at the transmitter: it is neither looked for nor changed. Polled, it needs `pollUrl`. */
  byHand: z.boolean().default(false),
  /** Event types to ask for; default: all that the transmitter and Cordon both know. */
  events: listed.optional(),
  /** Realm its subjects are named in: the authority of the source that lists them (Okta: `00o…`). Default: the issuer's host. */
  realm: z.string().min(1).max(253).optional(),
  /** How that source writes an identity's native id; `{sub}` is the subject's. */
  subject: z.string().max(128).includes('{sub}').default('{sub}'),
  /** OAuth client of the stream configuration API; absent: the secret `token` is a bearer token as it is. */
  tokenUrl: secureUrl.optional(),
  clientId: z.string().min(1).max(256).optional(),
  /** Further origins of the transmitter's (key set, streams), where they differ from the issuer's. */
  origins: listed.pipe(z.array(secureUrl)).optional(),
  /** Takes tokens whose header lacks `typ: secevent+jwt`: for transmitters older than RFC 8417. */
  untyped: z.boolean().default(false),
})
export type SsfConfig = z.output<typeof ssfConfig>

export const ssfOrigins = (config: SsfConfig): string[] => [
  ...new Set(
    [config.issuer, config.tokenUrl, config.pollUrl, ...(config.origins ?? [])].flatMap((url) =>
      url === undefined ? [] : [new URL(url).origin],
    ),
  ),
]

/** Does Cordon keep the stream itself, by the transmitter's API? */
export const isOursToKeep = ({ byHand, pollUrl }: SsfConfig): boolean => !byHand && pollUrl === undefined

/** The realm its own subjects are named in. */
export const realmOf = ({ realm, issuer }: SsfConfig): string => realm ?? new URL(issuer).host
