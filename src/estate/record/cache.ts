import type { EntityId, TenantId } from '#model'
import type { Tx } from '#store'

import type { Current } from './work.ts'

/** Entries kept between commands, each kind; beyond that it starts afresh. */
const entriesMax = 300_000

type Cache = { nodes: Map<EntityId, number>; current: Map<string, Current[]> }

let nonce = ''
const tenants = new Map<TenantId, Cache>()

export function forget(): void {
  nonce = ''
  tenants.clear()
}

/**
 * What W has read or written of late, of the store that `tx` belongs to. INVARIANT: it holds committed rows only. A
 * command puts entries in with `afterCommit`, and takes one out before it changes its row.
 */
export function cacheOf(tx: Tx, tenant: TenantId): Cache {
  const store = tx.get<{ nonce: string }>('SELECT nonce FROM estate_store')?.nonce ?? ''
  if (store !== nonce) forget()
  nonce = store
  let cache = tenants.get(tenant)
  if (cache === undefined) {
    cache = { nodes: new Map(), current: new Map() }
    tenants.set(tenant, cache)
  }
  if (cache.nodes.size > entriesMax) cache.nodes.clear()
  if (cache.current.size > entriesMax) cache.current.clear()
  return cache
}
