import type { EntityId, IncidentId, TenantId } from '#model'
import { command, handler, type Reader, type Tx, type WriterModule } from '#store'

import type { Claim } from './claims.ts'
import { VendorError } from './error.ts'
import type { State } from './state.ts'
import { intoOf, wordsOf, type WordKind, type WordRow } from './words.ts'

/** A person's word on a vendor; `gone` takes it back. */
export type NewWord = { vendor: EntityId; kind: WordKind; value: string | null; gone: 0 | 1; by: string; atMs: number }

/** Words of a tenant; those that were taken back stay. */
export const wordsKeptMax = 100_000

/** Words that stand together or not at all. ERR_VENDOR_JOIN where a vendor would be joined into itself. ERR_VENDOR_FULL. */
export const addWords = command<{ tenant: TenantId; words: readonly NewWord[] }, null>('vendor.words')

export const claimsKeptMax = 100_000
/** Of one vendor; older ones go. */
export const statesKeptMax = 400

export type NewClaim = Pick<Claim, 'vendor' | 'kind' | 'digest' | 'says' | 'issuer' | 'validUntilMs' | 'by' | 'atMs'>
/** Gives its number within the tenant. ERR_VENDOR_FULL rather than forget one. */
export const addClaim = command<{ tenant: TenantId; claim: NewClaim }, number>('vendor.claim')
/** It stands no more; its row stays. ERR_VENDOR_UNKNOWN where none stands under that number. */
export const withdrawClaim = command<{ tenant: TenantId; number: number; by: string; atMs: number }, null>(
  'vendor.withdraw',
)
/** How vendors came to stand, each after what was noted of it before. */
export const noteStates = command<
  {
    tenant: TenantId
    atMs: number
    asOf: number
    states: readonly { vendor: EntityId; state: State; because: string[] }[]
  },
  null
>('vendor.note')

/** A word that others have not joined within a day is forgotten. */
export const overrideMs = 86_400_000
/**
 * Somebody answers for a resume although checks are not met. Gives how many people have said so, of that very list of unmet
 * checks and within a day; the same person counts once.
 */
export const overrideResume = command<
  { tenant: TenantId; incidents: readonly IncidentId[]; by: string; unmet: string; reason: string; atMs: number },
  number
>('vendor.override')
export const noteResumed = command<
  { tenant: TenantId; incidents: readonly IncidentId[]; by: string; atMs: number },
  null
>('vendor.resumed')

