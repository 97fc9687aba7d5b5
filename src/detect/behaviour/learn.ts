import { dayMs, features, volumes, type Feature } from './act.ts'
import { plainSum, threshold } from './score.ts'
import type { Day } from './state/day.ts'
import { stepName, Steps } from './state/steps.ts'
import type { Pairs } from './state/pairs.ts'
import type { Peers } from './state/peers.ts'
import type { Pasts, Profile } from './state/profile.ts'
import type { Values } from './state/values.ts'

/** What one day can teach at most, of each feature: somebody who owns an actor for a day does not widen it to the world. */
export const taughtADayMax: Readonly<Record<Feature, number>> = {
  network: 4,
  country: 2,
  agent: 4,
  app: 16,
  resource: 64,
  tool: 32,
  recipient: 16,
}
/** A day counts for at most so many times what the fullest day before it, or the peers' usual one, came to. */
export const dayTimesMax = 2
/** Less than this is never cut. */
const uncut = { people: 20, records: 500, bytes: 50_000_000, resources: 12, rights: 4 } as const

export type Books = { pasts: Pasts; pairs: Pairs; values: Values; peers: Peers; steps: Steps; nextOwner(): number }

/** A closed day goes into the past of its actor and of its peers. Only whole days do, and never one of an open incident. */
export function learn(profile: Profile, day: Day, books: Books, isMachine: boolean): void {
  const { pasts, peers } = books
  joinPeers(profile, books, isMachine)
  // Whoever is half way to a finding does not make new things ordinary by going on.
  if (day.isActive && !isDoubtful(profile, day)) learnNew(profile, day, books)
  const counts = volumes.map((volume) => {
    const most = Math.max(uncut[volume], pasts.most(profile, volume), peers.usual(profile.group, volume) ?? 0)
    return Math.min(day.count(volume), profile.kept === 0 ? Infinity : most * dayTimesMax)
  })
  if (!day.isActive && counts.every((count) => count === 0)) return
  pasts.add(profile, day.day, counts, day.hours)
  profile.firstDay = Math.min(profile.firstDay, day.day)
  peers.add(profile.group, counts)
  for (const step of day.steps) books.steps.teach(step)
}

const isDoubtful = ({ scores }: Profile, { day }: Day): boolean =>
  plainSum(scores, (day + 1) * dayMs).points >= threshold / 2

function joinPeers(profile: Profile, { peers, nextOwner }: Books, isMachine: boolean): void {
  const key = peers.keyFor(profile.id, isMachine)
  if (key === profile.group) return
  if (profile.group !== '') peers.leave(profile.group)
  peers.join(key, nextOwner)
  profile.group = key
}

function learnNew(profile: Profile, day: Day, { pairs, values, peers }: Books): void {
  const group = peers.get(profile.group)
  for (const [feature, met] of day.fresh) {
    let [left, at] = [taughtADayMax[feature], features.indexOf(feature)]
    let isNew = false
    // By name, so that it does not depend on which came first in the day.
    for (const value of [...met].sort()) {
      if (left-- <= 0) break
      const number = values.give(feature, value)
      if (pairs.has(profile.owner, number)) {
        // A day of history: those of now count when they are seen.
        pairs.touch(profile.owner, number, day.day, true)
        continue
      }
      isNew = true
      pairs.teach(profile.owner, number, day.day)
      if (group !== undefined) pairs.teach(group.owner, number, day.day)
    }
    // The very first day brings nothing but new things.
    if (isNew && profile.kept > 0) profile.novel[at] = (profile.novel[at] ?? 0) + 1
  }
}

/** What follows what, once a day of each actor. */
export function noteStep(profile: Profile, day: Day, tool: string): void {
  const name = stepName(tool)
  if (profile.lastTool !== null && profile.lastTool !== name && day.steps.size < 200)
    day.steps.add(Steps.key(profile.lastTool, name))
  profile.lastTool = name
}
