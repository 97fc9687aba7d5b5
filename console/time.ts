/** How times are told: 24 hours, English, in the zone of whoever looks. A formatter is dear to make and is kept. */
const formatters = new Map<string, Intl.DateTimeFormat>()
function format(zone: string, options: Intl.DateTimeFormatOptions, ms: number): string {
  const key = `${zone} ${JSON.stringify(options)}`
  const made = formatters.get(key) ?? new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options })
  formatters.set(key, made)
  return made.format(ms)
}
const clock = { hour: '2-digit', minute: '2-digit' } as const
const day = { month: 'short', day: 'numeric' } as const
const dayOfYear = { year: 'numeric', ...day } as const

export const isSameDay = (a: number, b: number, zone: string): boolean =>
  format(zone, dayOfYear, a) === format(zone, dayOfYear, b)

/** `03:14` where that is today; else with its date and zone, so that nobody takes yesterday for tonight. */
export function shownTime(ms: number, nowMs: number, zone: string): string {
  if (isSameDay(ms, nowMs, zone)) return format(zone, clock, ms)
  const isThisYear = format(zone, { year: 'numeric' }, ms) === format(zone, { year: 'numeric' }, nowMs)
  return `${format(zone, isThisYear ? day : dayOfYear, ms)}, ${format(zone, { ...clock, timeZoneName: 'short' }, ms)}`
}

/** To the second: of a timeline and of evidence. */
export const exactTime = (ms: number, zone: string): string =>
  format(zone, { ...dayOfYear, ...clock, second: '2-digit', timeZoneName: 'short' }, ms)

/** `Europe/Berlin, GMT+1`: what all times of a page are told in. */
export function zoneWords(zone: string, nowMs: number): string {
  const offset = format(zone, { timeZoneName: 'short' }, nowMs).split(', ').at(-1) ?? ''
  return offset === '' || offset === zone ? zone : `${zone}, ${offset}`
}

/** As the machine-readable `<time datetime>` wants it: RFC 3339, UTC. */
export const utc = (ms: number): string => new Date(ms).toISOString()

const units = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const

/** A length of time in its largest whole unit: `3 minutes`. */
export function duration(ms: number): string {
  const [size, name] = units.find(([size]) => ms >= size) ?? units[3]
  const count = Math.floor(ms / size)
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
