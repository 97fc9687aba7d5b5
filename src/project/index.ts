import { JsonError, parseJson, parseOwnJson, type Json } from '#kit'
import {
  gapStream,
  nothingNormalized,
  ocsfEvent,
  type Gap,
  type LoggedEvent,
  type Normalized,
  type ProjectionItem,
  type SourceId,
} from '#model'

import { faultOf } from './check.ts'
import { egressOf } from './egress.ts'

/** A source's pure normalizer with what it needs to know; handed in by the composition root. */
export type Normalizer = {
  connector: string
  authority: string
  normalize(input: {
    stream: string
    raw: Json
    eventAtMs: number | null
    arrivedAtMs: number
    source: SourceId
    authority: string
  }): Normalized
}

/**
 * Raw → OCSF + statements, pure: same event, same result. An event is never lost: of an unknown source, or one whose
 * normalizer throws or states what cannot be, the base event stays, with the reason, counted as debt.
 */
export function projectEvent(event: LoggedEvent, normalizer: Normalizer | undefined): ProjectionItem {
  const { id, offset, source, stream, eventAtMs, arrivedAtMs, backfill } = event
  return {
    ...(stream === gapStream ? gapOf(event) : normalizeOne(event, normalizer)),
    event: id,
    offset,
    source,
    stream,
    eventAtMs,
    arrivedAtMs,
    ...(backfill === undefined ? {} : { backfill }),
  }
}

/** What the runtime wrote itself about a feed: no connector reads it. */
function gapOf(event: LoggedEvent): Normalized & Pick<ProjectionItem, 'gap'> {
  const { stream, gap } = parseOwnJson<{ stream: string; gap: Gap }>(event.raw)
  const ocsf = ocsfEvent(
    'base_event',
    'other',
    gap.toMs,
    { name: 'Cordon', vendor_name: 'Cordon' },
    { uid: event.id, message: `${stream}: gap`, activity_name: 'gap' },
  )
  return { ...nothingNormalized(), ocsf: [ocsf], gap: { ...gap, of: stream } }
}

function normalizeOne(event: LoggedEvent, normalizer: Normalizer | undefined): Normalized {
  if (normalizer === undefined) return unmapped(event, 'the source has no connector any more')
  try {
    const normalized = normalizer.normalize({
      stream: event.stream,
      raw: parseJson(event.raw),
      eventAtMs: event.eventAtMs,
      arrivedAtMs: event.arrivedAtMs,
      source: event.source,
      authority: normalizer.authority,
    })
    const fault = faultOf(normalized)
    if (fault !== undefined) return unmapped(event, `${normalizer.connector} states ${fault}`)
    return withEgress(normalized, normalizer.authority)
  } catch (error) {
    return unmapped(
      event,
      error instanceof JsonError ? 'the raw record is not JSON' : `${normalizer.connector} cannot read it`,
    )
  }
}

/** What any source's network events tell besides, whoever normalised them. */
function withEgress(normalized: Normalized, authority: string): Normalized {
  const { touches, facts } = egressOf(normalized.ocsf, authority)
  if (touches.length === 0) return normalized
  const whole = { ...normalized, touches: [...normalized.touches, ...touches], facts: [...normalized.facts, ...facts] }
  // An event with a time or a name that the store would refuse says what it said without this.
  return faultOf(whole) === undefined ? whole : normalized
}

function unmapped(event: LoggedEvent, why: string): Normalized {
  const at = event.eventAtMs ?? event.arrivedAtMs
  const base = ocsfEvent('base_event', 'unknown', at, { name: event.source }, { uid: event.id })
  return { ...nothingNormalized(), ocsf: [base], unmapped: why }
}
