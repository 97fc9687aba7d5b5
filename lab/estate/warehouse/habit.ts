import { dayMs } from '../company/model.ts'
import type { Draw } from '../draw.ts'

/**
 * How somebody uses one right, as the share of working days on which they do. `project`: for some months, and never after.
 * `rare`: any day, with no rhythm at all: what no rule can foresee.
 */
export const habits = ['daily', 'weekly', 'monthly', 'quarterly', 'yearly', 'rota', 'project', 'rare', 'never'] as const
export type HabitKind = (typeof habits)[number]
export type Habit = { kind: HabitKind; share(atMs: number): number }

/** Of a hundred rights that somebody has, so many are used in each way. */
const shares: Readonly<Record<HabitKind, number>> = {
  daily: 20,
  weekly: 14,
  monthly: 10,
  quarterly: 5,
  yearly: 2,
  rota: 6,
  project: 14,
  rare: 2,
  never: 27,
}
const monthDays = 28
const quarterSlackDays = 6
const yearlyDays = 10

export function drawHabit(draw: Draw, fromMs: number): Habit {
  let left = draw.int(habits.reduce((sum, kind) => sum + shares[kind], 0))
  const kind = habits.find((one) => (left -= shares[one]) < 0) ?? 'never'
  return habitOf(kind, draw, fromMs)
}

function habitOf(kind: HabitKind, draw: Draw, fromMs: number): Habit {
  const [day, week, start] = [draw.int(monthDays), draw.int(8), draw.int(500)]
  const turnWeeks = 6 + draw.int(6)
  const lasts = 30 + draw.int(170)
  const seldom = 1 / (60 + draw.int(240))
  const spans: Readonly<Record<HabitKind, (atMs: number) => number>> = {
    daily: () => 0.7,
    weekly: () => 0.18,
    monthly: (atMs) => (isWithin(new Date(atMs).getUTCDate() - 1 - day, 0, 2) ? 0.8 : 0),
    quarterly: (atMs) => (daysToQuarter(atMs) <= quarterSlackDays ? 0.4 : 0),
    yearly: (atMs) => (isWithin(dayOfYear(atMs) - (start % 350), 0, yearlyDays) ? 0.5 : 0),
    rota: (atMs) => (Math.floor(atMs / (7 * dayMs)) % turnWeeks === week % turnWeeks ? 0.6 : 0),
    project: (atMs) => (isWithin((atMs - fromMs) / dayMs - start, 0, lasts) ? 0.3 : 0),
    rare: () => seldom,
    never: () => 0,
  }
  return { kind, share: spans[kind] }
}

const isWithin = (at: number, from: number, length: number): boolean => at >= from && at < from + length
const dayOfYear = (atMs: number): number => Math.floor((atMs - Date.UTC(new Date(atMs).getUTCFullYear(), 0, 1)) / dayMs)

/** To the nearest first day of a quarter, before or after. */
function daysToQuarter(atMs: number): number {
  const [year, month] = [new Date(atMs).getUTCFullYear(), new Date(atMs).getUTCMonth()]
  const first = month - (month % 3)
  const near = [Date.UTC(year, first, 1), Date.UTC(year, first + 3, 1)].map((one) => Math.abs(one - atMs) / dayMs)
  return Math.min(...near)
}
