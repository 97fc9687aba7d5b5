import { z } from 'zod'

import { CordonError } from '#kit'
import { secureOrigin } from '#sources/contract'

export class FleetError extends CordonError<'ERR_FLEET_TARGET' | 'ERR_FLEET_NEEDS'> {}

export const fleetConfig = z.strictObject({
  /** Your Fleet server: its host is the realm of all ids. */
  apiUrl: secureOrigin,
  /** Read users and their sessions, too: Fleet shows them to global administrators alone. */
  readsUsers: z.boolean().default(false),
  /** Offer to lock Linux and Windows hosts. Needs Fleet Premium and scripts switched on; a lock cuts nothing off the network. */
  locks: z.boolean().default(false),
  /** Number of the user whose token contains, so that it is told as Cordon's own: the one that looks cannot ask for it. */
  containUserId: z.int().positive().optional(),
})
export type FleetConfig = z.infer<typeof fleetConfig>

export const apiOrigin = ({ apiUrl }: FleetConfig): string => new URL(apiUrl).origin
export const fleetOrigins = (config: FleetConfig): string[] => [apiOrigin(config)]
export const authorityOfConfig = ({ apiUrl }: FleetConfig): string => new URL(apiUrl).host
