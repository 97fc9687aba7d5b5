import type { Action, ActionId, EntityId, IncidentId } from '#model'
import { handler, type Handler, type Tx } from '#store'

import { refuse } from './claim-writer.ts'
import { releasesMax } from './claiming.ts'
import {
  appliedAction,
  askUndo,
  attemptAction,
  failedAction,
  probedAction,
  refuseAction,
  releaseAction,
  undoneAction,
} from './commands.ts'
import { settleIncidents } from './death.ts'
import { RespondError } from './error.ts'
import type { Journal, OnProven } from './journal.ts'
import { endRecheck, letGo, move, raiseGeneration, scheduleRecheck, tellAction } from './moves.ts'
import { automationName } from './plan-writer.ts'
import { fenceEpoch, isStopped, needAction, previewOf, toAction, type ActionRow } from './rows.ts'
import { fencesPerEpoch } from './claiming.ts'
import type { ProbeOutcome } from './types.ts'

type Stamp = { atMs: number; monoMs: number; boot: string }

export const outcomeHandlers = (journal: Journal, onProven: OnProven = () => undefined): Handler[] => [
  handler(attemptAction, (tx, args) => {
    const row = held(tx, args)
    const isUndo = row.state === 'undo-executing'
    const made = tx.get(
      'SELECT 1 FROM action_attempt WHERE tenant = ? AND action = ? AND fence = ?',
      row.tenant,
      row.id,
      row.fence,
    )
    if (made !== undefined) return null
    if (row.worker === null) throw stale(row.id)
    // The gate behind which calls go out: what was claimed before the stop does not start after it.
    if (!isUndo && isStopped(tx, row.tenant)) {
      throw new RespondError('ERR_AUTOMATION_STOPPED', 'all automation is stopped', {
        hint: '`cordon resume` lets it run again',
        retryable: true,
      })
    }
    if (!isUndo) move(tx, row, 'executing', { undo_state: args.undoState ?? row.undo_state })
    const n = row.attempts + row.undo_attempts + 1
    tx.run(
      'INSERT INTO action_attempt VALUES (?, ?, ?, ?, ?, ?, ?, NULL, NULL)',
      row.tenant,
      row.id,
      n,
      isUndo ? 'undo' : 'apply',
      row.worker,
      row.fence,
      args.atMs,
    )
    tx.run(
      `UPDATE action SET attempts = attempts + ?, undo_attempts = undo_attempts + ? WHERE tenant = ? AND id = ?`,
      isUndo ? 0 : 1,
      isUndo ? 1 : 0,
      row.tenant,
      row.id,
    )
    renew(tx, row, args)
    tellAction(tx, journal, row, 'action.started', args.atMs, { attempt: n, fence: row.fence, isUndo })
    return null
  }),

  handler(appliedAction, (tx, args) => {
    const row = held(tx, args)
    if (row.state === 'applied' || row.state === 'probing' || row.state === 'contained') return null
    const isOpen = row.state === 'executing' || row.state === 'approved'
    if (!isOpen || row.worker === null) throw stale(row.id)
    move(tx, row, 'applied', {
      applied_at_ms: args.atMs,
      undo_state: args.undoState ?? row.undo_state,
      releases: 0,
      last_error: null,
    })
    endAttempt(tx, row, 'applied', args.says)
    renew(tx, row, args)
    tellAction(tx, journal, row, 'action.applied', args.atMs, {}, { says: args.says })
    settleIncidents(tx, journal, row.tenant, row.id, args.atMs)
    return null
  }),

  handler(probedAction, (tx, args) => {
    const row = held(tx, args)
    if (row.worker === null) {
      if (row.state === 'contained' || row.state === 'unknown') return null
      throw stale(row.id)
    }
    if (row.state === 'contained' || row.state === 'unknown')
      rechecked(tx, journal, row, args.outcome, args.atMs, onProven)
    else if (args.outcome.verdict === 'dead') proven(tx, journal, row, args.outcome.proof, args.atMs, onProven)
    else if (args.outcome.isFinal) unproven(tx, journal, row, args.outcome, args.atMs)
    else {
      if (row.state !== 'applied' && row.state !== 'probing') throw stale(row.id)
      move(tx, row, 'probing', { last_error: args.outcome.says, expires_at_ms: args.outcome.expiresAtMs })
      renew(tx, row, args)
    }
    return null
  }),

  handler(failedAction, (tx, args) => {
    const row = held(tx, args)
    if (row.worker === null) return null
    const says = `${args.code}: ${args.says}`
    tx.run('UPDATE action SET last_error = ? WHERE tenant = ? AND id = ?', says, row.tenant, row.id)
    if (!args.isFinal) return null
    if (row.state === 'contained' || row.state === 'unknown') {
      rechecked(
        tx,
        journal,
        row,
        { verdict: 'unknown', says, expiresAtMs: row.expires_at_ms, isFinal: true },
        args.atMs,
        onProven,
      )
      return null
    }
    // Only a change that never landed has failed; anything later is not known.
    const hasFailed = row.state === 'executing' || row.state === 'approved'
    move(tx, row, hasFailed ? 'failed' : 'unknown', { last_error: says })
    endAttempt(tx, row, args.code, args.says)
    letGo(tx, row)
    if (!hasFailed) scheduleRecheck(tx, row, args.atMs)
    tellAction(
      tx,
      journal,
      row,
      hasFailed ? 'action.failed' : 'action.unknown',
      args.atMs,
      { code: args.code },
      { says },
    )
    settleIncidents(tx, journal, row.tenant, row.id, args.atMs)
    return null
  }),

  handler(undoneAction, (tx, args) => {
    const row = held(tx, args)
    if (row.state === 'undone') return null
    if (row.state !== 'undo-executing' || row.worker === null) throw stale(row.id)
    const { proof = null } = args
    move(tx, row, 'undone', {
      proof: proof === null ? null : JSON.stringify(proof),
      proven_at_ms: proof?.atMs ?? null,
      last_error: null,
    })
    endAttempt(tx, row, 'undone', args.says)
    letGo(tx, row)
    raiseGeneration(tx, row)
    endRecheck(tx, row)
    const facts = proof === null ? {} : { proof: proof.kind, provenAtMs: proof.atMs }
    tellAction(tx, journal, row, 'action.undone', args.atMs, facts, { says: args.says })
    settleIncidents(tx, journal, row.tenant, row.id, args.atMs)
    return null
  }),

  handler(releaseAction, (tx, args) => {
    const row = held(tx, args)
    if (row.worker === null) return null
    const isStuck = row.state === 'executing' || row.state === 'approved' || row.state === 'undo-executing'
    letGo(tx, row)
    if (isStuck && row.releases >= releasesMax) {
      const says = `gave up after ${releasesMax} tries: ${row.last_error ?? 'no answer'}`
      move(tx, row, row.state === 'approved' ? 'failed' : 'unknown', { last_error: says })
      tellAction(tx, journal, row, 'action.given-up', args.atMs, { tries: releasesMax })
      settleIncidents(tx, journal, row.tenant, row.id, args.atMs)
      return null
    }
    tx.run(
      `UPDATE action SET releases = releases + ?, held_boot = ?, held_until_ms = ?, held_for_ms = ? WHERE tenant = ? AND id = ?`,
      isStuck ? 1 : 0,
      args.boot,
      args.monoMs + args.retryAfterMs,
      args.retryAfterMs,
      row.tenant,
      row.id,
    )
    return null
  }),

  handler(refuseAction, (tx, args) => {
    const row = held(tx, args)
    if (row.worker === null || row.state === 'undo-executing') return null
    refuse(tx, journal, row, args.code, args.says, args.atMs)
    settleIncidents(tx, journal, row.tenant, row.id, args.atMs)
    return null
  }),

  handler(askUndo, (tx, { tenant, id, by, atMs }): Action & { resurrects: EntityId[] } => {
    const row = needAction(tx, tenant, id)
    const served = tx.all<{ entity: EntityId }>(
      'SELECT DISTINCT entity FROM action_serves WHERE tenant = ? AND action = ? ORDER BY entity',
      tenant,
      id,
    )
    const resurrects = served.map(({ entity }) => entity)
    const done = (): Action & { resurrects: EntityId[] } => ({ ...toAction(row, resurrects), resurrects })
    if (row.state === 'undo-executing' || row.state === 'undone') return done()
    refuseUndo(row, atMs)
    // The claim that may still be probing is cut off: its fence is no longer the action's.
    tx.run('UPDATE action SET fence = fence + 1, releases = 0 WHERE tenant = ? AND id = ?', tenant, id)
    row.fence += 1
    move(tx, row, 'undo-executing', { proof: null, proven_at_ms: null })
    letGo(tx, row)
    endRecheck(tx, row)
    tellAction(tx, journal, row, 'action.undo-asked', atMs, { resurrects: resurrects.length }, { by })
    settleIncidents(tx, journal, tenant, id, atMs)
    return done()
  }),
]

