import { z } from 'zod'

import { isSecureUrl } from '#kit'

/** Where credentials travel to. */
export const secureUrl = z.url().refine(isSecureUrl, { error: 'use https (http only on loopback)' })

/** Scheme, host and port of a secure address, and nothing behind them. */
export const secureOrigin = secureUrl.refine((text) => new URL(text).pathname === '/', {
  error: 'the address alone, without a path',
})
