import type { EntityId } from '#model'

import { personKey, unplacedKey } from './attribute.ts'
import { lastToldMs, type Matter } from './matter.ts'
import { givenBy, holdersOf, isSomebody, placeOf, standingOf, type Right, type Rights } from './rights.ts'
import { dayMs } from './use.ts'

/** `windowMs` of silence are asked for before `atMs`; `horizonMs`: how far ahead a mistake would be noticed. */
export type Ask = { atMs: number; windowMs: number; horizonMs: number }

/** One right nobody used in the window, with what a guard looks at. Days are since 1970 UTC. */
export type Unused = {
  matter: Matter
  right: Right
  ask: Ask
  /** Days on which it was used before, ascending. */
  days: readonly number[]
  holders: readonly EntityId[]
  people: readonly EntityId[]
  isIn(day: number): boolean
}

type Guard = { why: string; holds(unused: Unused): boolean }

/** The weeks of a year ago around the time that lies ahead. */
const seasonSlackMs = 14 * dayMs
const yearMs = 365 * dayMs
/** Given and ended so often within a year: a turn that people take. */
const spellsMin = 2
/** It was silent for so much of its present silence before, and came back. */
const returnShare = 0.5

/** Why a right that nobody used stays all the same, in the order they are asked. */
export const guards = {
  'break-glass': {
    why: 'somebody who has it is kept for emergencies',
    holds: ({ matter: { rights, spared }, right, holders }) =>
      [...holders, right.of, right.on].some((one) => spared.has(one) || rights.facts.get(one)?.['breakGlass'] === true),
  },
  inherent: {
    why: 'it comes with what somebody owns, with another right, or with a role as its vendor made it',
    holds: ({ matter: { rights }, right: { kind, of, on } }) =>
      kind === 'grant' &&
      (rights.owners.get(on)?.includes(of) === true ||
        [of, on].some((one) => rights.facts.get(one)?.['fixed'] === true)),
  },
  young: {
    why: 'it has not been known to stand for the whole window',
    holds: ({ right, ask }) => right.sinceMs > ask.atMs - ask.windowMs,
  },
  joiner: { why: 'somebody came to have it within the window, and had less time to use it', holds: hasJoiner },
  gap: { why: 'the log does not tell the whole window', holds: hasHole },
  unnamed: {
    why: 'acts are known there that nobody is named for',
    holds: ({ matter, right, isIn }) =>
      right.kind === 'grant'
        ? (matter.use.unnamed.get(right.on) ?? []).some(isIn)
        : givenBy(matter.rights, right).some(({ on }) => (matter.use.unnamed.get(on) ?? []).some(isIn)),
  },
  unplaced: {
    why: 'somebody who has it acted there, and no right that is known explains how',
    holds: ({ matter, right, holders, isIn }) =>
      right.kind !== 'credential' &&
      holders.some((one) => (matter.use.unplaced.get(unplacedKey(one, placeOf(right))) ?? []).some(isIn)),
  },
  away: {
    why: 'everybody who has it did nothing at all in the window, and did before: they may be away',
    holds: areAway,
  },
  returns: { why: 'it was silent about as long before, and was used again', holds: cameBack },
  season: {
    why: 'it was used in these weeks a year ago',
    holds: ({ days, ask: { atMs, horizonMs } }) => {
      const [from, to] = [atMs - yearMs - seasonSlackMs, atMs - yearMs + horizonMs + seasonSlackMs]
      return days.some((day) => day * dayMs >= from && day * dayMs <= to)
    },
  },
  rota: {
    why: 'it comes and goes: it was given and ended several times within a year',
    holds: ({ right }) => right.spells >= spellsMin,
  },
  last: {
    why: 'nobody would be left to administer the thing',
    holds: ({ matter, right }) => leavesNobody(matter, right, new Set([right])),
  },
} as const satisfies Record<string, Guard>
export type Hold = keyof typeof guards

/** A word of the vendor about the credential itself needs no log. */
function hasHole({ matter, right, ask: { atMs, windowMs } }: Unused): boolean {
  if (lastToldMs(matter, right) !== null) return false
  const telling = matter.tells.get(placeOf(right))
  if (telling === undefined) return true
  const { sinceMs, gaps, late } = telling
  const fromMs = atMs - windowMs
  const isCut = gaps.some((gap) => gap.toMs > fromMs && gap.fromMs < atMs)
  return Math.max(sinceMs, matter.readSinceMs) > fromMs || late !== null || isCut
}

/** Whoever came, or was let into the group, within the window: the others are left, and their memberships can go one by one. */
function hasJoiner({ matter: { rights }, right, people, ask }: Unused): boolean {
  const fromMs = ask.atMs - ask.windowMs
  const old = new Set([right.of])
  for (const one of old)
    for (const step of rights.into.get(one) ?? [])
      if (step.right === null || step.right.sinceMs <= fromMs) old.add(step.src)
  return people.some((one) => !old.has(one) || cameAfter(rights, one, fromMs))
}

const cameAfter = ({ facts }: Rights, one: EntityId, ms: number): boolean => {
  const madeMs = facts.get(one)?.['createdAtMs']
  return typeof madeMs === 'number' && madeMs > ms
}

function areAway({ matter: { rights, use }, people, ask, isIn }: Unused): boolean {
  const toDay = Math.floor(ask.atMs / dayMs)
  return (
    people.length > 0 &&
    people.every((one) => {
      const active = [...(use.active.get(personKey(rights, one)) ?? [])].filter((day) => day <= toDay)
      return rights.facts.get(one)?.['kind'] === 'human' && active.length > 0 && !active.some(isIn)
    })
  )
}

/** On-call weeks, months' and quarters' ends: a rhythm shows in the longest silence that a use has ended. */
function cameBack({ days, ask }: Unused): boolean {
  const last = days.at(-1)
  if (last === undefined) return false
  let longest = 0
  for (const [at, day] of days.entries()) longest = Math.max(longest, day - (days[at - 1] ?? day))
  return longest > (Math.floor(ask.atMs / dayMs) - last) * returnShare
}

/** Whoever takes the last administrator away locks everybody out. With all of these gone, is there a thing that this one helped to administer, and nobody is left to? */
export function leavesNobody({ rights, containersOf }: Matter, right: Right, gone: ReadonlySet<Right>): boolean {
  if (right.kind === 'credential') return false
  // Where people administered, a program that is left is nobody who could let them in again.
  const isPerson = (one: EntityId): boolean => rights.facts.get(one)?.['kind'] === 'human'
  const isOfPeople = [...holdersOf(rights, right.of)].some(isPerson)
  const isLeft = (admin: Right): boolean =>
    !gone.has(admin) &&
    admin.certain &&
    admin.deed === 'admin' &&
    [...holdersOf(rights, admin.of)].some(
      (one) => (isOfPeople ? isPerson(one) : isSomebody(rights, one)) && standingOf(rights, [one], gone).has(admin.of),
    )
  return givenBy(rights, right).some(
    ({ deed, on }) =>
      deed === 'admin' && ![...containersOf(on)].some((one) => (rights.grantsOn.get(one) ?? []).some(isLeft)),
  )
}
