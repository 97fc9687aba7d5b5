import type { HttpRequest } from '#kit'

import type { Secrets } from './stream.ts'

/** Names of secrets are the connector's own; values are looked up when a token is made, and not kept. */
type Signed = {
  tokenUrl: string
  /** Secret with a private key: PEM (PKCS#8) or a JWK. A certificate in the same PEM goes along as `x5t#S256`. */
  secret: string
  algorithm?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA'
  keyId?: string
  scopes?: readonly string[]
}

/**
 * How a request says who asks. Tokens made of it are kept in hands' memory until shortly before they end, made anew when
 * the vendor refuses one, and sent to `origins` alone (default: all of the source's).
 */
export type Auth = { origins?: readonly string[] } & (
  | {
      kind: 'static'
      secret: string
      /** Default `authorization`. */
      header?: string
      /** Default `Bearer` in `authorization`, nothing elsewhere. */
      scheme?: string
    }
  | { kind: 'basic'; user: string; secret: string }
  /** RFC 6749, 4.4. */
  | {
      kind: 'client-credentials'
      tokenUrl: string
      clientId: string
      secret: string
      scopes?: readonly string[]
      sendAs?: 'basic' | 'body'
      parameters?: Readonly<Record<string, string>>
    }
  /** RFC 7523, 2.2: the client proves itself with a signed assertion. */
  | (Signed & { kind: 'private-key-jwt'; clientId: string; audience?: string })
  /**
   * RFC 7523, 2.1: the assertion is the grant (service accounts; `subject`: on behalf of). `anybody`: a request may name
   * another subject (`onBehalfOf`); without it that is a fault.
   */
  | (Signed & { kind: 'jwt-bearer'; issuer: string; subject?: string; audience?: string; anybody?: true })
  /** A JWT of the app for calls as itself (no `installation`), or the token of one installation. */
  | { kind: 'github-app'; apiUrl: string; appId: string; installation?: string; secret: string }
  /** HashiCorp Vault and OpenBao: the id of a role and its secret id, for a token that lives as long as the role says. */
  | { kind: 'app-role'; loginUrl: string; roleId: string; secret: string; headers?: Readonly<Record<string, string>> }
  /** Signs each request anew (AWS SigV4). Pure; the headers it gives replace those of the same name. */
  | {
      kind: 'signed'
      sign(
        request: { url: URL; method: string; headers: Readonly<Record<string, string>>; body: string | Uint8Array },
        secrets: Secrets,
        nowMs: number,
      ): Record<string, string>
    }
)

/** `default` is sent unless a request says `as`; `as: 'none'` sends nothing, nor does one with its own `authorization`. */
export type AuthByName = Readonly<Record<string, Auth>>
export type Signable = Pick<HttpRequest, 'method' | 'headers' | 'body'>
