import type { Gap, SourceId, TenantId } from '#model'
import type { Reader } from '#store'

import type { Source } from './source.ts'
import { sourceOf, type SourceRow } from './writer.ts'

export function findSource(reader: Reader, tenant: TenantId, id: SourceId): Source | undefined {
  const row = reader.get<SourceRow>('SELECT * FROM source WHERE tenant = ? AND id = ?', tenant, id)
  return row === undefined ? undefined : sourceOf(row)
}

export function listSources(reader: Reader, tenant: TenantId): Source[] {
  return reader.all<SourceRow>('SELECT * FROM source WHERE tenant = ? ORDER BY id', tenant).map(sourceOf)
}

/** The source whose connector acts in this authority, for plans and probes; active ones only. */
export function sourcesOfAuthority(reader: Reader, tenant: TenantId, authority: string): Source[] {
  return reader
    .all<SourceRow>(
      `SELECT * FROM source WHERE tenant = ? AND authority = ? AND state = 'active' ORDER BY id`,
      tenant,
      authority,
    )
    .map(sourceOf)
}

/** Gaps that nothing has read again. */
export const countOpenGaps = (reader: Reader, tenant: TenantId, source: SourceId): number =>
  reader.get<{ open: number }>(
    'SELECT count(*) AS open FROM source_gap WHERE tenant = ? AND source = ? AND recovered = 0',
    tenant,
    source,
  )?.open ?? 0

export type NotedGap = Gap & { source: SourceId; of: string; offset: number }

/** Gaps of one source, or of all, newest first. */
export function listGaps(reader: Reader, tenant: TenantId, source?: SourceId, max = gapsShownMax): NotedGap[] {
  const rows = reader.all<{
    source: string
    log_offset: number
    stream: string
    from_at: number
    to_at: number
    reason: Gap['reason']
    recovered: number
  }>(
    `SELECT * FROM source_gap WHERE tenant = ? AND (? IS NULL OR source = ?) ORDER BY to_at DESC, log_offset DESC LIMIT ?`,
    tenant,
    source ?? null,
    source ?? null,
    max,
  )
  return rows.map((row) => ({
    source: row.source,
    of: row.stream,
    offset: row.log_offset,
    fromMs: row.from_at,
    toMs: row.to_at,
    reason: row.reason,
    recovered: row.recovered === 1,
  }))
}
export const gapsShownMax = 100
