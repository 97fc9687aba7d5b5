import { z } from 'zod'

import { assert, fromBase64url, parseJson, toBase64url, type RandomBytes } from '#kit'

import { VaultError } from './error.ts'
import { privateKeyOf, rawKeyBytes, rawPublicOf } from './raw-keys.ts'

/** Keys oldest first; the last one is in use, the others only open, match or verify what is older. */
export type SecretRing = readonly { id: string; key: Uint8Array }[]
export type PrivateRing = readonly { id: string; privateKey: Uint8Array }[]
export type PublicRing = readonly { id: string; publicKey: Uint8Array }[]
/** A retired signing key has no `seed` any more; its public half stays, because old checkpoints must still verify. */
export type SigningRing = readonly { id: string; publicKey: Uint8Array; seed: Uint8Array | null }[]

export type CoreKeys = { log: SecretRing; fingerprint: SecretRing; ledger: SigningRing }
export type HandsKeys = { hands: PrivateRing }

export const keyKinds = ['log', 'fingerprint', 'ledger', 'hands'] as const
export type KeyKind = (typeof keyKinds)[number]

export const keyFileVersion = 1
/** A ring longer than this was not rotated but flooded. */
export const ringKeysMax = 1000
/** Letter before the number in a key id; `k1` is what a fingerprint shows. */
const idPrefix = { log: 'l', fingerprint: 'k', ledger: 's', hands: 'h' } as const

const rawKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, 'expected 32 bytes as base64url')
  .transform(fromBase64url)
const keyId = z.string().regex(/^[a-z][0-9]{1,9}$/)
const ringOf = <Entry extends z.ZodType<{ id: string }>>(entry: Entry) =>
  z
    .array(entry)
    .min(1)
    .max(ringKeysMax)
    .refine((ring) => new Set(ring.map(({ id }) => id)).size === ring.length, 'two keys have the same id')
const version = z.literal(keyFileVersion)

const secretRing = ringOf(z.strictObject({ id: keyId, key: rawKey }))
const signingRing = ringOf(z.strictObject({ id: keyId, publicKey: rawKey, seed: rawKey.nullable() })).refine(
  (ring) => ring.at(-1)?.seed !== null,
  'the newest signing key has no seed',
)
const coreFile = z
  .strictObject({
    version,
    kind: z.literal('cordon core keys'),
    log: secretRing,
    fingerprint: secretRing,
    ledger: signingRing,
  })
  .transform(({ log, fingerprint, ledger }): CoreKeys => ({ log, fingerprint, ledger }))
const handsFile = z.strictObject({
  version,
  kind: z.literal('cordon hands keys'),
  hands: ringOf(z.strictObject({ id: keyId, privateKey: rawKey })),
})
const handsPublicFile = z.strictObject({
  version,
  kind: z.literal('cordon hands public keys'),
  hands: ringOf(z.strictObject({ id: keyId, publicKey: rawKey })),
})

/**
 * Parsing knows nothing of where the text came from: a file, an environment variable or a secret store all end here.
 * `place` names it in errors; no error repeats any of the text.
 */
export const parseCoreKeys = (text: string, place: string): CoreKeys => parseKeys(coreFile, text, place)
export const parseHandsKeys = (text: string, place: string): HandsKeys => parseKeys(handsFile, text, place)
export const parseHandsPublic = (text: string, place: string): PublicRing =>
  parseKeys(handsPublicFile, text, place).hands

function parseKeys<Shape>(schema: z.ZodType<Shape>, text: string, place: string): Shape {
  const hint = 'restore this file from your backup of the key directory; without it, what it sealed stays closed'
  let json
  try {
    json = parseJson(text)
  } catch {
    // The parser's message could quote the text, and the text is keys.
    throw new VaultError('ERR_VAULT_KEYS', `the key file \`${place}\` is not JSON`, { hint, place })
  }
  const newer = z.object({ version: z.number().gt(keyFileVersion) }).safeParse(json)
  if (newer.success) {
    throw new VaultError('ERR_VAULT_NEWER', `the key file \`${place}\` was written by a newer Cordon`, {
      hint: 'start that version',
      place,
    })
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') ?? ''
    throw new VaultError('ERR_VAULT_KEYS', `the key file \`${place}\` is damaged at \`${where}\``, { hint, place })
  }
  return parsed.data
}

