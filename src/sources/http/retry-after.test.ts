import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { HttpResponse } from '#kit'

import { resetMs, retryAfterMs } from './retry-after.ts'

const nowMs = Date.UTC(2026, 2, 24, 12)
const answer = (headers: Readonly<Record<string, string>>): HttpResponse => ({
  status: 429,
  header: (name) => headers[name],
  text: '',
  bytes: new Uint8Array(),
  json: () => null,
})

test('when calls are welcome again, in every form that vendors write', () => {
  const forms = [
    ['epoch-seconds', String(nowMs / 1000 + 90), 90_000],
    ['epoch-ms', String(nowMs + 90_000), 90_000],
    ['seconds', '90', 90_000],
    ['date', new Date(nowMs + 90_000).toUTCString(), 90_000],
    // The example of draft-ietf-httpapi-ratelimit-headers-09, 1.4, and what stands in no such header.
    ['ratelimit', '"default";r=50;t=30', 30_000],
    ['ratelimit', '"api";r=0; t=90', 90_000],
    ['ratelimit', '"api";r=0', undefined],
    ['ratelimit', '"api";r=0;t=soon', undefined],
    ['seconds', 'soon', undefined],
  ] as const
  for (const [as, text, expected] of forms) {
    assert.equal(resetMs(answer({ reset: text }), { header: 'reset', as }, nowMs), expected, `${as} ${text}`)
  }
})

test("a date is measured against the vendor's own clock, and Retry-After may be a fraction", () => {
  const late = { 'retry-after': new Date(nowMs + 90_000).toUTCString(), date: new Date(nowMs + 60_000).toUTCString() }
  assert.equal(retryAfterMs(answer(late), nowMs), 30_000)
  assert.equal(retryAfterMs(answer({ 'retry-after': '1.2' }), nowMs), 1_200)
})
