import { parseTimeMs } from '#kit'

export { closeEdge as close, openEdge as open, toldFact as fact } from '#model'

export const product = { vendor_name: 'BerriAI', name: 'LiteLLM Proxy' }

/** A time without its zone is of UTC, as LiteLLM's are. */
export const timeMs = (text: string | null | undefined): number | undefined =>
  text === null || text === undefined ? undefined : parseTimeMs(text)