export const vendorsWriter: WriterModule = {
  name: 'vendor',
  migrations: [
    `CREATE TABLE vendor_word (tenant TEXT NOT NULL, number INTEGER NOT NULL, vendor TEXT NOT NULL, kind TEXT NOT NULL,
       value TEXT, gone INTEGER NOT NULL, by_user TEXT NOT NULL, at_ms INTEGER NOT NULL,
       PRIMARY KEY (tenant, number)) STRICT;`,
    `CREATE TABLE vendor_claim (tenant TEXT NOT NULL, number INTEGER NOT NULL, vendor TEXT NOT NULL, kind TEXT NOT NULL,
       digest TEXT NOT NULL, says TEXT NOT NULL, issuer TEXT NOT NULL, valid_until_ms INTEGER NOT NULL,
       by_user TEXT NOT NULL, at_ms INTEGER NOT NULL, withdrawn_ms INTEGER, withdrawn_by TEXT,
       PRIMARY KEY (tenant, number)) STRICT;
     CREATE TABLE vendor_state (tenant TEXT NOT NULL, vendor TEXT NOT NULL, number INTEGER NOT NULL, at_ms INTEGER NOT NULL,
       as_of INTEGER NOT NULL, state TEXT NOT NULL, because TEXT NOT NULL,
       PRIMARY KEY (tenant, vendor, number)) STRICT, WITHOUT ROWID;`,
    `CREATE TABLE vendor_override (tenant TEXT NOT NULL, incident TEXT NOT NULL, by_user TEXT NOT NULL, unmet TEXT NOT NULL,
       reason TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (tenant, incident, by_user)) STRICT, WITHOUT ROWID;
     CREATE TABLE vendor_resumed (tenant TEXT NOT NULL, incident TEXT NOT NULL, by_user TEXT NOT NULL, at_ms INTEGER NOT NULL,
       PRIMARY KEY (tenant, incident)) STRICT, WITHOUT ROWID;`,
  ],
  handlers: [
    handler(addWords, (tx, { tenant, words }) => {
      for (const word of words) addWord(tx, tenant, word)
      return null
    }),
    handler(addClaim, (tx, { tenant, claim }) => {
      const { vendor, kind, digest, says, issuer, validUntilMs, by, atMs } = claim
      const last = tx.get<{ n: number }>('SELECT max(number) AS n FROM vendor_claim WHERE tenant = ?', tenant)?.n ?? 0
      if (last >= claimsKeptMax)
        throw new VendorError('ERR_VENDOR_FULL', `there is room for ${claimsKeptMax} claims`, {
          hint: 'claims that were withdrawn stay in the history, too: a newer one need not take the place of each',
        })
      tx.run(
        'INSERT INTO vendor_claim VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)',
        tenant,
        last + 1,
        vendor,
        kind,
        digest,
        says,
        issuer,
        validUntilMs,
        by,
        atMs,
      )
      return last + 1
    }),
    handler(withdrawClaim, (tx, { tenant, number, by, atMs }) => {
      const { changes } = tx.run(
        `UPDATE vendor_claim SET withdrawn_ms = ?, withdrawn_by = ?
           WHERE tenant = ? AND number = ? AND withdrawn_ms IS NULL`,
        atMs,
        by,
        tenant,
        number,
      )
      if (changes === 0)
        throw new VendorError('ERR_VENDOR_UNKNOWN', `no claim ${number} stands`, {
          hint: '`cordon vendor evidence list` shows them',
        })
      return null
    }),
    handler(overrideResume, (tx, { tenant, incidents, by, unmet, reason, atMs }) => {
      let least = Number.MAX_SAFE_INTEGER
      for (const incident of incidents) {
        tx.run(
          'INSERT OR REPLACE INTO vendor_override VALUES (?, ?, ?, ?, ?, ?)',
          tenant,
          incident,
          by,
          unmet,
          reason,
          atMs,
        )
        const people = tx.get<{ n: number }>(
          'SELECT count(*) AS n FROM vendor_override WHERE tenant = ? AND incident = ? AND unmet = ? AND at_ms > ?',
          tenant,
          incident,
          unmet,
          atMs - overrideMs,
        )
        least = Math.min(least, people?.n ?? 0)
      }
      return least
    }),
    handler(noteResumed, (tx, { tenant, incidents, by, atMs }) => {
      for (const incident of incidents)
        tx.run('INSERT OR IGNORE INTO vendor_resumed VALUES (?, ?, ?, ?)', tenant, incident, by, atMs)
      return null
    }),
    handler(noteStates, (tx, { tenant, atMs, asOf, states }) => {
      for (const { vendor, state, because } of states) {
        const last =
          tx.get<{ n: number }>(
            'SELECT max(number) AS n FROM vendor_state WHERE tenant = ? AND vendor = ?',
            tenant,
            vendor,
          )?.n ?? 0
        const row = [JSON.stringify(state), JSON.stringify(because)] as const
        tx.run('INSERT INTO vendor_state VALUES (?, ?, ?, ?, ?, ?, ?)', tenant, vendor, last + 1, atMs, asOf, ...row)
        tx.run(
          'DELETE FROM vendor_state WHERE tenant = ? AND vendor = ? AND number <= ?',
          tenant,
          vendor,
          last + 1 - statesKeptMax,
        )
      }
      return null
    }),
  ],
}

function addWord(tx: Tx, tenant: TenantId, { vendor, kind, value, gone, by, atMs }: NewWord): void {
  const last = tx.get<{ n: number }>('SELECT max(number) AS n FROM vendor_word WHERE tenant = ?', tenant)?.n ?? 0
  if (last >= wordsKeptMax)
    throw new VendorError('ERR_VENDOR_FULL', `there is room for ${wordsKeptMax} words on vendors`, {
      hint: 'join vendors that are the same, rather than naming each',
    })
  if (kind === 'into' && value !== null) refuseCircle(tx, tenant, vendor, value)
  tx.run(
    'INSERT INTO vendor_word VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    tenant,
    last + 1,
    vendor,
    kind,
    value,
    gone,
    by,
    atMs,
  )
}

function refuseCircle(tx: Tx, tenant: TenantId, vendor: EntityId, into: string): void {
  const rows = tx.all<WordRow>(
    `SELECT vendor, kind, value, gone FROM vendor_word WHERE tenant = ? AND kind = 'into' ORDER BY number`,
    tenant,
  )
  const words = wordsOf([...rows, { vendor, kind: 'into', value: into, gone: 0 }])
  if (words.into.has(intoOf(words, vendor)))
    throw new VendorError('ERR_VENDOR_JOIN', `\`${vendor}\` would be joined into itself`, {
      hint: '`cordon vendor name VENDOR --apart` ends a join first',
    })
}

export const resumedPauses = (reader: Reader, tenant: TenantId): IncidentId[] =>
  reader
    .all<{ incident: IncidentId }>('SELECT incident FROM vendor_resumed WHERE tenant = ?', tenant)
    .map(({ incident }) => incident)
