import type { Clock, Diagnose, Http, Json, JsonObject } from '#kit'
import type { Gap, Topic } from '#model'

import type { Blind } from './blind.ts'

export type { Gap } from '#model'

/** Unsealed, for the pull or action in hand; never kept. Names are the connector's own (`password`, `clientSecret`). */
export type Secrets = Readonly<Record<string, string>>

/** What a source can show. */
export type Sight = 'identities' | 'grants' | 'resources' | 'sessions' | 'reads' | 'writes' | 'admin' | 'logins'

export type StreamEvent = {
  /** The vendor's own immutable event id, or file and offset. */
  native: string
  eventAtMs: number | null
  raw: Json
  /** The record's own JSON text, where it shall stay as it came (numbers beyond 2^53, spacing): stored in place of `raw`. */
  text?: string
}

/** What could not be taken, in our own words; `place` names where it lies. It is counted and shown, and never comes again. */
export type Refusal = { reason: string; place: string }

/** Events, gaps and the cursor behind them are committed together. */
export type Page = {
  events: StreamEvent[]
  cursor: string | null
  gaps?: Gap[]
  refused?: Refusal[]
  /** Where a long run stands, in words: a first inventory may take hours. */
  progress?: string
  /** All that this run may not read, as far as it is; absent: as it was. */
  blind?: readonly Blind[]
  /** Called once the page is on disk: where a queue is told to forget its messages. A failure lets them come again. */
  committed?: () => Promise<void>
}

/**
 * `http` may call this source's origins alone, signs in by the connector's `auth`, keeps the vendor's budgets and retries
 * what is safe to repeat: a connector sees answers that stand.
 */
export type PullContext<Config> = {
  config: Config
  see: Secrets
  http: Http
  clock: Clock
  signal: AbortSignal
  diagnose: Diagnose
}

/**
 * How Sigma rules know the records of a stream. All three parts of the log source are said, so that a rule is held against
 * a record exactly when each part it names is the record's. `fields`: the paths a record may carry, `a.*` for anything
 * below `a`: a rule that needs another one can never match here.
 */
export type SigmaShape = { product: string; category: string; service: string; fields: readonly string[] }
/** One log of a stream that carries several, and which records are of it; a record may be of more than one. */
export type SigmaSort = SigmaShape & { holds(record: Readonly<Record<string, unknown>>): boolean }

/** Said once per stream, read by people and by verdicts. */
type Declared<Config> = {
  name: string
  /** Time from the act until this stream shows it, expected and at worst. */
  delayMs: { typical: number; worst: number }
  everyMs: number
  /** Its requests stay open until there is something, so that it rests while it pulls: it takes nobody's turn. */
  longPolls?: true
  /** What it shows on a plan that has it; the connector's `coverage` says what a given source really has. */
  covers?: readonly Sight[]
  /** What checks of posture may rest on, once it was read whole. */
  tells?: readonly Topic[]
  /** Permissions it needs, in the vendor's words; compared with what `scopes` finds. */
  scopes?: readonly string[]
  /** Requests of one run with nothing new; of a snapshot, per 1,000 rows. */
  requestsPerRun?: number
  /** How far back the vendor keeps it; null: without end. Absent: not known, and a gap is never called recovered. */
  historyMs?: number | null
  /** Absent: no Sigma rule is held against its records. */
  sigma?: SigmaShape
  /** In place of `sigma`, where the records of one stream are of several logs. Windows' events are asked about as flat fields. */
  sorts?: readonly SigmaSort[]
  /** The intake by which it comes, in place of the stream of the same name that has none. */
  intake?: string
  /** Is it there under this configuration? Absent: always. */
  isOn?(config: Config): boolean
}

/** Where a feed stands. `cursor`: what the connector gave as `next`; null at the start of a run by time. */
export type FeedAt = { sinceMs: number; untilMs: number | null; cursor: string | null }
/** `next`: page to ask for now; `isEnd`: nothing more for now. A feed by cursor gives a `next` at its end, too. */
export type FeedPage = { events: StreamEvent[]; next: string | null; isEnd: boolean; gap?: boolean }

/**
 * Events from a point on. The runtime keeps cursor, watermark and the ids of the overlap, drops what it has, and commits
 * all three with the events. `feed`: what happened. `delta`: rows that changed; may never close what it does not name, so
 * its natives carry the version (`u1@2026-03-24T10:39:00Z`).
 * `resumes`: `cursor` when the vendor's cursor outlives a run and follows the order of arrival; `time` when pages are of one
 * query, and each run asks anew from the watermark less `overlapMs`. Throw `CursorExpired` when the vendor knows it no more.
 */
