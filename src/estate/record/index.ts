import { handler, type Reader, type WriterModule } from '#store'
import type { SourceId, TenantId } from '#model'

import { applyProjection, resetProjection, runApply, runReset } from './apply.ts'
import { forget } from './cache.ts'
import { estateMigrations } from './schema.ts'

export {
  applyProjection,
  estateItems,
  resetProjection,
  type Applied,
  type ApplyProjection,
  type EstateItem,
} from './apply.ts'
export { confidences } from './edges.ts'
export { decodeBlock } from './postings.ts'
export { axes, listedTouches, runsWithin, type Axis } from './touches.ts'
export type { State } from './work.ts'

export const estateWriter: WriterModule = {
  name: 'estate',
  migrations: estateMigrations,
  handlers: [handler(applyProjection, runApply), handler(resetProjection, runReset)],
  load: forget,
}

/**
 * Where projection stands. `through`: the last offset any source was projected to; go on after it. A source whose
 * `version` is null was reset: read the log again from its own `through` (0) up to the tenant's, for that source alone.
 */
export type ProjectionState = {
  through: number
  sources: Map<SourceId, { version: number | null; through: number; unmapped: number }>
}

/** Records of a source whose type no normaliser knew, since it was projected from the beginning of its log. */
export const unknownRecords = (reader: Reader, tenant: TenantId, source: SourceId): number =>
  reader.get<{ unmapped: number }>('SELECT unmapped FROM estate_source WHERE tenant = ? AND source = ?', tenant, source)
    ?.unmapped ?? 0

export function projectionState(reader: Reader, tenant: TenantId): ProjectionState {
  const state = reader.get<{ through: number }>('SELECT through FROM estate_state WHERE tenant = ?', tenant)
  const rows = reader.all<{ source: string; version: number | null; through: number; unmapped: number }>(
    'SELECT source, projection_version AS version, through, unmapped FROM estate_source WHERE tenant = ?',
    tenant,
  )
  return {
    through: state?.through ?? 0,
    sources: new Map(rows.map(({ source, ...rest }) => [source, rest])),
  }
}
