import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock, type Http, type HttpResponse } from '#kit'
import type { Limits } from '#sources/contract'

import { createBudgets } from './budgets.ts'
import { actPatience, createVendorHttp, pullPatience, type Patience } from './vendor-http.ts'

const url = 'https://api.vendor.example/list'
const answer = (status: number, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({
  status,
  header: (name) => headers[name],
  text: '{}',
  bytes: new Uint8Array(),
  json: () => ({}),
})

/** A vendor whose first answer is a 429; each answer takes 100 ms. */
function bench(
  limits: Limits,
  { retryAfter = '30', patience = pullPatience }: { retryAfter?: string; patience?: Patience } = {},
) {
  const clock = new ManualClock(0)
  const sentAtMs: number[] = []
  const vendor: Http = {
    async request() {
      const isFirst = sentAtMs.push(clock.nowMs()) === 1
      await clock.sleep(100)
      return isFirst ? answer(429, { 'retry-after': retryAfter }) : answer(200)
    },
  }
  const http = createVendorHttp({
    http: vendor,
    clock,
    limits,
    budgets: createBudgets(clock),
    realms: { source: 'source', authority: 'authority' },
    lane: 'live',
    credentials: undefined,
    patience,
    unit: () => 0.5,
  })
  /** Lets what was just started reach its first wait, then moves the clock. */
  const pass = async (ms: number): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(ms)
  }
  return { pass, http, sentAtMs }
}

const allowance: Limits = { atOnceMax: 1, budgets: [{ name: 'api', perMinute: 6_000, burst: 100, sharedBy: 'source' }] }

for (const [what, limits] of [
  ['of an allowance', allowance],
  ['of a vendor that names none', { atOnceMax: 1 }],
] as const) {
  test(`after a 429 nothing ${what} goes out before the vendor said, whoever queues`, async () => {
    const { pass, http, sentAtMs } = bench(limits)
    const all = Promise.all(Array.from({ length: 5 }, () => http.request(url)))
    await pass(30_000)
    assert.deepEqual(sentAtMs, [0], 'what queued behind the refusal stays')
    await pass(10_000)
    assert.deepEqual(
      (await all).map(({ status }) => status),
      [200, 200, 200, 200, 200],
    )
    assert.equal(sentAtMs.length, 6)
    assert.ok((sentAtMs[1] ?? 0) >= 30_100)
  })
}

test('another allowance of the same vendor goes on meanwhile', async () => {
  const { pass, http, sentAtMs } = bench({
    ...allowance,
    budgets: [...(allowance.budgets ?? []), { name: 'log', perMinute: 6_000, burst: 100, sharedBy: 'source' }],
  })
  const held = [http.request(url), http.request(url)]
  const other = http.request(url, { budget: 'log' })
  await pass(1_000)
  assert.equal((await other).status, 200)
  assert.equal(sentAtMs.length, 2)
  await pass(40_000)
  await Promise.all(held)
})

test('who cannot wait so long is told when to come back, and asks nothing', async () => {
  const { pass, http, sentAtMs } = bench(allowance, { retryAfter: '300', patience: actPatience })
  const refused = Array.from({ length: 3 }, () =>
    assert.rejects(http.request(url), { code: 'ERR_VENDOR_LIMIT', retryAfterMs: 300_000 }),
  )
  await pass(1_000)
  await Promise.all(refused)
  assert.deepEqual(sentAtMs, [0])
})
