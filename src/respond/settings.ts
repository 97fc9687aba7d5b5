import { parseOwnJson } from '#kit'
import type { TenantId } from '#model'

import type { Approver, LadderRung, Loosening, PendingLoosening, ProtectedEntity, Rung } from './commands.ts'
import type { Rows } from './rows.ts'

/** The rung for a population, else for everybody, else `observe`: nothing runs by itself until somebody says so. */
export function rungOf(rows: Rows, tenant: TenantId, connector: string, verb: string, population: string): Rung {
  const found = (of: string): Rung | undefined =>
    rows.get<{ rung: Rung }>(
      'SELECT rung FROM ladder WHERE tenant = ? AND connector = ? AND verb = ? AND population = ?',
      tenant,
      connector,
      verb,
      of,
    )?.rung
  return found(population) ?? found('*') ?? 'observe'
}

export const ladderOf = (rows: Rows, tenant: TenantId): LadderRung[] =>
  rows.all<LadderRung>(
    'SELECT connector, verb, population, rung FROM ladder WHERE tenant = ? ORDER BY connector, verb, population',
    tenant,
  )

export const approversOf = (rows: Rows, tenant: TenantId): Approver[] =>
  rows.all<Approver>(
    'SELECT name, key_id AS keyId, method, state FROM approver WHERE tenant = ? ORDER BY name, key_id',
    tenant,
  )

export const protectedEntities = (rows: Rows, tenant: TenantId): ProtectedEntity[] =>
  rows.all<ProtectedEntity>('SELECT entity, why FROM protected_entity WHERE tenant = ? ORDER BY entity', tenant)

export function pendingLoosenings(rows: Rows, tenant: TenantId): PendingLoosening[] {
  const pending = rows.all<{
    id: string
    change: string
    asked_by: string
    asked_at_ms: number
    effective_at_ms: number
  }>(`SELECT * FROM loosening WHERE tenant = ? AND state = 'pending' ORDER BY asked_at_ms, id`, tenant)
  return pending.map((row) => ({
    id: row.id,
    loosening: parseOwnJson<Loosening>(row.change),
    askedBy: row.asked_by,
    askedAtMs: row.asked_at_ms,
    effectiveAtMs: row.effective_at_ms,
    consents: rows
      .all<{ approver: string }>(
        'SELECT approver FROM loosening_consent WHERE tenant = ? AND loosening = ? ORDER BY at_ms',
        tenant,
        row.id,
      )
      .map(({ approver }) => approver),
  }))
}
