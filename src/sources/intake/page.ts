import type { Json } from '#kit'
import type { RawEvent, SourceId, TenantId } from '#model'
import type { AppendBatch } from '#log'

import { eventId } from './upload.ts'

/** A page that a stream of hands pulled, as it crosses to core: not yet scrubbed, for core holds the fingerprint key. */
export type PulledPage = {
  tenant: TenantId
  source: SourceId
  stream: string
  events: { native: string; eventAtMs: number | null; raw: Json }[]
  cursor: string | null
}

/** Core's half of a pull: ids, scrub, and the cursor that commits with the events. */
export function pageBatch(page: PulledPage, arrivedAtMs: number, scrub: (json: string) => string): AppendBatch {
  const { tenant, source, stream, cursor } = page
  const events: RawEvent[] = page.events.map(({ native, eventAtMs, raw }) => ({
    id: eventId(tenant, source, stream, native),
    stream,
    eventAtMs,
    raw: scrub(JSON.stringify(raw)),
  }))
  return { tenant, source, arrivedAtMs, events, ...(cursor === null ? {} : { cursor: { stream, value: cursor } }) }
}
