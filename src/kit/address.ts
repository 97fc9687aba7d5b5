/** Words of 16 bits, highest first: two of IPv4, eight of IPv6. */
export type Address = { v6: boolean; words: readonly number[] }

/** Reads an IPv4 or IPv6 address; an IPv4-mapped one (`::ffff:…`) is IPv4. Undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  if (text.length > 64) return undefined
  if (!text.includes(':')) {
    const words = parseV4(text)
    return words === undefined ? undefined : { v6: false, words }
  }
  const words = parseV6(text.split('%', 1)[0] ?? '')
  if (words === undefined) return undefined
  const isMapped = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff
  return isMapped ? { v6: false, words: words.slice(6) } : { v6: true, words }
}

/** The first `bits` of an address. */
type Network = Address & { bits: number }

/** Reads `198.51.100.0/24`, `2001:db8::/32` or one address; of an IPv4-mapped one `/96` is all of IPv4. Undefined for anything else. */
export function parseNetwork(text: string): Network | undefined {
  const [addressText = '', bitsText, ...rest] = text.split('/')
  const address = parseAddress(addressText)
  if (address === undefined || rest.length > 0 || bitsText === '') return undefined
  const isMapped = !address.v6 && addressText.includes(':')
  const bitsMax = address.words.length * 16
  const bits = bitsText === undefined ? bitsMax : Number(bitsText) - (isMapped ? 96 : 0)
  return Number.isInteger(bits) && bits >= 0 && bits <= bitsMax ? { ...address, bits } : undefined
}

/** Networks that make up `198.51.100.4-198.51.100.9`, as few as can be; a text that is no such range stays as it is. */
export function networksOfRange(text: string): string[] {
  const [from, to, ...rest] = text.split('-').map((end) => parseAddress(end.trim()))
  if (from === undefined || to === undefined || rest.length > 0 || from.v6 !== to.v6) return [text]
  const bitsMax = from.words.length * 16
  const [first, last] = [numberOf(from), numberOf(to)]
  const networks: string[] = []
  for (let at = first, free = 0; at <= last; at += 1n << BigInt(free)) {
    // As large a network as begins here and ends within the range.
    for (free = 0; free < bitsMax; free++) {
      const size = 2n << BigInt(free)
      if (at % size !== 0n || at + size - 1n > last) break
    }
    networks.push(`${textOf(at, from.v6)}/${bitsMax - free}`)
  }
  return first > last ? [text] : networks
}

const numberOf = ({ words }: Address): bigint => words.reduce((sum, word) => (sum << 16n) + BigInt(word), 0n)
function textOf(number: bigint, v6: boolean): string {
  const [parts, bits, base] = v6 ? [8, 16n, 16] : [4, 8n, 10]
  return Array.from({ length: parts }, (_, n) => (number >> (bits * BigInt(parts - 1 - n))) & ((1n << bits) - 1n))
    .map((part) => part.toString(base))
    .join(v6 ? ':' : '.')
}

function parseV4(text: string): number[] | undefined {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (found === null) return undefined
  const [a = 256, b = 256, c = 256, d = 256] = found.slice(1).map(Number)
  return a > 255 || b > 255 || c > 255 || d > 255 ? undefined : [a * 256 + b, c * 256 + d]
}

function parseV6(text: string): number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map(groupsOf)
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  if (halves.length === 1) return head.length === 8 ? head : undefined
  const zeros = 8 - head.length - (tail?.length ?? 0)
  return zeros < 1 ? undefined : [...head, ...Array.from({ length: zeros }, () => 0), ...(tail ?? [])]
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return []
  const words: number[] = []
  for (const [index, group] of text.split(':').entries()) {
    if (group.includes('.')) {
      const v4 = index === text.split(':').length - 1 ? parseV4(group) : undefined
      if (v4 === undefined) return undefined
      words.push(...v4)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) words.push(Number.parseInt(group, 16))
    else return undefined
  }
  return words
}

/**
 * The network of an address. Without a network database it stands for its /24, or its /48 in IPv6: what one line of an
 * access provider usually is. Undefined for what is no address.
 */
export function networkOf(text: string): string | undefined {
  const address = parseAddress(text)
  if (address === undefined) return undefined
  const { v6, words } = address
  if (v6)
    return `${words
      .slice(0, 3)
      .map((word) => word.toString(16))
      .join(':')}::/48`
  const [high = 0, low = 0] = words
  return `${high >> 8}.${high & 255}.${low >> 8}.0/24`
}