/** Everyone who writes an outcome must hold the newest claim, of this restore epoch. */
function held(tx: Tx, { id, fence }: { id: ActionId; fence: number }): ActionRow {
  const row = tx.get<ActionRow>('SELECT * FROM action WHERE id = ?', id)
  if (row === undefined) throw new RespondError('ERR_ACTION_UNKNOWN', `no action \`${id}\``)
  if (row.fence !== fence || fence <= fenceEpoch(tx) * fencesPerEpoch) throw stale(id)
  return row
}

const stale = (id: ActionId): RespondError =>
  new RespondError('ERR_FENCE_STALE', `this claim of \`${id}\` is over`, {
    hint: 'drop the work: whoever holds the newer claim reads back and goes on',
  })

function renew(tx: Tx, row: ActionRow, { monoMs, boot }: Stamp): void {
  tx.run(
    `UPDATE action SET held_boot = ?, held_until_ms = ?, held_for_ms = lease_ms WHERE tenant = ? AND id = ? AND worker IS NOT NULL`,
    boot,
    monoMs + row.lease_ms,
    row.tenant,
    row.id,
  )
}

function endAttempt(tx: Tx, row: ActionRow, outcome: string, says: string): void {
  tx.run(
    `UPDATE action_attempt SET outcome = ?, says = ? WHERE tenant = ? AND action = ? AND outcome IS NULL`,
    outcome,
    says,
    row.tenant,
    row.id,
  )
}

