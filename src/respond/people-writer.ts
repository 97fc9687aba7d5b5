import type { IncidentId, PeopleSet, TenantId } from '#model'
import { handler, type Handler, type Tx } from '#store'

import { approvalLifeMsMax, approvalSkewMs, signerOf } from './approval-writer.ts'
import { beginPeople, consentPeople, endPeople } from './commands.ts'
import { RespondError } from './error.ts'
import { refuseFolded } from './incident-writer.ts'
import type { Journal } from './journal.ts'
import { needIncident } from './rows.ts'

/** The requester and somebody else, each with an enrolled key of their own. */
export const peopleConsentsNeeded = 2

type About = { incident: IncidentId; people: PeopleSet; requester: string }

/**
 * Names and addresses leave the systems of record only for one who asked and another who agreed: whoever holds one key,
 * or a token, or an administrator who makes users, gets nobody's. Leaves hold counts, and people under seal.
 */
export const peopleHandlers = (journal: Journal): Handler[] => [
  handler(consentPeople, (tx, { tenant, signed, atMs }) => {
    const { consent, keyId, signature } = signed
    const { incident, people, requester, nonce } = consent
    const approver = signerOf(tx, tenant, keyId, consent.approver, consent, signature)
    refuseFolded(needIncident(tx, tenant, incident))
    if (
      consent.expiresAtMs <= atMs ||
      consent.atMs > atMs + approvalSkewMs ||
      consent.expiresAtMs - consent.atMs > approvalLifeMsMax
    ) {
      throw new RespondError('ERR_APPROVAL_EXPIRED', 'this consent has expired, or lives longer than one may', {
        hint: `sign a new one that lives at most ${approvalLifeMsMax / 3_600_000} hours`,
      })
    }
    const { changes } = tx.run(
      'INSERT OR IGNORE INTO people_consent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)',
      tenant,
      nonce,
      incident,
      people,
      requester,
      approver.name,
      keyId,
      signature,
      consent.expiresAtMs,
      atMs,
    )
    if (changes === 0) {
      throw new RespondError('ERR_APPROVAL_REPLAYED', 'this consent was used before', {
        hint: 'a consent counts once; sign a new one with a new nonce',
      })
    }
    const facts = { incident, people, keyId, nonce, expiresAtMs: consent.expiresAtMs }
    journal(tx, tenant, 'people.consented', atMs, facts, { approver: approver.name, requester, signature })
    return { missing: missingOf(standing(tx, tenant, consent, atMs), requester) }
  }),
  handler(beginPeople, (tx, { tenant, incident, people, by, persons, atMs }) => {
    refuseFolded(needIncident(tx, tenant, incident))
    const about = { incident, people, requester: by }
    const signers = standing(tx, tenant, about, atMs)
    const missing = missingOf(signers, by)
    if (missing > 0) {
      throw new RespondError(
        'ERR_APPROVAL_MISSING',
        `${missing} more must sign before \`${by}\` is told who they are`,
        {
          hint: `another approver runs: cordon impact approve ${incident} --for ${by} --set ${people}`,
        },
      )
    }
    tx.run(
      `UPDATE people_consent SET used_at_ms = ? WHERE tenant = ? AND incident = ? AND people = ? AND requester = ? AND used_at_ms IS NULL`,
      atMs,
      tenant,
      incident,
      people,
      by,
    )
    const sealed = { by, approvers: [...signers].sort().join(' ') }
    journal(tx, tenant, 'people.export-begun', atMs, { incident, people, persons, consents: signers.size }, sealed)
    return null
  }),
  handler(endPeople, (tx, { tenant, incident, people, named, missing, jurisdictions, atMs }) => {
    journal(tx, tenant, 'people.exported', atMs, { incident, people, named, missing, jurisdictions })
    return null
  }),
]

/** Names of those whose unused consent stands, by a key that is still theirs. */
const standing = (tx: Tx, tenant: TenantId, { incident, people, requester }: About, atMs: number): Set<string> =>
  new Set(
    tx
      .all<{ approver: string }>(
        `SELECT DISTINCT c.approver FROM people_consent c JOIN approver a ON a.tenant = c.tenant AND a.key_id = c.key_id
         WHERE c.tenant = ? AND c.incident = ? AND c.people = ? AND c.requester = ? AND c.used_at_ms IS NULL
           AND c.expires_at_ms > ? AND a.state = 'active' AND a.name = c.approver`,
        tenant,
        incident,
        people,
        requester,
        atMs,
      )
      .map(({ approver }) => approver),
  )

/** Whoever asks must be one of them: others alone cannot have data sent to somebody who never asked. */
const missingOf = (signers: ReadonlySet<string>, requester: string): number =>
  Math.max(signers.has(requester) ? 0 : 1, peopleConsentsNeeded - signers.size)
