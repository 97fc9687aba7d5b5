import { parseOwnJson } from '#kit'
import type { FindingId, IncidentId, TenantId } from '#model'

import type { Rows } from '../rows.ts'
import type { Join } from '../types.ts'
import { sayReason, type JoinReason } from './reason.ts'

/** The newest; older ones stand in the ledger. */
const joinsShownMax = 200

export function joinsOf(rows: Rows, tenant: TenantId, incident: IncidentId): Join[] {
  type Row = { finding: FindingId; joined: IncidentId; at_ms: number; reason: string }
  return rows
    .all<Row>(
      `SELECT finding, joined, at_ms, reason FROM incident_join WHERE tenant = ? AND incident = ?
       ORDER BY at_ms DESC, finding, joined LIMIT ?`,
      tenant,
      incident,
      joinsShownMax,
    )
    .toReversed()
    .map(({ finding, joined, at_ms: atMs, reason: json }) => {
      const reason = parseOwnJson<JoinReason>(json)
      return { finding, incident: joined, atMs, says: sayReason(finding, reason), reason }
    })
}
