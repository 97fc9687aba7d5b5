import { z } from 'zod'

import { CordonError } from '#kit'
import type { EntityId } from '#model'
import { secureOrigin } from '#sources/contract'

import { nameClient } from './names.ts'

export class CrowdstrikeError extends CordonError<
  'ERR_CROWDSTRIKE_TARGET' | 'ERR_CROWDSTRIKE_NEEDS' | 'ERR_CROWDSTRIKE_KEPT'
> {}

const id = z.string().regex(/^[0-9a-f]{32}$/, '32 letters and digits in lower case')

export const crowdstrikeConfig = z.strictObject({
  /** API of the cloud the company is in: `https://api.us-2.crowdstrike.com`, `https://api.eu-1.crowdstrike.com`, … */
  apiUrl: secureOrigin.default('https://api.crowdstrike.com'),
  /** Customer id (CID) without its checksum, in lower case. */
  cid: id,
  /** The CID is a child of the one the API clients belong to (Flight Control). */
  isMember: z.boolean().default(false),
  /** Cordon's API client that looks. */
  clientId: id,
  /** Cordon's API client that acts; absent: this source can only look. */
  containClientId: id.optional(),
  /** Whether Cordon may list and delete API clients: a right that can take every other integration away. */
  managesClients: z.boolean().default(false),
  /**
   * Label of Cordon's connection to the Event Streams; absent: they are not read. Two readers under one label cut each other
   * off, so nobody else may use it.
   */
  appId: z
    .string()
    .regex(/^[A-Za-z0-9]{1,31}$/, 'up to 31 letters and digits')
    .optional(),
  /** Where the Event Streams are, if not at `firehose.` of the API's cloud. */
  feedUrl: secureOrigin.optional(),
})
export type CrowdstrikeConfig = z.infer<typeof crowdstrikeConfig>

export const apiOrigin = ({ apiUrl }: CrowdstrikeConfig): string => new URL(apiUrl).origin
/** Each cloud has one: `firehose.us-2.crowdstrike.com` beside `api.us-2.crowdstrike.com`. */
export const feedOrigin = ({ apiUrl, feedUrl }: CrowdstrikeConfig): string =>
  new URL(feedUrl ?? apiUrl.replace('://api.', '://firehose.')).origin
export const crowdstrikeOrigins = (config: CrowdstrikeConfig): string[] => [
  ...new Set([apiOrigin(config), ...(config.appId === undefined ? [] : [feedOrigin(config)])]),
]

/** Cordon's own API clients: never targets. */
export const ownClients = ({ clientId, containClientId }: CrowdstrikeConfig, authority: string): EntityId[] =>
  [...new Set([clientId, containClientId ?? clientId])].map((client) => nameClient(authority, client))
