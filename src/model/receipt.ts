import type { TenantId } from './tenant.ts'
import type { EntityId } from './entity.ts'

/** A ledger leaf before its identifying fields become salted commitments. A leaf concerns at most one customer. */
export type Receipt = {
  tenant: TenantId
  /** `incident.opened`, `plan.made`, `approval.given`, `action.intent`, `action.proven`, `setting.changed`, … */
  what: string
  atMs: number
  customer: EntityId | null
  /** Public in the tree: ids, hashes, verbs, states, counts. No name, address or value. */
  facts: Record<string, string | number | boolean | null>
  /** Identifying: stored as commitments, disclosed per leaf, erased with the salt. */
  sealed: Record<string, string>
}
