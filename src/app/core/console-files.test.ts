import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path/posix'
import { test } from 'node:test'

import { Hono } from 'hono'

import { serveConsole } from '#api'
import { isObject, parseOwnJson } from '#kit'

import { readConsole } from './console-files.ts'

const files = readConsole()
const app = new Hono()
serveConsole(app, () => files)
app.onError((error, context) => context.text(error.message, 404))
const specifier = /(?:^|\n)\s*(?:import|export)\b[^'"()]*?from\s*['"]([^'"]+)['"]/g

test('every module that the browser is sent finds every other that it asks for', async () => {
  const parsed = parseOwnJson<{ imports: Record<string, string> }>(files.importMap)
  assert.ok(isObject(parsed.imports))
  const scripts = [...files.files].filter(([, { type }]) => type.startsWith('text/javascript'))
  assert.ok(scripts.length > 20, 'the gate must see modules')
  const asked = scripts.flatMap(([name, { body }]) =>
    [...body.matchAll(specifier)].map(([, to = '']) =>
      to.startsWith('.') ? `/console/${files.version}/${join(dirname(name), to)}` : (parsed.imports[to] ?? to),
    ),
  )
  for (const address of new Set(asked)) assert.equal((await app.request(address)).status, 200, address)
  assert.ok(!scripts.some(([name]) => name.includes('.test.')))
})

test('what is sent is JavaScript: no type is left in it', () => {
  const source = files.files.get('api.ts')?.body ?? ''
  assert.match(source, /export function createApi\(token {8}\)/)
  assert.doesNotMatch(source, /import type|as const|: string/)
})

test('the page lets run what it names, and nothing else', async () => {
  const response = await app.request('/')
  const page = await response.text()
  const policy = response.headers.get('content-security-policy') ?? ''
  const inline = [...page.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([^<]*)<\/script>/g)].map(([, text]) => text ?? '')
  assert.equal(inline.length, 1)
  const hash = createHash('sha256')
    .update(inline[0] ?? '')
    .digest('base64')
  assert.match(policy, /(^|; )default-src 'none'/)
  assert.ok(policy.includes(`script-src 'self' 'sha256-${hash}';`), policy)
  assert.match(policy, /connect-src 'self'.*frame-ancestors 'none'.*require-trusted-types-for 'script'/)
  assert.doesNotMatch(policy, /unsafe|\*|https?:|data:|blob:/)
  assert.doesNotMatch(page, /\son\w+=|style=/)
})

test('a file is kept for good under its version, and no other version or place is served', async () => {
  const main = /src="([^"]+)"/.exec(files.page)?.[1] ?? ''
  const response = await app.request(main)
  assert.equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  assert.match(response.headers.get('content-type') ?? '', /^text\/javascript/)
  const other = main.replace(files.version, '0'.repeat(16))
  for (const address of [
    other,
    main.replace('main.ts', '../main.ts'),
    main.replace('main.ts', '..%2f..%2fpackage.json'),
    main.replace('main.ts', 'tsconfig.json'),
    main.replace('main.ts', 'time.test.ts'),
  ]) {
    assert.notEqual((await app.request(address)).status, 200, address)
  }
})
