import { parseOwnJson } from '#kit'
import type { FindingId, TenantId } from '#model'

import type { ToldFinding } from '../finding-inbox.ts'
import type { Join } from '../types.ts'
import type { Rows } from '../rows.ts'
import type { EventSeen, Moment } from './types.ts'

/** Findings of one incident whose words are read, the newest. */
export const findingsMax = 1_000
/** Events looked up behind one finding, and behind all of them. */
const eventsOfOneMax = 10
export const eventsMax = 500

export type Told = Pick<ToldFinding, 'id' | 'rule' | 'title' | 'severity' | 'entities' | 'evidence' | 'atMs'>

/** In the order in which they happened; those that the list has forgotten are left out and counted. */
export function toldOf(
  rows: Rows,
  tenant: TenantId,
  findings: readonly FindingId[],
): { told: Told[]; forgotten: number; cut: number } {
  const newest = findings.slice(-findingsMax)
  const told = rows
    .all<{ finding: string }>(
      'SELECT finding FROM finding_told WHERE tenant = ? AND id IN (SELECT value FROM json_each(?))',
      tenant,
      JSON.stringify(newest),
    )
    .map(({ finding }) => parseOwnJson<ToldFinding>(finding))
    .sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1))
  return { told, forgotten: newest.length - told.length, cut: findings.length - newest.length }
}

/** Offsets to look up, the first events of each finding, the newest findings first. */
export const evidenceOf = (told: readonly Told[]): number[] =>
  [...new Set(told.toReversed().flatMap(({ evidence }) => evidence.slice(0, eventsOfOneMax)))].slice(0, eventsMax)

export function foundMoments(
  told: readonly Told[],
  joins: readonly Join[],
  seen: ReadonlyMap<number, EventSeen>,
): Moment[] {
  const because = new Map(joins.map(({ finding, says }) => [finding, says]))
  const found = told.map(({ id, rule, title, severity, entities, evidence, atMs }): Moment => {
    const why = because.get(id)
    const arrivals = evidence.flatMap((offset) => seen.get(offset)?.arrivedAtMs ?? [])
    return {
      key: id,
      atMs: Math.floor(atMs),
      arrivedAtMs: arrivals.length === 0 ? null : Math.max(...arrivals),
      kind: 'finding',
      what: rule,
      says: `${severity}: ${title}${why === undefined ? '' : ` (joined: ${why})`}`,
      entity: entities[0] ?? null,
      ref: id,
      evidence: evidence.slice(0, eventsOfOneMax),
    }
  })
  const events = [...seen].map(([offset, { atMs, arrivedAtMs, source, stream }]): Moment => {
    return {
      key: String(offset),
      atMs,
      arrivedAtMs,
      kind: 'event',
      what: `${source} ${stream}`,
      says: `event ${offset} of \`${source}\` (${stream})`,
      entity: null,
      ref: null,
      evidence: [offset],
    }
  })
  return [...found, ...events]
}
