import { defaultTenant } from '#model'
import type { Source } from '#sources'

/** A source that is connected and may only look, as the registry keeps it. */
export const sourceOf = (over: Pick<Source, 'id' | 'connector' | 'authority'> & Partial<Source>): Source => ({
  tenant: defaultTenant,
  config: {},
  sealedSee: null,
  sealedContain: null,
  trust: 'vendor',
  scope: { about: [] },
  state: 'active',
  createdAtMs: 0,
  backfillSinceMs: null,
  revision: 1,
  ...over,
})
