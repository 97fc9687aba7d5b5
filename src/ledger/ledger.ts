import { toHex, type Clock } from '#kit'
import type { EntityId, TenantId } from '#model'
import type { Reader, Writer } from '#store'
import type { LedgerKeys } from '#vault'

import { checkpointText, houseOf, noteKeysOf, originOf } from './checkpoint.ts'
import { LedgerError } from './error.ts'
import { customerField, decodeLeaf, opens } from './leaf.ts'
import { consistencyPath, inclusionPath, isConsistent, leafHash, rootAt, sameHash } from './merkle/index.ts'
import { noteKey, signatureLine, type NoteKey } from './note.ts'
import { openingsOf, storedSubtrees, treeGeneration, treeHead } from './tree-reader.ts'
import type { Ledger, SignedCheckpoint } from './types.ts'
import { storeCheckpoint } from './writer.ts'

/** The ledger with its signing key: what core holds. */
export interface SigningLedger extends Ledger {
  /** Tenants that have a tree. */
  tenants(): TenantId[]
  /** First line of this tenant's checkpoints. */
  origin(tenant: TenantId): string
  /** Public keys, newest last; with `formatNoteKey` the text to give to auditors and customers. */
  publicKeys(tenant: TenantId): NoteKey[]
  /** The checkpoints signed so far, newest first. */
  checkpoints(tenant: TenantId, max: number): SignedCheckpoint[]
  /** Why our tree cannot be the one an outside checkpoint speaks of; undefined when it can. */
  contradiction(tenant: TenantId, size: number, rootHash: string): string | undefined
}

export type LedgerParts = {
  reader: Reader
  /** Null: a checkpoint that is signed is handed out and not kept. */
  writer: Pick<Writer, 'submit'> | null
  keys: LedgerKeys
  clock: Clock
  house?: string
}

export const checkpointsPageMax = 1000

export function createLedger({ reader, writer, keys, clock, house = houseOf(keys) }: LedgerParts): SigningLedger {
  const size = (tenant: TenantId): number => treeHead(reader, tenant).size
  const origin = (tenant: TenantId): string => originOf(house, tenant, treeGeneration(reader, tenant))
  /** `at` up to `last`, both inside the tree. */
  const refuseOutside = (tenant: TenantId, at: number, last: number, of: number): void => {
    if (Number.isSafeInteger(at) && at >= 0 && at <= last && of <= size(tenant)) return
    throw new LedgerError('ERR_LEDGER_RANGE', `${at} of ${of} is not inside the ledger of \`${tenant}\``, {
      hint: `it has ${size(tenant)} leaves`,
    })
  }
  const checkpoints = (tenant: TenantId, max: number): SignedCheckpoint[] =>
    reader
      .all<{ size: number; root: Uint8Array; note: string; at_ms: number }>(
        'SELECT size, root, note, at_ms FROM ledger_checkpoint WHERE tenant = ? ORDER BY size DESC LIMIT ?',
        tenant,
        Math.min(max, checkpointsPageMax),
      )
      .map((row) => ({ tenant, size: row.size, rootHash: toHex(row.root), note: row.note, atMs: row.at_ms }))

  const contradiction = (tenant: TenantId, outside: number, rootHash: string): string | undefined => {
    const own = size(tenant)
    if (outside > own) return `an outside checkpoint knows ${outside} leaves, this ledger has ${own}`
    if (toHex(rootAt(outside, storedSubtrees(reader, tenant))) === rootHash) return undefined
    return `an outside checkpoint gives the first ${outside} leaves another root`
  }

  /** INVARIANT: nothing is signed that a consistency proof does not connect with what was signed before. */
  const sign = async (tenant: TenantId): Promise<SignedCheckpoint> => {
    const head = treeHead(reader, tenant)
    const [last] = checkpoints(tenant, 1)
    if (last !== undefined) {
      const path = head.size >= last.size ? consistencyPath(last.size, head.size, storedSubtrees(reader, tenant)) : []
      if (!isConsistent(last.size, head.size, Buffer.from(last.rootHash, 'hex'), head.root, path)) {
        throw new LedgerError('ERR_LEDGER_CONTRADICTION', `the ledger of \`${tenant}\` is not the one signed before`, {
          hint: 'somebody changed the store, or an old backup was restored; compare it with the outside checkpoints before anything else',
        })
      }
      if (last.size === head.size && last.note.startsWith(`${origin(tenant)}\n`)) return last
    }
    if (!sameHash(head.root, rootAt(head.size, storedSubtrees(reader, tenant)))) {
      throw new LedgerError('ERR_LEDGER_CONTRADICTION', `the leaves of \`${tenant}\` do not give its root`, {
        hint: 'the store is damaged or was changed; restore it, or compare it with the outside checkpoints',
      })
    }
    const signer = keys.signer()
    const text = checkpointText({ origin: origin(tenant), ...head })
    const key = noteKey('ed25519', origin(tenant), signer.publicKey)
    const note = `${text}\n${signatureLine(key, signer.sign(Buffer.from(text)))}`
    const atMs = clock.nowMs()
    await writer?.submit(storeCheckpoint({ tenant, size: head.size, root: head.root, note, atMs }))
    return { tenant, size: head.size, rootHash: toHex(head.root), note, atMs }
  }
  // One at a time: two signatures under way could be stored in the wrong order.
  let signing: Promise<unknown> = Promise.resolve()

  return {
    size,
    tenants: () => reader.all<{ tenant: TenantId }>('SELECT tenant FROM ledger_tree').map(({ tenant }) => tenant),
    origin,
    publicKeys: (tenant) => noteKeysOf(keys, origin(tenant)),
    checkpoints,
    contradiction,
    leaf(tenant, index) {
      const row = reader.get<{ hash: Uint8Array; entry: Uint8Array }>(
        'SELECT hash, entry FROM ledger_leaf WHERE tenant = ? AND idx = ?',
        tenant,
        index,
      )
      if (row === undefined) return undefined
      const record = decodeLeaf(row.entry)
      if (record === undefined || !sameHash(leafHash(row.entry), row.hash)) {
        throw new LedgerError('ERR_LEDGER_CONTRADICTION', `leaf ${index} of \`${tenant}\` is not what its hash says`, {
          hint: 'the store is damaged or was changed; compare it with the outside checkpoints',
        })
      }
      // An opening that does not fit its commitment was changed: it is as good as none.
      const openings = openingsOf(reader, tenant, index).filter((opening) => opens(record, opening))
      const sealed = Object.fromEntries(openings.map(({ field, value }) => [field, value]))
      const committed = Object.keys(record.sealed).length + (record.customer === null ? 0 : 1)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it opens what was committed from a Receipt
      const customer = (sealed[customerField] ?? null) as EntityId | null
      delete sealed[customerField]
      const { what, atMs, facts } = record
      return {
        receipt: { tenant, what, atMs, customer, facts, sealed },
        hash: toHex(row.hash),
        disclosed: openings.length === committed,
      }
    },
    inclusionProof(tenant, index, of) {
      refuseOutside(tenant, index, of - 1, of)
      return inclusionPath(index, of, storedSubtrees(reader, tenant)).map(toHex)
    },
    consistencyProof(tenant, from, to) {
      refuseOutside(tenant, from, to, to)
      return consistencyPath(from, to, storedSubtrees(reader, tenant)).map(toHex)
    },
    checkpoint(tenant) {
      const next = signing.then(() => sign(tenant))
      signing = next.catch(() => undefined)
      return next
    },
  }
}
