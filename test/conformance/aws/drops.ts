import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'

import { createHttp, silentDiagnose, type Json } from '#kit'
import { isStreamOn, type Page, type PullContext } from '#sources/contract'

import { putObject } from '../../../lab/twins/aws/s3.ts'
import { startAwsTwin } from '../../../lab/twins/aws/twin.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { createRegistry } from '../../../src/app/registry.ts'

export const bucket = 'drops'
export const allow = (...actions: string[]): Json => ({
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
})

/** The process that made the call is no more. */
class Death extends Error {}

/** A bucket on the twin, and the stream that reads it: a look at a time, which may die. */
export async function foundBucket(t: TestContext, intake: Record<string, Json> = {}, queue?: string, id = 'declared') {
  const connector = createRegistry(undefined).find(id)?.connector
  assert.ok(connector !== undefined)
  const clock = new TwinClock(Date.UTC(2026, 2, 24, 12))
  const twin = await startAwsTwin('111122223333', clock)
  t.after(() => twin.close())
  const { state } = twin
  const told = queue === undefined ? {} : { queue: `${twin.url}/111122223333/${queue}` }
  const config: unknown = connector.config.parse({
    authority: 'crm.example.com',
    intake: { kind: 'bucket', bucket, endpoint: twin.url, ...told, ...intake },
  })
  const least = connector.role?.(config, 'see')?.json ?? null
  const read = queue === undefined ? allow('s3:ListBucket', 's3:GetObject') : least
  const reader = state.addUser('reader', clock.nowMs(), { read })
  const key = state.addKey(reader, clock.nowMs())
  const see = { bucketKeyId: key.id, bucketKeySecret: key.secret }
  const [stream] = connector.streams.filter((one) => isStreamOn(one, config))
  assert.ok(stream !== undefined && 'pull' in stream)
  const asked: URL[] = []
  let callsLeft = Infinity
  const http = createHttp([twin.url])
  const context: PullContext<unknown> = {
    config,
    see,
    http: {
      async request(url, request) {
        if (callsLeft <= 0) throw new Death()
        asked.push(new URL(url))
        const answer = await http.request(url, request)
        // The vendor did it, and nobody heard its answer.
        if (--callsLeft <= 0) throw new Death()
        return answer
      },
    },
    clock,
    signal: AbortSignal.timeout(60_000),
    diagnose: silentDiagnose,
  }
  const pages: Page[] = []
  let cursor: string | null = null
  /** `cutAfter` pages the process dies, and what it was about to commit is not on disk. */
  const look = async (cutAfter = Infinity): Promise<string[]> => {
    const texts: string[] = []
    for await (const page of stream.pull(context, cursor)) {
      if (cutAfter-- <= 0) break
      pages.push(page)
      texts.push(...page.events.map(({ text = '' }) => text))
      cursor = page.cursor
      await page.committed?.()
    }
    return texts
  }
  /** A look whose process dies as its `calls`th call is answered. False: it had done before. */
  const lookAndDie = async (calls: number): Promise<boolean> => {
    callsLeft = calls
    try {
      await look()
      return false
    } catch (error) {
      if (error instanceof Death) return true
      throw error
    } finally {
      callsLeft = Infinity
    }
  }
  const put = (name: string, content: string | Uint8Array, more = {}): void =>
    void putObject(state.buckets, bucket, name, {
      bytes: typeof content === 'string' ? Buffer.from(content) : content,
      changedMs: clock.nowMs(),
      ...more,
    })
  state.buckets.set(bucket, new Map())
  return {
    state,
    clock,
    reader,
    context,
    asked,
    pages,
    look,
    lookAndDie,
    check: () => connector.check(context),
    role: () => connector.role?.(config, 'see'),
    put,
    natives: () => pages.flatMap(({ events }) => events.map(({ native }) => native)),
    refused: () => pages.flatMap(({ refused = [] }) => refused),
    gaps: () => pages.flatMap(({ gaps = [] }) => gaps),
  }
}
