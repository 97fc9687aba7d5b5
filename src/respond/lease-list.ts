import { parseOwnJson } from '#kit'
import type { ActionId, ActionState, IncidentId, IncidentState, Lease, Proof, TenantId, Trigger } from '#model'
import type { Reader } from '#store'

import { lentUntilOf } from './rows.ts'

/** A lease as the store has it: its incident, and the action that gives it. Times in ms UTC. */
export type StoredLease = {
  lease: Lease
  incident: IncidentId
  incidentState: IncidentState
  plan: string | null
  askedAtMs: number
  action: {
    id: ActionId
    state: ActionState
    verb: string
    source: string | null
    /** Approvals that policy wants; null: none is enough. */
    level: number | null
    decidedBy: string[]
    startedAtMs: number | null
    untilMs: number | null
    isSent: boolean
    /** Withdrawn before it was let out; the row may be another lease's by now. */
    isDropped: boolean
    /** That it stands; of an ended lease that it is gone. */
    proof: Proof | null
    lastError: string | null
  } | null
}

type Row = {
  id: IncidentId
  state: IncidentState
  plan: string | null
  trigger: string
  opened_at_ms: number
  action: ActionId | null
  action_state: ActionState
  verb: string
  source: string | null
  level: number | null
  decided_by: string
  is_current: number
  preview: string
  started_at_ms: number | null
  attempts: number
  proof: string | null
  last_error: string | null
}

/** What a lease's plan has is one step; one that was dropped when its incident was closed is the newest there was. */
const columns = `i.id, i.state, i.plan, i.trigger, i.opened_at_ms, a.id AS action, a.state AS action_state, a.verb, a.source,
    s.level, s.decided_by, s.is_current, a.preview, a.started_at_ms, a.attempts, a.proof, a.last_error
  FROM incident i
  LEFT JOIN action_incident s ON s.tenant = i.tenant AND s.incident = i.id
  LEFT JOIN action a ON a.tenant = s.tenant AND a.id = s.action
  WHERE i.tenant = ? AND json_extract(i.trigger, '$.kind') = 'lease'`

/** Not over: asked for, on its way, held, or not proven gone; also where somebody closed the incident. */
export const openLeases = (reader: Reader, tenant: TenantId): StoredLease[] =>
  reader
    .all<Row>(
      `SELECT ${columns} AND (i.state <> 'closed' OR (s.is_current = 1 AND a.attempts > 0 AND a.state NOT IN ('undone', 'failed')))
       ORDER BY i.opened_at_ms, i.id`,
      tenant,
    )
    .map(toLease)

/** A page, the newest first; `before`: time and incident of the last one of the page before. */
export const leasePage = (
  reader: Reader,
  tenant: TenantId,
  { before, max }: { before: { askedAtMs: number; incident: string } | null; max: number },
): StoredLease[] =>
  reader
    .all<Row>(
      `SELECT ${columns} AND (? IS NULL OR (i.opened_at_ms, i.id) < (?, ?)) ORDER BY i.opened_at_ms DESC, i.id DESC LIMIT ?`,
      tenant,
      before?.incident ?? null,
      before?.askedAtMs ?? 0,
      before?.incident ?? '',
      max,
    )
    .map(toLease)

export const leaseCalled = (reader: Reader, tenant: TenantId, id: string): StoredLease | undefined =>
  reader.all<Row>(`SELECT ${columns} AND json_extract(i.trigger, '$.lease.id') = ? LIMIT 1`, tenant, id).map(toLease)[0]

function toLease(row: Row): StoredLease {
  const trigger = parseOwnJson<Extract<Trigger, { kind: 'lease' }>>(row.trigger)
  return {
    lease: trigger.lease,
    incident: row.id,
    incidentState: row.state,
    plan: row.plan,
    askedAtMs: row.opened_at_ms,
    action: row.action === null ? null : actionIn({ ...row, action: row.action }),
  }
}

function actionIn(row: Row & { action: ActionId }): NonNullable<StoredLease['action']> {
  const isDropped = row.is_current === 0
  const common = { id: row.action, verb: row.verb, source: row.source, level: row.level, isDropped }
  const decidedBy = parseOwnJson<string[]>(row.decided_by)
  if (isDropped) {
    const never = { startedAtMs: null, untilMs: null, isSent: false, proof: null, lastError: null } as const
    return { ...common, decidedBy, state: 'proposed', ...never }
  }
  return {
    ...common,
    decidedBy,
    state: row.action_state,
    startedAtMs: row.started_at_ms,
    untilMs: lentUntilOf(row) ?? null,
    isSent: row.attempts > 0,
    proof: row.proof === null ? null : parseOwnJson<Proof>(row.proof),
    lastError: row.last_error,
  }
}
