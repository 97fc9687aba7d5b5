import type { SourceId, TenantId } from '#model'
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
