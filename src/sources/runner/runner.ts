import {
  backoffMs,
  CordonError,
  createTurnstile,
  toErrorRecord,
  type Backoff,
  type Clock,
  type Diagnose,
  type ErrorRecord,
} from '#kit'
import type { SourceId, TenantId } from '#model'
import type { Blind, Page } from '#sources/contract'

import type { PulledPage } from '../intake/page.ts'
import { withRefused, type Refused } from '../intake/tally.ts'
import type { PullJob } from './job.ts'

export class RunnerError extends CordonError<'ERR_PULL_STALLED'> {}

export const runnerBounds = {
  /** Streams pulling at once; the others wait their turn. */
  concurrencyMax: 16,
  /** Beside them, of those whose requests stay open while nothing happens. */
  longPollsMax: 256,
  /** Events of one append: what crosses to core as one frame. */
  eventsPerAppendMax: 1_000,
  /** Pages of one turn; then the next stream has its turn and this one goes on from its cursor. */
  pagesPerTurnMax: 200,
  /** A stream that gives no page, and to whom nobody answers, for this long is cut off. */
  stallMs: 5 * 60_000,
  /** So is one whose page does not come for this long although it is answered: 200,000 calls at 600 a minute. */
  pageMsMax: 6 * 3_600_000,
  /** Each wait is longer or shorter by up to this share, so that streams do not march in step. */
  jitter: 0.1,
  backoff: { firstMs: 1_000, maxMs: 15 * 60_000, attemptsMax: Number.MAX_SAFE_INTEGER } satisfies Backoff,
} as const

export type StreamHealth = {
  tenant: TenantId
  source: SourceId
  stream: string
  state: 'waiting' | 'pulling' | 'failing'
  /** End of the last run without fault that came to its end: what a bound cut is not whole. */
  lastSuccessAtMs: number | null
  /** Newest event time seen; the lag is measured from it. */
  lastEventAtMs: number | null
  lagMs: number | null
  events: number
  /** What could not be taken since the start, by reason. */
  refused: readonly Refused[]
  /** What the newest run may not read. */
  blind: readonly Blind[]
  /** Of the run under way, where the stream says. */
  progress: string | null
  failures: number
  error: ErrorRecord | null
  nextAtMs: number | null
}

export type RunnerOptions = {
  clock: Clock
  diagnose: Diagnose
  /** Durable before it resolves: events and cursor together (core appends). A rejected page is pulled again later. */
  append: (page: PulledPage) => Promise<unknown>
  cursor: (tenant: TenantId, source: SourceId, stream: string) => Promise<string | null>
  /** Random numbers in [0, 1), for jitter. */
  unit: () => number
}

export type Runner = {
  /** Starts what is new or changed, ends what is missing. */
  set(jobs: readonly PullJob[]): void
  /** Ends the wait of a source's streams: its data is wanted now. */
  wake(tenant: TenantId, source: SourceId): void
  health(): StreamHealth[]
  stop(): Promise<void>
}

type Running = { job: PullJob; health: StreamHealth; stop: AbortController; wake: () => void; done: Promise<void> }

/** Pulls every stream on its own loop: a failing one waits longer and longer, and never holds up another. */
export function startRunner(options: RunnerOptions): Runner {
  const { clock } = options
  const running = new Map<string, Running>()
  const enterPull = createTurnstile(runnerBounds.concurrencyMax)
  const enterLongPoll = createTurnstile(runnerBounds.longPollsMax)

  const loop = async (run: Running): Promise<void> => {
    const { job, health, stop } = run
    const enter = job.longPolls === true ? enterLongPoll : enterPull
    while (!stop.signal.aborted) {
      const leave = await enter()
      let waitMs: number
      try {
        if (stop.signal.aborted) return
        health.state = 'pulling'
        const isMore = await pullTurn(options, job, health, stop.signal)
        Object.assign(health, { state: 'waiting', failures: 0, error: null })
        if (!isMore) health.lastSuccessAtMs = clock.nowMs()
        waitMs = isMore ? 0 : job.everyMs * (1 - runnerBounds.jitter + 2 * runnerBounds.jitter * options.unit())
      } catch (error) {
        if (stop.signal.aborted) return
        waitMs = askedWaitMs(error) ?? backoffMs(runnerBounds.backoff, Math.min(health.failures, 30), options.unit())
        health.failures++
        health.state = 'failing'
        health.error = toErrorRecord(error)
        options.diagnose('warn', 'a stream failed', {
          source: job.source,
          stream: job.stream,
          code: health.error.code,
          failures: health.failures,
          waitMs: Math.round(waitMs),
        })
      } finally {
        leave()
      }
      const rest = new AbortController()
      run.wake = () => rest.abort()
      health.nextAtMs = clock.nowMs() + Math.round(waitMs)
      await clock.sleep(Math.round(waitMs), AbortSignal.any([stop.signal, rest.signal]))
      health.nextAtMs = null
    }
  }

  const start = (key: string, job: PullJob): void => {
    const stop = new AbortController()
    const run: Running = { job, health: freshHealth(job), stop, wake: () => undefined, done: Promise.resolve() }
    run.done = loop(run)
    running.set(key, run)
  }

  return {
    set(jobs) {
      const wanted = new Map(jobs.map((job) => [`${job.tenant} ${job.source} ${job.stream}`, job]))
      for (const [key, run] of running) {
        if (wanted.get(key)?.revision === run.job.revision) continue
        run.stop.abort()
        running.delete(key)
      }
      for (const [key, job] of wanted) if (!running.has(key)) start(key, job)
    },
    wake(tenant, source) {
      for (const { job, wake } of running.values()) if (job.tenant === tenant && job.source === source) wake()
    },
    health() {
      const now = clock.nowMs()
      return [...running.values()].map(({ health }) => ({
        ...health,
        lagMs: health.lastEventAtMs === null ? null : Math.max(0, now - health.lastEventAtMs),
      }))
    },
    async stop() {
      const runs = [...running.values()]
      running.clear()
      for (const { stop } of runs) stop.abort()
      await Promise.all(runs.map((run) => run.done))
    },
  }
}

