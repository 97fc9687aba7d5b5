import type { Json, JsonObject } from '#kit'
import type { Connector, Secrets } from '#sources/contract'

import type { Life } from './process.ts'
import type { FaultKind } from './schedule.ts'
import type { VendorTwin } from './twin.ts'

export type TwinRequest = { method: string; url: URL; header(name: string): string | undefined; body: string }
/** `text`: in place of a body of JSON (lines). */
export type TwinAnswer = { status: number; headers?: Record<string, string>; body: Json; text?: string }

/** One thing a vendor holds: an event of a feed, or a row of a snapshot's list. */
export type TwinRow = { id: string; n: number; atMs: number; visibleAtMs: number; goneAtMs: number }

/**
 * What a connector says to take part: its one stream under test, and the few lines by which its vendor would answer.
 * Everything else (faults, crashes, clock, log, oracle) is the suite's. See sample.ts, the smallest whole one.
 */
export type FaultPlug<Config = unknown> = {
  name: string
  connector: Connector<Config>
  config: Config
  secrets: Secrets
  stream: string
  /** The vendor's record of a row. */
  record(row: TwinRow, list: string): JsonObject
  /** Rows at most, where each takes requests of its own; default: 60. */
  rowsMax?: number
  /** Schedules of one test, where each takes long; default: 100. */
  schedulesPerTest?: number
  /** Share of rows that go away again; default: 0.2. */
  goneShare?: number
  /** Fields of a record that drift leaves alone: its id and its time. */
  keeps: readonly string[]
  /** The lists of a snapshot that it answers for; default: all. Those of all plugs of a stream together are to be all. */
  lists?: readonly string[]
  /** By list and kind of row (`groups/members`, and `repositories#keys` for a part of a row) the ids of what a row that was kept tells of; default: the first field of `keeps`. */
  tells?: Readonly<Record<string, (row: JsonObject) => readonly string[]>>
  /** By the same names the rows that such a kind tells of; default: all. */
  holds?: Readonly<Record<string, (row: TwinRow) => boolean>>
  /** The same of rows that tell of nothing the suite holds, each with the reason. */
  aside?: Readonly<Record<string, string>>
  /** The connector's `native` of a record; default: its `id`. */
  nativeOf?(row: TwinRow): string
  answer(request: TwinRequest, twin: VendorTwin): TwinAnswer
  /** For what is no HTTP: puts in place what is there by now, before each run (files, a database). */
  settle?(twin: VendorTwin, random: () => number): void | Promise<void>
  /** Told of each life of the process: for what is no HTTP, and waits at effects of its own. */
  born?(life: Life): void
  /** How this vendor says stop with a 403. */
  limit?: TwinAnswer
  /** Bearer tokens come from here (any OAuth grant); tokens then expire mid-run. */
  tokenPath?: string
  /** Paths that everybody may ask. */
  openPaths?: readonly string[]
  /** Several calls are on their way at once: one sent before another was told to wait cannot be told from one sent too early. */
  asksAtOnce?: true
  /** Dear, or read by the lines of another stream: it has its turn in the long runs. */
  isLong?: true
  /** Faults its API cannot have, each with the reason. */
  without?: Partial<Record<FaultKind, string>>
}
