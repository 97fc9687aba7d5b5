import type { Advisory, Exposure, Finding, IncidentId, Normalized, SourceId, Trust } from '#model'

import type { Install } from './advisory.ts'
import type { PlacedSignal } from './signal.ts'

/** One event as project made it, with where it came from and how far that is believed. */
export type ProjectedEvent = Normalized & {
  offset: number
  source: SourceId
  trust: Trust
  /** Read out of history: habits learn from it, and nothing is found in it. */
  backfill?: true
}

/**
 * Streaming and without clock or I/O. Monotone rules answer at once; rules that must know what did not happen before
 * answer from `advance`, once no earlier event can come any more. The same events in any order within the lateness the
 * watermark allows give findings with the same ids, each once.
 */
export interface Detectors {
  observe(event: ProjectedEvent): Finding[]
  /** No event older than this (ms UTC) is expected any more. */
  advance(watermarkMs: number): Finding[]
  /** Both sides of an artefact said to be bad; whoever holds the estate brings them together. */
  advise(advisory: Advisory, installs: readonly Install[]): Finding[]
  /** Another party's word about somebody, once it is known who that is here. */
  report(signals: readonly PlacedSignal[]): Finding[]
  /** Credentials of an open incident, whose use from each one's epoch on is a finding, and memberships taken, whose lack is. */
  watch(incident: IncidentId, exposure: Exposure): Finding[]
  unwatch(incident: IncidentId): void
  /** Acts that came behind the watermark, and state given up at a bound: both make findings fewer, never wrong. */
  readonly counts: { late: number; dropped: number }
}
