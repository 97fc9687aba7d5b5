import { z } from 'zod'

import { ocsfEvent, toldFact } from '#model'
import { keptRows, snapshotNormalizer, timeMs, type SnapshotStream } from '#sources/contract'

import { readMetadata } from './client.ts'
import type { VaultConfig } from './config.ts'
import { nameSecret } from './names.ts'

const everyMs = 60 * 60_000
/** Calls of one page: what a death or a refusal in between makes anew. */
const pagePlaces = 10
const product = { vendor_name: 'HashiCorp', name: 'Vault' }

/** What is kept of a secret: its path and when it changed. No value, no other custom metadata. */
const rowSchemas = {
  place: z.object({ mount: z.string(), path: z.string(), current_version: z.int(), updated_time: z.string() }),
}
const part = keptRows(rowSchemas)

/** Metadata of the places, one call each; nothing else of Vault is read. */
export const placeList: SnapshotStream<VaultConfig> = {
  name: 'places',
  kind: 'snapshot',
  delayMs: { typical: everyMs / 2, worst: 2 * everyMs },
  everyMs,
  covers: ['resources'],
  scopes: ['read metadata'],
  requestsPerRun: 100,
  isOn: ({ places }) => places.length > 0,
  lists: () => ['places'],
  async page(context, _, at) {
    const { places } = context.config
    const from = Number(at ?? 0)
    const rows: unknown[] = []
    for (const place of places.slice(from, from + pagePlaces)) {
      const metadata = await readMetadata(context, place)
      if (metadata !== undefined) rows.push({ mount: place.mount, path: place.path, ...metadata })
    }
    const next = from + pagePlaces
    return { rows: part('place', rows), next: next < places.length ? String(next) : null }
  },
}

export const normalize = snapshotNormalizer({
  shapes: rowSchemas,
  states: {
    place: (row, { authority, atMs }) => ({
      facts: [
        toldFact(nameSecret(authority, row), atMs, {
          name: `${row.mount}/${row.path}`,
          kind: 'secret',
          version: row.current_version,
          changedAtMs: timeMs(row.updated_time),
        }),
      ],
    }),
  },
  event: ({ authority, atMs }) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }),
})
