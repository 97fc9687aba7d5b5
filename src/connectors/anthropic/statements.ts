import { parseTimeMs } from '#kit'

export { closeEdge as close, mergeNormalized as merge, openEdge as open, toldFact as fact } from '#model'

export const product = { vendor_name: 'Anthropic', name: 'Claude Platform' }

export const timeMs = (text: string | null | undefined): number | undefined =>
  text === null || text === undefined ? undefined : parseTimeMs(text)
