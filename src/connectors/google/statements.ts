import { parseTimeMs } from '#kit'

export { closeEdge as close, mergeNormalized as merge, openEdge as open, toldFact as fact, type Stated } from '#model'

export const product = { vendor_name: 'Google', name: 'Google Workspace' }

/** Undefined also for the year 1970, which is how Google writes "never". */
export function timeMs(text: string | null | undefined): number | undefined {
  const ms = text === null || text === undefined ? undefined : parseTimeMs(text)
  return ms === undefined || ms <= 0 ? undefined : ms
}