export type FeedStream<Config> = Declared<Config> & {
  kind: 'feed' | 'delta'
  resumes: 'cursor' | 'time'
  /** How late an event may appear behind younger ones and still be read; at least the worst delay of a feed by time. */
  overlapMs: number
  /** How far back the very first run looks; older events come by `source backfill`. Default: a day. */
  firstMs?: number
  page(context: PullContext<Config>, at: FeedAt): Promise<FeedPage>
}

/**
 * `blind`: parts of the page that the vendor refused for want of a right, while the rest was read. `read`: the parts, by the
 * `of` of their blindness, of which at least one thing was read.
 */
export type SnapshotRows = { rows: Json[]; next: string | null; blind?: readonly Blind[]; read?: ReadonlySet<string> }
/**
 * All there is, each time, list after list and page after page. Only the last page of the last list closes edges; a run
 * that was cut off goes on where it stood. A list that is refused (`ERR_VENDOR_SCOPE`) is left out and named, and the
 * others are read on; only where nothing at all may be read does the run fail. The raw record is `{snapshot, rows: {kind: list, rows}}` (`SnapshotPart`).
 */
export type SnapshotStream<Config> = Declared<Config> & {
  kind: 'snapshot'
  lists(config: Config): readonly string[]
  /** What posture cannot say without a list; one that is not named here takes all that the stream `tells` with it. */
  untold?: Readonly<Record<string, readonly Topic[]>>
  page(context: PullContext<Config>, list: string, next: string | null): Promise<SnapshotRows>
}

/** Of one pushed record. Without a `native` the upload and the record's place in it make the event's id. */
export type KeptRecord = Pick<StreamEvent, 'eventAtMs' | 'raw'> & { native: string | undefined }

/** One request that somebody sent us, before anybody believed it. `text` is bounded by the route that took it. */
export type Delivery = { contentType: string | null; text: string }

/**
 * Events that come by themselves: handed in over the API, or, with `receive`, fetched off a queue. `accept` reads what the
 * vendor itself sends and signs: it runs in hands, where keys and secrets are, and throws `DeliveryRefused` for what is
 * not the vendor's word.
 */
export type PushStream<Config> = Declared<Config> & {
  kind: 'push'
  /**
   * What of one record that was handed in is kept: unpacks a vendor's batches, and leaves out what may never be stored.
   * Pure; throws a CordonError, in words of ours, for a record that is none of the vendor's. Absent: the record as it is.
   */
  keep?(record: JsonObject): KeptRecord[]
  /** One batch; `committed` of the page tells the queue. An empty page ends the run. */
  receive?(context: PullContext<Config>): Promise<Omit<Page, 'cursor'>>
  accept?(context: PullContext<Config>, delivery: Delivery): Promise<StreamEvent[]>
}

/** For what is no paged HTTP (a log file, a database transaction): its own paging and cursor, at least once. */
export type OwnStream<Config> = Declared<Config> & {
  kind: 'feed' | 'snapshot' | 'delta'
  pull(context: PullContext<Config>, cursor: string | null): AsyncIterable<Page>
}

export type Stream<Config> = FeedStream<Config> | SnapshotStream<Config> | PushStream<Config> | OwnStream<Config>

export const isStreamOn = <Config>({ isOn }: Pick<Stream<Config>, 'isOn'>, config: Config): boolean =>
  isOn === undefined || isOn(config)

/** What the pages of one run have in common: read when the first one asks, forgotten with the run; a failure is not kept. */
export function onceARun<Context extends object, Read>(
  read: (context: Context) => Promise<Read>,
): (context: Context) => Promise<Read> {
  const runs = new WeakMap<Context, Promise<Read>>()
  return (context) => {
    const known = runs.get(context)
    if (known !== undefined) return known
    const fresh = read(context)
    runs.set(context, fresh)
    fresh.catch(() => runs.delete(context))
    return fresh
  }
}

/**
 * Raw form of a snapshot record. `part` counts from 0; edges stated by earlier snapshots and absent here close at
 * `takenAtMs` once `complete` arrived. `blind`: what could not be read for want of a right.
 */
export type SnapshotPart = {
  snapshot: { id: string; part: number; complete: boolean; takenAtMs: number; blind?: string[] }
  rows: Json
}
