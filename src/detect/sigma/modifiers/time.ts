import type { TimePart } from '../types.ts'
import { numberOf } from './compare.ts'
import { wrongKind, type Modifier } from './value.ts'

const ranges: Readonly<Record<TimePart, [number, number]>> = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  week: [1, 53],
  month: [1, 12],
  year: [0, 9999],
}

const part =
  (name: TimePart): Modifier =>
  (value, context) => {
    const than = value.kind === 'number' ? value.value : value.kind === 'text' ? numberOf(value.raw) : undefined
    const [min, max] = ranges[name]
    if (than === undefined || !Number.isInteger(than) || than < min || than > max)
      throw wrongKind(context, value, `a whole number from ${min} to ${max}`)
    return { kind: 'test', test: { kind: 'time', part: name, op: 'eq', than } }
  }

export const timeModifiers: Readonly<Record<string, Modifier>> = {
  minute: part('minute'),
  hour: part('hour'),
  day: part('day'),
  week: part('week'),
  month: part('month'),
  year: part('year'),
}

const isoShape = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?/
/** Numbers from here on are milliseconds since 1970, smaller ones seconds. */
const millisecondsFrom = 100_000_000_000

/**
 * One part of a date as the event writes it: the specification asks for no conversion of time zones, so none is made.
 * Numbers are time since 1970, UTC. Undefined when the value is no date.
 */
export function timePartOf(value: unknown, wanted: TimePart): number | undefined {
  if (typeof value === 'string') {
    const found = isoShape.exec(value)
    if (found !== null) {
      const [, year, month, day, hour, minute] = found.map((text) => (text === undefined ? undefined : Number(text)))
      if (wanted === 'year') return year
      if (wanted === 'month') return month
      if (wanted === 'day') return day
      if (wanted === 'hour') return hour
      if (wanted === 'minute') return minute
      return isoWeek(Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1))
    }
  }
  const number = numberOf(value)
  if (number === undefined) return undefined
  const ms = Math.abs(number) >= millisecondsFrom ? number : number * 1000
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return undefined
  if (wanted === 'year') return date.getUTCFullYear()
  if (wanted === 'month') return date.getUTCMonth() + 1
  if (wanted === 'day') return date.getUTCDate()
  if (wanted === 'hour') return date.getUTCHours()
  return wanted === 'minute' ? date.getUTCMinutes() : isoWeek(ms)
}

const dayMs = 86_400_000

/** ISO 8601: week 1 holds the year's first Thursday. */
function isoWeek(ms: number): number {
  const day = Math.floor(ms / dayMs)
  // Day 0 was a Thursday.
  const thursday = day - ((((day + 3) % 7) + 7) % 7) + 3
  const yearStart = Date.UTC(new Date(thursday * dayMs).getUTCFullYear(), 0, 1) / dayMs
  return Math.floor((thursday - yearStart) / 7) + 1
}
