import { z } from 'zod'

import { CordonError, type JsonObject } from '#kit'

import type { PullContext } from './stream.ts'

/** What may leave: findings, by their place in the list; receipts, by their index in the ledger. Each is a log of its own. */
export const outputFeeds = ['findings', 'receipts'] as const
export type OutputFeed = (typeof outputFeeds)[number]

/**
 * What is let out. `entities`: `kinds` tells of what kind an entity is and in which realm it lies; `ids` names it, and so
 * may name people: some vendors' ids are login names, and values that a rule grouped by may be addresses.
 */
export const outputSettings = {
  /** `findings`, `receipts`, or both; on the command line separated by a comma. */
  sends: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',') : value),
      z.array(z.enum(outputFeeds)).min(1).max(outputFeeds.length),
    )
    .default([...outputFeeds]),
  /** Where a new output begins: at what is kept, or at what comes. */
  from: z.enum(['start', 'now']).default('now'),
  entities: z.enum(['kinds', 'ids']).default('kinds'),
} as const
export type OutputSettings = z.output<z.ZodObject<typeof outputSettings>>

/** `place` rises without end within a feed. `uid`: the same however often it is sent, so that receivers can drop copies. */
export type OutputRecord = { place: number; uid: string; atMs: number; ocsf: JsonObject }
/** In the order of their places; never empty. */
export type OutputBatch = { feed: OutputFeed; records: readonly [OutputRecord, ...OutputRecord[]] }

/**
 * The receiver will never take this as it is: not the credential, not its load, but the bytes. Thrown of a batch of
 * several, each is tried alone; of one, it is left out, counted and named. `reason` is in words of ours.
 */
export class RecordRefused extends CordonError<'ERR_OUTPUT_RECORD'> {
  constructor(reason: string) {
    super('ERR_OUTPUT_RECORD', reason)
  }
}

/**
 * A stream in the other direction. The runtime keeps a durable place for each feed and moves it once `deliver` has
 * resolved: at least once, in order, one batch after the other. What `deliver` throws is tried again, as late as
 * `retryAfterMs` of the error says, else with growing pauses.
 */
export type Output<Config> = {
  everyMs: number
  /** Bounds of one batch; `bytesMax` of its records as JSON. */
  batch: { recordsMax: number; bytesMax: number }
  settings(config: Config): OutputSettings
  /** Permissions it needs, in the vendor's words. */
  scopes?: readonly string[]
  /** INVARIANT: resolves only once the receiver has said that it keeps the batch. */
  deliver(context: PullContext<Config>, batch: OutputBatch): Promise<void>
}

/** Identity function whose only work is inference. */
export const defineOutput = <Config>(output: Output<Config>): Output<Config> => output

/** Name of an output where streams are named: in health, and in `source show`. */
export const outputStream = (feed: OutputFeed): string => `out.${feed}`
