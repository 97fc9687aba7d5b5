import { assert, toBase64, utf8, type Clock, type Http, type HttpRequest } from '#kit'
import type { Auth, AuthByName, Secrets } from '#sources/contract'

import { mintToken, type Mintable, type Minted } from './mint.ts'
import { secretOf } from './secret.ts'

/** A token is made anew this long before it ends, so that it does not end on its way. */
export const renewBeforeMs = 60_000
/** Tokens held at once; where somebody acts for thousands, the oldest is made anew when it is wanted again. */
export const tokensMax = 500

export type Credentials = {
  /** Headers that sign this request in; empty when it has its own, wants none, or goes elsewhere. */
  headersFor(url: URL, request: HttpRequest): Promise<Record<string, string>>
  /** The vendor refused it: forget the token. False when there is nothing that could be made anew. */
  renew(url: URL, request: HttpRequest, status: 401 | 403, vendorNowMs: number | undefined): boolean
}

export type CredentialParts = {
  auth: AuthByName
  origins: readonly string[]
  /** Unseals; called when a token is made or a static one sent. */
  secrets: () => Secrets
  /** For token endpoints: retries, and signs nothing in. */
  http: Http
  clock: Clock
}

/** Tokens live in this closure alone, no longer than it and no longer than the vendor said. */
export function createCredentials({ auth, origins, secrets, http, clock }: CredentialParts): Credentials {
  const held = new Map<string, { token: Promise<Minted>; endsAtMs: number }>()
  /** What the vendor's clock is ahead of ours, learned when it refused a token as not yet, or no longer, good. */
  let skewMs = 0
  const nameFor = (url: URL, { as = 'default', headers }: HttpRequest): string | undefined => {
    const isSigned = Object.keys(headers ?? {}).some((name) => name.toLowerCase() === 'authorization')
    if (as === 'none' || (isSigned && as === 'default')) return undefined
    const one = auth[as]
    assert(one !== undefined || as === 'default', `the connector declares the credential \`${as}\``)
    if (one === undefined) return undefined
    return (one.origins ?? origins).some((origin) => new URL(origin).origin === url.origin) ? as : undefined
  }
  const keyOf = (name: string, { onBehalfOf }: HttpRequest): string =>
    onBehalfOf === undefined ? name : `${name} ${onBehalfOf}`
  const tokenOf = async (name: string, one: Mintable): Promise<string> => {
    const known = held.get(name)
    if (known !== undefined && known.endsAtMs > clock.monotonicMs()) return (await known.token).token
    const token = mintToken(one, { secrets: secrets(), http, nowMs: clock.nowMs() + skewMs })
    // Others that come meanwhile wait for the same token.
    const entry = { token, endsAtMs: Number.MAX_SAFE_INTEGER }
    held.set(name, entry)
    for (const [oldest] of held) if (held.size > tokensMax) held.delete(oldest)
    try {
      const { token: text, livesMs } = await token
      entry.endsAtMs = clock.monotonicMs() + Math.max(livesMs - renewBeforeMs, Math.floor(livesMs / 2))
      return text
    } catch (error) {
      if (held.get(name) === entry) held.delete(name)
      throw error
    }
  }
  return {
    async headersFor(url, request) {
      const name = nameFor(url, request)
      const one = name === undefined ? undefined : auth[name]
      if (name === undefined || one === undefined) return {}
      if (one.kind === 'static') return staticHeader(one, secrets())
      if (one.kind === 'basic') {
        return { authorization: `Basic ${toBase64(utf8(`${one.user}:${secretOf(secrets(), one.secret)}`))}` }
      }
      if (one.kind === 'signed') {
        const { method = 'GET', headers = {}, body = '' } = request
        return one.sign({ url, method, headers, body }, secrets(), clock.nowMs() + skewMs)
      }
      return { authorization: `Bearer ${await tokenOf(keyOf(name, request), inNameOf(one, request))}` }
    },
    renew(url, request, status, vendorNowMs) {
      const name = nameFor(url, request)
      const kind = name === undefined ? undefined : auth[name]?.kind
      if (name === undefined || kind === undefined || kind === 'static' || kind === 'basic') return false
      // Vault says 403 of a token that is none as of one that may not. Others mean the right, and the next token has no more.
      if (status === 403 && kind !== 'app-role') return false
      if (vendorNowMs !== undefined) skewMs = vendorNowMs - clock.nowMs()
      held.delete(keyOf(name, request))
      return true
    },
  }
}

/** INVARIANT: in another's name only where the connector declared that this credential may. */
function inNameOf(one: Mintable, { onBehalfOf }: HttpRequest): Mintable {
  if (onBehalfOf === undefined) return one
  assert(one.kind === 'jwt-bearer' && one.anybody === true, 'the credential may act for anybody')
  return { ...one, subject: onBehalfOf }
}

function staticHeader(
  { header = 'authorization', scheme, secret }: Extract<Auth, { kind: 'static' }>,
  secrets: Secrets,
): Record<string, string> {
  const prefix = scheme ?? (header.toLowerCase() === 'authorization' ? 'Bearer' : '')
  return { [header]: `${prefix} ${secretOf(secrets, secret)}`.trim() }
}
