import { parseOwnJson } from '#kit'
import type { Approval, IncidentId, TenantId, Trigger } from '#model'
import { handler, type Handler, type Tx } from '#store'

import { approvePlan, type ApproveResult } from './commands.ts'
import { RespondError } from './error.ts'
import { refuseClosed } from './incident-writer.ts'
import type { Journal } from './journal.ts'
import { verbsText } from './keys.ts'
import { move, tellAction } from './moves.ts'
import { liveIncident, stepColumns, type IncidentRow, type StepRow } from './rows.ts'
import { isSignedBy } from './signature.ts'
import type { SignedApproval } from './types.ts'

/** An approval is for now: nobody signs for next week. */
export const approvalLifeMsMax = 24 * 3_600_000
/** How far an approver's clock may be ahead of ours. */
export const approvalSkewMs = 5 * 60_000
export const furtherTargetsMax = 1_000
/** How many amendments back a plan may still be approved. */
export const amendmentsMax = 1_000

export type ApproverRow = {
  key_id: string
  name: string
  public_key: string
  method: string
  state: string
  enrolled_by: string
}
type ApprovalRow = {
  nonce: string
  plan: string
  approver: string
  approval: string
  expires_at_ms: number
  at_ms: number
}

export const approvalHandlers = (journal: Journal): Handler[] => [
  handler(approvePlan, (tx, { tenant, signed, atMs }): ApproveResult => {
    const { approval } = signed
    const approver = signerOf(tx, tenant, signed.keyId, approval.approver, approval, signed.signature)
    const incident = liveIncident(tx, tenant, approval.incident)
    refuseClosed(incident)
    refuseUntimely(approval, atMs)
    refuseOwnLease(incident, approver)
    if (!isStandingPlan(tx, incident, approval.plan)) {
      throw new RespondError('ERR_APPROVAL_PLAN', `\`${approval.plan}\` is not the newest plan of this incident`, {
        hint: `look at plan \`${incident.plan ?? 'none yet'}\` and approve that one`,
      })
    }
    keep(tx, tenant, signed, incident.id, approver, atMs)
    journal(
      tx,
      tenant,
      'approval.given',
      atMs,
      {
        incident: approval.incident,
        plan: approval.plan,
        keyId: signed.keyId,
        method: approver.method,
        nonce: approval.nonce,
        verbs: verbsText(approval.envelope.verbs),
        furtherTargetsMax: approval.envelope.furtherTargetsMax,
        expiresAtMs: approval.envelope.expiresAtMs,
      },
      { approver: approval.approver, signature: signed.signature },
    )
    return approveWaiting(tx, journal, tenant, incident.id, atMs)
  }),
]

/**
 * INVARIANT: nobody approves what they asked for, or what is for themselves, by any of their names. Names are as the sources
 * and Cordon's own users state them: two accounts of one person under unlike names are two people here.
 */
function refuseOwnLease({ trigger }: IncidentRow, { name, enrolled_by: enrolledBy }: ApproverRow): void {
  const known = parseOwnJson<Trigger>(trigger)
  if (known.kind !== 'lease') return
  const own = [name, enrolledBy].some((one) => known.lease.notBy.includes(one.toLowerCase()))
  if (!own) return
  throw new RespondError(
    'ERR_APPROVAL_OWN',
    `\`${name}\` asked for this lease, is whom it is for, or has a key from them`,
    {
      hint: 'somebody else approves it',
    },
  )
}

/**
 * The incident's plan, or one that automation amended since: what was looked at stays approved, and what came along since
 * uses up further targets of the envelope. So does a plan of an incident that was folded into this one. A plan a person has
 * replaced is over.
 */
function isStandingPlan(tx: Tx, { tenant, id, plan }: IncidentRow, signed: string): boolean {
  const own = amendedBy(tx, tenant, plan)
  if (own.has(signed)) return true
  const rootMs = [...own.values()].at(-1)
  const folded = tx.all<{ plan: string | null; folded_at_ms: number }>(
    'SELECT plan, folded_at_ms FROM incident WHERE tenant = ? AND folded_into = ?',
    tenant,
    id,
  )
  return folded.some(
    (row) => (rootMs === undefined || rootMs <= row.folded_at_ms) && amendedBy(tx, tenant, row.plan).has(signed),
  )
}

/** A plan and those that it amends, the newest first, with when each was made. */
function amendedBy(tx: Tx, tenant: TenantId, newest: string | null): Map<string, number> {
  const found = new Map<string, number>()
  for (let at = newest; at !== null && found.size < amendmentsMax;) {
    const row = tx.get<{ amends: string | null; made_at_ms: number }>(
      'SELECT amends, made_at_ms FROM assessment WHERE tenant = ? AND hash = ?',
      tenant,
      at,
    )
    if (row === undefined || found.has(at)) break
    found.set(at, row.made_at_ms)
    at = row.amends
  }
  return found
}

/** The enrolled, active key that made this signature, under the name it was enrolled for. */
export function signerOf(
  tx: Tx,
  tenant: TenantId,
  keyId: string,
  name: string,
  value: unknown,
  signature: string,
): ApproverRow {
  const row = tx.get<ApproverRow>('SELECT * FROM approver WHERE tenant = ? AND key_id = ?', tenant, keyId)
  if (row === undefined || row.state !== 'active' || row.name !== name) {
    throw new RespondError('ERR_APPROVAL_KEY', `\`${keyId}\` is no active key of \`${name}\``, {
      hint: 'enrol the key first; a new key waits until another approver consents',
    })
  }
  if (!isSignedBy(row.public_key, value, signature)) {
    throw new RespondError('ERR_APPROVAL_SIGNATURE', 'the signature does not fit what was signed', {
      hint: 'sign the canonical JSON (RFC 8785) of the approval with the enrolled Ed25519 key',
    })
  }
  return row
}

