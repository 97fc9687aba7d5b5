import { parseOwnJson } from '#kit'
import { phases, type IncidentId, type Plan, type PlanStep, type TenantId, type Trigger } from '#model'
import { handler, type Handler, type Tx } from '#store'

import { approveWaiting } from './approval-writer.ts'
import { closeIncident, recordPlan, type RecordPlan, type StartResult } from './commands.ts'
import { proveAgain, recountIncident, settleIncident } from './death.ts'
import { RespondError } from './error.ts'
import { refuseClosed, refuseFolded } from './incident-writer.ts'
import { dropAnchors } from './joining/anchors.ts'
import type { Journal } from './journal.ts'
import { planHash } from './keys.ts'
import { dayMs, endRecheck, move, recheckDays, tellAction } from './moves.ts'
import {
  generationOf,
  needAction,
  needIncident,
  previewOf,
  stepColumns,
  type ActionRow,
  type IncidentRow,
  type StepRow,
} from './rows.ts'
import { activeStates } from './states.ts'
import { openTask } from './tasks.ts'

/** Steps of one plan; a larger breach is several incidents. */
export const planStepsMax = 20_000
/** A step that no connector can do: a task for a person, never run, never proof. */
export const manualVerb = 'manual.task'
/** Who asks when a program does; only a person may have a refused or unclear action tried again. */
export const automationName = 'automation'

export const planHandlers = (journal: Journal): Handler[] => [
  handler(recordPlan, (tx, args) => {
    const { tenant, incident, atMs, assessment, by } = args
    const { plan, exposure } = assessment
    const row = needIncident(tx, tenant, incident)
    refuseClosed(row)
    checkPlan(tx, args)
    refuseLeaseAgain(row, plan)
    for (const { entity, why } of args.protectedTargets) {
      tx.run('INSERT OR IGNORE INTO protected_entity VALUES (?, ?, ?, ?, ?)', tenant, entity, why, 'estate', atMs)
    }
    if (row.plan !== plan.hash) {
      keepAssessment(tx, args, by === automationName ? row.plan : null)
      journal(
        tx,
        tenant,
        'plan.made',
        atMs,
        {
          incident,
          plan: plan.hash,
          steps: plan.steps.length,
          credentials: exposure.credentials.length,
          asOf: exposure.asOf,
        },
        { by },
      )
    }
    const isProtected = protectedOf(tx, tenant, plan)
    const held = new Set<string>(args.held)
    for (const step of plan.steps) {
      intend(tx, journal, args, step, isProtected.has(step.target))
      if (args.start && !held.has(step.key)) start(tx, journal, args, needAction(tx, tenant, step.key))
    }
    if (args.start && by !== automationName) wantAll(tx, tenant, incident)
    if (args.start) {
      const state = row.state === 'open' ? 'containing' : row.state
      tx.run('UPDATE incident SET state = ?, contain_by = NULL WHERE tenant = ? AND id = ?', state, tenant, incident)
      approveWaiting(tx, journal, tenant, incident, atMs)
    }
    recountIncident(tx, tenant, incident)
    proveAgain(tx, tenant, incident, atMs)
    settleIncident(tx, journal, tenant, incident, atMs)
    return standing(tx, args)
  }),

  handler(closeIncident, (tx, { tenant, incident, by, reason, atMs }) => {
    const row = needIncident(tx, tenant, incident)
    refuseFolded(row)
    if (row.state === 'closed') return null
    for (const step of currentSteps(tx, tenant, incident)) {
      if (step.attempts === 0 && step.worker === null && !isFailedLease(step)) drop(tx, step)
    }
    const left = tx.get<{ n: number }>(
      'SELECT count(*) AS n FROM exposed WHERE tenant = ? AND incident = ? AND dead = 0',
      tenant,
      incident,
    )
    tx.run(`UPDATE incident SET state = 'closed', contain_by = NULL WHERE tenant = ? AND id = ?`, tenant, incident)
    dropAnchors(tx, tenant, incident)
    journal(tx, tenant, 'incident.closed', atMs, { incident, survivors: left?.n ?? 0 }, { by, reason })
    return null
  }),
]

/** INVARIANT: a lease is given once. What ended is never given again by a later plan, under approvals that still last. */
function refuseLeaseAgain({ plan, trigger }: IncidentRow, { hash }: Plan): void {
  if (plan === null || plan === hash || parseOwnJson<Trigger>(trigger).kind !== 'lease') return
  throw new RespondError('ERR_PLAN_LEASE', 'a lease is planned once, when it is asked for', {
    hint: '`cordon lease ask` asks for another',
  })
}

/** Who asks for containment asks for all of it, and for what is made of it later. */
function wantAll(tx: Tx, tenant: TenantId, incident: IncidentId): void {
  tx.run('UPDATE incident SET wanted = 1 WHERE tenant = ? AND id = ?', tenant, incident)
  tx.run('UPDATE incident_part SET wanted = 1 WHERE tenant = ? AND incident = ?', tenant, incident)
}

