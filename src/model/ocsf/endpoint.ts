import { isIP } from 'node:net'

import type { OcsfObject } from './event.ts'

/** `ip_t` of the schema takes no longer text; an address with a long zone is kept as a name. */
const ipCharsMax = 40

/** Where something came from, as far as the vendor says: an address, a host's name, or that it is unknown. */
export function ocsfEndpoint(address: string | null | undefined): OcsfObject<'network_endpoint'> {
  if (address === null || address === undefined || address === '') return { name: 'unknown' }
  return isIP(address) > 0 && address.length <= ipCharsMax ? { ip: address } : { hostname: address }
}
