import { parseTimeMs } from '#kit'

export { closeEdge as close, mergeNormalized as merge, openEdge as open, toldFact as fact } from '#model'

export const product = { vendor_name: 'Microsoft', name: 'Microsoft Entra ID' }

/** Microsoft writes `0001-01-01` where there is no time. */
export function timeMs(text: string | null | undefined): number | undefined {
  if (text === null || text === undefined || text.startsWith('0001-')) return undefined
  return parseTimeMs(text)
}
