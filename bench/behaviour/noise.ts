// What ordinary life does to behaviour: made before anything was tuned, and the same for the same seed.
import { drawOf, type Draw } from '../../lab/estate/draw.ts'

export const dayMs = 86_400_000
export const hourMs = 3_600_000

export type Life = {
  /** Away from home: another network, and in half of the trips another country. */
  trip: { network: string; country: string } | null
  /** A new browser or client, from this day on. */
  agent: string | null
  /** Hours by which the day is shifted: somebody works late. */
  shiftHours: number
  /** So many times the records of other days: a deadline. */
  records: number
}
const plain: Life = { trip: null, agent: null, shiftHours: 0, records: 1 }

const tripShare = 0.02
const tripDays = 3
const browserShare = 0.015
const lateShare = 0.006
const rushShare = 0.012
/** A program's host is moved. */
const moveShare = 0.01

/** By week and day of one actor. Of people 2 in 100 travel in a week, and 1.5 have a new browser. */
export function lifeOf(seed: number, actor: string, isMachine: boolean, day: number): Life {
  const week = Math.floor(day / 7)
  const weekly = drawOf(seed, `life/${actor}/${week}`)
  if (isMachine) {
    const moved = weekly.chance(moveShare)
    const records = drawOf(seed, `run/${actor}/${day}`).chance(0.02) ? 3 : 1
    return { ...plain, trip: moved ? { network: networkIn(weekly), country: '' } : null, records }
  }
  const isAway = weekly.chance(tripShare)
  const awayFrom = weekly.int(7 - tripDays + 1)
  const isInTrip = isAway && day % 7 >= awayFrom && day % 7 < awayFrom + tripDays
  const trip = isInTrip ? { network: networkIn(weekly), country: weekly.chance(0.5) ? 'PT' : '' } : null
  const agent = weekly.chance(browserShare) ? `Mozilla/5.0 (Macintosh) Browser/${100 + weekly.int(40)}.0` : null
  const daily = drawOf(seed, `day/${actor}/${day}`)
  return {
    trip,
    agent,
    shiftHours: daily.chance(lateShare) ? 5 + daily.int(4) : 0,
    records: daily.chance(rushShare) ? 2 + daily.int(3) : 1,
  }
}

/** Addresses for documentation and of networks that nobody routes. */
const networkIn = (draw: Draw): string => `203.0.${draw.int(250)}.${1 + draw.int(250)}`
