import type { EntityId } from '#model'

import { dayOf, features, type Act, type Feature } from './act.ts'
import { days, isWarm, warmUp } from './look.ts'
import type { Realm } from './realm.ts'
import { plainSum, threshold } from './score.ts'
import type { Profile } from './state/profile.ts'

/** `says`: why, or why not, with the numbers. */
export type Habit = { isHabit: boolean; says: string }

/** Where from and with what, as long as it takes before anything new of an actor means something. */
const cameDaysMin = warmUp.activeDays
/** What it did there: a job reads the rarest of its things every week or so. */
const didDaysMin = 3
const came: ReadonlySet<Feature> = new Set(['network', 'country', 'agent'])

/**
 * Whether these acts, those of each event together, are what whoever did them does anyway: each operation, thing, network and
 * program was this actor's on enough days before (a day that an incident was open about it is none), together no more
 * things than on its fullest day, and nothing else speaks against it now. Where too little is known it is no habit. Says
 * nothing of to whom something was given: acts that give rights must not be judged by it.
 */
export function habitOf(realm: Realm | undefined, events: readonly (readonly Act[])[]): Habit {
  const own = events.map((acts) => acts.filter(({ passive }) => !passive))
  if (realm === undefined || own.length === 0 || own.some((acts) => acts.length === 0))
    return no('not everything in it is an act that is known')
  const met = new Map<EntityId, Set<EntityId>>()
  let fewest = Infinity
  for (const act of own.flat()) {
    const actors = realm.actorsOf(act)
    if (actors.length === 0) return no('nobody is named who has habits')
    for (const actor of actors) {
      const profile = realm.actors.get(actor)
      if (profile === undefined || !isWarm({ profile, act })) return no(`\`${actor}\` is not known for long enough`)
      const lack = standsOut(profile, act) ?? lackOf(realm, profile, act)
      if (typeof lack === 'string') return no(lack)
      fewest = Math.min(fewest, lack)
      const resources = met.get(actor) ?? new Set()
      met.set(actor, resources)
      if (act.resource !== null) resources.add(act.resource)
    }
  }
  for (const [actor, { size }] of met) {
    const profile = realm.actors.get(actor)
    const most = profile === undefined ? 0 : realm.actors.pasts.most(profile, 'resources')
    if (size > most) return no(`${size} things, and \`${actor}\` never had more than ${most} in a day`)
  }
  return { isHabit: true, says: `a habit: each of it was so on ${days(fewest)} before, or more` }
}

const no = (why: string): Habit => ({ isHabit: false, says: `no habit: ${why}` })

/** Half way to a finding of behaviour, or past one that stands. */
function standsOut({ id, scores, toldMs }: Profile, { timeMs }: Act): string | undefined {
  const isUnlike = toldMs !== null || plainSum(scores, timeMs).points >= threshold / 2
  return isUnlike ? `\`${id}\` is unlike itself in other things` : undefined
}

/** Days that the rarest part of the act was met on before; or which part was met on too few. */
function lackOf({ values, pairs }: Realm, profile: Profile, act: Act): number | string {
  if (act.values.network === undefined || act.values.tool === undefined) return 'where from or by what is not told'
  let fewest = Infinity
  for (const feature of features) {
    const value = act.values[feature]
    if (value === undefined) continue
    const number = values.numberOf(feature, value)
    const before = number === undefined ? 0 : pairs.daysBefore(profile.owner, number, dayOf(act.timeMs))
    const needed = came.has(feature) ? cameDaysMin : didDaysMin
    if (before < needed) return `${feature} \`${value}\` on ${days(before)} before, of ${needed}`
    fewest = Math.min(fewest, before)
  }
  return fewest
}
