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
})
export type CrowdstrikeConfig = z.infer<typeof crowdstrikeConfig>

export const apiOrigin = ({ apiUrl }: CrowdstrikeConfig): string => new URL(apiUrl).origin
export const crowdstrikeOrigins = (config: CrowdstrikeConfig): string[] => [apiOrigin(config)]

/** Cordon's own API clients: never targets. */
export const ownClients = ({ clientId, containClientId }: CrowdstrikeConfig, authority: string): EntityId[] =>
  [...new Set([clientId, containClientId ?? clientId])].map((client) => nameClient(authority, client))
