import type { Http } from '#kit'
import type { AuthByName, Secrets } from '#sources/contract'

import { createCredentials } from './credentials.ts'
import { createVendorHttp, type VendorHttpParts } from './vendor-http.ts'

/** The Http of one credential of a source: what a connector's pages and actions are given. */
export function openSignedHttp(
  parts: Omit<VendorHttpParts, 'credentials'> & {
    auth: AuthByName | undefined
    origins: readonly string[]
    secrets: () => Secrets
  },
): Http {
  const { auth, origins, secrets, ...base } = parts
  if (auth === undefined) return createVendorHttp({ ...base, credentials: undefined })
  // Token endpoints have an allowance of their own, which vendors do not tell: waited for, and not counted.
  const { budgets: _, remaining: _spent, ...limits } = base.limits
  const realms = { ...base.realms, source: `${base.realms.source} tokens` }
  const tokens = createVendorHttp({ ...base, limits, realms, credentials: undefined })
  const credentials = createCredentials({ auth, origins, secrets, http: tokens, clock: base.clock })
  return createVendorHttp({ ...base, credentials })
}