type DeadOutcome = Extract<ProbeOutcome, { verdict: 'dead' }>
type OtherOutcome = Exclude<ProbeOutcome, DeadOutcome>

/** INVARIANT 3: the only way to `contained`, and it takes a proof. */
function proven(
  tx: Tx,
  journal: Journal,
  row: ActionRow,
  proof: DeadOutcome['proof'],
  atMs: number,
  onProven: OnProven,
): void {
  if (row.state !== 'applied' && row.state !== 'probing' && row.state !== 'unknown') throw stale(row.id)
  move(tx, row, 'contained', { proof: JSON.stringify(proof), proven_at_ms: proof.atMs, last_error: null })
  letGo(tx, row)
  endRecheck(tx, row)
  scheduleRecheck(tx, row, atMs)
  tellAction(
    tx,
    journal,
    row,
    'action.proven',
    atMs,
    { proof: proof.kind, provenAtMs: proof.atMs },
    { says: proof.says },
  )
  const { tenant, id: action, incident, generation, verb, phase, target } = row
  onProven(tx, tenant, { action, incident, generation, verb, phase, target, provenAtMs: proof.atMs })
  settleIncidents(tx, journal, row.tenant, row.id, atMs)
}

function unproven(tx: Tx, journal: Journal, row: ActionRow, outcome: OtherOutcome, atMs: number): void {
  move(tx, row, 'unknown', { last_error: outcome.says, expires_at_ms: outcome.expiresAtMs })
  letGo(tx, row)
  // Applied, and still alive: the same action again would be refused as done, so the next one gets a new key.
  if (outcome.verdict === 'alive' && row.applied_at_ms !== null) raiseGeneration(tx, row)
  scheduleRecheck(tx, row, atMs)
  tellAction(tx, journal, row, 'action.unknown', atMs, { verdict: outcome.verdict }, { says: outcome.says })
  settleIncidents(tx, journal, row.tenant, row.id, atMs)
}

