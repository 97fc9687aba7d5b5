import type { EntityId } from '#model'

import { features, volumes, weekday, type Volume } from '../act.ts'
import type { Score } from '../score.ts'
import type { Day } from './day.ts'
import { dayCounts } from './drift.ts'
import { decodeCount, encodeCount, Rows } from './rows.ts'
import type { Weeks } from './usual.ts'

/** Active days that are kept of each actor. */
export const pastDaysMax = 60
export const hoursOfWeek = 168
/** Days that taught are halved here, so that what is long ago weighs less. */
const activeMax = 120
const hourMax = 200

export type Profile = {
  id: EntityId
  /** Its number among pairs. */
  owner: number
  /** Days since 1970, UTC. */
  firstDay: number
  /** Of its newest act; 0: none yet. */
  lastMs: number
  /** Days that taught, and of them, by feature, those that brought something new. */
  active: number
  novel: number[]
  /** Key of its peer group; empty before its first day closed. */
  group: string
  today: Day | null
  scores: Score[]
  /** When its finding was told that still stands; null: none. */
  toldMs: number | null
  lastTool: string | null
  /** Rows of numbers: days, hours of the week, and each volume once it was more than nothing. */
  rows: { days: number; hours: number; past: number[] }
  /** Days kept, and where the next goes. */
  kept: number
  head: number
}

export const noRow = -1

/** The numbers of all actors of a realm. */
export class Pasts {
  private readonly days = new Rows(pastDaysMax)
  private readonly hours = new Rows(hoursOfWeek)

  make(id: EntityId, owner: number, firstDay: number): Profile {
    return {
      id,
      owner,
      firstDay,
      lastMs: 0,
      active: 0,
      novel: features.map(() => 0),
      group: '',
      today: null,
      scores: [],
      toldMs: null,
      lastTool: null,
      rows: { days: noRow, hours: noRow, past: volumes.map(() => noRow) },
      kept: 0,
      head: 0,
    }
  }

  forget({ rows }: Profile): void {
    for (const row of [rows.days, ...rows.past]) if (row !== noRow) this.days.give(row)
    if (rows.hours !== noRow) this.hours.give(rows.hours)
  }

  /** A day's counts, in the order of `volumes`; `hours`: a bit for each hour in which it acted. */
  add(profile: Profile, day: number, counts: readonly number[], hours: number): void {
    const { rows, head } = profile
    if (rows.days === noRow) rows.days = this.days.take()
    this.days.set(rows.days, head, day)
    for (const [at, count] of counts.entries()) {
      let row = rows.past[at] ?? noRow
      if (row === noRow) {
        if (count === 0) continue
        row = rows.past[at] = this.days.take()
      }
      this.days.set(row, head, encodeCount(count))
    }
    profile.head = (head + 1) % pastDaysMax
    profile.kept = Math.min(pastDaysMax, profile.kept + 1)
    profile.active++
    if (profile.active >= activeMax) {
      profile.active >>= 1
      profile.novel = profile.novel.map((days) => days >> 1)
    }
    this.addHours(profile, day, hours)
  }

  /** Counts of its days, oldest or not: in no order. */
  values({ rows, kept }: Profile, volume: Volume): number[] {
    const row = rows.past[volumes.indexOf(volume)] ?? noRow
    if (row === noRow) return Array.from({ length: kept }, () => 0)
    return Array.from({ length: kept }, (_, at) => decodeCount(this.days.get(row, at)))
  }

  /** Each day kept, with its count, in no order. */
  counts({ rows, kept }: Profile, volume: Volume): Iterable<readonly [day: number, count: number]> {
    const row = rows.past[volumes.indexOf(volume)] ?? noRow
    return row === noRow || rows.days === noRow ? [] : dayCounts(this.days, rows.days, row, kept)
  }

  /** The fullest of its days. */
  most({ rows, kept }: Profile, volume: Volume): number {
    const row = rows.past[volumes.indexOf(volume)] ?? noRow
    let most = 0
    if (row !== noRow) for (let at = 0; at < kept; at++) most = Math.max(most, this.days.get(row, at))
    // Codes are in the order of what they stand for.
    return decodeCount(most)
  }

  /** Of the six days before `day`, beside the fullest of the weeks that ended over a week before those. */
  weeks(profile: Profile, volume: Volume, day: number): Weeks {
    const { rows, kept } = profile
    const row = rows.past[volumes.indexOf(volume)] ?? noRow
    if (row === noRow || rows.days === noRow) return { now: 0, before: 0, weeks: 0 }
    let now = 0
    const sums = new Map<number, number>()
    for (let at = 0; at < kept; at++) {
      const ago = day - this.days.get(rows.days, at)
      const count = decodeCount(this.days.get(row, at))
      if (ago >= 1 && ago <= 6) now += count
      // A drain that goes on must not be what it is measured by.
      const week = Math.floor((ago - 14) / 7)
      if (week >= 0) sums.set(week, (sums.get(week) ?? 0) + count)
    }
    return { now, before: Math.max(0, ...sums.values()), weeks: sums.size }
  }

  /** Days on which it acted in this hour of the week or one beside it on such a day, and in all of them together. */
  hour(profile: Profile, hourOfWeek: number): { near: number; all: number } {
    if (profile.rows.hours === noRow) return { near: 0, all: 0 }
    let [near, all] = [0, 0]
    const isRest = isWeekend(hourOfWeek)
    for (let at = 0; at < hoursOfWeek; at++) {
      const days = this.hours.get(profile.rows.hours, at)
      all += days
      const apart = Math.abs((at % 24) - (hourOfWeek % 24))
      if (isWeekend(at) === isRest && Math.min(apart, 24 - apart) <= 1) near += days
    }
    return { near, all }
  }

  private addHours(profile: Profile, day: number, hours: number): void {
    if (profile.rows.hours === noRow) profile.rows.hours = this.hours.take()
    const row = profile.rows.hours
    let isFull = false
    for (let hour = 0; hour < 24; hour++) {
      if ((hours & (1 << hour)) === 0) continue
      const at = weekday(day) * 24 + hour
      this.hours.set(row, at, this.hours.get(row, at) + 1)
      isFull ||= this.hours.get(row, at) > hourMax
    }
    if (isFull) for (let at = 0; at < hoursOfWeek; at++) this.hours.set(row, at, this.hours.get(row, at) >> 1)
  }

  /** Days on which it acted in each hour of the week. */
  hoursOf({ rows }: Profile): number[] {
    return Array.from({ length: hoursOfWeek }, (_, at) => (rows.hours === noRow ? 0 : this.hours.get(rows.hours, at)))
  }

  toJson({ rows }: Profile): { days: string | null; hours: string | null; past: (string | null)[] } {
    const text = (row: number): string | null => (row === noRow ? null : this.days.toText(row))
    const hours = rows.hours === noRow ? null : this.hours.toText(rows.hours)
    return { days: text(rows.days), hours, past: rows.past.map(text) }
  }

  fromJson({ rows }: Profile, json: ReturnType<Pasts['toJson']>): void {
    if (json.days !== null) this.days.fromText((rows.days = this.days.take()), json.days)
    if (json.hours !== null) this.hours.fromText((rows.hours = this.hours.take()), json.hours)
    for (const [at, text] of json.past.entries())
      if (text !== null) this.days.fromText((rows.past[at] = this.days.take()), text)
  }
}

const isWeekend = (hourOfWeek: number): boolean => hourOfWeek >= 5 * 24

/** The value that a share of them does not pass; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}
