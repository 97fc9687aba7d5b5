import { parseOwnJson } from '#kit'
import type {
  Action,
  ActionId,
  ActionState,
  EntityId,
  Errand,
  FindingId,
  Incident,
  IncidentId,
  IncidentState,
  Phase,
  Severity,
  StepPreview,
  TenantId,
  Trigger,
  Trust,
  Window,
} from '#model'
import type { SqlValue } from '#store'

import { RespondError } from './error.ts'
import { urgencyOf } from './urgency.ts'

/** What both W's transaction and a reader offer. */
export interface Rows {
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined
  all<Row>(sql: string, ...values: SqlValue[]): Row[]
}

export type IncidentRow = {
  tenant: TenantId
  id: IncidentId
  title: string
  severity: Severity
  state: IncidentState
  trigger: string
  window: string
  trust: string
  plan: string | null
  opened_at_ms: number
  contain_by: string | null
  isolation_waived_at_ms: number | null
  folded_into: IncidentId | null
  folded_at_ms: number | null
  wanted: number
  named_rank: 0 | 1 | 2
  named_at_ms: number
  named_by: string
}

export type ActionRow = {
  tenant: TenantId
  id: ActionId
  incident: IncidentId
  plan: string
  phase: Phase
  source: string | null
  place_source: string | null
  connector: string
  verb: string
  target: EntityId
  generation: number
  preview: string
  state: ActionState
  is_automatic: number
  proposed_at_ms: number
  approved_at_ms: number | null
  approved_until_ms: number | null
  asks_fresh_after_ms: number
  started_at_ms: number | null
  applied_at_ms: number | null
  proven_at_ms: number | null
  proof: string | null
  attempts: number
  undo_attempts: number
  lease_ms: number
  releases: number
  reads_back_first: number
  fence: number
  worker: string | null
  errand: Errand | null
  last_error: string | null
  undo_state: string | null
  expires_at_ms: number | null
}

/** A step of one incident's plan beside the action it became. */
export type StepRow = ActionRow & {
  step_incident: IncidentId
  step_plan: string
  phase_no: number
  level: 0 | 1 | 2 | null
  decided_by: string
  serves: string
  is_current: number
}

export const stepColumns = `a.*, s.incident AS step_incident, s.plan AS step_plan, s.phase_no, s.level, s.decided_by, s.serves, s.is_current
  FROM action_incident s JOIN action a ON a.tenant = s.tenant AND a.id = s.action`

export const servesOf = (row: { serves: string }): EntityId[] => parseOwnJson<EntityId[]>(row.serves)
export const previewOf = (row: ActionRow): StepPreview => parseOwnJson<StepPreview>(row.preview)

/** Of a lease: when the right ends, by the moment the action was first let out. */
export function lentUntilOf(row: Pick<ActionRow, 'preview' | 'started_at_ms'>): number | undefined {
  const { lentForMs } = parseOwnJson<StepPreview>(row.preview)
  return lentForMs === undefined || row.started_at_ms === null ? undefined : row.started_at_ms + lentForMs
}

export function toAction(row: ActionRow, serves: EntityId[], step?: { incident: IncidentId; plan: string }): Action {
  const untilMs = lentUntilOf(row)
  return {
    id: row.id,
    tenant: row.tenant,
    incident: step?.incident ?? row.incident,
    plan: step?.plan ?? row.plan,
    phase: row.phase,
    source: row.source,
    ...(row.place_source === null ? {} : { placeSource: row.place_source }),
    connector: row.connector,
    verb: row.verb,
    target: row.target,
    serves,
    generation: row.generation,
    state: row.state,
    proposedAtMs: row.proposed_at_ms,
    approvedAtMs: row.approved_at_ms,
    appliedAtMs: row.applied_at_ms,
    provenAtMs: row.proven_at_ms,
    proof: row.proof === null ? null : parseOwnJson(row.proof),
    attempts: row.attempts,
    fence: row.fence,
    lastError: row.last_error,
    undoState: row.undo_state,
    ...(untilMs === undefined ? {} : { untilMs }),
  }
}

export const stepToAction = (row: StepRow): Action =>
  toAction(row, servesOf(row), { incident: row.step_incident, plan: row.step_plan })

/** Ids of folded incidents that one is shown with. */
const foldedShownMax = 100

