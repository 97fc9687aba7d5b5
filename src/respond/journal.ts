import type { ActionId, EntityId, IncidentId, Phase, Receipt, TenantId } from '#model'
import type { Tx } from '#store'

/** Appends a leaf in the transaction of the change it speaks of; handed in by the composition root. */
export type Receipts = (tx: Tx, receipt: Receipt) => void

/** A step that is proven from this transaction on. */
export type OnProven = (
  tx: Tx,
  tenant: TenantId,
  step: {
    action: ActionId
    incident: IncidentId
    generation: number
    verb: string
    phase: Phase
    target: EntityId
    provenAtMs: number
  },
) => void

export type Journal = (
  tx: Tx,
  tenant: TenantId,
  what: string,
  atMs: number,
  facts: Receipt['facts'],
  sealed?: Receipt['sealed'],
) => void

/** Targets, people and reasons are identifying: they go in `sealed`, as commitments. */
export const journalTo =
  (receipts: Receipts): Journal =>
  (tx, tenant, what, atMs, facts, sealed = {}) =>
    receipts(tx, { tenant, what, atMs, customer: null, facts, sealed })
