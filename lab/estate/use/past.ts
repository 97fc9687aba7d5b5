import { remembering, type Past, type PastRow } from '../../twins/kit/past.ts'
import { dayMs, type Company } from '../company/model.ts'
import { drawOf, type Draw } from '../draw.ts'
import { holidayShare, isHoliday, type Country } from './holidays.ts'
import { busy, type Rhythm } from './rhythm.ts'

/** Somebody or something that acts at a vendor: within its time, by the hours of its place. */
export type Actor = {
  startMs: number
  endMs: number | null
  offsetHours: number
  rhythm: Rhythm
  /** Acts in an hour of full work. */
  perHour: number
  /** A country whose holidays are kept; absent: none. */
  holidays?: Country
}
type Cohort<A> = Pick<Actor, 'offsetHours' | 'rhythm' | 'perHour' | 'holidays'> & { actors: A[]; there: Uint32Array }

export type PastSetup<A extends Actor, Row> = {
  seed: number
  /** Names the vendor and the log: each draws its own. */
  place: string
  fromMs: number
  untilMs: number
  /** Acts made as a share of those that would be: what is told of who joined and left is told whole. */
  density: number
  actors: readonly A[]
  /** `id` is never given twice. Undefined: it comes to nothing. */
  act(actor: A, atMs: number, draw: Draw, id: string): Row | undefined
  /** What happened at a time of its own: joining, leaving, what an administrator set. */
  fixed: readonly PastRow<Row>[]
}

/** What the pasts of one company have in common. */
export const yearOf = ({ seed, yearMs, nowMs }: Company, density: number) => ({
  seed,
  fromMs: yearMs,
  untilMs: nowMs,
  density,
})

/** By stream of Cordon's connector. */
export type Pasts = Readonly<Record<string, Past<unknown>>>

export const spanMs = 3_600_000
/** Who is picked may not be there at that time; so often another one is. */
const picksMax = 8

/** A year of use, made by the hour: the same for the same seed, and held by nobody. */
export function makePast<A extends Actor, Row>(setup: PastSetup<A, Row>): Past<Row> {
  const { seed, place, fromMs, untilMs, density } = setup
  const spans = Math.max(0, Math.floor((untilMs - fromMs) / spanMs))
  const cohorts = cohortsOf(setup.actors, fromMs, untilMs)
  const fixed = setup.fixed
    .filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + spans * spanMs)
    .toSorted((a, b) => a.atMs - b.atMs)

  function rowsOf(span: number): PastRow<Row>[] {
    const startMs = fromMs + span * spanMs
    const draw = drawOf(seed, `${place}/${span}`)
    const rows = between(fixed, startMs, startMs + spanMs)
    for (const { actors, there, ...habit } of cohorts) {
      const here = there[Math.floor((startMs - fromMs) / dayMs)] ?? 0
      const mean = here * density * actsIn(habit, startMs)
      const count = Math.floor(mean + draw.unit())
      for (let n = 0; n < count; n++) {
        const atMs = startMs + draw.int(spanMs)
        const actor = someoneAt(actors, atMs, draw)
        const row = actor === undefined ? undefined : setup.act(actor, atMs, draw, `${place}/${span}/${rows.length}`)
        if (row !== undefined) rows.push({ atMs, row })
      }
    }
    return rows.sort((a, b) => a.atMs - b.atMs)
  }
  return remembering({ fromMs, spanMs, spans, rowsOf })
}

/** Acts of one such actor in the hour that begins then. */
const actsIn = (
  { rhythm, offsetHours, perHour, holidays }: Omit<Actor, 'startMs' | 'endMs'>,
  startMs: number,
): number => {
  const localMs = startMs + offsetHours * spanMs
  return perHour * busy(rhythm, localMs) * (holidays !== undefined && isHoliday(holidays, localMs) ? holidayShare : 1)
}

/** How many acts an actor is to be expected to have in its time. */
export function actsOf(actor: Actor, fromMs: number, untilMs: number): number {
  let sum = 0
  for (let ms = Math.max(fromMs, actor.startMs); ms < Math.min(untilMs, actor.endMs ?? untilMs); ms += spanMs)
    sum += actsIn(actor, ms)
  return sum
}

function someoneAt<A extends Actor>(actors: readonly A[], atMs: number, draw: Draw): A | undefined {
  for (let pick = 0; pick < picksMax; pick++) {
    const one = draw.pick(actors)
    if (one.startMs <= atMs && (one.endMs === null || one.endMs > atMs)) return one
  }
  return undefined
}

/** Actors of one place and rhythm, with how many of them are there on each day. */
function cohortsOf<A extends Actor>(actors: readonly A[], fromMs: number, untilMs: number): Cohort<A>[] {
  const days = Math.ceil((untilMs - fromMs) / dayMs)
  const cohorts = new Map<string, Cohort<A>>()
  for (const actor of actors) {
    const { offsetHours, rhythm, perHour, holidays } = actor
    const key = `${offsetHours} ${rhythm} ${perHour} ${holidays ?? ''}`
    const habit = { offsetHours, rhythm, perHour, ...(holidays === undefined ? {} : { holidays }) }
    const known = cohorts.get(key) ?? { ...habit, actors: [], there: new Uint32Array(days) }
    cohorts.set(key, known)
    known.actors.push(actor)
    const first = Math.max(0, Math.ceil((actor.startMs - fromMs) / dayMs))
    const last = actor.endMs === null ? days : Math.min(days, Math.floor((actor.endMs - fromMs) / dayMs))
    for (let day = first; day < last; day++) known.there[day] = (known.there[day] ?? 0) + 1
  }
  return [...cohorts.values()]
}

/** Rows of [fromMs, toMs) out of a sorted list. */
function between<Row>(sorted: readonly PastRow<Row>[], fromMs: number, toMs: number): PastRow<Row>[] {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle]?.atMs ?? 0) < fromMs) low = middle + 1
    else high = middle
  }
  const found: PastRow<Row>[] = []
  for (let at = low; at < sorted.length; at++) {
    const one = sorted[at]
    if (one === undefined || one.atMs >= toMs) break
    found.push(one)
  }
  return found
}

/** How many rows there are in [fromMs, toMs]: made and counted. */
export function countRows(past: Past<unknown>, fromMs: number, toMs: number): number {
  let count = 0
  const first = Math.max(0, Math.floor((fromMs - past.fromMs) / past.spanMs))
  for (let span = first; span < past.spans && past.fromMs + span * past.spanMs <= toMs; span++)
    count += past.rowsOf(span).filter(({ atMs }) => atMs >= fromMs && atMs <= toMs).length
  return count
}
