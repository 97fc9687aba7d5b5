import type { Clock, Diagnose, Http } from '#kit'
import type { SourceId, TenantId } from '#model'
import type { Connector, Page, Secrets } from '#sources/contract'

import { pullStream } from '../pull/index.ts'

/** One stream of one source, ready to pull; the connector's types are closed over. */
export type PullJob = {
  tenant: TenantId
  source: SourceId
  stream: string
  /** Changes when the source does: the running pull ends and starts anew. */
  revision: number
  everyMs: number
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
}

/** The jobs of one source. Throws the schema's error when the stored configuration does not fit the connector. */
export function pullJobs<Config>(connector: Connector<Config>, source: OpenSource): PullJob[] {
  const config = connector.config.parse(source.config)
  const { tenant, revision, http, clock, diagnose } = source
  return connector.streams.flatMap((stream) => {
    const pull = stream.isOn?.(config) === false ? undefined : pullStream(stream)
    if (pull === undefined) return []
    return {
      tenant,
      source: source.source,
      stream: stream.name,
      revision,
      everyMs: stream.everyMs,
      pull: (cursor, signal) => pull({ config, see: source.see(), http, clock, signal, diagnose }, cursor),
    } satisfies PullJob
  })
}
