import { formatTime } from '#kit'
import type { EntityId } from '#model'
import type { ResponseOf } from '#api/contract'

import { plural, table } from './table.ts'

/** Plain-text forms of what the API says of vendors. Pure. */
type Listed = ResponseOf<'vendor.list'>
type Row = Listed['vendors'][number]
type Shown = ResponseOf<'vendor.show'>
type Vendor = Shown['vendor']

const dayOf = (ms: number | null): string => (ms === null ? '-' : formatTime(ms).slice(0, 10))
const number = (count: number): string => count.toLocaleString('en-US')
/** `12`, or `3 to 12`. */
export const between = ({ atLeast, atMost }: { atLeast: number; atMost: number }): string =>
  atLeast === atMost ? number(atLeast) : `${number(atLeast)} to ${number(atMost)}`

/** What is sent to a service nobody sees: then there is no upper end. */
const heldBy = (people: { atLeast: number; atMost: number }, unseen: boolean): string =>
  unseen ? `${between(people)} or more` : between(people)

const whose: Record<Row['told'], string> = {
  publisher: 'its publisher is told',
  catalogue: 'by its entry in a catalogue',
  platform: 'a connected system of theirs',
  domain: 'by the address',
  account: 'by the account that publishes it',
  nobody: 'NOBODY TELLS whose it is',
}

/** Told by their number. */
const counted: ReadonlySet<string> = new Set(['advisory', 'finding', 'incident'])

export function renderVendors({ vendors, sinceMs, lacking }: Listed): string[] {
  if (vendors.length === 0) return ['no vendor: no source has told of an app, a model or an action yet']
  const rows = vendors.map((row) => [
    row.name,
    row.vendor,
    [row.apps === 0 ? '' : plural(row.apps, 'app'), ...row.parts].filter((word) => word !== '').join(', '),
    number(row.users),
    between(row.people),
    heldBy(row.held, row.unseen),
    dayOf(row.lastUsedAtMs),
    [
      row.advisories === 0 ? '' : plural(row.advisories, 'advisory', 'advisories'),
      row.findings === 0 ? '' : plural(row.findings, 'finding'),
      row.incidents === 0 ? '' : plural(row.incidents, 'incident'),
      row.paused.length === 0 ? '' : 'PAUSED',
      ...row.reasons.filter((kind) => !counted.has(kind)),
    ]
      .filter((word) => word !== '')
      .join(', '),
  ])
  return [
    table(['name', 'vendor', 'here', 'users', 'reaches', 'may hold', 'last used', 'open'], rows),
    '',
    `${plural(vendors.length, 'vendor')}; reaches and may hold: people, for sure and at most; acts since ${dayOf(sinceMs)}`,
    ...lacking.map((says) => `lacking: ${says}`),
  ]
}

export function renderVendor({ vendor, names, lacking, limits, history }: Shown): string[] {
  const called = (entity: EntityId): string => names[entity] ?? entity
  return [
    `${vendor.name}  ${vendor.vendor}`,
    `${whose[vendor.told]}${vendor.ai ? '; answers with a model' : ''}${vendor.house ? '; our own' : ''}`,
    ...(vendor.joined.length === 0 ? [] : [`with     ${vendor.joined.join(', ')}`]),
    ...vendor.paused.map(
      ({ incident, sinceMs, class: of }) =>
        `PAUSED   since ${dayOf(sinceMs)}${of === null ? '' : `, for ${called(of)}`}: ${incident}`,
    ),
    `exposure ${between(vendor.exposure.people)} people, ${spanOf(vendor.exposure.records)} records`,
    ...vendor.exposure.reasons.map(({ kind, says }) => `because  ${kind}: ${says}`),
    `owner    ${vendor.owner ?? 'nobody is known to answer for it here'}`,
    `reaches  ${between(vendor.reach.people)} people, ${records(vendor)}, ${between({ atLeast: vendor.reach.resources.sure, atMost: vendor.reach.resources.possible })} resources${vendor.reach.changes ? ', and may change some' : ''}`,
    `may hold ${heldBy(vendor.holds.people, vendor.holds.unseen)} people${vendor.holds.records === null ? '' : `, read ${number(vendor.holds.records)} records`}`,
    `used     ${used(vendor)}`,
    ...(vendor.use.talks === null ? [] : [`talks    ${talks(vendor.use.talks)}`]),
    ...vendor.reach.classes.map(
      ({ class: of, people, resources }) =>
        `class    ${called(of)}: ${between(people)} people in ${plural(resources, 'resource')}`,
    ),
    ...vendor.reach.customers.map((one) => `customer ${called(one)}`),
    ...vendor.apps.flatMap((app) => ['', ...renderApp(app, called)]),
    ...partsOf(vendor),
    ...componentsOf(vendor),
    ...vendor.findings.map(({ id, kind, why }) => `finding  ${id}  ${kind}: ${why}`),
    ...vendor.incidents.map(({ id, title }) => `incident ${id}  ${title}`),
    ...vendor.claims.map(renderClaim),
    ...(history ?? []).flatMap(({ atMs, because, state }) => [
      '',
      `${formatTime(atMs).slice(0, 16)}Z  ${between(state.people)} people, ${spanOf(state.records)} records`,
      ...because.map((says) => `  ${says}`),
    ]),
    ...limits.map((says) => `limit    ${says}`),
    ...lacking.map((says) => `lacking  ${says}`),
  ]
}