export function toIncident(rows: Rows, row: IncidentRow): Incident {
  const findings = rows.all<{ finding: FindingId }>(
    'SELECT finding FROM incident_finding WHERE tenant = ? AND incident = ? ORDER BY at_ms, finding',
    row.tenant,
    row.id,
  )
  const further = rows
    .all<{ trigger: string; window: string; trust: string }>(
      `SELECT trigger, window, trust FROM incident_part WHERE tenant = ? AND incident = ? ORDER BY first_at_ms, trigger_key`,
      row.tenant,
      row.id,
    )
    .map((part) => ({
      trigger: parseOwnJson<Trigger>(part.trigger),
      window: parseOwnJson<Window>(part.window),
      trust: parseOwnJson<Trust>(part.trust),
    }))
  const folded = rows.all<{ id: IncidentId }>(
    'SELECT id FROM incident WHERE tenant = ? AND folded_into = ? ORDER BY folded_at_ms, id LIMIT ?',
    row.tenant,
    row.id,
    foldedShownMax,
  )
  return {
    id: row.id,
    tenant: row.tenant,
    title: row.title,
    severity: row.severity,
    urgency: urgencyOf(rows, row),
    state: row.state,
    trigger: parseOwnJson(row.trigger),
    window: parseOwnJson(row.window),
    trust: parseOwnJson(row.trust),
    findings: findings.map(({ finding }) => finding),
    openedAtMs: row.opened_at_ms,
    plan: row.plan,
    ...(further.length === 0 ? {} : { further }),
    ...(folded.length === 0 ? {} : { folded: folded.map(({ id }) => id) }),
  }
}

export function needIncident(rows: Rows, tenant: TenantId, id: IncidentId): IncidentRow {
  const row = rows.get<IncidentRow>('SELECT * FROM incident WHERE tenant = ? AND id = ?', tenant, id)
  if (row !== undefined) return row
  throw new RespondError('ERR_INCIDENT_UNKNOWN', `no incident \`${id}\``, { hint: '`cordon incident list` shows them' })
}

/** The incident itself, or the one that it was folded into: what is asked of the one is answered of the other. */
export function liveIncident(rows: Rows, tenant: TenantId, id: IncidentId): IncidentRow {
  const row = needIncident(rows, tenant, id)
  return row.folded_into === null ? row : needIncident(rows, tenant, row.folded_into)
}

export function needAction(rows: Rows, tenant: TenantId, id: ActionId): ActionRow {
  const row = rows.get<ActionRow>('SELECT * FROM action WHERE tenant = ? AND id = ?', tenant, id)
  if (row !== undefined) return row
  throw new RespondError('ERR_ACTION_UNKNOWN', `no action \`${id}\``, {
    hint: '`cordon incident show` lists the actions of an incident',
  })
}

/** All steps an incident ever took or plans to take; those of replaced plans that never started are left out. */
export const stepsOf = (rows: Rows, tenant: TenantId, incident: IncidentId): StepRow[] =>
  rows.all<StepRow>(
    `SELECT ${stepColumns} WHERE s.tenant = ? AND s.incident = ? AND (s.is_current = 1 OR a.attempts > 0)
     ORDER BY s.phase_no, a.proposed_at_ms, a.id`,
    tenant,
    incident,
  )

export const isStopped = (rows: Rows, tenant: TenantId): boolean =>
  rows.get('SELECT 1 FROM automation_stop WHERE tenant = ?', tenant) !== undefined

/** 0 until an undo completed or a probe saw the target alive after it was acted upon. */
export const generationOf = (rows: Rows, tenant: TenantId, verb: string, target: EntityId): number =>
  rows.get<{ generation: number }>(
    'SELECT generation FROM generation WHERE tenant = ? AND verb = ? AND target = ?',
    tenant,
    verb,
    target,
  )?.generation ?? 0

/** Automatic starts of one verb on one connector since `sinceMs`: what the cap counts, and what policy is told. */
export const startsOfVerb = (rows: Rows, tenant: TenantId, connector: string, verb: string, sinceMs: number): number =>
  rows.get<{ n: number }>(
    `SELECT count(*) AS n FROM action WHERE tenant = ? AND connector = ? AND verb = ? AND is_automatic = 1
       AND started_at_ms > ?`,
    tenant,
    connector,
    verb,
    sinceMs,
  )?.n ?? 0

/** Rises with every restore; part of every fence. */
export const fenceEpoch = (rows: Rows): number =>
  Number(rows.get<{ value: string }>(`SELECT value FROM store_meta WHERE key = 'fence_epoch'`)?.value ?? 0)

/** Where a consumer of findings stands; null before its first. */
export const respondCursor = (rows: Rows, tenant: TenantId, consumer: string): number | null =>
  rows.get<{ at: number }>('SELECT at FROM respond_cursor WHERE tenant = ? AND consumer = ?', tenant, consumer)?.at ??
  null
