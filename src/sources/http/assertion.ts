import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'

import { isObject, parseJson, sha256, toBase64url } from '#kit'
import { VendorError } from '#sources/contract'

/** `thumbprint`: SHA-256 of the certificate that came with the key (RFC 7515, 4.1.8), by which some vendors find the key. */
export type SigningKey = { key: KeyObject; keyId: string | undefined; thumbprint?: string }

/** Assertions are dated back by this, for vendors whose clock is behind ours. */
const backdateS = 60

const certificatePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/

/**
 * Reads a private key: PEM (PKCS#8 or PKCS#1, its certificate before or behind it), a JWK, or Google's key file, which
 * holds a PEM and its id.
 */
export function signingKey(text: string): SigningKey {
  try {
    const json = text.trimStart().startsWith('{') ? parseJson(text) : text
    if (!isObject(json)) {
      const certificate = certificatePem.exec(text)?.[0]
      const key = { key: createPrivateKey(text.replace(certificatePem, '')), keyId: undefined }
      if (certificate === undefined) return key
      return { ...key, thumbprint: toBase64url(sha256(new X509Certificate(certificate).raw)) }
    }
    const pem = json['private_key']
    const keyId = json['private_key_id'] ?? json['kid']
    const key = createPrivateKey(typeof pem === 'string' ? pem : { key: json, format: 'jwk' })
    return { key, keyId: typeof keyId === 'string' ? keyId : undefined }
  } catch {
    // What the parser says may quote the text, so nothing of it is handed on.
    throw new VendorError('ERR_VENDOR_AUTH', 'the private key of the source cannot be read', {
      hint: 'give a PEM (PKCS#8), a JWK, or the JSON key file as the vendor made it',
    })
  }
}

/** RFC 7523 assertion, or the JWT of an app. */
export async function signAssertion(
  { key, keyId, thumbprint }: SigningKey,
  claims: Record<string, string>,
  wants: { algorithm?: string; keyId?: string },
  nowMs: number,
  livesS: number,
): Promise<string> {
  // Only hands signs; core loads this module for its types.
  const { SignJWT } = await import('jose')
  const kid = wants.keyId ?? keyId
  const nowS = Math.floor(nowMs / 1000)
  return new SignJWT({ ...claims, jti: crypto.randomUUID() })
    .setProtectedHeader({
      alg: wants.algorithm ?? algorithmOf(key),
      typ: 'JWT',
      ...(kid === undefined ? {} : { kid }),
      ...(thumbprint === undefined ? {} : { 'x5t#S256': thumbprint }),
    })
    .setIssuedAt(nowS - backdateS)
    .setExpirationTime(nowS + livesS)
    .sign(key)
}

function algorithmOf({ asymmetricKeyType: type }: KeyObject): string {
  if (type === 'ec') return 'ES256'
  return type === 'ed25519' ? 'EdDSA' : 'RS256'
}
