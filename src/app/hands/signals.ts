import { randomUUID } from 'node:crypto'

import type { JWK } from 'jose'

import { CordonError, createHttp, isObject, parseOwnJson, type HttpResponse } from '#kit'
import { defaultTenant } from '#model'
import { codeOf, saysShut, type PushOutcome, type SealedToken, type SignalHands, type SigningKey } from '#signals'
import { sealContext, VaultError, type HandsVault } from '#vault'

export const signalContext = {
  key: (kid: string): string => sealContext(defaultTenant, 'signal-key', kid),
  auth: (stream: string): string => sealContext(defaultTenant, 'signal-auth', stream),
  token: (stream: string, jti: string): string => sealContext(defaultTenant, 'signal-out', stream, jti),
}
/** What SSF's interoperability profiles ask of every receiver. */
const algorithm = 'RS256'
const modulusBits = 2048
const pushMs = 10_000
/** One round with one receiver: others wait for it no longer than this and one push. */
const roundMs = 15_000

export type SignalKeyMade = { kid: string; publicJwk: string; sealed: string }

/** Signs and pushes. INVARIANT: the private key, the claims and receivers' secrets are open here alone, for the call in hand. */
export function createSignalHands(
  vault: () => HandsVault,
  receivers: readonly string[],
): SignalHands & { makeKey(): Promise<SignalKeyMade> } {
  const sign = async (key: SigningKey, stream: string, tokens: readonly SealedToken[]) => {
    // Only a Cordon that tells others needs it.
    const { importJWK, SignJWT } = await import('jose')
    const { opener } = vault()
    const secret = await importJWK(parseOwnJson<JWK>(opener.open(key.sealed, signalContext.key(key.kid))), algorithm)
    const header = { alg: algorithm, typ: 'secevent+jwt', kid: key.kid }
    const signed: { jti: string; token: string | null }[] = []
    for (const { jti, sealed } of tokens) {
      const claims = opened(() => opener.open(sealed, signalContext.token(stream, jti)))
      const token = claims === null ? null : await new SignJWT(claims).setProtectedHeader(header).sign(secret)
      signed.push({ jti, token })
    }
    return signed
  }
  return {
    sign,
    async makeKey() {
      const { exportJWK, generateKeyPair } = await import('jose')
      const { privateKey, publicKey } = await generateKeyPair(algorithm, {
        modulusLength: modulusBits,
        extractable: true,
      })
      const kid = randomUUID()
      const secret = JSON.stringify(await exportJWK(privateKey))
      const shown = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' }
      return { kid, publicJwk: JSON.stringify(shown), sealed: vault().sealer.seal(secret, signalContext.key(kid)) }
    },
    async push(key, { stream, endpoint, auth }, tokens) {
      // Core names the place, and the settings of hands allow it: neither alone sends a token anywhere.
      const http = createHttp(receivers)
      const header = auth === null ? undefined : vault().opener.open(auth, signalContext.auth(stream))
      const outcomes: PushOutcome[] = []
      const endMs = performance.now() + roundMs
      for (const { jti, token } of await sign(key, stream, tokens)) {
        if (token === null) {
          outcomes.push({ jti, outcome: 'again', says: saysShut })
          continue
        }
        const outcome = await pushOne(() =>
          http.request(endpoint, {
            method: 'POST',
            timeoutMs: pushMs,
            headers: {
              'content-type': 'application/secevent+jwt',
              accept: 'application/json',
              ...(header === undefined ? {} : { authorization: header }),
            },
            body: token,
          }),
        )
        outcomes.push({ jti, ...outcome })
        if (outcome.outcome === 'again' || performance.now() > endMs) break
      }
      return outcomes
    },
  }
}

/** One token whose key is gone must not hold up the others that are to be signed with it. */
function opened(open: () => string): Record<string, unknown> | null {
  try {
    return parseOwnJson<Record<string, unknown>>(open())
  } catch (error) {
    if (error instanceof VaultError) return null
    throw error
  }
}

/** RFC 8935, 2.4: a 400 is the receiver's last word on this token; all else may pass. */
async function pushOne(send: () => Promise<HttpResponse>): Promise<Omit<PushOutcome, 'jti'>> {
  try {
    const response = await send()
    const { status } = response
    if (status >= 200 && status < 300) return { outcome: 'delivered', says: `answered ${status}` }
    if (status === 400) return { outcome: 'refused', says: errorIn(response) }
    return { outcome: 'again', says: `answered ${status}` }
  } catch (error) {
    return { outcome: 'again', says: error instanceof CordonError ? error.message : 'could not be sent' }
  }
}

function errorIn(response: HttpResponse): string {
  try {
    const body = response.json()
    return codeOf(isObject(body) ? body['err'] : undefined)
  } catch {
    return 'unknown'
  }
}
