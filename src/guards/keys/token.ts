import { sha256, toBase32, toBase64url, toHex, type RandomBytes } from '#kit'

/** `cdn_<keyId>_<secret>`: 80 bits of id (no secret, it is in every record), 256 bits of secret. */
const idBytes = 10
const secretBytes = 32
const pattern = /^cdn_([a-z2-7]{16})_[A-Za-z0-9_-]{43}$/

export const formatToken = (id: string, secret: Uint8Array): string => `cdn_${id}_${toBase64url(secret)}`

export function makeToken(random: RandomBytes): { id: string; token: string } {
  const id = toBase32(random(idBytes))
  return { id, token: formatToken(id, random(secretBytes)) }
}

/** Key id of a text that has the form of a token; undefined otherwise. Says nothing about whether such a key exists. */
export const parseToken = (text: string): string | undefined => pattern.exec(text)?.[1]

/** Over the whole text, as a host reporter that finds it in a file hashes it: both give one fingerprint. */
export const hashOf = (token: string): string => toHex(sha256(token))
