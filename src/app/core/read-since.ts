import { backfillStreamOf, reachableMs, type Source } from '#sources'

import type { Registered } from '../connectors.ts'
import type { StreamHealth } from '../socket.ts'

type Stream = Registered['connector']['streams'][number]

/**
 * From when on a stream of events is read: from its making on, and further back only where the history that was asked for
 * has come in whole. Fails closed: unsure is later.
 */
export function readSince(
  { id, createdAtMs, backfillSinceMs }: Pick<Source, 'id' | 'createdAtMs' | 'backfillSinceMs'>,
  stream: Stream,
  health: ReadonlyMap<string, Pick<StreamHealth, 'lastSuccessAtMs'>>,
): number {
  const isFeed = 'page' in stream && stream.kind === 'feed'
  const isDone = (health.get(`${id}/${backfillStreamOf(stream.name)}`)?.lastSuccessAtMs ?? null) !== null
  if (!isFeed || backfillSinceMs === null || !isDone || stream.historyMs === undefined) return createdAtMs
  return Math.min(createdAtMs, Math.ceil(reachableMs(stream, backfillSinceMs, createdAtMs)))
}
