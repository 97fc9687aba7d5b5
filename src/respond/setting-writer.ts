import { parseOwnJson } from '#kit'
import type { TenantId } from '#model'
import { handler, type Handler, type Tx } from '#store'

import { signerOf, type ApproverRow } from './approval-writer.ts'
import {
  cancelLoosening,
  consentLoosening,
  enrollApprover,
  protectEntity,
  resumeAutomation,
  retireApprover,
  rungs,
  setLadder,
  settleLoosenings,
  stopAutomation,
  unprotectEntity,
  type Approver,
  type Change,
  type Loosening,
  type ProtectedWhy,
} from './commands.ts'
import { RespondError } from './error.ts'
import type { Journal } from './journal.ts'
import { rungOf } from './settings.ts'
import { approverKeyId, readPublicKey } from './signature.ts'

/** Without consent a loosening takes effect only after this long, so that somebody can see it coming. */
export const looseningWaitMs = 24 * 3_600_000
/** Approvers whose consent lets it take effect at once. Who asks for a new approver does not count as the one consenting. */
export const looseningConsents = { ladder: 2, approver: 1, unprotect: 2 } as const

type LooseningRow = {
  tenant: TenantId
  id: string
  change: string
  asked_by: string
  effective_at_ms: number
  state: string
}

export const settingHandlers = (journal: Journal): Handler[] => [
  handler(stopAutomation, (tx, { tenant, by, reason, atMs }) => {
    const { changes } = tx.run('INSERT OR IGNORE INTO automation_stop VALUES (?, ?, ?, ?)', tenant, by, reason, atMs)
    if (changes === 1) journal(tx, tenant, 'automation.stopped', atMs, {}, { by, reason })
    return null
  }),
  handler(resumeAutomation, (tx, { tenant, by, atMs }) => {
    const { changes } = tx.run('DELETE FROM automation_stop WHERE tenant = ?', tenant)
    if (changes === 1) journal(tx, tenant, 'automation.resumed', atMs, {}, { by })
    return null
  }),
  handler(setLadder, (tx, { tenant, by, rung, id, atMs }): Change => {
    const from = rungOf(tx, tenant, rung.connector, rung.verb, rung.population)
    const change: Loosening = { kind: 'ladder', rung, from }
    if (rungs.indexOf(rung.rung) <= rungs.indexOf(from)) return effect(tx, journal, tenant, change, by, atMs)
    return ask(tx, journal, tenant, id, change, by, atMs)
  }),
  handler(protectEntity, (tx, { tenant, by, entity, why, atMs }) => {
    tx.run('INSERT OR REPLACE INTO protected_entity VALUES (?, ?, ?, ?, ?)', tenant, entity, why, by, atMs)
    journal(tx, tenant, 'setting.changed', atMs, { setting: 'protected', why, isProtected: true }, { entity, by })
    return null
  }),
  handler(unprotectEntity, (tx, { tenant, by, entity, id, atMs }): Change => {
    const known = tx.get<{ why: ProtectedWhy }>(
      'SELECT why FROM protected_entity WHERE tenant = ? AND entity = ?',
      tenant,
      entity,
    )
    if (known === undefined) return { effective: true, effectiveAtMs: atMs, loosening: null }
    return ask(tx, journal, tenant, id, { kind: 'unprotect', entity, why: known.why }, by, atMs)
  }),
  handler(enrollApprover, (tx, { tenant, by, name, publicKey, method, id, atMs }): Approver => {
    const raw = readPublicKey(publicKey)
    const keyId = approverKeyId(raw)
    const known = tx.get<ApproverRow>('SELECT * FROM approver WHERE tenant = ? AND key_id = ?', tenant, keyId)
    if (known !== undefined && (known.name !== name || known.state === 'retired')) {
      throw new RespondError('ERR_APPROVER_EXISTS', `\`${keyId}\` is already a key of \`${known.name}\``, {
        hint: 'every approver brings a key of their own, and a retired key stays retired',
      })
    }
    if (known === undefined) {
      tx.run(`INSERT INTO approver VALUES (?, ?, ?, ?, ?, 'pending', ?, ?)`, tenant, keyId, name, raw, method, by, atMs)
      const change: Loosening = { kind: 'approver', keyId, name }
      // The first approver of a tenant has nobody to consent: it is enrolled by whoever holds the bootstrap token.
      const isFirst = tx.get(`SELECT 1 FROM approver WHERE tenant = ? AND state <> 'pending'`, tenant) === undefined
      if (isFirst) effect(tx, journal, tenant, change, by, atMs)
      else ask(tx, journal, tenant, id, change, by, atMs)
    }
    return toApprover(needApprover(tx, tenant, keyId))
  }),
  handler(retireApprover, (tx, { tenant, by, keyId, atMs }) => {
    const { changes } = tx.run(
      `UPDATE approver SET state = 'retired' WHERE tenant = ? AND key_id = ? AND state <> 'retired'`,
      tenant,
      keyId,
    )
    if (changes === 1) journal(tx, tenant, 'approver.retired', atMs, { keyId }, { by })
    return null
  }),
  handler(consentLoosening, (tx, { tenant, signed, atMs }): Change => {
    const { consent } = signed
    const approver = signerOf(tx, tenant, signed.keyId, consent.approver, consent, signed.signature)
    const row = needPending(tx, tenant, consent.loosening)
    const { changes } = tx.run(
      'INSERT OR IGNORE INTO loosening_consent VALUES (?, ?, ?, ?, ?)',
      tenant,
      row.id,
      approver.name,
      consent.nonce,
      atMs,
    )
    if (changes === 0) throw new RespondError('ERR_APPROVAL_REPLAYED', 'this approver has consented already')
    journal(tx, tenant, 'loosening.consented', atMs, { loosening: row.id, keyId: signed.keyId }, { by: approver.name })
    const change = parseOwnJson<Loosening>(row.change)
    const consents = tx.get<{ n: number }>(
      'SELECT count(*) AS n FROM loosening_consent WHERE tenant = ? AND loosening = ? AND (? OR approver <> ?)',
      tenant,
      row.id,
      change.kind === 'approver' ? 0 : 1,
      row.asked_by,
    )
    if ((consents?.n ?? 0) < looseningConsents[change.kind]) {
      return { effective: false, effectiveAtMs: row.effective_at_ms, loosening: row.id }
    }
    return settle(tx, journal, row, atMs)
  }),
  handler(cancelLoosening, (tx, { tenant, by, id, atMs }) => {
    const row = needPending(tx, tenant, id)
    tx.run(`UPDATE loosening SET state = 'cancelled' WHERE tenant = ? AND id = ?`, tenant, id)
    const change = parseOwnJson<Loosening>(row.change)
    if (change.kind === 'approver') {
      tx.run(`UPDATE approver SET state = 'retired' WHERE tenant = ? AND key_id = ?`, tenant, change.keyId)
    }
    journal(tx, tenant, 'loosening.cancelled', atMs, { loosening: id }, { by })
    return null
  }),
  handler(settleLoosenings, (tx, { atMs }) => {
    const due = tx.all<LooseningRow>(
      `SELECT * FROM loosening WHERE state = 'pending' AND effective_at_ms <= ? ORDER BY effective_at_ms LIMIT 100`,
      atMs,
    )
    for (const row of due) settle(tx, journal, row, atMs)
    return { effective: due.map(({ id }) => id) }
  }),
]

