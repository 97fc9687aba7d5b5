import type { Clock, Diagnose, Http } from '#kit'
import type { SourceId, TenantId } from '#model'
import { isStreamOn, type Connector, type Page, type Secrets } from '#sources/contract'

import { backfillStreamOf } from '../intake/index.ts'
import { pullBackfill, pullStream, readFeedState, type SnapshotBounds } from '../pull/index.ts'

/** One stream of one source, ready to pull; the connector's types are closed over. */
export type PullJob = {
  tenant: TenantId
  source: SourceId
  stream: string
  /** Changes when the source does: the running pull ends and starts anew. */
  revision: number
  everyMs: number
  /** Its requests stay open until there is something. */
  longPolls?: true
  /** Reads history: its events are marked so, and it ends. */
  backfill?: true
  /** Monotonic time of the newest answer to a request of its own: a page may take many. Absent: only pages are seen. */
  heardAtMs?: () => number
  pull(cursor: string | null, signal: AbortSignal): AsyncIterable<Page>
}

export type OpenSource = {
  tenant: TenantId
  source: SourceId
  revision: number
  config: unknown
  /** Signs in and keeps the vendor's limits (`createVendorHttp`). */
  http: Http
  clock: Clock
  diagnose: Diagnose
  /** Unseals the see credential, for one pull. */
  see: () => Secrets
  bounds?: SnapshotBounds
}

/** The jobs of one source. Throws the schema's error when the stored configuration does not fit the connector. */
export function pullJobs<Config>(connector: Connector<Config>, source: OpenSource): PullJob[] {
  const config = connector.config.parse(source.config)
  const { tenant, revision, http, clock, diagnose } = source
  return connector.streams.flatMap((stream) => {
    const pull = !isStreamOn(stream, config) ? undefined : pullStream(stream, source.bounds)
    if (pull === undefined) return []
    const heard = listening(http, clock)
    return {
      tenant,
      source: source.source,
      stream: stream.name,
      revision,
      everyMs: stream.everyMs,
      ...(stream.longPolls === undefined ? {} : { longPolls: stream.longPolls }),
      heardAtMs: heard.atMs,
      pull: (cursor, signal) => pull({ config, see: source.see(), http: heard.http, clock, signal, diagnose }, cursor),
    } satisfies PullJob
  })
}

/** The same Http, and when something last came back. A whole account in one page takes as long as its vendor's limits say. */
function listening(http: Http, clock: Clock): { http: Http; atMs: () => number } {
  let atMs = Number.NEGATIVE_INFINITY
  return {
    http: {
      async request(...asked) {
        const response = await http.request(...asked)
        atMs = clock.monotonicMs()
        return response
      },
    },
    atMs: () => atMs,
  }
}

/** A finished backfill looks this often whether it was asked for more. */
const backfillEveryMs = 60_000

/** What reads history: one job for each feed, on an Http of the backfill lane. `liveCursor` tells where the live feed began. */
export function backfillJobs<Config>(
  connector: Connector<Config>,
  source: OpenSource & { sinceMs: number; liveCursor: (stream: string) => Promise<string | null> },
): PullJob[] {
  const config = connector.config.parse(source.config)
  const { tenant, revision, http, clock, diagnose, sinceMs } = source
  return connector.streams.flatMap((stream) => {
    if (!('page' in stream) || stream.kind !== 'feed' || !isStreamOn(stream, config)) return []
    const heard = listening(http, clock)
    return {
      tenant,
      source: source.source,
      stream: backfillStreamOf(stream.name),
      revision,
      everyMs: backfillEveryMs,
      backfill: true,
      heardAtMs: heard.atMs,
      async *pull(cursor, signal) {
        const live = await source.liveCursor(stream.name)
        // Until the live feed has begun, nobody knows where history ends.
        if (live === null) return
        const untilMs = readFeedState(live, stream, clock.nowMs()).firstMs
        const context = { config, see: source.see(), http: heard.http, clock, signal, diagnose }
        yield* pullBackfill(stream, context, { sinceMs, untilMs }, cursor)
      },
    } satisfies PullJob
  })
}
