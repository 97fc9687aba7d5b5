import { formatTime } from '#kit'
import type { EdgeType } from '#model'
import type { ResponseOf } from '#api/contract'

import { plural, table } from './table.ts'

/** Plain-text forms of what the API says of who can read what. Pure. */
type ReadersPage = ResponseOf<'access.readers'>
type ReachPage = ResponseOf<'access.reach'>
type Reader = ReadersPage['readers'][number]
type Step = Reader['path'][number]
type Use = NonNullable<Reader['use']>
type Names = ReadersPage['names']

const saysOf: Partial<Record<EdgeType, string>> = {
  AUTHENTICATES_AS: 'signs in as',
  MEMBER_OF: 'is a member of',
  ASSUMES: 'may become',
  ACTS_AS: 'acts as',
  DERIVES: 'gave out',
  CAN_READ: 'may read',
  CAN_WRITE: 'may write',
  CAN_SHARE: 'may share',
  CAN_ADMIN: 'administers',
  CAN_GRANT: 'may grant on',
  CONTAINS: 'which holds',
}

/** `is a member of analysts, may read people (SELECT)`: whoever it begins with is left out. */
export const pathInWords = (path: readonly Step[], names: Names): string =>
  path
    .map(({ type, dst, note, conditional }) => {
      const right = note === null || note === '' ? '' : ` (${note})`
      return `${saysOf[type] ?? type} ${names[dst] ?? dst}${right}${conditional ? ' [on a condition]' : ''}`
    })
    .join(', ')

const dayOf = (ms: number): string => formatTime(ms).slice(0, 10)

export const useInWords = (use: Use | null, isLogged: boolean): string =>
  use === null
    ? isLogged
      ? 'no act seen'
      : 'not told'
    : `${plural(use.acts, 'act')}, last ${dayOf(use.lastAtMs)}${use.records === null ? '' : `, ${plural(use.records, 'record')}`}`

const called = (entity: string, name: string | null): string => (name === null ? entity : `${name}  ${entity}`)

/** All pages of one answer, as its first, with the rows of all. */
export function renderReaders(answer: ReadersPage): string[] {
  const { readers, names, total, certain, roots, inside, used, readsLogged, others, othersTotal, atMs } = answer
  const days = Math.round((used.toMs - used.fromMs) / 86_400_000)
  const when = atMs === null ? 'now' : `at ${formatTime(atMs)}`
  const rows = readers.map((one) => [
    called(one.entity, one.name),
    one.app === null ? one.kind : `${one.kind} of ${one.app}`,
    one.whole ? 'whole' : `a part (${one.reads} of ${roots + inside})`,
    one.certain ? 'yes' : 'on a condition',
    one.enabled === false ? 'switched off' : 'on',
    useInWords(one.use, readsLogged),
    pathInWords(one.path, names),
  ])
  const head = ['who', 'kind', 'reads', 'certain', 'state', `in ${plural(days, 'day')}`, 'through']
  return [
    ...(rows.length === 0 ? [] : [table(head, rows), '']),
    `${plural(total, 'reader')} ${when} of ${answer.of}: ${certain} for sure, ${total - certain} on a condition that could not be decided`,
    ...(roots === 1 ? [] : [`${plural(roots, 'thing')} of this class`]),
    ...others.map(
      ({ entity, use }) =>
        `read it and is no reader (a right that ended, or that no source states): ${entity}: ${useInWords(use, true)}`,
    ),
    ...(othersTotal > others.length ? [`and ${othersTotal - others.length} more who read it and are no readers`] : []),
    ...(readsLogged ? [] : ['reads are not logged there: that no act is known says nothing']),
    ...(answer.isCut ? ['there were more acts than could be read: use is incomplete'] : []),
    ...renderLacks(answer),
  ]
}

export function renderReach(answer: ReachPage): string[] {
  const { things, names, total, people, atMs } = answer
  const rows = things.map((one) => [
    called(one.resource, one.name),
    one.may.join(' ') || '-',
    one.perhaps.join(' ') || '-',
    String(one.people),
    one.classes.join(' ') || '-',
    pathInWords(one.path, names),
  ])
  const range = people.atLeast === people.atMost ? String(people.atMost) : `${people.atLeast} to ${people.atMost}`
  return [
    ...(rows.length === 0 ? [] : [table(['what', 'may', 'on a condition', 'people', 'class', 'through'], rows), '']),
    `${answer.of} can reach ${plural(total, 'thing')} ${atMs === null ? 'now' : `at ${formatTime(atMs)}`}, and read data of ${range} people`,
    ...renderLacks(answer),
  ]
}

const renderLacks = ({ lacking, limits }: Pick<ReachPage, 'lacking' | 'limits'>): string[] => [
  ...lacking.map((line) => `lacking: ${line}`),
  ...limits.map((line) => `cannot see: ${line}`),
]
