import { Hono } from 'hono'

import { sha256 } from '#kit'

import { ApiError } from './error.ts'

/** What the console is made of, as core read it: one page, and modules and sheets below one path of this version. */
export type ConsoleFiles = {
  page: string
  /** The inline import map, whole: nothing else may run inline, so the page names it by hash. */
  importMap: string
  version: string
  files: ReadonlyMap<string, { type: string; body: string }>
}

/** Modules never change under their path, which names their hash. */
const assetCache = 'public, max-age=31536000, immutable'

/**
 * INVARIANT: no script runs but the files served here, none is made out of text (Trusted Types), nothing is sent or
 * fetched elsewhere, and no other site frames the console. What an attacker can write into a name stays text.
 */
const policyOf = (importMap: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'sha256-${Buffer.from(sha256(importMap)).toString('base64')}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
} as const

/**
 * The console's page and files, and no data: what it shows it asks `/v1` for, as whoever signed in. Read at the first
 * request, so that a start waits for nothing.
 */
export function serveConsole(app: Hono, read: () => ConsoleFiles): void {
  let kept: ConsoleFiles | undefined
  const files = (): ConsoleFiles => (kept ??= read())
  app.get('/', (context) => {
    const { page, importMap } = files()
    return context.body(page, 200, { ...pageHeaders, 'content-security-policy': policyOf(importMap) })
  })
  app.get('/console/:version/:file{.+}', (context) => {
    const { version, file } = context.req.param()
    const found = version === files().version ? files().files.get(file) : undefined
    if (found === undefined) {
      throw new ApiError('ERR_API_NOT_FOUND', `no such file of the console: \`${file}\``, {
        hint: 'another version of Cordon runs now: load the page again',
      })
    }
    return context.body(found.body, 200, {
      'content-type': found.type,
      'cache-control': assetCache,
      'cross-origin-resource-policy': 'same-origin',
    })
  })
}
