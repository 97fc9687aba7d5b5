import { kindOf } from '#model'

import { guards, type Ask, type Hold, type Unused } from './guards.ts'
import { lastToldMs, whyUntold, type Matter } from './matter.ts'
import { holdersOf, isSomebody, type Right } from './rights.ts'
import { dayMs } from './use.ts'

/**
 * `used`: within the window. `untold`: no silence there is a word, and `why`. `lastUseMs`: the day of the last use known;
 * `isLogged`: a log says so, and not the vendor's own word of a credential's last use, which has no history.
 */
export type Verdict =
  | { is: 'used' }
  | { is: 'untold'; why: string }
  | { is: 'held'; why: Hold }
  | { is: 'proposed'; lastUseMs: number | null; isLogged: boolean }

const holdNames = Object.keys(guards).filter((name): name is Hold => name in guards)

/** What is to be said of one right as of a time: what was used after it plays no part. */
export function verdictOn(matter: Matter, right: Right, ask: Ask): Verdict {
  const { rights, use } = matter
  const [fromDay, toDay] = [Math.floor((ask.atMs - ask.windowMs) / dayMs), Math.floor(ask.atMs / dayMs)]
  const isIn = (day: number): boolean => day > fromDay && day <= toDay
  const days = [...(use.of.get(right)?.days ?? [])].filter((day) => day <= toDay).sort((a, b) => a - b)
  const toldMs = lastToldMs(matter, right)
  if (days.some(isIn) || (toldMs !== null && Math.floor(toldMs / dayMs) > fromDay)) return { is: 'used' }
  const untold = whyUntold(matter, right, isIn)
  if (untold !== null) return { is: 'untold', why: untold }
  const holders = [...holdersOf(rights, right.of)].filter((one) => isSomebody(rights, one))
  const people = holders.filter((one) => kindOf(one) === 'identity')
  const unused: Unused = { matter, right, ask, days, holders, people, isIn }
  const why = holdNames.find((name) => guards[name].holds(unused))
  if (why !== undefined) return { is: 'held', why }
  const lastUseMs = Math.max((days.at(-1) ?? 0) * dayMs, toldMs ?? 0)
  return { is: 'proposed', lastUseMs: lastUseMs === 0 ? null : lastUseMs, isLogged: toldMs === null }
}
