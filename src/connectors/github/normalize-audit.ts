import { isObject } from '#kit'
import { nativeOf, nothingNormalized, type EntityFact, type Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { auditActions, meaningByOperation } from './audit-actions.ts'
import { auditEffects, doerOf } from './audit-effects.ts'
import { auditRow, isFineGrained, readAct, type Act } from './audit-row.ts'
import { auditTimeMs } from './audit.ts'
import { describe } from './describe.ts'
import { nameFingerprint, nameOrg, namePatRights } from './names.ts'
import { Statements } from './statements.ts'

/** Rows of the audit log and of git events → OCSF, what they change in the estate, what was touched. */
export function normalizeAudit({ raw, stream, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = auditRow.safeParse(raw)
  if (!parsed.success) return { ...out, unmapped: stream }
  const row = parsed.data
  const record = isObject(raw) ? raw : {}
  const atMs = eventAtMs ?? auditTimeMs(record['@timestamp']) ?? auditTimeMs(record['created_at']) ?? arrivedAtMs
  const act = readAct(authority, row, atMs)
  const known = auditActions[row.action]
  const meaning = known ?? meaningByOperation(row.operation_type)
  if (known === undefined) out.unmapped = row.action
  out.ocsf.push(describe(act, meaning))
  const say = new Statements(authority, atMs)
  sayCredential(say, act)
  auditEffects[row.action]?.(say, act)
  if (meaning.class === 'api_activity' && meaning.touch !== undefined) {
    out.touches.push({
      identity: act.actor,
      credential: doerOf(act) === act.actor ? null : doerOf(act),
      resource: act.repo ?? nameOrg(authority),
      verb: meaning.touch,
      atMs,
      records: null,
      origin: row.actor_ip,
    })
  }
  return say.into(out)
}

/** Whose the token or session of the row is, and which known secret it is by its hash. */
function sayCredential(say: Statements, act: Act): void {
  const { row, actor, authority } = act
  const credential = doerOf(act)
  if (credential === null || credential === actor || actor === null) return
  const isSession = act.credential === null
  const fine = isFineGrained(row.programmatic_access_type) && row.token_id !== null
  say.fact(credential, {
    ...credentialFacts(act, isSession),
    lastUsedAtMs: act.atMs,
    ...(row.actor === null ? {} : { owner: row.actor }),
    ...(row.token_scopes === null ? {} : { scopes: row.token_scopes }),
  })
  // A deploy key opens one repository, and nothing of whoever added it.
  const isDeployKey = nativeOf(credential).startsWith('deploykey/')
  if (!isDeployKey) {
    say.open(credential, 'AUTHENTICATES_AS', fine ? namePatRights(authority, row.token_id ?? '') : actor)
  }
  if (fine) say.open(namePatRights(authority, row.token_id ?? ''), 'OWNED_BY', actor)
  const print = row.hashed_token === null ? undefined : nameFingerprint(row.hashed_token)
  if (print !== undefined) say.open(credential, 'SAME_AS', print)
  if (row.actor !== null) say.fact(actor, { name: row.actor, ...(row.actor_is_bot === true ? { kind: 'app' } : {}) })
}

function credentialFacts({ row, credential }: Act, isSession: boolean): EntityFact['attributes'] {
  if (isSession) return { kind: 'session', name: `web sessions of ${row.actor ?? 'unknown'}` }
  const isKey = credential !== null && /^(?:sshkey|deploykey)\//.test(nativeOf(credential))
  return {
    kind: isKey ? 'ssh-key' : 'token',
    name: `${row.programmatic_access_type ?? (isKey ? 'SSH key' : 'token')} of ${row.actor ?? 'unknown'}`,
  }
}
