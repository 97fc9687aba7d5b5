import { parseAddress } from '#kit'

/** Addresses from `start` to `end`, both among them. */
export type Network = { family: 4 | 6; start: bigint; end: bigint }
export type Address = { family: 4 | 6; value: bigint }

const bitsOf = { 4: 32n, 6: 128n } as const

/** Undefined: no address. Of IPv6 no zone and no IPv4 inside: where such a rule is for nobody can say here. */
export function readAddress(text: string): Address | undefined {
  const known = text.includes(':') && /[.%]/.test(text) ? undefined : parseAddress(text)
  return known && { family: known.v6 ? 6 : 4, value: joined(known.words) }
}

const joined = (words: readonly number[]): bigint => words.reduce((value, word) => (value << 16n) | BigInt(word), 0n)

/** An address and its mask, as the server writes them. Undefined: no network (a mask with holes among them). */
export function readNetwork(address: string, mask: string): Network | undefined {
  const [at, of] = [readAddress(address), readAddress(mask)]
  if (at === undefined || of === undefined || at.family !== of.family) return undefined
  const all = (1n << bitsOf[at.family]) - 1n
  const rest = all ^ of.value
  if ((rest & (rest + 1n)) !== 0n) return undefined
  const start = at.value & of.value
  return { family: at.family, start, end: start | rest }
}

export const everywhere = (family: 4 | 6): Network => ({ family, start: 0n, end: (1n << bitsOf[family]) - 1n })
export const isWithin = ({ family, value }: Address, network: Network): boolean =>
  family === network.family && value >= network.start && value <= network.end
const isInside = (inner: Network, outer: Network): boolean =>
  inner.family === outer.family && inner.start >= outer.start && inner.end <= outer.end

/** `198.51.100.0/24`; IPv6 in eight groups. */
export function writeNetwork({ family, start, end }: Network): string {
  const width = bitsOf[family] - BigInt((end - start).toString(2).replace('0', '').length)
  const [parts, bits] = family === 4 ? [4n, 8n] : [8n, 16n]
  const groups = Array.from(
    { length: Number(parts) },
    (_, n) => (start >> (bits * (parts - 1n - BigInt(n)))) & ((1n << bits) - 1n),
  )
  const bitsKept = end === start ? bitsOf[family] : width
  return `${groups.map((group) => (family === 4 ? group.toString() : group.toString(16))).join(family === 4 ? '.' : ':')}/${bitsKept}`
}

/**
 * An address in the network and in none of those that lie inside it; undefined when they cover it. Where one is left, the
 * first stands at the start, or right behind one of them.
 */
export function addressIn(network: Network, all: readonly Network[]): Address | undefined {
  const inside = all.filter((one) => isInside(one, network) && !isInside(network, one))
  const value = [network.start, ...inside.map(({ end }) => end + 1n)].find(
    (at) => at <= network.end && !inside.some((one) => at >= one.start && at <= one.end),
  )
  return value === undefined ? undefined : { family: network.family, value }
}
