import { SigmaError } from '../errors.ts'
import { rawText, type Modifier } from './value.ts'

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

export function isInNetwork(
  { v6, words }: Address,
  net: { v6: boolean; network: readonly number[]; bits: number },
): boolean {
  if (v6 !== net.v6) return false
  for (let word = 0, left = net.bits; left > 0; word++, left -= 16) {
    const mask = left >= 16 ? 0xffff : (0xffff << (16 - left)) & 0xffff
    if (((words[word] ?? 0) & mask) !== ((net.network[word] ?? 0) & mask)) return false
  }
  return true
}

const cidr: Modifier = (value, context) => {
  const text = rawText(value, context)
  const [addressText = '', bitsText, ...rest] = text.split('/')
  const address = parseAddress(addressText)
  const isMapped = address !== undefined && !address.v6 && addressText.includes(':')
  const widthMax = address?.v6 === true ? 128 : 32
  const bits = bitsText === undefined ? widthMax : Number(bitsText) - (isMapped ? 96 : 0)
  if (
    address === undefined ||
    rest.length > 0 ||
    !Number.isInteger(bits) ||
    bits < 0 ||
    bits > widthMax ||
    bitsText === ''
  )
    throw new SigmaError('ERR_SIGMA_VALUE', `\`${text.slice(0, 60)}\` is no network`, {
      hint: 'for example `10.0.0.0/8` or `fd00::/8`',
    })
  return { kind: 'test', test: { kind: 'cidr', text, v6: address.v6, network: address.words, bits } }
}

export const cidrModifiers: Readonly<Record<string, Modifier>> = { cidr }