function checkPlan(tx: Tx, { tenant, incident, assessment: { plan } }: RecordPlan): void {
  if (plan.tenant !== tenant || plan.incident !== incident || plan.hash !== planHash(plan)) {
    throw new RespondError('ERR_PLAN_HASH', `plan \`${plan.hash}\` is not the plan of this incident that it says it is`)
  }
  if (plan.steps.length > planStepsMax) {
    throw new RespondError(
      'ERR_PLAN_SIZE',
      `the plan has ${plan.steps.length} steps, at most ${planStepsMax} are run`,
      {
        hint: 'narrow the window, or open one incident for each host',
      },
    )
  }
  const stale = plan.steps.find((step) => step.generation !== generationOf(tx, tenant, step.verb, step.target))
  if (stale !== undefined) {
    throw new RespondError('ERR_PLAN_STALE', `\`${stale.target}\` changed since the plan was made`, {
      hint: 'assess again',
      retryable: true,
    })
  }
}

/** Replaces what the incident knew: the newest plan rules, and what it no longer wants must not start. */
function keepAssessment(
  tx: Tx,
  { tenant, incident, atMs, assessment: { plan, exposure } }: RecordPlan,
  amends: string | null,
): void {
  tx.run(
    'INSERT OR IGNORE INTO assessment VALUES (?, ?, ?, ?, ?, ?, ?)',
    tenant,
    plan.hash,
    incident,
    JSON.stringify(exposure),
    JSON.stringify(plan),
    atMs,
    amends,
  )
  tx.run('UPDATE incident SET plan = ? WHERE tenant = ? AND id = ?', plan.hash, tenant, incident)
  for (const step of plan.steps) {
    tx.run('INSERT OR IGNORE INTO plan_step VALUES (?, ?, ?)', tenant, plan.hash, step.key)
  }
  const members = [
    ...exposure.credentials.map(({ credential }) => credential),
    ...exposure.descendants.map(({ entity }) => entity),
    ...(exposure.accounts ?? []).map(({ account }) => account),
    ...(exposure.trimmed ?? []).map(({ takes }) => takes),
  ]
  tx.run(
    'DELETE FROM exposed WHERE tenant = ? AND incident = ? AND entity NOT IN (SELECT value FROM json_each(?))',
    tenant,
    incident,
    JSON.stringify(members),
  )
  for (const entity of members) {
    tx.run(
      'INSERT OR IGNORE INTO exposed (tenant, incident, entity, known_at_ms) VALUES (?, ?, ?, ?)',
      tenant,
      incident,
      entity,
      atMs,
    )
  }
  const kept = new Set<string>(plan.steps.map((step) => step.key))
  const newest = new Map(plan.steps.map((step) => [`${step.verb} ${step.target}`, step.generation]))
  for (const row of currentSteps(tx, tenant, incident)) {
    const isReplaced = (newest.get(`${row.verb} ${row.target}`) ?? 0) > row.generation
    const isUnwanted = !kept.has(row.id) && row.attempts === 0 && row.worker === null
    if (isReplaced || isUnwanted) drop(tx, row)
  }
}

/** It stays beside its incident: it tells why the right was not given, and no other lease uses it. */
const isFailedLease = (step: StepRow): boolean => step.state === 'failed' && previewOf(step).lentForMs !== undefined

const currentSteps = (tx: Tx, tenant: TenantId, incident: IncidentId): StepRow[] =>
  tx.all<StepRow>(
    `SELECT ${stepColumns} WHERE s.tenant = ? AND s.incident = ? AND s.is_current = 1 ORDER BY s.phase_no, a.id`,
    tenant,
    incident,
  )

function drop(tx: Tx, row: StepRow): void {
  tx.run(
    'UPDATE action_incident SET is_current = 0 WHERE tenant = ? AND action = ? AND incident = ?',
    row.tenant,
    row.id,
    row.step_incident,
  )
  const other = tx.get(
    'SELECT 1 FROM action_incident WHERE tenant = ? AND action = ? AND is_current = 1 LIMIT 1',
    row.tenant,
    row.id,
  )
  if (other !== undefined) return
  if (row.state === 'awaiting-approval' || row.state === 'approved') {
    move(tx, row, 'proposed', { is_automatic: 0, approved_at_ms: null, approved_until_ms: null })
  }
  endRecheck(tx, row)
}

function protectedOf(tx: Tx, tenant: TenantId, plan: Plan): Set<string> {
  const rows = tx.all<{ entity: string }>('SELECT entity FROM protected_entity WHERE tenant = ?', tenant)
  const all = new Set(rows.map(({ entity }) => entity))
  return new Set(plan.steps.map((step) => step.target).filter((target) => all.has(target)))
}

