import { parseAddress } from '../../sigma/modifiers/cidr.ts'
import { remembered } from './remembered.ts'

const originCharsMax = 200

/**
 * The network of an origin. Without a network database an address stands for its /24, or its /48 in IPv6: what one line of
 * an access provider usually is. A name (a cloud's own service, a host) stands for itself.
 */
function readNetwork(origin: string): string {
  const address = parseAddress(origin)
  if (address === undefined) return origin.slice(0, originCharsMax).toLowerCase()
  const { v6, words } = address
  if (v6) return `${words.slice(0, 3).map(hex).join(':')}::/48`
  const [high = 0, low = 0] = words
  return `${high >> 8}.${high & 255}.${low >> 8}.0/24`
}

/** The same few thousand origins come again and again. */
export const networkOf = remembered(readNetwork)

const hex = (word: number): string => word.toString(16)
