import { parseOwnJson } from '#kit'
import type { Action, Approval, IncidentId, TenantId } from '#model'

import { stepsOf, type IncidentRow, type Rows, type StepRow } from '../rows.ts'
import { tasksOf } from '../tasks.ts'
import type { Moment } from './types.ts'

/** Plans of one incident that are told, the newest: an attacker can keep amendments coming. */
const plansMax = 200

type Said = Pick<Moment, 'key' | 'atMs' | 'kind' | 'what' | 'says'> & Partial<Moment>
const moment = (said: Said): Moment => ({ arrivedAtMs: null, entity: null, ref: null, evidence: [], ...said })

/** What people, policy and Cordon decided. */
export function decidedMoments(rows: Rows, { tenant, id, opened_at_ms: openedAtMs, ...row }: IncidentRow): Moment[] {
  const folded = rows.all<{ id: IncidentId; folded_at_ms: number }>(
    'SELECT id, folded_at_ms FROM incident WHERE tenant = ? AND folded_into = ?',
    tenant,
    id,
  )
  const plans = [id, ...folded.map((one) => one.id)].flatMap((incident) =>
    rows.all<{ hash: string; made_at_ms: number; amends: string | null; steps: number }>(
      `SELECT hash, made_at_ms, amends, (SELECT count(*) FROM plan_step s WHERE s.tenant = a.tenant AND s.plan = a.hash) AS steps
         FROM assessment a WHERE tenant = ? AND incident = ? ORDER BY made_at_ms DESC, hash LIMIT ?`,
      tenant,
      incident,
      plansMax,
    ),
  )
  const approvals = rows.all<{ nonce: string; approval: string; at_ms: number }>(
    'SELECT nonce, approval, at_ms FROM approval WHERE tenant = ? AND incident = ? ORDER BY at_ms LIMIT ?',
    tenant,
    id,
    plansMax,
  )
  return [
    moment({ key: id, atMs: openedAtMs, kind: 'decided', what: 'opened', says: `incident ${id} opened`, ref: id }),
    ...folded.map((one) =>
      moment({
        key: one.id,
        atMs: one.folded_at_ms,
        kind: 'decided',
        what: 'folded',
        says: `${one.id} became part of this incident`,
        ref: one.id,
      }),
    ),
    ...plans.map(({ hash, made_at_ms: atMs, amends, steps }) => {
      const what = amends === null ? 'plan made' : 'plan amended'
      const says = `${what}: ${hash.slice(0, 12)}…, ${steps.toLocaleString('en-US')} steps`
      return moment({ key: hash, atMs, kind: 'decided', what, says, ref: hash })
    }),
    ...approvals.map(({ nonce, approval, at_ms: atMs }) => {
      const { approver, plan } = parseOwnJson<Approval>(approval)
      const says = `${approver} approved plan ${plan.slice(0, 12)}…`
      return moment({ key: nonce, atMs, kind: 'decided', what: 'approved', says, ref: plan })
    }),
    ...(row.isolation_waived_at_ms === null
      ? []
      : [
          moment({
            key: 'isolation',
            atMs: row.isolation_waived_at_ms,
            kind: 'decided',
            what: 'isolation waived',
            says: 'isolation was not proven in time; the other steps went on by the declared rule',
          }),
        ]),
    ...tasksOf(rows, tenant, id).flatMap(({ action, target, done }) =>
      done === null
        ? []
        : [
            moment({
              key: action,
              atMs: done.atMs,
              kind: 'decided',
              what: 'task done',
              says: `${done.by} says that the task on \`${target}\` is done`,
              entity: target,
              ref: action,
            }),
          ],
    ),
  ]
}

/** Steps as they went: let go by policy, tried, applied; and their proofs. */
export function stepMoments(rows: Rows, tenant: TenantId, incident: IncidentId): Moment[] {
  const tries = rows.all<{ action: string; n: number; kind: string; at_ms: number; outcome: string | null }>(
    `SELECT t.action, t.n, t.kind, t.at_ms, t.outcome FROM action_attempt t
       JOIN action_incident s ON s.tenant = t.tenant AND s.action = t.action
     WHERE s.tenant = ? AND s.incident = ? ORDER BY t.at_ms, t.action, t.n`,
    tenant,
    incident,
  )
  const triesOf = Map.groupBy(tries, ({ action }) => action)
  return stepsOf(rows, tenant, incident).flatMap((row) => {
    const at = (what: string, atMs: number | null, says: string): Moment[] =>
      atMs === null
        ? []
        : [
            moment({
              key: `${row.id} ${what}`,
              atMs,
              kind: 'step',
              what: `${row.verb} ${what}`,
              says,
              entity: row.target,
              ref: row.id,
            }),
          ]
    const on = `\`${row.verb}\` on \`${row.target}\``
    return [
      ...(row.is_automatic === 1 ? at('let go by policy', row.approved_at_ms, `${on}: let go by policy`) : []),
      ...(triesOf.get(row.id) ?? []).flatMap(({ n, kind, at_ms: atMs, outcome }) => {
        const ends = outcome === null || outcome === 'applied' || outcome === 'undone' ? '' : `, ended with ${outcome}`
        return at(`${kind === 'undo' ? 'undo ' : ''}tried`, atMs, `${on}: ${kind} sent (try ${n})${ends}`).map(
          (one) => ({
            ...one,
            key: `${one.key} ${n}`,
          }),
        )
      }),
      ...at('applied', row.applied_at_ms, `${on}: applied`),
      ...proofOf(row),
    ]
  })
}

function proofOf(row: StepRow): Moment[] {
  if (row.proven_at_ms === null || row.proof === null) return []
  const proof = parseOwnJson<NonNullable<Action['proof']>>(row.proof)
  return [
    moment({
      key: row.id,
      atMs: row.proven_at_ms,
      kind: 'proof',
      what: `proven by ${proof.kind}`,
      // A proof of this phase is nobody's death: something is in place, or a lease is over.
      says: `\`${row.target}\` ${row.phase === 'hand-over' ? `by ${proof.kind}` : `is proven dead by ${proof.kind}`}: ${proof.says}`,
      entity: row.target,
      ref: row.id,
    }),
  ]
}
