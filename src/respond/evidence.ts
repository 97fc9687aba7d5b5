import { isObject, parseOwnJson } from '#kit'
import type { TenantId } from '#model'

import type { Rows } from './rows.ts'

/**
 * Log offsets that stand behind the newest plan of every incident that is not closed, rising: retention keeps them. One
 * exposure at a time is read, for each may be large.
 */
export function evidenceOfOpen(rows: Rows, tenant: TenantId): number[] {
  const offsets = new Set<number>()
  const open = rows.all<{ plan: string }>(
    `SELECT plan FROM incident WHERE tenant = ? AND state <> 'closed' AND plan IS NOT NULL`,
    tenant,
  )
  for (const { plan } of open) {
    const row = rows.get<{ exposure: string }>(
      'SELECT exposure FROM assessment WHERE tenant = ? AND hash = ?',
      tenant,
      plan,
    )
    if (row !== undefined) collect(parseOwnJson<unknown>(row.exposure), offsets)
  }
  return [...offsets].toSorted((a, b) => a - b)
}

/** Every `evidence` anywhere in an exposure, an offset or a list of them: a new kind of claim is held without a word here. */
function collect(value: unknown, offsets: Set<number>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, offsets)
    return
  }
  if (!isObject(value)) return
  for (const [key, part] of Object.entries(value)) {
    if (key !== 'evidence') collect(part, offsets)
    else for (const offset of Array.isArray(part) ? part : [part]) if (typeof offset === 'number') offsets.add(offset)
  }
}
