import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { fromBase64url, isObject, parseJson, toHex } from '#kit'

import { LedgerError } from './error.ts'
import { decodeLeaf, opens, type Opening } from './leaf.ts'
import { appendLeaf, emptyFrontier, leafHash, rootOf, sameHash, type Finished } from './merkle/index.ts'
import { parseNoteKey } from './note.ts'
import { levelHashes, readBundle, readTile, tileHeight, tilePath, tilesOf, tileWidth } from './tiles.ts'
import type { VerifyFault, VerifyReport } from './types.ts'
import { readClaims, type Claim } from './verify-claims.ts'

export type VerifyOptions = {
  /** Directories in which outside witnesses kept checkpoints; every file in them is looked at. */
  witnessDirs?: readonly string[]
  /** The ledger's public key, got from somewhere else than the export. Absent: the export's own word, which proves less. */
  publicKey?: string | readonly string[]
  /** Public keys of cosigning witnesses; their signatures in the export then count as outside checkpoints. */
  witnessKeys?: readonly string[]
}

/**
 * Checks an export with nothing but its files, the outside checkpoints and the public key: every leaf against its hash,
 * every hash against the tree, the tree against every checkpoint, every disclosed value against its commitment. Stops at
 * the first bad index. `witnessed` counts outside checkpoints that agree: at 0, whoever holds the signing key could have
 * rewritten everything. Throws ERR_LEDGER_EXPORT when the directory is no export, ERR_LEDGER_NOTE for an unusable key.
 */
export function verifyLedgerDir(dir: string, options: VerifyOptions = {}): VerifyReport {
  const { tenant, publicKeys } = readAbout(dir)
  if (!existsSync(join(dir, 'checkpoint'))) refuseExport(`\`${dir}\` holds no checkpoint: the export did not end`)
  const trusted = options.publicKey === undefined ? publicKeys : [options.publicKey].flat()
  const keys = trusted.map(parseNoteKey)
  const witnessKeys = (options.witnessKeys ?? []).map(parseNoteKey)
  const report: VerifyReport = { ok: false, size: 0, rootHash: '', checkpoints: 0, witnessed: 0, faults: [] }
  try {
    const claims = readClaims(dir, keys, witnessKeys, options.witnessDirs ?? [])
    const [{ size, root }] = claims
    Object.assign(report, { size, rootHash: toHex(root) })
    const fault = walk(dir, tenant, size, claims, report)
    return fault === undefined ? { ...report, ok: true } : { ...report, faults: [fault] }
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== 'ERR_LEDGER_NOTE') throw error
    return { ...report, faults: [{ index: null, what: `\`${error.place ?? dir}\`: ${error.message}` }] }
  }
}

/**
 * All leaves in order; the first fault ends it. Where only a checkpoint tells that leaves are wrong, the fault's index is
 * the first leaf that no outside checkpoint vouches for.
 */