/** One pass from the committed cursor on. True when the bound ended it, and there may be more at once. */
export async function pullTurn(
  options: RunnerOptions,
  job: PullJob,
  health: StreamHealth,
  stopped: AbortSignal,
): Promise<boolean> {
  const cut = new AbortController()
  const signal = AbortSignal.any([stopped, cut.signal])
  const cursor = await options.cursor(job.tenant, job.source, job.stream)
  const pages = job.pull(cursor, signal)[Symbol.asyncIterator]()
  try {
    for (let count = 0; count < runnerBounds.pagesPerTurnMax; count++) {
      const next = await withinTime(options.clock, pages.next(), signal, job)
      if (next.done === true) {
        health.progress = null
        return false
      }
      await appendPage(options, job, next.value)
      health.events += next.value.events.length
      for (const { reason, place } of next.value.refused ?? [])
        health.refused = withRefused(health.refused, reason, place, options.clock.nowMs())
      health.progress = next.value.progress ?? null
      health.blind = next.value.blind ?? health.blind
      for (const { eventAtMs } of next.value.events) {
        if (eventAtMs !== null && eventAtMs > (health.lastEventAtMs ?? 0)) health.lastEventAtMs = eventAtMs
      }
    }
    return true
  } finally {
    cut.abort()
    // A stream that hangs may never answer to its end either.
    void Promise.resolve(pages.return?.()).catch(() => undefined)
  }
}

async function appendPage(options: RunnerOptions, job: PullJob, page: Page): Promise<void> {
  const { tenant, source, stream } = job
  const { eventsPerAppendMax } = runnerBounds
  let at = 0
  do {
    const events = page.events.slice(at, at + eventsPerAppendMax)
    at += eventsPerAppendMax
    // The cursor goes with the last part: cut off before it, the page comes again and its ids are known.
    const isLast = at >= page.events.length
    const cursor = isLast ? page.cursor : null
    const gaps = isLast && page.gaps !== undefined ? { gaps: page.gaps } : {}
    const backfill = job.backfill === undefined ? {} : { backfill: job.backfill }
    if (events.length > 0 || cursor !== null || page.gaps !== undefined)
      await options.append({ tenant, source, stream, events, cursor, ...gaps, ...backfill })
  } while (at < page.events.length)
  await page.committed?.()
}

async function withinTime<T>(clock: Clock, work: Promise<T>, signal: AbortSignal, job: PullJob): Promise<T> {
  const { stallMs, pageMsMax } = runnerBounds
  const timer = new AbortController()
  const either = AbortSignal.any([timer.signal, signal])
  const startedAtMs = clock.monotonicMs()
  const lateIn = (ms: number): Promise<'late'> =>
    clock.sleep(ms, either).then(() => {
      const heardAtMs = Math.max(startedAtMs, job.heardAtMs?.() ?? startedAtMs)
      const leftMs = Math.min(heardAtMs + stallMs, startedAtMs + pageMsMax) - clock.monotonicMs()
      return leftMs > 0 && !either.aborted ? lateIn(leftMs) : 'late'
    })
  const late = lateIn(stallMs)
  late.catch(() => undefined)
  work.catch(() => undefined)
  const first = await Promise.race([work, late]).finally(() => timer.abort())
  if (first !== 'late') return first
  throw new RunnerError('ERR_PULL_STALLED', `\`${job.stream}\` of \`${job.source}\` gave nothing for too long`, {
    hint: 'see whether the vendor answers; the stream is tried again',
    retryable: true,
  })
}

/** Vendors say how long to wait; connectors hand that on as `retryAfterMs` of the error. */
export function askedWaitMs(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return undefined
  const { retryAfterMs: ms } = error
  return typeof ms === 'number' && ms >= 0 ? Math.min(ms, runnerBounds.backoff.maxMs) : undefined
}

export const freshHealth = (job: PullJob): StreamHealth => ({
  tenant: job.tenant,
  source: job.source,
  stream: job.stream,
  state: 'waiting',
  lastSuccessAtMs: null,
  lastEventAtMs: null,
  lagMs: null,
  events: 0,
  refused: [],
  blind: [],
  progress: null,
  failures: 0,
  error: null,
  nextAtMs: null,
})
