import { formatTime } from '#kit'
import type { ResponseOf } from '#api/contract'

/** Plain-text forms of what the API says of people. Pure. */
type Shown = ResponseOf<'people.show'>
type Alive = Shown['accounts']

export function endOf({ endAtMs, vanished, ended }: Shown['person']): string {
  if (vanished) return 'gone from the list'
  if (endAtMs === null) return ended ? 'yes' : '-'
  // The last day is worked to its end.
  return formatTime(endAtMs - 1).slice(0, 10)
}

const ways = {
  same: 'the same identity',
  register: 'named by the register',
  number: 'by number',
  mail: 'by address',
} as const

export const renderAlive = (alive: Alive): string[] =>
  alive.map(({ account, way, signsIn, credentials }) => {
    const what = [
      ...(signsIn ? ['signs in'] : []),
      ...(credentials.length > 0 ? [`${credentials.length} of its own alive`] : []),
    ]
    return `${account}  ${what.length === 0 ? 'nothing alive' : what.join(', ')} (${ways[way]})`
  })

export const renderAmbiguous = (ambiguous: Shown['ambiguous']): string[] =>
  ambiguous.length === 0
    ? []
    : [
        '',
        'NOBODY’S: could be of several people, and nothing is done to them',
        ...ambiguous.map(({ account, people, why }) => `  ${account}: ${why}: ${people.join(', ')}`),
      ]

export function renderPerson({ person, accounts, left, ambiguous }: Shown): string[] {
  const { worker, name, mail, project, customer, manager } = person
  return [
    `${person.person}  ${worker ?? 'worker'}${person.ended ? ', ended' : ''}`,
    `${name ?? '-'}  ${mail ?? '-'}`,
    `project ${project ?? '-'}   customer ${customer ?? '-'}   manager ${manager ?? '-'}   ends ${endOf(person)}`,
    '',
    ...(accounts.length === 0 ? ['no account of theirs is known'] : renderAlive(accounts)),
    ...left.flatMap(({ account, things, used }) => [
      ...things.map((thing) => `${account} owns ${thing}`),
      ...used.map(({ entity, by }) => `${by.join(', ')} works by ${entity}`),
    ]),
    ...renderAmbiguous(ambiguous),
  ]
}
