import { nothingNormalized, ocsfEvent, type EntityId, type Normalized } from '#model'
import { isTold, type NormalizeInput } from '#sources/contract'

import { auditTypeOf } from './audit-types.ts'
import { describe } from './describe.ts'
import { nameOrganization, nameToken, nameUser } from './names.ts'
import { auditRow, type AuditRow } from './rows.ts'
import { fact, open, product, timeMs } from './statements.ts'

/** Entries of the audit log → OCSF, who acted with which token, what was touched. */
export function normalizeAudit({ raw, authority, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = auditRow.safeParse(raw)
  if (!parsed.success) {
    out.ocsf.push(ocsfEvent('base_event', 'unknown', arrivedAtMs, product, {}))
    return { ...out, unmapped: 'audit' }
  }
  const row = parsed.data
  const atMs = timeMs(row.createdAt) ?? arrivedAtMs
  const type = auditTypeOf(row.type)
  out.ocsf.push(describe(row, type, atMs, authority))
  if (type === undefined) out.unmapped = row.type
  const [identity, credential] = [actorOf(row, authority), credentialOf(row, authority)]
  if (identity !== null) out.facts.push(fact(identity, atMs, { lastUsedAtMs: atMs }))
  if (credential !== null) {
    out.facts.push(fact(credential, atMs, { kind: 'token', tokenRole: row.token?.role, lastUsedAtMs: atMs }))
    if (identity !== null) out.edges.push(open(credential, 'AUTHENTICATES_AS', identity, atMs))
  }
  // What an entry is about stands where the Hub publishes no shape of: it is told of the organisation as a whole.
  if (identity === null && credential === null) return out
  out.touches.push({
    identity,
    credential,
    resource: nameOrganization(authority),
    verb: type?.class === 'authentication' ? 'login' : 'admin',
    atMs,
    records: null,
    origin: isTold(row.ip) ? row.ip : null,
  })
  return out
}

/** What the Hub does by itself nobody did. */
function actorOf({ author }: AuditRow, authority: string): EntityId | null {
  return isTold(author?._id) && author.type === 'user' ? nameUser(authority, author._id) : null
}

const credentialOf = ({ token }: AuditRow, authority: string): EntityId | null =>
  isTold(token?.id) ? nameToken(authority, token.id) : null
