import type { EntityId, TenantId } from '#model'
import { command, handler, type Tx, type WriterModule } from '#store'

import { VendorError } from './error.ts'
import { intoOf, wordsOf, type WordKind, type WordRow } from './words.ts'

/** A person's word on a vendor; `gone` takes it back. */
export type NewWord = { vendor: EntityId; kind: WordKind; value: string | null; gone: 0 | 1; by: string; atMs: number }

/** Words of a tenant; those that were taken back stay. */
export const wordsKeptMax = 100_000

/** Words that stand together or not at all. ERR_VENDOR_JOIN where a vendor would be joined into itself. ERR_VENDOR_FULL. */
export const addWords = command<{ tenant: TenantId; words: readonly NewWord[] }, null>('vendor.words')

export const vendorsWriter: WriterModule = {
  name: 'vendor',
  migrations: [
    `CREATE TABLE vendor_word (tenant TEXT NOT NULL, number INTEGER NOT NULL, vendor TEXT NOT NULL, kind TEXT NOT NULL,
       value TEXT, gone INTEGER NOT NULL, by_user TEXT NOT NULL, at_ms INTEGER NOT NULL,
       PRIMARY KEY (tenant, number)) STRICT;`,
  ],
  handlers: [
    handler(addWords, (tx, { tenant, words }) => {
      for (const word of words) addWord(tx, tenant, word)
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
