import type { ResponseOf } from '#api/contract'

import { plural, table } from './table.ts'

/** Plain-text forms of a pause and of what ends it. Pure. */
type Pause = ResponseOf<'vendor.pause'>
type Resume = ResponseOf<'vendor.resume'>

const shownMax = 20

export function renderPause({ name, class: of, stops, goesOn, losing }: Pause): string[] {
  const back = stops.filter(({ verbs, reversible }) => verbs.length > 0 && reversible)
  const final = stops.filter(({ verbs, reversible }) => verbs.length > 0 && !reversible)
  const stay = stops.filter(({ verbs }) => verbs.length === 0)
  return [
    `pause of ${name}${of === null ? '' : ` for ${of}`}`,
    ...group(`stops, and can be put back (${back.length})`, back),
    ...group(`ENDS FOR GOOD (${final.length})`, final),
    ...group(`goes on until a person stops it (${stay.length})`, stay),
    ...more(
      `left alone (${goesOn.length})`,
      goesOn.map(({ name: called, entity, why }) => `${called ?? entity}: ${why}`),
    ),
    '',
    ...more(
      `jobs that lose it (${losing.jobs.length})`,
      losing.jobs.map(({ name: called, entity, how }) => `${called ?? entity}  ${jobWords[how]}`),
    ),
    ...people(losing),
  ]
}
const jobWords = { depends: 'cannot work without it', holds: 'holds a secret of it', uses: 'may call it' } as const

const group = (title: string, stops: Pause['stops']): string[] =>
  more(
    title,
    stops.map(({ name, target, of, does, verbs }) => {
      const by = verbs.length === 0 ? 'a person' : verbs.map(({ verb }) => verb).join(', ')
      return `${of}: ${name ?? target}  (${by})\n    ${does}`
    }),
  )

/** Nothing where there is nothing to say. */
function more(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const rest = lines.length - shownMax
  return [
    title,
    ...lines.slice(0, shownMax).map((line) => `  ${line}`),
    ...(rest > 0 ? [`  and ${rest} more: --json has all`] : []),
  ]
}

function people({ accounts, people: told }: Pause['losing']): string[] {
  if (told === null)
    return [`${plural(accounts, 'account')} lose it; no register tells whose they are (docs/people.md)`]
  const lines = [
    `${plural(told.staff, 'person', 'people')} of the staff and ${plural(told.contractors, 'contractor')} lose it${told.unjoined > 0 ? `; of ${plural(told.unjoined, 'account')} no register tells whose they are` : ''}`,
  ]
  if (told.projects.length > 0)
    lines.push(
      table(
        ['project', 'customer', 'lose it', 'of'],
        told.projects.map(({ project, customer, losing, of }) => [project, customer ?? '-', `${losing}`, `${of}`]),
      ),
    )
  if (told.contractors > 0)
    lines.push(
      ...more(
        'projects on which nobody loses anything, the same customers first (who could work there nobody here knows)',
        told.others.map(
          ({ project, customer, sameCustomer, people: n }) =>
            `${project}  ${customer ?? '-'}${sameCustomer ? ', the same customer' : ''}, ${plural(n, 'contractor')}`,
        ),
      ),
    )
  return lines
}

const checkWords = {
  'advisories-closed': 'no advisory stands against what they are made of',
  'incidents-closed': 'no incident about them is open',
  'keys-new': 'every secret that would work again was made since',
  'claim-holds': 'they have shown something that holds',
} as const

export function renderResume({ name, state, checks, missing, asked, refused, incidents }: Resume): string[] {
  return [
    ...checks.flatMap(({ check, state: own, why }) => [
      `${own === 'met' ? 'yes  ' : own === 'unmet' ? 'NO   ' : 'NOT TOLD'} ${checkWords[check]}`,
      ...why.map((says) => `       ${says}`),
    ]),
    ...refused.map(({ target, why }) => `left  ${target}  ${why}`),
    state === 'held'
      ? `${name} stays paused: two people may answer for it, each with --override "why"`
      : state === 'waits'
        ? `${name} stays paused: ${plural(missing, 'more person', 'more people')} must say so, with --override "why"`
        : `${name}: ${plural(asked, 'step')} on the way back; cordon vendor status ${incidents.join(' ')} follows`,
  ]
}
