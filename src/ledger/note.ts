import { verify } from 'node:crypto'

import { concatBytes, fromBase64, fromHex, sha256, toBase64, toHex, utf8 } from '#kit'
import { publicKeyOf } from '#vault'

import { LedgerError } from './error.ts'

/** C2SP signed-note (https://c2sp.org/signed-note): text, blank line, signature lines. */
export type Note = { text: string; signatures: NoteSignature[] }
export type NoteSignature = { name: string; keyHash: string; signature: Uint8Array }

/** `ed25519`: signs the text. `cosignature`: a witness's timestamped statement (https://c2sp.org/tlog-cosignature). */
export type NoteKey = { name: string; keyHash: string; kind: 'ed25519' | 'cosignature'; publicKey: Uint8Array }

const typeByte = { ed25519: 1, cosignature: 4 } as const
const keyHashBytes = 4
const publicKeyBytes = 32
const timestampBytes = 8
export const noteBytesMax = 64 * 1024
export const noteSignaturesMax = 64

const isName = (name: string): boolean => name !== '' && !/[\s+]/u.test(name)

export function noteKey(kind: NoteKey['kind'], name: string, publicKey: Uint8Array): NoteKey {
  const hash = sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(typeByte[kind]), publicKey))
  return { name, keyHash: toHex(hash.subarray(0, keyHashBytes)), kind, publicKey }
}

/** The text form of a public key, as Go's `note.NewVerifier` reads it: `name+keyhash+base64(type ‖ key)`. */
export const formatNoteKey = ({ name, keyHash, kind, publicKey }: NoteKey): string =>
  `${name}+${keyHash}+${toBase64(concatBytes(Uint8Array.of(typeByte[kind]), publicKey))}`

/** Throws ERR_LEDGER_NOTE when it is none, or its hash is not that of its key. */
export function parseNoteKey(text: string): NoteKey {
  const [, name = '', keyHash = '', encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text.trim()) ?? []
  const bytes = fromBase64(encoded)
  const kind = bytes[0] === typeByte.ed25519 ? 'ed25519' : bytes[0] === typeByte.cosignature ? 'cosignature' : undefined
  if (kind !== undefined && bytes.length === 1 + publicKeyBytes && isName(name)) {
    const key = noteKey(kind, name, bytes.subarray(1))
    if (key.keyHash === keyHash) return key
  }
  throw new LedgerError('ERR_LEDGER_NOTE', `\`${text.slice(0, 120)}\` is no public key of a ledger or witness`, {
    hint: 'it has the form name+hash+key; copy the whole line',
  })
}

export const signatureLine = ({ name, keyHash }: NoteKey, signature: Uint8Array): string =>
  `— ${name} ${toBase64(concatBytes(fromHex(keyHash), signature))}\n`

/** Throws ERR_LEDGER_NOTE for anything that is not strictly a note. */
export function parseNote(source: string): Note {
  const split = source.lastIndexOf('\n\n')
  const lines = source.slice(split + 2).split('\n')
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  const isOdd = /[\u0000-\u0009\u000b-\u001f]/.test(source) || !source.isWellFormed()
  if (split < 0 || isOdd || source.length > noteBytesMax || lines.pop() !== '' || lines.length > noteSignaturesMax) {
    refuseNote('not a signed note')
  }
  const signatures = lines.map((line): NoteSignature => {
    const [, name = '', encoded = ''] = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? []
    const bytes = fromBase64(encoded)
    if (!isName(name) || bytes.length <= keyHashBytes) refuseNote('a signature line is malformed')
    return { name, keyHash: toHex(bytes.subarray(0, keyHashBytes)), signature: bytes.subarray(keyHashBytes) }
  })
  return { text: source.slice(0, split + 1), signatures }
}

/**
 * The keys among `known` that signed this note. Unknown signatures are ignored, as the specification demands; one of a
 * known key that does not verify spoils the note: ERR_LEDGER_NOTE. An empty answer means nobody known signed.
 */
export function signersOf({ text, signatures }: Note, known: readonly NoteKey[]): NoteKey[] {
  return signatures.flatMap((signature) => {
    const key = known.find(({ name, keyHash }) => name === signature.name && keyHash === signature.keyHash)
    if (key === undefined) return []
    if (!verifies(key, text, signature.signature)) refuseNote(`the signature of \`${key.name}\` does not verify`)
    return [key]
  })
}

function verifies({ kind, publicKey }: NoteKey, text: string, signature: Uint8Array): boolean {
  const key = publicKeyOf('ed25519', publicKey)
  if (kind === 'ed25519') return verify(null, utf8(text), key, signature)
  if (signature.length <= timestampBytes) return false
  const time = Buffer.from(signature).readBigUInt64BE()
  return verify(null, utf8(cosignedText(text, time)), key, signature.subarray(timestampBytes))
}

export const cosignedText = (text: string, timeSeconds: bigint): string =>
  `cosignature/v1\ntime ${timeSeconds}\n${text}`

function refuseNote(message: string): never {
  throw new LedgerError('ERR_LEDGER_NOTE', message, {
    hint: 'the checkpoint was changed or damaged; compare it with the copies outside',
  })
}
