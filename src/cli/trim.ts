import { formatTime } from '#kit'
import type { ResponseOf } from '#api/contract'

import { plural, table } from './table.ts'

/** Plain-text form of what the API says of rights that nobody uses. Pure. */
type TrimPage = ResponseOf<'access.trim'>
type Proposal = TrimPage['proposals'][number]

const dayOf = (ms: number): string => formatTime(ms).slice(0, 10)
const called = (entity: string, name: string | null): string => (name === null ? entity : `${name}  ${entity}`)
const dayMs = 86_400_000

export function takenInWords({ kind, of, name, deed, on, onName, notes }: Proposal): string {
  const words = notes.length === 0 ? '' : ` (${notes.join(', ')})`
  if (kind === 'credential') return `end ${called(of, name)}`
  if (kind === 'membership') return `take ${called(of, name)} out of ${called(on, onName)}${words}`
  return `take \`${deed ?? ''}\` on ${called(on, onName)} from ${called(of, name)}${words}`
}

const lastInWords = ({ lastUseMs, isLogged }: Proposal): string =>
  lastUseMs === null ? 'no use known' : `${dayOf(lastUseMs)}${isLogged ? '' : ' (its vendor)'}`

const losersInWords = ({ losers, losersTotal, keeps }: Proposal): string => {
  const [first] = losers
  const named = first === undefined ? 'nobody' : (first.name ?? first.entity)
  const more = losersTotal > 1 ? ` and ${losersTotal - 1} more` : ''
  return `${named}${more}${keeps === 0 ? '' : `; ${keeps} keep it another way`}`
}

/** All pages of one answer, as its first, with the proposals of all. */
export function renderTrim(answer: TrimPage): string[] {
  const { proposals, total, held, heldTotal, untold, window, horizonMs, rate, lacking } = answer
  const days = Math.round((window.toMs - window.fromMs) / dayMs)
  const horizon = plural(Math.round(horizonMs / dayMs), 'day')
  const rows = proposals.map((one) => [
    one.id,
    String(one.people),
    String(one.things),
    lastInWords(one),
    takenInWords(one),
    losersInWords(one),
    one.verbs.map(({ source, verb }) => `${verb} (${source})`).join(', ') || '-',
  ])
  const head = ['id', 'people', 'things', 'last used', 'what', 'who loses it', 'by']
  return [
    ...(rows.length === 0 ? [] : [table(head, rows), '']),
    `${plural(total, 'right')} that nobody used in ${plural(days, 'day')}; ${answer.used} of ${answer.rights} were used`,
    rate.expected === null || rate.most === null
      ? 'how many of them will be missed cannot be said: the log does not reach back far enough to try it'
      : `to be missed within ${horizon}: ${rate.expected.toFixed(1)} expected, at most ${rate.most} (95 in 100); tried as of ${plural(rate.times, 'earlier time')}: ${rate.tried.used} of ${rate.tried.proposed} were`,
    `of all rights some ${rate.newUses.toFixed(1)} will be used in ${horizon} that were not in the window`,
    `acts are known since ${dayOf(answer.readSinceMs)}: what is done more seldom than that does not show`,
    ...(answer.needless === 0 ? [] : [`${plural(answer.needless, 'more right')} nobody would lose anything by`]),
    ...(heldTotal === 0 ? [] : [`${plural(heldTotal, 'unused right')} held back:`]),
    ...held.map(({ why, says, rights }) => `  ${String(rights).padStart(6)}  ${why}: ${says}`),
    ...untold.map(({ authority, why, rights }) => `not told of ${plural(rights, 'right')} in ${authority}: ${why}`),
    ...lacking.map((line) => `lacking: ${line}`),
  ]
}

export function renderStage({
  incident,
  stage,
  memberships,
  left,
  untakable,
  final,
}: ResponseOf<'access.trim-stage'>): string[] {
  const rows = memberships.map(({ right, member, name, group, groupName, people, losersTotal, lastUseMs, forGood }) => [
    right,
    called(member, name),
    called(group, groupName),
    String(people),
    String(losersTotal),
    lastUseMs === null ? 'no use known' : dayOf(lastUseMs),
    forGood === true ? 'no' : 'yes',
  ])
  const ended =
    final === 0
      ? []
      : [`${plural(final, 'grant')} of apps go with --for-good: nothing gives one back but a new consent`]
  if (rows.length === 0)
    return [
      `nothing to take in a stage; ${plural(untakable, 'proposal')} that no action takes and gives back`,
      ...ended,
    ]
  return [
    table(['id', 'who', 'loses', 'people', 'lose it', 'last used', 'comes back'], rows),
    '',
    `stage ${stage.number}: ${stage.most === null ? 'how many will be wanted back cannot be said' : `at most ${stage.most} will be wanted back (95 in 100)`}; ${left} left for later stages, ${untakable} that no action takes and gives back`,
    ...ended,
    ...(incident === null
      ? ['Nothing was opened.']
      : [
          `Look:      cordon incident show ${incident}`,
          `Approve:   cordon contain ${incident}, and again with --approve and the hash that it shows`,
          'Give back: cordon access give-back ID; whoever is refused gets it back by itself',
        ]),
  ]
}
