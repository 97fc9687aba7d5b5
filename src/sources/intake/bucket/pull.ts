import { CordonError, type Clock } from '#kit'
import type { OwnStream, Page, PullContext } from '#sources/contract'

import type { Configured, KnownRecords } from '../way.ts'
import { drain } from './drain.ts'
import { listAll } from './listing.ts'
import { Look } from './look.ts'
import type { Bucket } from './object.ts'
import { openQueue, type Queue } from './queue.ts'
import { bucketEveryMs, readWaiting, waiting, type Reading } from './reading.ts'
import { readState, type State } from './state.ts'
import { openStore } from './store.ts'

const delayMs = { typical: 5 * 60_000, worst: 3_600_000 }
/** Between two requests that stay open for messages. */
const queueEveryMs = 1_000
/** With a queue all keys are listed this rarely: for what no message told of. */
const listEveryMs = 15 * 60_000

/** Takes objects as they are dropped, each once, by listing keys: no message has to arrive for it. */
export const listedStream = (name: string, known: KnownRecords): OwnStream<Configured> => ({
  name,
  kind: 'feed',
  delayMs,
  everyMs: bucketEveryMs,
  requestsPerRun: 1,
  isOn: ({ intake }) => intake?.kind === 'bucket' && intake.queue === undefined,
  async *pull(context, cursor) {
    const { config, clock } = context
    if (config.intake?.kind !== 'bucket') return
    const bucket = config.intake
    const look = new Look(readState(cursor, bucket.prefixes), clock)
    const reading: Reading = { look, store: openStore(bucket, context), bucket, clock, known }
    yield* readWaiting(reading)
    yield* listAll(reading)
    if (look.isNews) yield look.page()
    if (look.state.held.length > 0) throw waiting(look.state.held)
  },
})

/**
 * Takes objects as messages of a queue tell of them; every quarter of an hour all keys are listed as well. Both share one
 * memory of what was taken, so that neither's repeats count.
 */
export const notifiedStream = (name: string, known: KnownRecords): OwnStream<Configured> => ({
  name,
  kind: 'feed',
  delayMs,
  everyMs: queueEveryMs,
  longPolls: true,
  requestsPerRun: 1,
  isOn: ({ intake }) => intake?.kind === 'bucket' && intake.queue !== undefined,
  async *pull(context, cursor) {
    if (context.config.intake?.kind === 'bucket') yield* pullNotified(context, context.config.intake, cursor, known)
  },
})

async function* pullNotified(
  context: PullContext<Configured>,
  bucket: Bucket,
  cursor: string | null,
  known: KnownRecords,
): AsyncGenerator<Page> {
  const { clock } = context
  const queue = openQueue(bucket, context)
  const look = new Look(readState(cursor, bucket.prefixes), clock, (receipts) => queue.forget(receipts))
  const reading: Reading = { look, store: openStore(bucket, context), bucket, clock, known }
  const stands = (look.state.queue ??= { sinceMs: clock.nowMs(), listedMs: 0, hasDeadLetters: true })
  yield* readWaiting(reading)
  if (look.hasGathered) yield look.page()
  const isDue = (): boolean => isListingDue(look.state, clock)
  // Whatever ails the queue, what it would have told of is found.
  let fault: CordonError | undefined
  try {
    yield* drain(reading, queue, isDue)
  } catch (error) {
    fault = ours(error)
  }
  if (isDue()) {
    fault = (await noteDeadLetters(queue, stands)) ?? fault
    yield* listAll(reading)
    stands.listedMs = clock.nowMs()
    yield look.page()
  }
  if (fault !== undefined) throw fault
  if (look.state.held.length > 0) throw waiting(look.state.held)
}

/** A look that was cut off goes on. A clock that was set back asks for one. */
function isListingDue({ run, queue }: State, clock: Clock): boolean {
  const sinceMs = clock.nowMs() - (queue?.listedMs ?? 0)
  return run !== null || sinceMs >= listEveryMs || sinceMs < 0
}

async function noteDeadLetters(queue: Queue, stands: { hasDeadLetters: boolean }): Promise<CordonError | undefined> {
  try {
    stands.hasDeadLetters = await queue.hasDeadLetters()
    return undefined
  } catch (error) {
    return ours(error)
  }
}

function ours(error: unknown): CordonError {
  if (error instanceof CordonError) return error
  throw error
}
