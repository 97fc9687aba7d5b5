import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHttp, ManualClock, silentDiagnose } from '#kit'
import { CursorExpired, type FeedStream, type PullContext } from '#sources/contract'

import { pullBackfill, readBackfill, reachableMs } from './backfill.ts'

const dayMs = 24 * 3_600_000
const nowMs = 1_800_000_000_000
type Config = Record<string, never>
const context: PullContext<Config> = {
  config: {},
  see: {},
  http: createHttp([]),
  clock: new ManualClock(nowMs),
  signal: new AbortController().signal,
  diagnose: silentDiagnose,
}
const event = (native: string, eventAtMs: number) => ({ native, eventAtMs, raw: {} })
type Asked = { sinceMs: number; untilMs: number | null; cursor: string | null }

/** One event an hour; pages of ten, newest last. */
function hourly(asked: Asked[], more: Partial<FeedStream<Config>> = {}): FeedStream<Config> {
  return {
    name: 'log',
    kind: 'feed',
    resumes: 'time',
    delayMs: { typical: 1, worst: 1 },
    everyMs: 1,
    overlapMs: 3_600_000,
    historyMs: 90 * dayMs,
    page(_, at) {
      asked.push(at)
      const from = at.cursor === null ? Math.ceil(at.sinceMs / 3_600_000) : Number(at.cursor)
      const to = Math.min(from + 10, Math.ceil((at.untilMs ?? nowMs) / 3_600_000))
      const events = Array.from({ length: Math.max(0, to - from) }, (_, n) =>
        event(`h${from + n}`, (from + n) * 3_600_000),
      )
      const isEnd = to >= Math.ceil((at.untilMs ?? nowMs) / 3_600_000)
      return Promise.resolve({ events, next: String(to), isEnd })
    },
    ...more,
  }
}

test('history is read a day at a time, resumes after a death, and ends where the live feed began', async () => {
  const asked: Asked[] = []
  const wanted = { sinceMs: nowMs - 3 * dayMs, untilMs: nowMs - dayMs }
  const stream = hourly(asked)
  const natives: string[] = []
  let cursor: string | null = null
  for (let lives = 0; readBackfill(cursor)?.isDone !== true; lives++) {
    assert.ok(lives < 20, 'it comes to an end')
    // Dies after every page.
    for await (const page of pullBackfill(stream, context, wanted, cursor)) {
      natives.push(...page.events.map(({ native }) => native))
      cursor = page.cursor
      break
    }
  }
  assert.equal(natives.length, 48)
  assert.equal(new Set(natives).size, 48)
  assert.ok(asked.every(({ sinceMs, untilMs }) => (untilMs ?? Infinity) - sinceMs <= dayMs))
  const again: string[] = []
  for await (const page of pullBackfill(stream, context, wanted, cursor)) again.push(page.cursor ?? '')
  assert.deepEqual(again, [], 'done is done')
})

test('a cursor that the vendor forgets costs one slice, and one that it always forgets is an error', async () => {
  const asked: Asked[] = []
  const stream = hourly(asked)
  let forgets = 1
  const page: FeedStream<Config>['page'] = (of, at) => {
    if (at.cursor !== null && forgets-- > 0) throw new CursorExpired('the log')
    return stream.page(of, at)
  }
  const wanted = { sinceMs: nowMs - dayMs, untilMs: nowMs }
  const natives: string[] = []
  const askPage: FeedStream<Config>['page'] = async (of, at) => page(of, at)
  for await (const one of pullBackfill({ ...stream, page: askPage }, context, wanted, null)) {
    natives.push(...one.events.map(({ native }) => native))
  }
  assert.deepEqual([natives.length, new Set(natives).size], [24, 24])
  forgets = Infinity
  await assert.rejects(async () => {
    for await (const one of pullBackfill({ ...stream, page: askPage }, context, wanted, null)) assert.ok(one)
  }, CursorExpired)
})

test('no further back than the vendor keeps', () => {
  assert.equal(reachableMs({ historyMs: 90 * dayMs }, 0, nowMs), nowMs - 90 * dayMs)
  assert.equal(reachableMs({ historyMs: null }, 0, nowMs), 0)
})
