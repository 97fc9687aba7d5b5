import { z } from 'zod'

import { outputSettings, secureOrigin } from '#sources/contract'

export const splunkConfig = z.strictObject({
  /** Where the HTTP Event Collector listens, like `https://splunk.example.com:8088`. */
  url: secureOrigin,
  /** One that the token may write to; absent: the token's own. */
  index: z
    .string()
    .regex(/^[a-z0-9_][a-z0-9_-]{0,254}$/, 'the name of an index')
    .optional(),
  sourcetype: z.string().min(1).max(128).default('cordon:ocsf'),
  /**
   * Waits until the indexer says that it has written a batch. Without it, what Splunk has taken and not yet indexed when it
   * dies is lost, and nobody hears of it.
   */
  acknowledged: z.boolean().default(true),
  /** PEM of the authority that signed its certificate, where it is none that everybody trusts. */
  ca: z.string().startsWith('-----BEGIN CERTIFICATE-----').max(65_536).optional(),
  ...outputSettings,
})
export type SplunkConfig = z.output<typeof splunkConfig>

export const splunkOrigins = ({ url }: SplunkConfig): string[] => [new URL(url).origin]