const encodeRing = (ring: readonly object[]): unknown[] =>
  ring.map((entry) => {
    const fields: [string, unknown][] = Object.entries(entry)
    return Object.fromEntries(
      fields.map(([name, value]) => [name, value instanceof Uint8Array ? toBase64url(value) : value]),
    )
  })
const write = (kind: string, rings: Record<string, readonly object[]>): string => {
  const encoded = Object.entries(rings).map(([name, ring]) => [name, encodeRing(ring)])
  return `${JSON.stringify({ version: keyFileVersion, kind, ...Object.fromEntries(encoded) }, null, 2)}\n`
}
export const writeCoreKeys = (keys: CoreKeys): string => write('cordon core keys', keys)
export const writeHandsKeys = ({ hands }: HandsKeys): string => write('cordon hands keys', { hands })
export const writeHandsPublic = (hands: PublicRing): string => write('cordon hands public keys', { hands })

export function newestOf<Entry extends { id: string }>(ring: readonly Entry[]): Entry {
  const newest = ring.at(-1)
  assert(newest !== undefined, 'a ring with a key')
  return newest
}

export const publicRingOf = ({ hands }: HandsKeys): PublicRing =>
  hands.map(({ id, privateKey }) => ({ id, publicKey: rawPublicOf(privateKeyOf('x25519', privateKey)) }))

/** Ids count up and are never used again: the newest key cannot be retired, so its number is the highest ever given. */
function nextId(kind: KeyKind, ring: readonly { id: string }[]): string {
  const last = ring.length === 0 ? 0 : Number(newestOf(ring).id.slice(1))
  return `${idPrefix[kind]}${last + 1}`
}

const addSecret = (kind: KeyKind, ring: SecretRing, random: RandomBytes): SecretRing => [
  ...ring,
  { id: nextId(kind, ring), key: random(rawKeyBytes) },
]

/** Rings with one more key, which is in use from then on. */
export function addCoreKey(keys: CoreKeys, kind: Exclude<KeyKind, 'hands'>, random: RandomBytes): CoreKeys {
  if (kind !== 'ledger') return { ...keys, [kind]: addSecret(kind, keys[kind], random) }
  const seed = random(rawKeyBytes)
  const publicKey = rawPublicOf(privateKeyOf('ed25519', seed))
  return { ...keys, ledger: [...keys.ledger, { id: nextId(kind, keys.ledger), publicKey, seed }] }
}

export const addHandsKey = ({ hands }: HandsKeys, random: RandomBytes): HandsKeys => ({
  hands: [...hands, { id: nextId('hands', hands), privateKey: random(rawKeyBytes) }],
})

export function newCoreKeys(random: RandomBytes): CoreKeys {
  const kinds = ['log', 'fingerprint', 'ledger'] as const
  return kinds.reduce<CoreKeys>((keys, kind) => addCoreKey(keys, kind, random), {
    log: [],
    fingerprint: [],
    ledger: [],
  })
}

/** Rings without the named key; a signing key only loses its seed. */
export function dropKey<Entry extends { id: string }>(ring: readonly Entry[], id: string): Entry[] {
  if (!ring.some((entry) => entry.id === id)) {
    throw new VaultError('ERR_VAULT_RETIRE', `no key \`${id}\` in this ring`, {
      hint: `it has ${ring.map((entry) => entry.id).join(', ')}`,
    })
  }
  if (newestOf(ring).id === id) {
    throw new VaultError('ERR_VAULT_RETIRE', `\`${id}\` is the key in use`, { hint: 'rotate first, then retire' })
  }
  return ring.filter((entry) => entry.id !== id)
}
