import { formatTime, newId, type RandomBytes } from '#kit'
import type { TenantId } from '#model'
import type { Reader, Writer } from '#store'
import type { LogKeys } from '#vault'

import { addLogKey, rewrapLogKey, type LogKeyRow } from './writer.ts'

export type LogKey = { id: string; key: Uint8Array }

/** Stands in for a day in the key that marks ids: a real date, so that every key is wrapped the same way. */
const dedupeDay = '1970-01-01'

export const dayOf = (ms: number): string => formatTime(ms).slice(0, 10)

/**
 * Data keys of the log, unwrapped on demand. What was unwrapped is forgotten when its row is gone: a deleted key must
 * not live on in memory.
 */
export class KeyCache {
  readonly #reader: Reader
  readonly #keys: LogKeys
  readonly #open = new Map<string, Uint8Array>()

  constructor(reader: Reader, keys: LogKeys) {
    this.#reader = reader
    this.#keys = keys
  }

  /** Undefined when retention deleted it. */
  get(tenant: TenantId, id: string): Uint8Array | undefined {
    const row = this.#reader.get<{ day: string; wrapped: Uint8Array }>(
      'SELECT day, wrapped FROM log_key WHERE tenant = ? AND id = ?',
      tenant,
      id,
    )
    if (row === undefined) {
      this.#open.delete(id)
      return undefined
    }
    let key = this.#open.get(id)
    if (key === undefined) {
      key = this.#keys.unwrap(tenant, row.day, row.wrapped)
      this.#open.set(id, key)
    }
    return key
  }

  newest(tenant: TenantId, day: string, purpose: LogKeyRow['purpose']): LogKey | undefined {
    const row = this.#reader.get<{ id: string }>(
      'SELECT id FROM log_key WHERE tenant = ? AND day = ? AND purpose = ? ORDER BY id LIMIT 1',
      tenant,
      day,
      purpose,
    )
    const key = row === undefined ? undefined : this.get(tenant, row.id)
    return row === undefined || key === undefined ? undefined : { id: row.id, key }
  }

  create(
    tenant: TenantId,
    day: string,
    purpose: LogKeyRow['purpose'],
    random: RandomBytes,
  ): LogKey & { row: LogKeyRow } {
    const { key, wrapped } = this.#keys.create(tenant, day)
    const id = newId('key', random)
    return { id, key, row: { id, day, purpose, wrapped } }
  }
}

/** The key that marks event ids, made on first use. Never expires: it opens nothing. */
export async function dedupeKey(
  cache: KeyCache,
  writer: Writer,
  tenant: TenantId,
  random: RandomBytes,
): Promise<string> {
  const known = cache.newest(tenant, dedupeDay, 'dedupe')
  if (known !== undefined) return Buffer.from(known.key).toString('base64')
  const fresh = cache.create(tenant, dedupeDay, 'dedupe', random)
  await writer.submit(addLogKey({ tenant, key: fresh.row }))
  return dedupeKey(cache, writer, tenant, random)
}

/** Wraps every data key anew under the vault's newest key, one row at a time, while the log goes on. Returns how many. */
export async function rewrapLogKeys(
  options: { reader: Reader; writer: Writer; keys: LogKeys },
  tenant: TenantId,
): Promise<number> {
  const { reader, writer, keys } = options
  let moved = 0
  for (const { id } of reader.all<{ id: string }>('SELECT id FROM log_key WHERE tenant = ?', tenant)) {
    const row = reader.get<{ day: string; wrapped: Uint8Array }>(
      'SELECT day, wrapped FROM log_key WHERE tenant = ? AND id = ?',
      tenant,
      id,
    )
    if (row === undefined) continue
    const to = keys.rewrap(tenant, row.day, row.wrapped)
    const [isMoved] = await writer.submit(rewrapLogKey({ tenant, id, from: row.wrapped, to }))
    if (isMoved) moved++
  }
  return moved
}
