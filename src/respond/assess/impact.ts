import {
  authorityOf,
  kindOf,
  type CustomerImpact,
  type EntityId,
  type ExposedCredential,
  type Impact,
  type Interval,
  type PeopleImpact,
  type ReasonStep,
  type Touch,
  type TouchedResource,
  type TouchVerb,
} from '#model'
import {
  atLeastOf,
  atMostOf,
  countByAuthority,
  peopleBehind,
  peopleInActs,
  type EstateView,
  type People,
} from '#estate'

import { touchesBy, type OffsetTouch } from './touches.ts'
import { mode } from './walk.ts'

/** What the sources of an authority log, and their own sentences about what they cannot see. */
export type CoverageByAuthority = Readonly<
  Record<string, { readonly logged: readonly TouchVerb[]; readonly blind: readonly string[] }>
>

export type ReachedResource = {
  resource: EntityId
  since: number
  modes: number
  reason: ReasonStep[]
  conditional: boolean
}

export type ImpactInput = {
  view: EstateView
  resources: readonly ReachedResource[]
  credentials: readonly ExposedCredential[]
  /** Identities held, with the second from which. */
  identities: ReadonlyMap<EntityId, number>
  fromMs: number
  toMs: number
  coverage: CoverageByAuthority
  blindSpots: readonly string[]
}

/** Offsets kept as evidence of one resource; the counts are over all. */
const evidencePerResourceMax = 100

const touching: readonly TouchVerb[] = ['read', 'share']
const changing: readonly TouchVerb[] = ['write', 'delete', 'admin']
const isTouching = ({ verb }: Touch): boolean => touching.includes(verb)
const isChanging = ({ verb }: Touch): boolean => changing.includes(verb)
/** Acts that a right allows, and that a source must log before silence means anything. */
const actsOf: readonly { bit: number; acts: readonly TouchVerb[] }[] = [
  { bit: mode.read, acts: ['read'] },
  { bit: mode.write, acts: ['write', 'delete'] },
  { bit: mode.admin, acts: ['admin'] },
  { bit: mode.share, acts: ['share'] },
]

/** The four sets of containment.md §2, the people and customers behind them, and what cannot be told. */
export async function assessImpact(input: ImpactInput): Promise<Impact> {
  const { view, resources } = input
  const seconds = { from: Math.floor(input.fromMs / 1000), to: Math.ceil(input.toMs / 1000) }
  const { touches, isCut } = await touchesBy(input)
  const didTouch = summarise(touches.filter(isTouching))
  const didChange = summarise(touches.filter(isChanging))
  const unknown = unknownOf(resources, input.coverage)

  const sure = resources.filter(({ conditional }) => !conditional).map(({ resource }) => resource)
  const sets = {
    couldReach: await peopleBehind(view, sure, seconds),
    couldReachAtMost: await peopleBehind(view, namesOf(resources), seconds),
    didTouch: await peopleBehind(view, namesOf(didTouch), seconds),
    didChange: await peopleBehind(view, namesOf(didChange), seconds),
    unknown: await peopleBehind(view, namesOf(unknown), seconds),
  }
  const acted = {
    didTouch: await peopleInActs(view, touches.filter(isTouching)),
    didChange: await peopleInActs(view, touches.filter(isChanging)),
  }
  const people: PeopleImpact = {
    couldReach: { atLeast: atLeastOf(sets.couldReach), atMost: atMostOf(sets.couldReachAtMost) },
    didTouch: { ...acted.didTouch, atMost: Math.min(acted.didTouch.atMost, atMostOf(sets.didTouch)) },
    didChange: { ...acted.didChange, atMost: Math.min(acted.didChange.atMost, atMostOf(sets.didChange)) },
    unknown: { atLeast: 0, atMost: atMostOf(sets.unknown) },
  }
  const customers = await customersOf(
    view,
    { couldReach: sure, didTouch: namesOf(didTouch), didChange: namesOf(didChange), unknown: namesOf(unknown) },
    sets,
    seconds,
  )
  return {
    couldReach: resources
      .filter(({ conditional }) => !conditional)
      .map(({ resource, reason }) => ({ resource, reason })),
    didTouch,
    didChange,
    unknown,
    people,
    customers,
    blindSpots: blindSpotsOf(input, namesOf([...resources, ...didTouch, ...didChange]), sets, isCut),
  }
}

const namesOf = (rows: readonly { resource: EntityId }[]): EntityId[] => [
  ...new Set(rows.map(({ resource }) => resource)),
]

