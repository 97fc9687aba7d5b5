import { dayOf, type Act, type Feature, type Volume } from './act.ts'
import type { Signal } from './score.ts'
import type { Day } from './state/day.ts'
import { driftBefore, type Drift } from './state/drift.ts'
import type { Peers } from './state/peers.ts'
import type { Pairs } from './state/pairs.ts'
import { percentile, type Pasts, type Profile } from './state/profile.ts'
import { stepName, type Steps } from './state/steps.ts'
import type { Usual, Weeks } from './state/usual.ts'
import type { Values } from './state/values.ts'

/** An act follows another within this. */
const stepMs = 3_600_000

/** What a realm knows, as far as a signal may ask. */
export type Known = { values: Values; pairs: Pairs; peers: Peers; steps: Steps; actors: { pasts: Pasts } }

/** One act of one actor, beside what is usual for them: all that a signal may ask. Its counts hold the act already. */
export class Look {
  readonly act: Act
  readonly profile: Profile
  readonly day: Day
  readonly isMachine: boolean
  /** Time since its newest act, milliseconds; undefined where none is known. */
  readonly awayMs: number | undefined
  /** The first act of the day in its hour. */
  readonly isNewHour: boolean
  private readonly known: Known

  constructor(known: Known, of: Pick<Look, 'act' | 'profile' | 'day' | 'isMachine' | 'awayMs' | 'isNewHour'>) {
    this.known = known
    this.act = of.act
    this.profile = of.profile
    this.day = of.day
    this.isMachine = of.isMachine
    this.awayMs = of.awayMs
    this.isNewHour = of.isNewHour
  }

  /** Its value is given, was never taught to this actor, and was not met today. */
  isNew(feature: Feature): boolean {
    const { act, day, profile, known } = this
    const value = act.values[feature]
    if (value === undefined || act.passive) return false
    const number = known.values.numberOf(feature, value)
    return !(number !== undefined && known.pairs.has(profile.owner, number)) && !day.isFresh(feature, value)
  }

  /** Of its peers, how many were taught this value: 0 to 1. */
  peersKnow(feature: Feature): number {
    const { values, pairs, peers } = this.known
    const value = this.act.values[feature]
    const number = value === undefined ? undefined : values.numberOf(feature, value)
    const group = peers.get(this.profile.group)
    if (number === undefined || group === undefined || group.members < 2) return 0
    return Math.min(1, pairs.count(group.owner, number) / group.members)
  }

  usual(volume: Volume): Usual {
    const { day, profile, known } = this
    const usual = day.usual.get(volume) ?? usualOf(profile, known.actors.pasts, known.peers, volume)
    day.usual.set(volume, usual)
    return usual
  }

  weeks(volume: Volume): Weeks {
    const { day, profile, known } = this
    const weeks = day.weeks.get(volume) ?? known.actors.pasts.weeks(profile, volume, day.day)
    day.weeks.set(volume, weeks)
    return weeks
  }

  /** How far its newest days have drifted; undefined where too little is known. */
  drift(volume: Volume): Drift | undefined {
    const { day, profile, known } = this
    const cached = day.drifts.get(volume)
    if (cached !== undefined) return cached ?? undefined
    const drift = driftBefore(known.actors.pasts.counts(profile, volume), day.day)
    day.drifts.set(volume, drift ?? null)
    return drift
  }

  /** Hours it worked in on such days near the act's, and all it worked in. */
  hours(hourOfWeek: number): { near: number; all: number } {
    return this.known.actors.pasts.hour(this.profile, hourOfWeek)
  }

  /** How seldom this act follows the one before it in this realm, in bits; undefined where too little was seen. */
  stepBits(): number | undefined {
    const { tool } = this.act.values
    const { lastTool } = this.profile
    if (tool === undefined || lastTool === null || (this.awayMs ?? Infinity) > stepMs) return undefined
    const name = stepName(tool)
    return name === lastTool ? undefined : this.known.steps.bits(lastTool, name)
  }
}

/** Says what it has to say of the act; mostly nothing. */
export type SignalRule = (look: Look, say: (signal: Signal) => void) => void

/** Days that an actor must have lived, and on which it must have acted, before something new of it means anything. */
export const warmUp = { livedDays: 7, activeDays: 5, volumeDays: 10, hourDays: 14, stepDays: 5 } as const

export const isWarm = ({ profile, act }: { profile: Profile; act: Pick<Act, 'timeMs'> }): boolean =>
  profile.active >= warmUp.activeDays && dayOf(act.timeMs) - profile.firstDay >= warmUp.livedDays

export const usualOf = (profile: Profile, pasts: Pasts, peers: Peers, volume: Volume): Usual => ({
  own: percentile(pasts.values(profile, volume), 0.99),
  days: profile.kept,
  peers: peers.usual(profile.group, volume),
})

/** Surprise in bits of an actor whose days brought something new so many times out of so many (Laplace's rule). */
export const surprise = (activeDays: number, newDays: number): number =>
  Math.log2((activeDays + 2) / (Math.min(newDays, activeDays) + 1))

export const shown = (count: number): string => Math.round(count).toLocaleString('en')
export const days = (count: number): string => (count === 1 ? '1 day' : `${shown(count)} days`)
