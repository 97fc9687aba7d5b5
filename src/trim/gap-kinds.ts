import { hashId } from '#kit'
import { authorityOf, kindOf, type EntityId } from '#model'

import { personKey } from './attribute.ts'
import {
  evidenceMax,
  grantsFrom,
  isOwnOrSpared,
  nameIn,
  noticing,
  peopleBehind,
  reading,
  rulesDecideFor,
  untoldRules,
  type CannotTell,
  type Draft,
  type Scene,
} from './gap-scene.ts'
import { whyUntold } from './matter.ts'
import { givenBy, holdersOf, isSomebody, placeOf, standingOf, type Right } from './rights.ts'
import { keepsIt } from './simulate.ts'

/** Everybody who reads people's data by this right and by no other that they hold for sure. */
export function standingGap(scene: Scene, right: Right, cannotTell: CannotTell): Draft | undefined {
  const { matter, rareDays, isIn } = scene
  const { rights, use, containersOf } = matter
  const { kind, of, on, deed, certain, evidence, spells } = right
  // What is given and taken back again and again is a lease already; what everybody is in nobody can be taken out of.
  if (!certain || spells >= 2 || [of, on].some((one) => rights.facts.get(one)?.['everyone'] === true)) return undefined
  const isOwners = kind === 'grant' && rights.owners.get(on)?.includes(of) === true
  if (isOwners || (kind === 'grant' && !reading.has(deed))) return undefined
  const given = givenBy(rights, right).filter((one) => one.certain && reading.has(one.deed))
  const protects = new Map<EntityId, ReadonlySet<number>>()
  for (const holder of holdersOf(rights, of)) {
    if (kindOf(holder) !== 'identity' || !isSomebody(rights, holder) || isOwnOrSpared(scene, holder)) continue
    const standing = standingOf(rights, [holder], new Set([right]))
    const lost = given.filter((one) => !keepsIt(rights, right, one, standing, containersOf))
    const numbers = peopleBehind(scene, lost)
    if (numbers.size > 0) protects.set(holder, numbers)
  }
  if (protects.size === 0) return undefined
  const used = use.of.get(right)
  const days = [...(used?.days ?? [])].filter(isIn)
  if (days.length > rareDays) return undefined
  // Where not all use is logged, few days known are no few days.
  const why = whyUntold(matter, right, isIn)
  if (why !== null) {
    cannotTell('standing', placeOf(right), why)
    return undefined
  }
  return {
    protects,
    gap: {
      id: hashId('gap', scene.tenant, `standing ${right.key}`),
      kind: 'standing',
      of,
      name: nameIn(matter, of),
      on,
      onName: null,
      deed,
      change:
        days.length === 0
          ? 'take it away, and give it when somebody asks (`cordon access trim` says what it would mean)'
          : 'give it for hours when it is needed, instead of all the time',
      daysUsed: days.length,
      ...noticing(matter, used?.lastBy ?? new Map<EntityId, number>(), isIn),
      evidence: evidence.slice(0, evidenceMax),
    },
  }
}

/**
 * A human who has nothing but a password. `open`: what the rules of sign-in open to a password whatever anybody enrols, which
 * is a gap of those rules.
 */
export function factorGap(
  scene: Scene,
  entity: EntityId,
  open: ReadonlySet<EntityId>,
  cannotTell: CannotTell,
): Draft | undefined {
  const { matter, isIn } = scene
  const { rights, use } = matter
  if (isOwnOrSpared(scene, entity)) return undefined
  const mine = grantsFrom(matter, entity).filter(({ on }) => !open.has(on))
  const numbers = peopleBehind(scene, mine)
  if (numbers.size === 0) return undefined
  const mfa = rights.facts.get(entity)?.['mfa']
  if (typeof mfa !== 'boolean') {
    cannotTell('factor', authorityOf(entity), 'no source tells whether more than a password lets them in')
    return undefined
  }
  if (mfa) {
    const authority = authorityOf(entity)
    if (rulesDecideFor(scene, entity) && !scene.books.has(authority)) cannotTell('factor', authority, untoldRules)
    return undefined
  }
  const days = [...(use.active.get(personKey(rights, entity)) ?? [])].filter(isIn)
  return {
    protects: new Map([[entity, numbers]]),
    gap: {
      id: hashId('gap', scene.tenant, `factor ${entity}`),
      kind: 'factor',
      of: entity,
      name: nameIn(matter, entity),
      on: null,
      onName: null,
      deed: null,
      change: 'they enrol a security key or passkey, and sign in by it',
      daysUsed: days.length,
      ...noticing(matter, new Map(days.length === 0 ? [] : [[entity, Math.max(...days)]]), isIn),
      evidence: mine.flatMap(({ evidence }) => evidence).slice(0, evidenceMax),
    },
  }
}

/** A key that lasts, and what it opens for sure depends on no network and no device. */
export function keyGap(scene: Scene, right: Right, cannotTell: CannotTell): Draft | undefined {
  const { matter, isIn } = scene
  const { of, on, evidence } = right
  if (kindOf(on) !== 'identity' || isOwnOrSpared(scene, of) || isOwnOrSpared(scene, on)) return undefined
  const numbers = peopleBehind(scene, grantsFrom(matter, on))
  if (numbers.size === 0) return undefined
  // Some vendors say of a key itself that it works from everywhere.
  if (matter.rights.facts.get(of)?.['fromAnywhere'] !== true && !scene.conditionsTold.has(authorityOf(on))) {
    cannotTell('condition', authorityOf(on), 'no source tells on which network or device its rights depend')
    return undefined
  }
  const used = matter.use.of.get(right)
  const days = [...(used?.days ?? [])].filter(isIn)
  return {
    protects: new Map([[on, numbers]]),
    gap: {
      id: hashId('gap', scene.tenant, `condition ${of}`),
      kind: 'condition',
      of,
      name: nameIn(matter, of),
      on,
      onName: null,
      deed: null,
      change: 'what it opens is opened only from the networks it is used from (a condition of its policies)',
      daysUsed: days.length,
      ...noticing(matter, used?.lastBy ?? new Map<EntityId, number>(), isIn),
      evidence: evidence.slice(0, evidenceMax),
    },
  }
}
