import { keyRecordsDelivered, readKeyRecords } from '#guards'
import { addSource, findSource, pageBatch } from '#sources'

import type { Registry } from '../registry.ts'
import type { Feed } from './feed.ts'
import type { Stores } from './stores.ts'

/** Cordon's own keys are a source like any other. */
export const keysSource = 'cordon-keys'
const keysAuthority = 'cordon'

export async function ensureKeysSource(
  { tenant, writer, reader, clock }: Pick<Stores, 'tenant' | 'writer' | 'reader' | 'clock'>,
  registry: Registry,
): Promise<void> {
  if (findSource(reader, tenant, keysSource) !== undefined) return
  const entry = registry.find('keys')
  if (entry === undefined) return
  await writer.submit(
    addSource({
      tenant,
      id: keysSource,
      connector: 'keys',
      config: {},
      authority: keysAuthority,
      sealedSee: null,
      sealedContain: null,
      trust: 'vendor',
      scope: entry.scope(keysAuthority),
      createdAtMs: clock.nowMs(),
    }),
  )
}

/** What happened to a key is a row beside the key, from the same command; here the rows go to the log, then away. */
export async function deliverKeyRecords(
  { tenant, writer, reader, clock, scrub }: Pick<Stores, 'tenant' | 'writer' | 'reader' | 'clock' | 'scrub'>,
  feed: Feed,
): Promise<void> {
  const page = readKeyRecords(reader, tenant)
  if (page.upTo === null) return
  const { events, upTo } = page
  const records = { tenant, source: keysSource, stream: 'records', events, cursor: null }
  await feed(pageBatch(records, clock.nowMs(), scrub))
  await writer.submit(keyRecordsDelivered({ tenant, upTo }))
}