function refuseUntimely({ envelope, atMs: signedAtMs }: Approval, atMs: number): void {
  const isWellFormed =
    signedAtMs <= atMs + approvalSkewMs && envelope.expiresAtMs - signedAtMs <= approvalLifeMsMax + approvalSkewMs
  if (envelope.expiresAtMs > atMs && isWellFormed) return
  throw new RespondError('ERR_APPROVAL_EXPIRED', 'this approval has expired, or lives longer than approvals may', {
    hint: `sign a new one that lives at most ${approvalLifeMsMax / 3_600_000} hours`,
  })
}

function keep(
  tx: Tx,
  tenant: TenantId,
  signed: SignedApproval,
  incident: IncidentId,
  approver: ApproverRow,
  atMs: number,
): void {
  const { approval } = signed
  const { changes } = tx.run(
    'INSERT OR IGNORE INTO approval VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    tenant,
    approval.nonce,
    incident,
    approval.plan,
    approval.approver,
    signed.keyId,
    approver.method,
    JSON.stringify(approval),
    signed.signature,
    approval.envelope.expiresAtMs,
    atMs,
  )
  if (changes === 1) return
  throw new RespondError('ERR_APPROVAL_REPLAYED', 'this approval was used before', {
    hint: 'an approval counts once; sign a new one with a new nonce',
  })
}

/**
 * Moves every waiting step of the newest plan for which enough different approvers have signed. A step of the plan that
 * was signed counts when its verb and connector lie in the envelope; a later one also uses up one further target.
 */
export function approveWaiting(
  tx: Tx,
  journal: Journal,
  tenant: TenantId,
  incident: IncidentId,
  atMs: number,
): ApproveResult {
  const approvals = tx
    .all<ApprovalRow>(
      `SELECT * FROM approval WHERE tenant = ? AND incident = ? AND expires_at_ms > ?
         AND key_id IN (SELECT key_id FROM approver WHERE tenant = ? AND state = 'active') ORDER BY at_ms, nonce`,
      tenant,
      incident,
      atMs,
      tenant,
    )
    .map((row) => ({ ...row, envelope: parseOwnJson<Approval>(row.approval).envelope }))
  const waiting = tx.all<StepRow>(
    `SELECT ${stepColumns} WHERE s.tenant = ? AND s.incident = ? AND s.is_current = 1 AND s.level IS NOT NULL
       AND a.state = 'awaiting-approval' ORDER BY s.phase_no, a.id`,
    tenant,
    incident,
  )
  const result: ApproveResult = { started: [], stillWaiting: [], approvalsMissing: 0 }
  for (const step of waiting) {
    const needed = Math.max(1, step.level ?? 1)
    const byName = new Map<string, { nonce: string; isFurther: boolean; expiresAtMs: number }>()
    for (const approval of approvals) {
      if (byName.has(approval.approver) || approval.at_ms < step.asks_fresh_after_ms) continue
      if (!approval.envelope.verbs.includes(step.verb)) continue
      if (!approval.envelope.connectors.includes(step.connector)) continue
      const isFurther = !isStepOf(tx, tenant, approval.plan, step.id)
      if (isFurther && furtherUsed(tx, tenant, approval.nonce) >= limitOf(approval.envelope)) continue
      byName.set(approval.approver, { nonce: approval.nonce, isFurther, expiresAtMs: approval.expires_at_ms })
    }
    if (byName.size < needed) {
      result.stillWaiting.push(step.id)
      result.approvalsMissing = Math.max(result.approvalsMissing, needed - byName.size)
      continue
    }
    const used = [...byName.values()].slice(0, needed)
    for (const { nonce, isFurther } of used) {
      tx.run('INSERT OR IGNORE INTO action_approval VALUES (?, ?, ?, ?)', tenant, step.id, nonce, isFurther ? 1 : 0)
    }
    move(tx, step, 'approved', {
      is_automatic: 0,
      approved_at_ms: atMs,
      approved_until_ms: Math.min(...used.map(({ expiresAtMs }) => expiresAtMs)),
    })
    tellAction(tx, journal, step, 'action.approved', atMs, { level: needed, plan: step.step_plan })
    result.started.push(step.id)
  }
  return result
}

const limitOf = (envelope: Approval['envelope']): number => Math.min(envelope.furtherTargetsMax, furtherTargetsMax)

const isStepOf = (tx: Tx, tenant: TenantId, plan: string, action: string): boolean =>
  tx.get('SELECT 1 FROM plan_step WHERE tenant = ? AND plan = ? AND action = ?', tenant, plan, action) !== undefined

const furtherUsed = (tx: Tx, tenant: TenantId, nonce: string): number =>
  tx.get<{ n: number }>(
    `SELECT count(DISTINCT a.target) AS n FROM action_approval p JOIN action a ON a.tenant = p.tenant AND a.id = p.action
     WHERE p.tenant = ? AND p.nonce = ? AND p.is_further = 1`,
    tenant,
    nonce,
  )?.n ?? 0
