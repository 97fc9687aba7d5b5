import { parseTimeMs } from '#kit'

export { openEdge as open, toldFact as fact } from '#model'

export const product = { vendor_name: 'Fleet Device Management', name: 'Fleet' }

/** RFC 3339; undefined where Fleet wrote nothing, or the year 1 or 2000 that it writes for never. */
export function timeMs(text: string | null | undefined): number | undefined {
  const ms = text === null || text === undefined ? undefined : parseTimeMs(text)
  return ms === undefined || ms < Date.UTC(2001, 0) ? undefined : ms
}
