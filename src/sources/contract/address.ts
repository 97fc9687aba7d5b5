import { z } from 'zod'

/** Where credentials travel to: plain HTTP only where it never leaves the machine. */
export const secureUrl = z.url().refine(
  (text) => {
    const { protocol, hostname } = new URL(text)
    return protocol === 'https:' || (protocol === 'http:' && /^(127\.0\.0\.1|\[::1\]|localhost)$/.test(hostname))
  },
  { error: 'use https (http only on loopback)' },
)

/** Scheme, host and port of a secure address, and nothing behind them. */
export const secureOrigin = secureUrl.refine((text) => new URL(text).pathname === '/', {
  error: 'the address alone, without a path',
})
