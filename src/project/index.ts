import { JsonError, parseJson, type Json } from '#kit'
import { nothingNormalized, ocsfEvent, type LoggedEvent, type Normalized, type SourceId } from '#model'

/** A source's pure normalizer with what it needs to know; handed in by the composition root. */
export type Normalizer = {
  connector: string
  version: number
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

export type Projected = {
  offset: number
  source: SourceId
  stream: string
  arrivedAtMs: number
  boundTo: LoggedEvent['boundTo']
  normalized: Normalized
}

/**
 * Raw → OCSF + statements, pure: same events, same result. An event is never lost: of an unknown source, or one whose
 * normalizer throws, the base event stays, with the reason, counted as debt.
 */
export function projectBatch(
  events: readonly LoggedEvent[],
  normalizers: ReadonlyMap<SourceId, Normalizer>,
): Projected[] {
  return events.map((event) => {
    const { offset, source, stream, arrivedAtMs, boundTo } = event
    return { offset, source, stream, arrivedAtMs, boundTo, normalized: normalizeOne(event, normalizers.get(source)) }
  })
}

function normalizeOne(event: LoggedEvent, normalizer: Normalizer | undefined): Normalized {
  if (normalizer === undefined) return unmapped(event, 'the source has no connector any more')
  try {
    return normalizer.normalize({
      stream: event.stream,
      raw: parseJson(event.raw),
      eventAtMs: event.eventAtMs,
      arrivedAtMs: event.arrivedAtMs,
      source: event.source,
      authority: normalizer.authority,
    })
  } catch (error) {
    return unmapped(
      event,
      error instanceof JsonError ? 'the raw record is not JSON' : `${normalizer.connector} cannot read it`,
    )
  }
}

function unmapped(event: LoggedEvent, why: string): Normalized {
  const base = ocsfEvent(
    'base_event',
    0,
    event.eventAtMs ?? event.arrivedAtMs,
    { vendor_name: event.source },
    { uid: event.id },
  )
  return { ...nothingNormalized(), ocsf: [base], unmapped: why }
}
