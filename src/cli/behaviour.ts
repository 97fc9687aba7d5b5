import { formatTime } from '#kit'
import { shownWeight } from '#model'
import type { ResponseOf } from '#api/contract'

import { plural, table } from './table.ts'

type Shown = ResponseOf<'behaviour.show'>
type Realm = Shown['realms'][number]

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const shades = ' .:-=+*#'
const words = { 'first-seen': 'what is new', amounts: 'amounts', hours: 'hours' }
const hourMs = 3_600_000

export function renderBehaviour({ of, realms }: Shown): string {
  if (realms.length === 0)
    return `${of}\nnothing of it was seen yet: no source that is connected told of an act of its own`
  return [of, ...realms.flatMap(realmText)].join('\n')
}

function realmText(realm: Realm): string[] {
  const { points, threshold, kinds, halfLifeMs, signals, frozenBy, toldMs, peers, isPlain } = realm
  const known = realm.known.filter(({ count }) => count > 0)
  return [
    `  in ${realm.realm}: ${realm.isMachine ? 'a program' : 'a person'}, ${seen(realm)}`,
    ...warmUpText(realm),
    `  peers: ${peers === null ? 'not known before its first day is over' : `${plural(peers.members, 'member')} of ${peers.group}${peers.isEnough ? '' : ', too few to compare with'}`}`,
    ...frozenBy.map((incident) => `  learns nothing while ${incident} is open`),
    `  ${points} of ${threshold} points, ${kinds.length === 0 ? 'no kind of signal counts' : `kinds: ${kinds.join(', ')}`}; half of it fades in ${halfLifeMs / hourMs} h`,
    ...(isPlain ? ['  weights are left out: without them it is of severity high'] : []),
    ...signals.map(
      ({ points: one, name, reason, weight, atMs, offset }) =>
        `    ${one}  ${name}  ${reason}${weight.judged === 0 ? '' : `; ${shownWeight(weight)}`} (${formatTime(atMs)}, event ${offset})`,
    ),
    ...(toldMs === null ? [] : [`  a finding stands since ${formatTime(toldMs)}`]),
    ...indented(
      table(
        ['a day', 'today', 'usual', 'p99', 'days', "peers' p99"],
        realm.usual.map(({ volume, today, p50, p99, days, peersP99 }) =>
          [volume, today, p50, p99, days, peersP99 ?? 'not known'].map(String),
        ),
      ),
    ),
    ...known.map(
      ({ feature, count, values, newOnDays }) =>
        `  ${feature}: ${count} known, new on ${plural(newOnDays, 'day')}: ${values.slice(0, 5).join(', ')}${count > 5 ? ', …' : ''}`,
    ),
    ...hoursText(realm.hours),
  ]
}

const seen = ({ firstSeenMs, lastSeenMs, activeDays }: Realm): string =>
  lastSeenMs === 0
    ? 'never seen to act'
    : `known since ${formatTime(firstSeenMs).slice(0, 10)}, ${plural(activeDays, 'day')} of acts, the newest ${formatTime(lastSeenMs)}`

const warmUpText = ({ warmUp }: Realm): string[] =>
  warmUp.map(({ for: what, activeDaysLeft, livedDaysLeft }) => {
    const left = [
      ...(activeDaysLeft > 0 ? [`${plural(activeDaysLeft, 'day')} of acts`] : []),
      ...(livedDaysLeft > 0 ? [`${plural(livedDaysLeft, 'day')} of life`] : []),
    ]
    return `  warming up: of ${words[what]} too little is known for ${left.join(' and ')} more`
  })

/** A row a day, a letter an hour: the darker, the more often it acted then. */
function hoursText(hours: readonly number[]): string[] {
  const most = Math.max(0, ...hours)
  if (most === 0) return []
  const rows = dayNames.map((name, day) => {
    const letters = hours
      .slice(day * 24, day * 24 + 24)
      .map((days) => shades[Math.ceil((days / most) * (shades.length - 1))])
    return `  ${name} ${letters.join('')}|`
  })
  return ['  hours it acts in, UTC, from 00', ...rows]
}

const indented = (text: string): string[] => text.split('\n').map((line) => `  ${line}`)
