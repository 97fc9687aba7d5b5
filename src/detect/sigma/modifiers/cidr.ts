import { parseNetwork, type Address } from '#kit'

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
  const network = parseNetwork(text)
  if (network === undefined)
    throw new SigmaError('ERR_SIGMA_VALUE', `\`${text.slice(0, 60)}\` is no network`, {
      hint: 'for example `10.0.0.0/8` or `fd00::/8`',
    })
  const { v6, words, bits } = network
  return { kind: 'test', test: { kind: 'cidr', text, v6, network: words, bits } }
}

export const cidrModifiers: Readonly<Record<string, Modifier>> = { cidr }
