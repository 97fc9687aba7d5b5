// When administrators work in the measured month, and on what: made before anything was tuned, the same for the same seed.
import type { JsonObject } from '#kit'

import { storyMs } from '../../lab/estate/company/company.ts'
import type { Company, Person, Vendor } from '../../lab/estate/company/model.ts'
import { drawOf, type Draw } from '../../lab/estate/draw.ts'
import { dayMs, hourMs } from '../behaviour/noise.ts'

export { dayMs, hourMs, type Draw }
export const minuteMs = 60_000

/** One record as the vendor's log has it; `story`: the work it belongs to, or `use`. */
export type Record = { vendor: Vendor; stream: string; atMs: number; raw: JsonObject; story: string }

/**
 * Seeds of the month. Written down, with the generator, before any rule, weight or threshold was looked at beside it:
 * `report` gives the figures of docs/figures.md and was never looked at while tuning; `tuning` is for that.
 */
export const seeds = { tuning: [5001, 5002], report: [5101, 5102] } as const

export const endMs = Math.floor(storyMs / dayMs) * dayMs

export type Month = {
  seed: number
  company: Company
  /** Work is done from here on; what is before `measuredMs` only teaches. */
  fromMs: number
  measuredMs: number
  endMs: number
  staff: readonly Person[]
  crew: readonly Person[]
  engineers: readonly Person[]
  admins: {
    helpdesk: readonly Person[]
    identity: readonly Person[]
    apps: readonly Person[]
    owner: readonly Person[]
  }
  /** A vendor's own id of a person; empty where the vendor does not know them. */
  idOf(vendor: Vendor, person: Person): string
}

/** Work that is done `count` times in 28 days: on weekdays between seven and seventeen UTC, mostly. */
export function* happenings(month: Month, name: string, count: number): Generator<Happening> {
  const { fromMs, endMs: untilMs } = month
  const days = Math.floor((untilMs - fromMs) / dayMs)
  for (const { draw, n } of once(month, name, (count * days) / 28)) {
    let day = draw.int(days)
    // Two of five that fall on a weekend stay there.
    if (isRest(fromMs + day * dayMs) && draw.chance(0.6)) day = (day + 3) % days
    yield { draw, n, atMs: fromMs + day * dayMs + (7 + draw.int(10)) * hourMs + draw.int(hourMs) }
  }
}
type Happening = { draw: Draw; atMs: number; n: number }

/** Work of the measured month that has a day of its own. */
export function* once({ seed }: Month, name: string, count: number): Generator<{ draw: Draw; n: number }> {
  const times = Math.floor(count) + (drawOf(seed, `work/${name}`).unit() < count % 1 ? 1 : 0)
  for (let n = 0; n < times; n++) yield { draw: drawOf(seed, `work/${name}/${n}`), n }
}

/** Every weekday of the month, or every day. */
export function* daily({ seed, fromMs, endMs: untilMs }: Month, name: string, isAlways = false) {
  for (let ms = fromMs; ms < untilMs; ms += dayMs)
    if (isAlways || !isRest(ms)) yield { dayStartMs: ms, draw: drawOf(seed, `daily/${name}/${ms / dayMs}`) }
}
const isRest = (ms: number): boolean => [0, 6].includes(new Date(ms).getUTCDay())

/** A day of the month at an hour, the same in each month: a drill, a test, the end of the quarter. */
export const dayOfMonth = ({ measuredMs }: Month, day: number, hour: number): number =>
  measuredMs + day * dayMs + hour * hourMs

export const thereAt = (people: readonly Person[], atMs: number): Person[] =>
  people.filter(({ startMs, endMs: leftMs }) => startMs <= atMs && (leftMs === null || leftMs > atMs))

/** One of them who is there at the time. */
export function someone(people: readonly Person[], draw: Draw, atMs: number): Person {
  for (let tries = 0; tries < 50; tries++) {
    const one = draw.pick([...people])
    if (one.startMs <= atMs && (one.endMs === null || one.endMs > atMs)) return one
  }
  return draw.pick([...people])
}

/** Addresses of documentation that no person of the estate has. */
export const internetAddress = (draw: Draw): string => `203.0.${150 + draw.int(100)}.${1 + draw.int(250)}`
export const hex = (draw: Draw, length: number): string => draw.hex(length)