/** The intent: one row for one key, whoever wants it. */
function intend(tx: Tx, journal: Journal, args: RecordPlan, step: PlanStep, isProtected: boolean): void {
  const { tenant, incident, atMs, assessment } = args
  const { changes } = tx.run(
    `INSERT INTO action (tenant, id, incident, plan, phase, source, place_source, connector, verb, target, generation, preview,
       state, proposed_at_ms, reads_back_first) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'proposed', ?, ?) ON CONFLICT (tenant, id) DO NOTHING`,
    tenant,
    step.key,
    incident,
    assessment.plan.hash,
    step.phase,
    step.source,
    step.placeSource ?? null,
    step.connector,
    step.verb,
    step.target,
    step.generation,
    JSON.stringify(step.preview),
    atMs,
    isAfterRestore(tx, atMs) ? 1 : 0,
  )
  // INVARIANT 4: whatever the plan says, nobody's approval reaches a break-glass identity or Cordon's own credential.
  const level = isProtected ? null : step.level
  const decidedBy = isProtected ? [...step.decidedBy, 'code.protected'] : step.decidedBy
  const joined = tx.run(
    `INSERT INTO action_incident VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (tenant, action, incident) DO UPDATE SET
       plan = excluded.plan, phase_no = excluded.phase_no, level = excluded.level, decided_by = excluded.decided_by,
       serves = excluded.serves, is_current = 1
     WHERE plan <> excluded.plan OR is_current = 0`,
    tenant,
    step.key,
    incident,
    assessment.plan.hash,
    phases.indexOf(step.phase),
    level,
    JSON.stringify(decidedBy),
    JSON.stringify(step.serves),
  )
  for (const entity of [step.target, ...step.serves]) {
    tx.run('INSERT OR IGNORE INTO action_serves VALUES (?, ?, ?, ?)', tenant, incident, entity, step.key)
  }
  if (joined.changes === 0) return
  const what = changes === 1 ? 'action.intent' : 'action.joined'
  journal(
    tx,
    tenant,
    what,
    atMs,
    { action: step.key, incident, plan: assessment.plan.hash, verb: step.verb, connector: step.connector, level },
    { target: step.target },
  )
}

/** What ran between the backup and the restore is forgotten here, not at the vendor: look before acting. */
const isAfterRestore = (tx: Tx, atMs: number): boolean =>
  tx.get('SELECT 1 FROM respond_restore WHERE at_ms > ? LIMIT 1', atMs - recheckDays * dayMs) !== undefined

function start(tx: Tx, journal: Journal, { tenant, incident, by, atMs }: RecordPlan, row: ActionRow): void {
  const step = tx.get<{ level: number | null }>(
    'SELECT level FROM action_incident WHERE tenant = ? AND action = ? AND incident = ?',
    row.tenant,
    row.id,
    incident,
  )
  const level = step?.level ?? null
  if (row.verb === manualVerb) {
    if (row.state !== 'proposed') return
    move(tx, row, 'unknown', { last_error: 'no connector can do this; it is a task for a person' })
    return openTask(tx, journal, row, needIncident(tx, tenant, incident).severity, atMs)
  }
  if (level === null || (by === automationName && wasUndone(tx, row))) return
  if (row.state === 'proposed' || (row.state === 'awaiting-approval' && level === 0 && row.asks_fresh_after_ms === 0)) {
    if (level > 0) return move(tx, row, 'awaiting-approval')
    move(tx, row, 'approved', { is_automatic: 1, approved_at_ms: atMs, approved_until_ms: null })
    return tellAction(tx, journal, row, 'action.approved', atMs, { level: 0 })
  }
  const mayHaveLanded = row.applied_at_ms !== null
  if ((row.state === 'failed' || row.state === 'unknown') && !mayHaveLanded && by !== automationName) {
    move(tx, row, 'awaiting-approval', { asks_fresh_after_ms: atMs, is_automatic: 0, approved_at_ms: null })
    endRecheck(tx, row)
    tellAction(tx, journal, row, 'action.retry-asked', atMs, {}, { by })
  }
}

/** What a person undid, only a person does again: automation plans it and leaves it at that. */
const wasUndone = (tx: Tx, { tenant, target }: ActionRow): boolean =>
  tx.get(
    `SELECT 1 FROM action a JOIN generation g ON g.tenant = a.tenant AND g.verb = a.verb AND g.target = a.target
     WHERE a.tenant = ? AND a.target = ? AND a.state = 'undone' AND g.generation = a.generation + 1
     UNION ALL SELECT 1 FROM action WHERE tenant = ? AND target = ? AND state = 'undo-executing' LIMIT 1`,
    tenant,
    target,
    tenant,
    target,
  ) !== undefined

function standing(tx: Tx, { tenant, incident }: RecordPlan): StartResult {
  const rows = currentSteps(tx, tenant, incident)
  return {
    started: rows.filter((row) => activeStates.includes(row.state)).map((row) => row.id),
    waiting: rows.filter((row) => row.state === 'awaiting-approval').map((row) => row.id),
  }
}