function rechecked(
  tx: Tx,
  journal: Journal,
  row: ActionRow,
  outcome: ProbeOutcome,
  atMs: number,
  onProven: OnProven,
): void {
  letGo(tx, row)
  if (outcome.verdict === 'dead') {
    if (row.state === 'unknown') return proven(tx, journal, row, outcome.proof, atMs, onProven)
    scheduleRecheck(tx, row, atMs)
    tx.run('UPDATE action SET reproven_at_ms = ? WHERE tenant = ? AND id = ?', outcome.proof.atMs, row.tenant, row.id)
    tellAction(tx, journal, row, 'proof.rechecked', atMs, { proof: outcome.proof.kind })
    return settleIncidents(tx, journal, row.tenant, row.id, atMs)
  }
  if (row.state === 'contained' && outcome.verdict === 'alive') return aliveAgain(tx, journal, row, outcome, atMs)
  if (row.state === 'unknown') {
    move(tx, row, 'unknown', { last_error: outcome.says, expires_at_ms: outcome.expiresAtMs })
    if (outcome.verdict === 'alive' && row.applied_at_ms !== null) raiseGeneration(tx, row)
  }
  scheduleRecheck(tx, row, atMs)
}

/** What was proven dead answers again: the incidents reopen, and a new plan with a new key is asked for. */
function aliveAgain(tx: Tx, journal: Journal, row: ActionRow, outcome: OtherOutcome, atMs: number): void {
  move(tx, row, 'unknown', {
    proof: null,
    proven_at_ms: null,
    last_error: `alive again: ${outcome.says}`,
    expires_at_ms: outcome.expiresAtMs,
  })
  raiseGeneration(tx, row)
  endRecheck(tx, row)
  scheduleRecheck(tx, row, atMs)
  tellAction(tx, journal, row, 'action.alive-again', atMs, { generation: row.generation + 1 }, { says: outcome.says })
  const incidents = tx.all<{ incident: IncidentId }>(
    'SELECT incident FROM action_incident WHERE tenant = ? AND action = ? AND is_current = 1',
    row.tenant,
    row.id,
  )
  for (const { incident } of incidents) {
    tx.run(
      `UPDATE incident SET contain_by = ?, state = CASE state WHEN 'closed' THEN 'containing' ELSE state END
       WHERE tenant = ? AND id = ? AND (state <> 'closed' OR NOT EXISTS (SELECT 1 FROM incident o
         WHERE o.tenant = incident.tenant AND o.state <> 'closed' AND (o.trigger_key = incident.trigger_key OR EXISTS
           (SELECT 1 FROM incident_part p WHERE p.tenant = o.tenant AND p.incident = o.id AND p.trigger_key = incident.trigger_key))))`,
      automationName,
      row.tenant,
      incident,
    )
  }
  settleIncidents(tx, journal, row.tenant, row.id, atMs)
}

function refuseUndo(row: ActionRow, atMs: number): void {
  const preview = previewOf(row)
  // What was lent may stand though nobody heard of it: its end is asked for all the same.
  const mayStand = row.applied_at_ms !== null || (preview.lentForMs !== undefined && row.attempts > 0)
  const canUndo =
    mayStand &&
    (row.state === 'applied' || row.state === 'probing' || row.state === 'contained' || row.state === 'unknown')
  if (!canUndo) {
    throw new RespondError('ERR_ACTION_STATE', `action \`${row.id}\` is ${row.state}: there is nothing to undo`, {
      hint: row.state === 'executing' ? 'wait until it is applied' : '`cordon incident show` tells where it stands',
    })
  }
  const isLate = preview.undoWithinMs !== null && atMs - (row.applied_at_ms ?? 0) > preview.undoWithinMs
  if (preview.reversible && !isLate) return
  throw new RespondError('ERR_ACTION_IRREVERSIBLE', `\`${row.verb}\` cannot be undone${isLate ? ' any more' : ''}`, {
    hint: 'the owner must make a new credential',
  })
}
