import type { SourceId, TenantId } from '#model'
import { command, handler, type Handler, type Reader } from '#store'

/**
 * That something came for streams that are pushed to us, with the events themselves or not at all. Nobody runs such a
 * stream, so nobody else could say that it is alive, and after a restart nothing else would.
 */
export const noteDelivery = command<
  { tenant: TenantId; source: SourceId; streams: readonly string[]; atMs: number },
  null
>('sources.note-delivery')

export const deliveryTable = `
  CREATE TABLE source_delivery (tenant TEXT NOT NULL, source TEXT NOT NULL, stream TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (tenant, source, stream)) STRICT;`

export const deliveryHandler: Handler = handler(noteDelivery, (tx, { tenant, source, streams, atMs }) => {
  for (const stream of streams) {
    tx.run(
      `INSERT INTO source_delivery VALUES (?, ?, ?, ?)
       ON CONFLICT (tenant, source, stream) DO UPDATE SET at = max(at, excluded.at)`,
      tenant,
      source,
      stream,
      atMs,
    )
  }
  return null
})

/** When something last came for a stream that is pushed to us (ms UTC); null: never. */
export const lastDelivery = (reader: Reader, tenant: TenantId, source: SourceId, stream: string): number | null =>
  reader.get<{ at: number }>(
    'SELECT at FROM source_delivery WHERE tenant = ? AND source = ? AND stream = ?',
    tenant,
    source,
    stream,
  )?.at ?? null
