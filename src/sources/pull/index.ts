import type { Page, PullContext, PushStream, Stream } from '#sources/contract'

import { pullFeed } from './feed.ts'
import { pullSnapshot, type SnapshotBounds } from './snapshot.ts'

/** One run of any stream from its committed cursor; undefined for what is only ever handed in. */
export function pullStream<Config>(
  stream: Stream<Config>,
  bounds: SnapshotBounds = {},
): ((context: PullContext<Config>, cursor: string | null) => AsyncIterable<Page>) | undefined {
  if ('pull' in stream) return (context, cursor) => stream.pull(context, cursor)
  if (stream.kind === 'push') {
    return stream.receive === undefined ? undefined : (context) => drain(stream, context)
  }
  return stream.kind === 'snapshot'
    ? (context, cursor) => pullSnapshot(stream, context, cursor, bounds)
    : (context, cursor) => pullFeed(stream, context, cursor)
}

async function* drain<Config>(stream: PushStream<Config>, context: PullContext<Config>): AsyncGenerator<Page> {
  for (;;) {
    const page = await stream.receive?.(context)
    if (page === undefined || (page.events.length === 0 && page.gaps === undefined)) return
    yield { ...page, cursor: null }
  }
}

export { firstMsDefault, readFeedState, type FeedState } from './feed.ts'
export type { SnapshotBounds } from './snapshot.ts'
export { pullBackfill, reachableMs, readBackfill, type BackfillState } from './backfill.ts'
