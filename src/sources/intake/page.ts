import type { Json } from '#kit'
import { gapStream, type Gap, type RawEvent, type SourceId, type TenantId } from '#model'
import type { AppendBatch } from '#log'

import { eventId } from './upload.ts'

/** A page that a stream of hands pulled, as it crosses to core: not yet scrubbed, for core holds the fingerprint key. */
export type PulledPage = {
  tenant: TenantId
  source: SourceId
  stream: string
  events: { native: string; eventAtMs: number | null; raw: Json; text?: string }[]
  cursor: string | null
  gaps?: Gap[]
  backfill?: true
}

/** Core's half of a pull: ids, scrub, and the cursor that commits with the events. */
export function pageBatch(page: PulledPage, arrivedAtMs: number, scrub: (json: string) => string): AppendBatch {
  const { tenant, source, cursor, backfill, gaps = [] } = page
  // What reads history has a cursor of its own, and gives its events the same ids as the live feed.
  const stream = backfill === undefined ? page.stream : liveStreamOf(page.stream)
  const events: RawEvent[] = page.events.map(({ native, eventAtMs, raw, text }) => ({
    id: eventId(tenant, source, stream, native),
    stream,
    eventAtMs,
    raw: scrub(text ?? JSON.stringify(raw)),
    ...(backfill === undefined ? {} : { backfill }),
  }))
  for (const gap of gaps) {
    events.push({
      id: eventId(tenant, source, gapStream, `${stream}/${gap.fromMs}/${gap.toMs}/${gap.reason}`),
      stream: gapStream,
      eventAtMs: gap.toMs,
      raw: JSON.stringify({ stream, gap }),
    })
  }
  return {
    tenant,
    source,
    arrivedAtMs,
    events,
    ...(cursor === null ? {} : { cursor: { stream: page.stream, value: cursor } }),
  }
}

const backfillMark = '#backfill'
/** Where the cursor of a backfill is kept. */
export const backfillStreamOf = (stream: string): string => `${stream}${backfillMark}`
const liveStreamOf = (stream: string): string =>
  stream.endsWith(backfillMark) ? stream.slice(0, -backfillMark.length) : stream
