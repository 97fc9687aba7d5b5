import type { EntityId, Interval } from '#model'

import { holds, type Claim } from './claims.ts'
import type { Picture } from './picture.ts'
import type { Reach } from './reach.ts'

/** Why a vendor is worth a look, gravest first. There is no score: people, records, and these. */
export const reasonKinds = [
  'incident',
  'advisory',
  'finding',
  'lapsed',
  'unattested',
  'unverified',
  'untold',
  'shadow',
  'changes',
  'dormant',
  'unseen',
  'unstated',
] as const
export type ReasonKind = (typeof reasonKinds)[number]
export type Reason = { kind: ReasonKind; says: string }

/** Whose data, and how many records, a vendor's grants reach or its use has taken: for sure, and at most. */
export type Exposure = {
  people: Interval
  records: Reach['records']
  classes: EntityId[]
  reasons: Reason[]
}

export const dormantMs = 90 * 86_400_000

export type Against = {
  findings: readonly { kind: string }[]
  incidents: readonly { title: string }[]
  claims: readonly Claim[]
}

/** Pure: the same picture and the same word against it give the same exposure. */
export function exposureOf(picture: Picture, against: Against, atMs: number): Exposure {
  const { reach, held, use } = picture
  return {
    people: {
      atLeast: Math.max(reach.people.atLeast, held.people.atLeast),
      atMost: Math.max(reach.people.atMost, held.people.atMost),
    },
    records: {
      atLeast: Math.max(reach.records.atLeast, use.records ?? 0),
      atMost: reach.records.atMost === null ? null : Math.max(reach.records.atMost, use.records ?? 0),
    },
    classes: reach.classes.map((one) => one.class).sort(),
    reasons: reasonsOf(picture, against, atMs),
  }
}

function reasonsOf(picture: Picture, { findings, incidents, claims }: Against, atMs: number): Reason[] {
  const { vendor, reach, held, components, use, lastUsedAtMs } = picture
  const reasons: Reason[] = []
  const say = (kind: ReasonKind, says: string): void => void reasons.push({ kind, says })
  const reachesPeople = reach.people.atMost > 0 || held.people.atMost > 0
  const hasRights = vendor.apps.some(({ credentials }) => credentials.length > 0)
  for (const { title } of incidents) say('incident', `open: ${title}`)
  for (const { purl, version, advisories } of components)
    for (const { id, sure } of advisories)
      say(
        'advisory',
        `${id} against ${purl}${version === null ? '' : `@${version}`}${sure ? '' : ', whose version nobody tells'}`,
      )
  for (const [kind, some] of Map.groupBy(findings, (one) => one.kind)) say('finding', `${kind}: ${some.length} open`)
  const ran = claims.filter(({ state }) => state === 'lapsed')
  if (!claims.some(holds) && ran.length > 0) say('lapsed', 'every claim of theirs has run out')
  if (claims.every(({ state }) => state === 'withdrawn') && reachesPeople && !vendor.house)
    say('unattested', 'they reach people and have shown nothing')
  const unverified = vendor.apps.filter(({ verified, house }) => verified === false && !house)
  if (unverified.length > 0) say('unverified', `nobody verified the publisher of ${count(unverified.length, 'app')}`)
  if (vendor.told === 'nobody' && !vendor.house) say('untold', 'no source tells whose it is')
  const isLetIn = vendor.apps.length > 0 || vendor.parts.some(({ kind }) => kind !== 'egress' && kind !== 'library')
  if (!isLetIn && use.talks !== null)
    say('shadow', `nobody let it in, and something here talked to it from ${count(use.talks.places, 'place')}`)
  if (reach.changes) say('changes', 'it may change, share or administer, not only read')
  if (hasRights && lastUsedAtMs !== null && atMs - lastUsedAtMs > dormantMs)
    say('dormant', 'it holds rights, and nobody used it in 90 days')
  if (held.unseen) say('unseen', 'what is sent to it no source tells: whoever that is of is not counted')
  if (reach.unstated > 0)
    say('unstated', `of ${count(reach.unstated, 'thing')} it reaches nobody says whose data they hold`)
  return reasons.sort((a, b) => reasonKinds.indexOf(a.kind) - reasonKinds.indexOf(b.kind))
}

const count = (n: number, noun: string): string => `${n} ${n === 1 ? noun : `${noun}s`}`
