import { parseAddress, type Address } from '#kit'

import { SigmaError } from '../errors.ts'
import { rawText, type Modifier } from './value.ts'

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
