import type { SourceId } from '#model'
import type { Connector, Page, PullContext } from '#sources/contract'

import type { OpenSource, PullJob } from '../runner/job.ts'

/** A job that works through what core wants of a vendor, and brings no events. */
export function workJob<Config>(
  connector: Connector<Config>,
  source: OpenSource,
  {
    stream,
    everyMs,
    work,
  }: {
    stream: string
    everyMs: number
    work(context: PullContext<Config>, source: SourceId): AsyncGenerator<Page>
  },
): PullJob {
  const config = connector.config.parse(source.config)
  const { tenant, revision, http, clock, diagnose } = source
  return {
    tenant,
    source: source.source,
    stream,
    revision,
    everyMs,
    async *pull(_, signal): AsyncGenerator<Page> {
      yield* work({ config, see: source.see(), http, clock, signal, diagnose }, source.source)
    },
  }
}

export const progressPage = (progress: string): Page => ({ events: [], cursor: null, progress })