function summarise(touches: readonly OffsetTouch[]): TouchedResource[] {
  const found = new Map<EntityId, TouchedResource>()
  for (const { resource, verb, atMs, records, by, offset } of touches) {
    const row = found.get(resource)
    if (row === undefined) {
      found.set(resource, {
        resource,
        verbs: [verb],
        firstAtMs: atMs,
        lastAtMs: atMs,
        records,
        by: [by],
        evidence: [offset],
      })
      continue
    }
    if (!row.verbs.includes(verb)) row.verbs.push(verb)
    if (!row.by.includes(by)) row.by.push(by)
    if (row.evidence.length < evidencePerResourceMax) row.evidence.push(offset)
    row.firstAtMs = Math.min(row.firstAtMs, atMs)
    row.lastAtMs = Math.max(row.lastAtMs, atMs)
    if (records !== null) row.records = (row.records ?? 0) + records
  }
  for (const row of found.values()) {
    row.verbs.sort()
    row.by.sort()
  }
  return [...found.values()].sort((a, b) => (a.resource < b.resource ? -1 : 1))
}

/** INVARIANT: silence of a source that does not log an act is never taken for "did not happen". */
function unknownOf(
  resources: readonly ReachedResource[],
  coverage: CoverageByAuthority,
): { resource: EntityId; why: string }[] {
  return resources.flatMap(({ resource, modes, conditional }) => {
    const authority = authorityOf(resource)
    const logged = coverage[authority]?.logged ?? []
    const acts = actsOf.filter(({ bit }) => (modes & bit) !== 0).flatMap(({ acts }) => acts)
    const silent = acts.filter((act) => !logged.includes(act))
    if (silent.length > 0) {
      const source = coverage[authority] === undefined ? 'no source covers' : 'the sources do not log this of'
      return [{ resource, why: `${silent.join(', ')}: ${source} \`${authority}\`` }]
    }
    return conditional ? [{ resource, why: 'reachable only under a condition that could not be decided' }] : []
  })
}

type SetName = 'couldReach' | 'didTouch' | 'didChange' | 'unknown'

/**
 * A customer stands in a set when a resource of that set is the customer's or holds data of its people. Whether the act
 * met just those people is what `people` leaves open: from 0 to all of the customer's people within reach.
 */
async function customersOf(
  view: EstateView,
  resources: Record<SetName, EntityId[]>,
  people: Record<SetName | 'couldReachAtMost', People>,
  window: { from: number; to: number },
): Promise<CustomerImpact[]> {
  const found = new Map<EntityId, CustomerImpact>()
  const rowOf = (customer: EntityId): CustomerImpact => {
    const row = found.get(customer) ?? {
      customer,
      couldReach: false,
      didTouch: false,
      didChange: false,
      unknown: false,
      people: { atLeast: 0, atMost: 0 } satisfies Interval,
    }
    found.set(customer, row)
    return row
  }
  for (const set of ['couldReach', 'didTouch', 'didChange', 'unknown'] as const) {
    const persons = [...people[set].named.possible]
    const owned = await view.edgesFrom([...resources[set], ...persons], { types: ['BELONGS_TO'], window })
    for (const { dst } of owned) if (kindOf(dst) === 'customer') rowOf(dst)[set] = true
    for (const [customer] of await view.customersOf(people[set].possible)) rowOf(customer)[set] = true
  }
  for (const set of ['couldReachAtMost', 'didTouch', 'didChange'] as const) {
    for (const [customer, theirs] of await view.customersOf(people[set].possible)) {
      const row = rowOf(customer)
      row.people.atMost = Math.max(row.people.atMost, theirs.length)
    }
  }
  return [...found.values()].sort((a, b) => (a.customer < b.customer ? -1 : 1))
}

function blindSpotsOf(
  { coverage, credentials, blindSpots }: ImpactInput,
  resources: readonly EntityId[],
  people: Record<string, People>,
  isCut: boolean,
): string[] {
  const spots = [...blindSpots]
  const authorities = new Set([
    ...resources.map(authorityOf),
    ...credentials.map(({ credential }) => authorityOf(credential)),
  ])
  authorities.delete('fp')
  for (const authority of [...authorities].sort()) {
    const known = coverage[authority]
    if (known === undefined) spots.push(`no source covers \`${authority}\`: what was done there cannot be told`)
    else for (const sentence of known.blind) spots.push(`\`${authority}\`: ${sentence}`)
  }
  const bare = credentials.filter(({ credential }) => authorityOf(credential) === 'fp').length
  if (bare > 0) spots.push(`${bare} of ${credentials.length} credentials: no connected source knows what they open`)
  const unlinked = credentials.filter(
    ({ credential, identity }) => identity === null && authorityOf(credential) !== 'fp',
  )
  if (unlinked.length > 0) {
    spots.push(`${unlinked.length} of ${credentials.length} credentials: no source says which identity they log in as`)
  }
  const unstated = people['couldReachAtMost']?.unstated ?? []
  if (unstated.length > 0) {
    spots.push(`${countByAuthority(unstated)}: no source says whose data they hold, so people there are not counted`)
  }
  if (isCut) spots.push('more acts than could be read: the sets of touched and changed resources are incomplete')
  return spots
}
