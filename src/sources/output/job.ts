import type { SourceId } from '#model'
import { outputStream, type Connector, type OutputFeed, type OutputRecord, type Page } from '#sources/contract'

import type { OpenSource, PullJob } from '../runner/job.ts'
import { sendRecords, type Sent } from './send.ts'

/** What waits behind the place of one feed of one output. */
export type OutputDue = {
  /** What was sent last; the next move says it again, so that two senders cannot both move. */
  after: number
  records: OutputRecord[]
  /** Records behind these, about. */
  waiting: number
  /** Refused one after the other, until now. */
  inARow: number
  /** Something was forgotten here before it could be sent: the place moved past it. */
  isBehind: boolean
}
export type OutputMove = { source: SourceId; feed: OutputFeed; after: number; inARow: number } & Sent

/** The side that keeps findings, receipts and places. */
export type OutputDesk = {
  due(source: SourceId, feed: OutputFeed, recordsMax: number): Promise<OutputDue>
  /** Durable before it resolves. Throws when the place is no longer `after`. */
  move(move: OutputMove): Promise<void>
}

/** Records that are asked for at once; batches are cut out of them. */
export const dueRecordsMax = 1_000

/**
 * One job for each feed that leaves, run as pulls are: in turn, with pauses, health and the end of what hangs. It gives
 * pages without events.
 */
export function outputJobs<Config>(
  connector: Connector<Config>,
  source: Omit<OpenSource, 'config'> & { config: unknown; desk: OutputDesk },
): PullJob[] {
  const { output } = connector
  if (output === undefined) return []
  const config = connector.config.parse(source.config)
  const { tenant, revision, http, clock, diagnose, desk } = source
  return output.settings(config).sends.map((feed): PullJob => ({
    tenant,
    source: source.source,
    stream: outputStream(feed),
    revision,
    everyMs: output.everyMs,
    async *pull(_, signal): AsyncGenerator<Page> {
      for (;;) {
        const due = await desk.due(source.source, feed, dueRecordsMax)
        if (due.isBehind)
          yield page({ refused: [{ reason: 'forgotten here before it could be sent', place: `${feed} ${due.after}` }] })
        if (due.records.length === 0) return
        const context = { config, see: source.see(), http, clock, signal, diagnose }
        let { after } = due
        for await (const sent of sendRecords({ output, context, feed }, due.records, due.inARow)) {
          await desk.move({ source: source.source, feed, after, ...sent })
          after = sent.upTo
          const refused = sent.refused.map(({ uid, reason }) => ({ reason, place: `${feed} ${uid}` }))
          yield page({ refused, progress: `${due.waiting} wait` })
        }
      }
    },
  }))
}

const page = (parts: Pick<Page, 'refused' | 'progress'>): Page => ({ events: [], cursor: null, ...parts })
