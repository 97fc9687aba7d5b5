import { parseOwnJson } from '#kit'
import type { TenantId } from '#model'
import type { Page } from '#sources/contract'
import type { Reader } from '#store'

import type { KeyRecord } from './rows.ts'

export const recordsPageMax = 500

/**
 * Records not yet delivered, oldest first, in the form a feed has. The caller appends them through the intake (which turns
 * hashes into fingerprints) and then submits `keyRecordsDelivered`; between the two a crash delivers them twice under the
 * same ids, which the log drops.
 */
export function readKeyRecords(reader: Reader, tenant: TenantId, max = recordsPageMax): Page & { upTo: number | null } {
  const rows = reader.all<{ seq: number; record: string }>(
    'SELECT seq, record FROM key_record WHERE tenant = ? ORDER BY seq LIMIT ?',
    tenant,
    max,
  )
  const upTo = rows.at(-1)?.seq ?? null
  return {
    events: rows.map(({ seq, record }) => {
      const raw = parseOwnJson<KeyRecord>(record)
      return { native: `key/${seq}`, eventAtMs: raw.atMs, raw }
    }),
    cursor: upTo === null ? null : String(upTo),
    upTo,
  }
}