const spanOf = ({ atLeast, atMost }: Vendor['exposure']['records']): string =>
  atMost === null ? `${number(atLeast)} or more` : between({ atLeast, atMost })

const records = ({ reach: { records: of, unstated } }: Vendor): string =>
  `${spanOf(of)} records${unstated > 0 ? ` (of ${plural(unstated, 'resource')} nobody says whose data they hold)` : ''}`

type Claim = ResponseOf<'vendor.claims'>['claims'][number]
/** INVARIANT: a claim is shown as one, with whose it is and until when. */
export const renderClaim = ({ number: n, kind, says, issuer, validUntilMs, state, digest }: Claim): string =>
  `claim ${n}  ${kind} by ${issuer}, ${state === 'lapsed' ? 'RAN OUT' : state === 'withdrawn' ? 'withdrawn, was good' : state === 'ends-soon' ? 'ends soon,' : 'claimed'} until ${dayOf(validUntilMs)}: ${says} (sha256 ${digest.slice(0, 16)}…)`

const used = ({ use, lastUsedAtMs }: Vendor): string =>
  `${plural(use.acts, 'act')} in the log since ${dayOf(use.sinceMs)}${use.isCut ? ', and more than could be read' : ''}; last ${dayOf(lastUsedAtMs)}`

const talks = ({ acts, places, people, firstAtMs, lastAtMs }: NonNullable<Vendor['use']['talks']>): string =>
  `${plural(acts, 'event')} from ${plural(places, 'place')} by ${people.length === 0 ? 'nobody whom a source names' : plural(people.length, 'person', 'people')}, ${dayOf(firstAtMs)} to ${dayOf(lastAtMs)}`

function renderApp(app: Vendor['apps'][number], called: (entity: EntityId) => string): string[] {
  const { name, verified, enabled, scopes, owners, letIn, users, credentials } = app
  const state = [
    verified === false ? 'nobody verified its publisher' : '',
    enabled === false ? 'switched off' : '',
    app.opens.length === 0 ? '' : `opens ${app.opens.join(', ')}`,
  ].filter((word) => word !== '')
  return [
    `app      ${name ?? app.app}  ${app.app}${state.length === 0 ? '' : `  (${state.join('; ')})`}`,
    `         ${plural(credentials, 'credential')}, ${plural(users, 'user')}, last used ${dayOf(app.lastUsedAtMs)}`,
    ...(scopes.length === 0 ? [] : [`         scopes ${scopes.join(' ')}`]),
    ...(owners.length === 0 ? [] : [`         owned by ${owners.map(called).join(', ')}`]),
    `         let in by ${letIn.length === 0 ? 'whom no source tells' : some(letIn.map(({ who, as }) => (who === null ? 'an administrator whom no source names' : `${called(who)}${as === 'administrator' ? ' as administrator' : ''}`)))}`,
  ]
}

const shownMax = 5
const some = (words: readonly string[]): string =>
  words.length <= shownMax
    ? words.join(', ')
    : `${words.slice(0, shownMax).join(', ')} and ${words.length - shownMax} more`

const partsOf = ({ parts }: Vendor): string[] =>
  parts.length === 0
    ? []
    : [
        '',
        ...parts.map(
          ({ kind, name, seen }) => `${kind.padEnd(10)} ${name ?? '-'}${seen === null ? '' : `  on ${seen}`}`,
        ),
      ]

const componentsOf = ({ components }: Vendor): string[] =>
  components.flatMap(({ purl, version, advisories }) =>
    advisories.map(
      ({ id, sure }) =>
        `advisory ${id} against ${purl}${version === null ? '' : `@${version}`}${sure ? '' : ' (nobody tells the version)'}`,
    ),
  )
