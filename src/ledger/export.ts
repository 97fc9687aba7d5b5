import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { assert, toBase64url } from '#kit'
import type { TenantId } from '#model'
import type { Reader } from '#store'

import { LedgerError } from './error.ts'
import type { SigningLedger } from './ledger.ts'
import { decodeLeaf, type LeafRecord } from './leaf.ts'
import { formatNoteKey } from './note.ts'
import { tilePath, tilesOf, tileWidth, writeBundle } from './tiles.ts'
import { openingsOf, tileBytes } from './tree-reader.ts'
import type { SignedCheckpoint } from './types.ts'

export const exportVersion = 1
/** Own checkpoints written into an export, newest first. */
export const exportCheckpointsMax = 1000

/** `ledger.json`: what the export is. Nothing in it is believed by the verifier that it can be told from outside. */
export type ExportAbout = { version: number; tenant: TenantId; origin: string; size: number; publicKeys: string[] }
/** A line of `disclosed.ndjson`. `salt`: base64url. */
export type DisclosedLine = { index: number; field: string; salt: string; value: string }

export type ExportRequest = {
  reader: Reader
  ledger: SigningLedger
  tenant: TenantId
  /** Absent or empty. */
  dir: string
  /** Which leaves show their committed values; absent: none. */
  disclose?: (index: number, record: LeafRecord) => boolean
}

/**
 * Writes the ledger of one tenant, as of its newest checkpoint, in C2SP tlog-tiles layout:
 * `checkpoint`, `tile/<level>/…`, `tile/entries/…`, and beside them `ledger.json`, `checkpoints/<size>`,
 * `witnessed/<n>` (notes with a witness's signature), `disclosed.ndjson`. Throws ERR_LEDGER_EXPORT for a directory in use.
 */
export async function exportLedger(
  request: ExportRequest,
): Promise<{ checkpoint: SignedCheckpoint; disclosed: number }> {
  const { reader, ledger, tenant, dir } = request
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    throw new LedgerError('ERR_LEDGER_EXPORT', `\`${dir}\` is not empty`, { hint: 'name a new directory' })
  }
  const checkpoint = await ledger.checkpoint(tenant)
  const put = (path: string, content: string | Uint8Array): void => {
    const target = join(dir, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, content)
  }
  const { size } = checkpoint
  writeTiles(reader, tenant, size, put)
  const disclosed = writeEntries(request, size, put)
  put('disclosed.ndjson', disclosed.map((line) => `${JSON.stringify(line)}\n`).join(''))
  for (const own of ledger.checkpoints(tenant, exportCheckpointsMax)) {
    if (own.size <= size) put(`checkpoints/${own.size}`, own.note)
  }
  const cosigned = reader.all<{ note: string }>(
    'SELECT note FROM ledger_cosignature WHERE tenant = ? AND size <= ? ORDER BY witness',
    tenant,
    size,
  )
  for (const [n, { note }] of cosigned.entries()) put(`witnessed/${n}`, note)
  const about: ExportAbout = {
    version: exportVersion,
    tenant,
    origin: ledger.origin(tenant),
    size,
    publicKeys: ledger.publicKeys(tenant).map(formatNoteKey),
  }
  put('ledger.json', `${JSON.stringify(about, null, 2)}\n`)
  // Last: a directory with a checkpoint is whole.
  put('checkpoint', checkpoint.note)
  return { checkpoint, disclosed: disclosed.length }
}

type Put = (path: string, content: Uint8Array) => void

function writeTiles(reader: Reader, tenant: TenantId, size: number, put: Put): void {
  for (let level = 0; tileWidth ** level <= size; level++) {
    for (const { index, width } of tilesOf(size, level)) {
      const from = index * tileWidth
      put(tilePath(level, index, width), tileBytes(reader, tenant, level, from, from + width))
    }
  }
}

function writeEntries({ reader, tenant, disclose }: ExportRequest, size: number, put: Put): DisclosedLine[] {
  const disclosed: DisclosedLine[] = []
  for (const { index: tile, width } of tilesOf(size, 0)) {
    const from = tile * tileWidth
    const rows = reader.all<{ entry: Uint8Array }>(
      'SELECT entry FROM ledger_leaf WHERE tenant = ? AND idx >= ? AND idx < ? ORDER BY idx',
      tenant,
      from,
      from + width,
    )
    assert(rows.length === width, `entries ${from} to ${from + width} of the ledger of ${tenant}`)
    put(tilePath('entries', tile, width), writeBundle(rows.map(({ entry }) => entry)))
    if (disclose === undefined) continue
    for (const [at, { entry }] of rows.entries()) {
      const record = decodeLeaf(entry)
      if (record === undefined || !disclose(from + at, record)) continue
      for (const { field, salt, value } of openingsOf(reader, tenant, from + at)) {
        disclosed.push({ index: from + at, field, salt: toBase64url(salt), value })
      }
    }
  }
  return disclosed
}
