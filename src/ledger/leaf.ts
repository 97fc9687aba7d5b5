import {
  canonicalJson,
  concatBytes,
  fromBase64url,
  hashId,
  hmacSha256,
  isObject,
  newId,
  parseJson,
  sha256,
  toBase64url,
  toHex,
  utf8,
  type Id,
  type RandomBytes,
} from '#kit'
import type { Receipt } from '#model'

import { LedgerError } from './error.ts'
import { refuseUnfit } from './receipt-guard.ts'

export type ReceiptId = Id<'rcp'>

/**
 * What makes a receipt a leaf and must come from outside the handler, because handlers draw no random numbers.
 * `salts`: 32 bytes, base64url, one for each sealed field and `customer`.
 */
export type ReceiptSalts = { id?: ReceiptId; salts: Record<string, string> }
export type ReceiptArgs = { receipt: Receipt } & ReceiptSalts

/** What is in the tree. Hex commitments stand where the receipt had values; the customer is one of them. */
export type LeafRecord = {
  id: ReceiptId
  tenant: Receipt['tenant']
  what: string
  atMs: number
  customer: string | null
  facts: Receipt['facts']
  sealed: Record<string, string>
}

/** A committed value with its salt: held outside the tree, shown to disclose, deleted to erase. */
export type Opening = { field: string; salt: Uint8Array; value: string }

export const leafVersion = 1
/** C2SP tlog-tiles writes the length of an entry as a uint16. */
export const entryBytesMax = 65_535
export const saltBytes = 32
/** Reserved among the sealed fields. */
export const customerField = 'customer'

const fieldsOf = (receipt: Receipt): [field: string, value: string][] => [
  ...Object.entries(receipt.sealed),
  ...(receipt.customer === null ? [] : [[customerField, receipt.customer] satisfies [string, string]]),
]

/** The arguments of `appendReceipt`: the receipt, a fresh id, and fresh salts. Sending the same arguments twice makes one leaf. */
export function receiptArgs(receipt: Receipt, random: RandomBytes): ReceiptArgs {
  const salts = fieldsOf(receipt).map(([field]) => [field, toBase64url(random(saltBytes))] as const)
  return { receipt, id: newId('rcp', random), salts: Object.fromEntries(salts) }
}

/**
 * For handlers that know a receipt only inside W: the caller sends 32 random bytes (base64url) with its command, and each
 * receipt draws from them under its own label. INVARIANT: the seed is not stored, or erasing a salt would erase nothing.
 */
export function saltsFromSeed(receipt: Receipt, seed: string, label: string): ReceiptSalts {
  const key = fromBase64url(seed)
  if (key.length !== saltBytes) refuseSalt('the seed')
  const draw = (field: string): Uint8Array => hmacSha256(key, canonicalJson(['cordon receipt', label, field]))
  const salts = fieldsOf(receipt).map(([field]) => [field, toBase64url(draw(field))] as const)
  // No field has an empty name: this draw is the id's alone.
  return { id: newId('rcp', (length) => draw('').subarray(0, length)), salts: Object.fromEntries(salts) }
}

/**
 * SHA-256 over the salt, of fixed length, and the canonical field name and value. 256 bits of salt hide even a value out
 * of a short list; the field name keeps a commitment from being shown as another field's.
 */
export const commitment = (salt: Uint8Array, field: string, value: string): string =>
  toHex(sha256(concatBytes(salt, utf8(canonicalJson(['cordon commitment v1', field, value])))))

/** The leaf's bytes (version byte, then RFC 8785 JSON) and the openings to keep outside. Throws ERR_LEDGER_RECEIPT. */
export function encodeLeaf(
  receipt: Receipt,
  { id, salts }: ReceiptSalts,
): { id: ReceiptId; entry: Uint8Array; openings: Opening[] } {
  refuseUnfit(receipt)
  const openings = fieldsOf(receipt).map(([field, value]): Opening => {
    const salt = fromBase64url(salts[field] ?? '')
    if (salt.length !== saltBytes) refuseSalt(`\`${field}\``)
    return { field, salt, value }
  })
  const commitments = new Map(openings.map(({ field, salt, value }) => [field, commitment(salt, field, value)]))
  const customer = commitments.get(customerField) ?? null
  commitments.delete(customerField)
  const { tenant, what, atMs, facts } = receipt
  const content = { tenant, what, atMs, customer, facts, sealed: Object.fromEntries(commitments) }
  const record: LeafRecord = { id: id ?? hashId('rcp', canonicalJson(content)), ...content }
  const entry = concatBytes(Uint8Array.of(leafVersion), utf8(canonicalJson(record)))
  if (entry.length > entryBytesMax) {
    throw new LedgerError('ERR_LEDGER_RECEIPT', `a receipt \`${what}\` of ${entry.length} bytes is too large`, {
      hint: `put a hash or a count into the facts; a leaf holds ${entryBytesMax} bytes`,
    })
  }
  return { id: record.id, entry, openings }
}

/** Reads a leaf of any version we ever wrote. Undefined when these bytes are none: they may come from a stranger. */
export function decodeLeaf(entry: Uint8Array): LeafRecord | undefined {
  if (entry[0] !== leafVersion) return undefined
  const text = Buffer.from(entry.subarray(1)).toString('utf8')
  try {
    const record = parseJson(text)
    return isLeafRecord(record) && canonicalJson(record) === text ? record : undefined
  } catch {
    return undefined
  }
}

function isLeafRecord(value: unknown): value is LeafRecord {
  if (!isObject(value)) return false
  const { id, tenant, what, atMs, customer, facts, sealed } = value
  return (
    [id, tenant, what].every((text) => typeof text === 'string') &&
    Number.isSafeInteger(atMs) &&
    (customer === null || typeof customer === 'string') &&
    isObject(facts) &&
    isObject(sealed) &&
    Object.values(sealed).every((hex) => typeof hex === 'string')
  )
}

/** The commitment a field has in the leaf. */
export const committedIn = (record: LeafRecord, field: string): string | null | undefined =>
  field === customerField ? record.customer : record.sealed[field]

export const opens = (record: LeafRecord, { field, salt, value }: Opening): boolean =>
  salt.length === saltBytes && committedIn(record, field) === commitment(salt, field, value)

function refuseSalt(what: string): never {
  throw new LedgerError('ERR_LEDGER_RECEIPT', `no salt of ${saltBytes} bytes for ${what}`, {
    hint: 'make the arguments with `receiptArgs` or `saltsFromSeed`',
  })
}
