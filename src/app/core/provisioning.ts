import { createScim, type Scim } from '#scim'
import { findSource, pageBatch, SourceError } from '#sources'

import type { Feed } from './feed.ts'
import type { Stores } from './stores.ts'

/** What a provisioner writes is state and event in one transaction: the estate never lags behind what it reads back. */
export function createProvisioning(
  stores: Pick<Stores, 'tenant' | 'reader' | 'writer' | 'vault' | 'clock' | 'random' | 'scrub'>,
  feed: Feed,
): Scim {
  const { tenant, reader, clock, scrub } = stores
  return createScim({
    ...stores,
    keys: stores.vault.logKeys,
    async tell(source, told, also) {
      const from = findSource(reader, tenant, source)
      if (from === undefined || from.authority === null || from.state !== 'active') {
        throw new SourceError('ERR_SOURCE_PUSH', `\`${source}\` takes nothing now`, {
          hint: '`cordon source check` shows whether it is ready',
        })
      }
      const native = nativeOf(from.config)
      const event = { native: `${told.id}@${told.version}`, eventAtMs: told.atMs, raw: { ...told, native } }
      const page = { tenant, source, stream: 'provisioning', events: [event], cursor: null }
      await feed(pageBatch(page, clock.nowMs(), scrub), also)
    },
  })
}

const nativeOf = (config: unknown): 'id' | 'externalId' =>
  typeof config === 'object' && config !== null && 'native' in config && config.native === 'externalId'
    ? 'externalId'
    : 'id'
