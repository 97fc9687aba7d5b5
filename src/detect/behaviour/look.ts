import { dayOf, type Act, type Feature, type Volume } from './act.ts'
import type { Signal } from './score.ts'
import type { Day } from './state/day.ts'
import type { Peers } from './state/peers.ts'
import { percentile, type Pasts, type Profile, type Weeks } from './state/profile.ts'

/** One act of one actor, beside what is usual for them: all that a signal may ask. Its counts hold the act already. */
export type Look = {
  act: Act
  profile: Profile
  day: Day
  isMachine: boolean
  pasts: Pasts
  /** Time since its newest act, milliseconds; undefined where none is known. */
  awayMs: number | undefined
  /** Its value is given, was never taught to this actor, and was not met today. */
  isNew(feature: Feature): boolean
  /** Of its peers, how many were taught this value: 0 to 1. */
  peersKnow(feature: Feature): number
  usual(volume: Volume): Usual
  weeks(volume: Volume): Weeks
  /** The first act of the day in its hour. */
  isNewHour: boolean
  /** How seldom this act follows the one before it in this realm, in bits; undefined where too little was seen. */
  stepBits: number | undefined
}
export type SignalRule = (look: Look) => Signal[]

/** `own`: the most that 99 of 100 of its days came to. */
export type Usual = { own: number; days: number; peers: number | undefined }

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
