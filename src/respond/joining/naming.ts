import type { IncidentRow } from '../rows.ts'

/**
 * What an incident is called after. `rank` 0: a person opened it, and it keeps its id · 1: its oldest finding · 2: only a
 * finding that there would be none of without an incident, such as the use of what one exposes.
 */
export type Naming = { rank: 0 | 1 | 2; atMs: number; by: string }

export const namingOf = ({ named_rank: rank, named_at_ms: atMs, named_by: by }: IncidentRow): Naming => ({
  rank,
  atMs,
  by,
})

/** The lower names the incident. A total order over findings, whatever came first. */
export const compareNaming = (a: Naming, b: Naming): number =>
  a.rank - b.rank || a.atMs - b.atMs || (a.by < b.by ? -1 : a.by > b.by ? 1 : 0)
