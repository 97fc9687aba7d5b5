import { parseOwnJson } from '#kit'
import type { IncidentId, TenantId, Trigger, Trust, Window } from '#model'

import { triggerKey } from '../keys.ts'
import type { IncidentRow, Rows } from '../rows.ts'

/** What went bad in an incident, one of it: with its own window, and believed as the findings about it are. */
export type Part = {
  trigger: Trigger
  window: Window
  trust: Trust
  /** Somebody, or automation, asked that it be contained; else its steps are planned and wait for that. */
  wanted: boolean
  /** When the first finding about it happened: parts stand in that order. */
  firstAtMs: number
}
/** Parts of one incident; what would be one more is an incident of its own. */
export const partsMax = 50

type PartRow = { trigger: string; window: string; trust: string; wanted: number; first_at_ms: number }

const toPart = (row: PartRow): Part => ({
  trigger: parseOwnJson(row.trigger),
  window: parseOwnJson(row.window),
  trust: parseOwnJson(row.trust),
  wanted: row.wanted === 1,
  firstAtMs: row.first_at_ms,
})

/** What the incident is named by, then the others in the order of their first findings. */
export const partsOf = (rows: Rows, row: IncidentRow): [Part, ...Part[]] => [
  toPart({ ...row, first_at_ms: row.named_at_ms }),
  ...furtherOf(rows, row.tenant, row.id),
]

export const furtherOf = (rows: Rows, tenant: TenantId, incident: IncidentId): Part[] =>
  rows
    .all<PartRow>(
      'SELECT * FROM incident_part WHERE tenant = ? AND incident = ? ORDER BY first_at_ms, trigger_key',
      tenant,
      incident,
    )
    .map(toPart)

/** `parts` with one more: of the same trigger it widens the one there is. The first stays the first. */
export function withPart([first, ...further]: readonly [Part, ...Part[]], added: Part): [Part, ...Part[]] {
  const key = triggerKey(added.trigger)
  const isSame = (part: Part): boolean => triggerKey(part.trigger) === key
  const widened = (part: Part): Part => ({
    ...part,
    ...merged(part, added),
    wanted: part.wanted || added.wanted,
    firstAtMs: Math.min(part.firstAtMs, added.firstAtMs),
  })
  if (isSame(first)) return [widened(first), ...further]
  const isKnown = further.some(isSame)
  return [first, ...further.map((part) => (isSame(part) ? widened(part) : part)), ...(isKnown ? [] : [added])]
}

type Believed = { window: Window; trust: Trust }

/**
 * The window covers every finding's. Trust follows what made it wide: a finding the exposed scope could have forged may
 * widen the incident, and then automation is confined as that finding is; people's approvals are not.
 */
export function merged(known: Believed, added: Believed): Believed {
  const window = widest(known.window, added.window)
  const isWhole = JSON.stringify(window) === JSON.stringify(added.window)
  const isWider = JSON.stringify(window) !== JSON.stringify(known.window)
  const confines = added.trust.confinedTo !== null && known.trust.confinedTo === null && isWider
  const frees = added.trust.confinedTo === null && known.trust.confinedTo !== null && isWhole
  return { window, trust: confines || frees ? added.trust : known.trust }
}

function widest(a: Window, b: Window): Window {
  return {
    fromMs: Math.min(a.fromMs, b.fromMs),
    toMs: a.toMs === null || b.toMs === null ? null : Math.max(a.toMs, b.toMs),
  }
}