function walk(
  dir: string,
  tenant: string,
  size: number,
  claims: readonly Claim[],
  report: VerifyReport,
): VerifyFault | undefined {
  const bySize = Map.groupBy(claims, (claim) => claim.size)
  const openings = readDisclosed(dir)
  const tiles = tileReader(dir, size)
  const frontier = emptyFrontier()
  let agreed = 0
  let wrongNode: Finished | undefined
  const checkNode = (node: Finished): void => {
    if (node.level % tileHeight !== 0 || wrongNode !== undefined) return
    const stored = tiles(node.level / tileHeight, node.index)
    if (stored === undefined || !sameHash(stored, node.hash)) wrongNode = node
  }
  const settle = (): VerifyFault | undefined => {
    for (const claim of bySize.get(frontier.size) ?? []) {
      if (!sameHash(claim.root, rootOf(frontier))) {
        return {
          index: agreed,
          what: `leaves ${agreed} to ${frontier.size - 1} are not those of the ${claim.isOutside ? 'outside ' : ''}checkpoint \`${claim.from}\``,
        }
      }
      report.checkpoints++
      if (claim.isOutside) {
        report.witnessed++
        agreed = frontier.size
      }
    }
    return undefined
  }

  const atStart = settle()
  if (atStart !== undefined) return atStart
  for (const { index: tile, width } of tilesOf(size, 0)) {
    const from = tile * tileWidth
    const bytes = readBytes(dir, tilePath('entries', tile, width))
    const entries = bytes === undefined ? undefined : readBundle(bytes, width)
    if (entries === undefined)
      return { index: from, what: `\`${tilePath('entries', tile, width)}\` is missing or damaged` }
    for (const [at, entry] of entries.entries()) {
      const index = from + at
      appendLeaf(frontier, leafHash(entry), checkNode)
      if (wrongNode !== undefined) {
        return {
          index,
          what: wrongNode.level === 0 ? 'the leaf does not have its hash' : 'the tile above does not have its hash',
        }
      }
      const record = decodeLeaf(entry)
      if (record === undefined) return { index, what: 'the leaf cannot be read: written by a newer Cordon, or damaged' }
      if (record.tenant !== tenant) return { index, what: `the leaf belongs to \`${record.tenant}\`` }
      const shown = openings.get(index)
      const wrong = shown?.find((opening) => !opens(record, opening))
      if (wrong !== undefined) return { index, what: `\`${wrong.field}\` is not what the leaf committed to` }
      openings.delete(index)
      const fault = settle()
      if (fault !== undefined) return fault
    }
  }
  const [stray] = openings.keys()
  if (stray !== undefined) return { index: stray, what: 'a value is disclosed for a leaf that is not there' }
  const larger = claims.find((claim) => claim.size > size)
  if (larger === undefined) return undefined
  return {
    index: agreed,
    what: `\`${larger.from}\` knows ${larger.size} leaves, here are ${size}: from ${agreed} on some are missing`,
  }
}

/** Hashes of tiles by level and index; one tile of each level stays in memory. */
function tileReader(dir: string, size: number): (level: number, index: number) => Uint8Array | undefined {
  const current = new Map<number, { tile: number; hashes: Uint8Array[] | undefined }>()
  return (level, index) => {
    const tile = Math.floor(index / tileWidth)
    let held = current.get(level)
    if (held?.tile !== tile) {
      const width = Math.min(tileWidth, levelHashes(size, level) - tile * tileWidth)
      const bytes = readBytes(dir, tilePath(level, tile, width))
      held = { tile, hashes: bytes === undefined ? undefined : readTile(bytes, width) }
      current.set(level, held)
    }
    return held.hashes?.[index % tileWidth]
  }
}

function readAbout(dir: string): { tenant: string; publicKeys: string[] } {
  const about = parseOrRefuse(readText(dir, 'ledger.json'), 'ledger.json')
  const { version, tenant, publicKeys } = isObject(about) ? about : {}
  const isKnown = version === 1 && typeof tenant === 'string' && Array.isArray(publicKeys)
  if (!isKnown) refuseExport('`ledger.json` is of a newer Cordon or damaged')
  return { tenant, publicKeys: publicKeys.map(String) }
}

function readDisclosed(dir: string): Map<number, Opening[]> {
  const openings = new Map<number, Opening[]>()
  for (const text of readText(dir, 'disclosed.ndjson').split('\n').filter(Boolean)) {
    const line = parseOrRefuse(text, 'disclosed.ndjson')
    const { index, field, salt, value } = isObject(line) ? line : {}
    if (
      typeof index !== 'number' ||
      typeof field !== 'string' ||
      typeof salt !== 'string' ||
      typeof value !== 'string'
    ) {
      refuseExport('`disclosed.ndjson` is damaged')
    }
    openings.set(index, [...(openings.get(index) ?? []), { field, salt: fromBase64url(salt), value }])
  }
  return openings
}

function parseOrRefuse(text: string, name: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return refuseExport(`\`${name}\` is damaged`)
  }
}

const readBytes = (dir: string, path: string): Uint8Array | undefined =>
  existsSync(join(dir, path)) ? readFileSync(join(dir, path)) : undefined

function readText(dir: string, path: string): string {
  const bytes = readBytes(dir, path)
  return bytes === undefined ? refuseExport(`\`${join(dir, path)}\` is missing`) : Buffer.from(bytes).toString('utf8')
}

function refuseExport(message: string): never {
  throw new LedgerError('ERR_LEDGER_EXPORT', message, {
    hint: 'give the directory that `cordon ledger export` wrote, whole and unchanged',
  })
}