function ask(
  tx: Tx,
  journal: Journal,
  tenant: TenantId,
  id: string,
  change: Loosening,
  by: string,
  atMs: number,
): Change {
  const effectiveAtMs = atMs + looseningWaitMs
  const text = JSON.stringify(change)
  const same = tx.get<LooseningRow>(
    `SELECT * FROM loosening WHERE tenant = ? AND state = 'pending' AND change = ?`,
    tenant,
    text,
  )
  if (same !== undefined) return { effective: false, effectiveAtMs: same.effective_at_ms, loosening: same.id }
  tx.run(
    `INSERT OR IGNORE INTO loosening VALUES (?, ?, ?, ?, ?, ?, ?, 'pending')`,
    tenant,
    id,
    change.kind,
    text,
    by,
    atMs,
    effectiveAtMs,
  )
  journal(
    tx,
    tenant,
    'loosening.asked',
    atMs,
    { loosening: id, kind: change.kind, effectiveAtMs },
    { by, change: text },
  )
  return { effective: false, effectiveAtMs, loosening: id }
}

function settle(tx: Tx, journal: Journal, row: LooseningRow, atMs: number): Change {
  tx.run(`UPDATE loosening SET state = 'effective' WHERE tenant = ? AND id = ?`, row.tenant, row.id)
  return effect(tx, journal, row.tenant, parseOwnJson<Loosening>(row.change), row.asked_by, atMs, row.id)
}

/** Every change is a leaf with its difference. */
function effect(
  tx: Tx,
  journal: Journal,
  tenant: TenantId,
  change: Loosening,
  by: string,
  atMs: number,
  loosening: string | null = null,
): Change {
  if (change.kind === 'ladder') {
    const { connector, verb, population, rung } = change.rung
    const { from } = change
    tx.run(
      'INSERT OR REPLACE INTO ladder VALUES (?, ?, ?, ?, ?, ?, ?)',
      tenant,
      connector,
      verb,
      population,
      rung,
      by,
      atMs,
    )
    const facts = { setting: 'ladder', connector, verb, population, from, to: rung, loosening }
    journal(tx, tenant, 'setting.changed', atMs, facts, { by })
  } else if (change.kind === 'approver') {
    tx.run(
      `UPDATE approver SET state = 'active' WHERE tenant = ? AND key_id = ? AND state = 'pending'`,
      tenant,
      change.keyId,
    )
    journal(tx, tenant, 'approver.enrolled', atMs, { keyId: change.keyId, loosening }, { name: change.name, by })
  } else {
    tx.run('DELETE FROM protected_entity WHERE tenant = ? AND entity = ?', tenant, change.entity)
    const facts = { setting: 'protected', why: change.why, isProtected: false, loosening }
    journal(tx, tenant, 'setting.changed', atMs, facts, { entity: change.entity, by })
  }
  return { effective: true, effectiveAtMs: atMs, loosening }
}

function needPending(tx: Tx, tenant: TenantId, id: string): LooseningRow {
  const row = tx.get<LooseningRow>(
    `SELECT * FROM loosening WHERE tenant = ? AND id = ? AND state = 'pending'`,
    tenant,
    id,
  )
  if (row !== undefined) return row
  throw new RespondError('ERR_LOOSENING_UNKNOWN', `no loosening \`${id}\` is waiting`)
}

function needApprover(tx: Tx, tenant: TenantId, keyId: string): ApproverRow {
  const row = tx.get<ApproverRow>('SELECT * FROM approver WHERE tenant = ? AND key_id = ?', tenant, keyId)
  if (row !== undefined) return row
  throw new RespondError('ERR_APPROVAL_KEY', `no approver key \`${keyId}\``)
}

const toApprover = (row: ApproverRow): Approver => ({
  name: row.name,
  keyId: row.key_id,
  method: row.method,
  state: row.state === 'active' ? 'active' : row.state === 'pending' ? 'pending' : 'retired',
})
