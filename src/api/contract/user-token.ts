import { newId, sha256, toBase64url, toHex, type RandomBytes } from '#kit'

/** What the server keeps of a token: its id, and SHA-256 (hex) of 32 random bytes, where there is nothing to guess. */
export type UserTokenHash = { id: string; hash: string }

/** `cat_` (Cordon access token) + id + secret. */
export function newUserToken(random: RandomBytes): UserTokenHash & { token: string } {
  const id = newId('cat', random)
  const secret = toBase64url(random(32))
  return { id, token: `${id}_${secret}`, hash: toHex(sha256(secret)) }
}

/** Undefined when it is no token of a user. */
export function hashOfUserToken(token: string): UserTokenHash | undefined {
  const [, id, secret] = /^(cat_[a-z2-7]{24})_([\w-]{43})$/.exec(token) ?? []
  return id === undefined || secret === undefined ? undefined : { id, hash: toHex(sha256(secret)) }
}
