import type { EntityId, Interval, TenantId } from '#model'
import type { Reader } from '#store'
import { parseOwnJson } from '#kit'

import { holds, type Claim } from './claims.ts'
import type { Picture } from './picture.ts'
import type { Exposure, ReasonKind } from './risk.ts'

/** How a vendor stood at a moment, as far as its exposure hangs on it. */
export type State = {
  people: Interval
  records: { atLeast: number; atMost: number | null }
  classes: EntityId[]
  reasons: ReasonKind[]
  apps: EntityId[]
  scopes: string[]
  users: number
  advisories: string[]
  findings: number
  incidents: number
  claims: number
  /** Past what the house set as a bound. */
  over: boolean
}
export type NotedState = { number: number; atMs: number; asOf: number; state: State; because: string[] }

/** What the house wants to hear of: more people, or more records, within a vendor's exposure at most. Absent: nothing. */
export type Bounds = { people?: number | undefined; records?: number | undefined }
/** INVARIANT: where no source tells how many records there are, any bound on them is passed: silence is never taken for little. */
export const isOver = ({ people, records }: Pick<Exposure, 'people' | 'records'>, bounds: Bounds): boolean =>
  (bounds.people !== undefined && people.atMost > bounds.people) ||
  (bounds.records !== undefined && people.atMost > 0 && (records.atMost ?? Infinity) > bounds.records)

/** Scopes and apps of one that are remembered; beyond them their number alone tells of a change. */
const namesMax = 500
const dayMs = 86_400_000

export function stateOf(
  { vendor, components }: Picture,
  { people, records, classes, reasons }: Exposure,
  { findings, incidents, claims }: { findings: number; incidents: number; claims: readonly Claim[] },
  bounds: Bounds = {},
): State {
  const { apps } = vendor
  return {
    people,
    records,
    classes: classes.slice(0, namesMax),
    reasons: [...new Set(reasons.map(({ kind }) => kind))],
    apps: apps.map(({ app }) => app).slice(0, namesMax),
    scopes: [...new Set(apps.flatMap(({ scopes }) => scopes))].sort().slice(0, namesMax),
    users: new Set(apps.flatMap(({ users }) => users)).size,
    advisories: [...new Set(components.flatMap(({ advisories }) => advisories.map(({ id }) => id)))].sort(),
    findings,
    incidents,
    claims: claims.filter(holds).length,
    over: isOver({ people, records }, bounds),
  }
}

/**
 * What moved since it was last noted, as sentences; empty: nothing, or numbers alone within one day (people come and go all
 * the time, and a history of that tells nothing). The first word about a vendor says that it is new.
 */
export function becauseOf(last: NotedState | undefined, now: State, atMs: number): string[] {
  if (last === undefined) return ['first seen']
  const before = last.state
  const moved = [
    ...added('scope', before.scopes, now.scopes),
    ...added('app', before.apps, now.apps),
    ...added('class', before.classes, now.classes),
    ...(now.users > before.users ? [`${now.users - before.users} more let it act in their name`] : []),
    ...added('advisory', before.advisories, now.advisories),
    ...added('reason', before.reasons, now.reasons),
    ...counted('claim that holds', 'claims that hold', before.claims, now.claims),
    ...counted('open finding', 'open findings', before.findings, now.findings),
    ...(before.over === now.over
      ? []
      : [now.over ? 'past the bound that is set' : 'within the bound that is set again']),
    ...counted('open incident', 'open incidents', before.incidents, now.incidents),
  ]
  const numbers = [
    ...(now.users < before.users ? [`${before.users - now.users} fewer let it act in their name`] : []),
    ...interval('people', before.people, now.people),
    ...interval('records', before.records, now.records),
  ]
  const isSameDay = Math.floor(last.atMs / dayMs) === Math.floor(atMs / dayMs)
  if (moved.length === 0 && (numbers.length === 0 || isSameDay)) return []
  return [...moved, ...numbers]
}

function added(noun: string, before: readonly string[], now: readonly string[]): string[] {
  return [
    ...now.filter((one) => !before.includes(one)).map((one) => `new ${noun} ${one}`),
    ...before.filter((one) => !now.includes(one)).map((one) => `no longer ${noun} ${one}`),
  ]
}

const counted = (one: string, many: string, before: number, now: number): string[] =>
  before === now ? [] : [`${before} to ${now} ${now === 1 ? one : many}`]

type Span = { atLeast: number; atMost: number | null }
const shown = ({ atLeast, atMost }: Span): string =>
  atMost === null ? `${atLeast} or more` : `${atLeast} to ${atMost}`
const interval = (of: string, before: Span, now: Span): string[] =>
  before.atLeast === now.atLeast && before.atMost === now.atMost ? [] : [`${of}: ${shown(before)}, now ${shown(now)}`]

type StateRow = { vendor: EntityId; number: number; at_ms: number; as_of: number; state: string; because: string }
const toState = ({ number, at_ms: atMs, as_of: asOf, state, because }: StateRow): NotedState => ({
  number,
  atMs,
  asOf,
  state: parseOwnJson<State>(state),
  because: parseOwnJson<string[]>(because),
})

/** The newest of each. */
export function lastStates(reader: Reader, tenant: TenantId): Map<EntityId, NotedState> {
  const rows = reader.all<StateRow>(
    `SELECT s.vendor, s.number, s.at_ms, s.as_of, s.state, s.because FROM vendor_state s
       JOIN (SELECT vendor, max(number) AS number FROM vendor_state WHERE tenant = ?1 GROUP BY vendor) n
         ON n.vendor = s.vendor AND n.number = s.number WHERE s.tenant = ?1`,
    tenant,
  )
  return new Map(rows.map((row) => [row.vendor, toState(row)]))
}

/** Of one vendor, newest first. */
export const statesOf = (reader: Reader, tenant: TenantId, vendor: EntityId): NotedState[] =>
  reader
    .all<StateRow>('SELECT * FROM vendor_state WHERE tenant = ? AND vendor = ? ORDER BY number DESC', tenant, vendor)
    .map(toState)
