/** The part of oidc-provider 9.13.3 that the lab uses; the package ships no types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export type Stored = Record<string, unknown>

  export interface Adapter {
    upsert(id: string, payload: Stored, expiresIn?: number): Promise<void>
    find(id: string): Promise<Stored | undefined>
    findByUid(uid: string): Promise<Stored | undefined>
    findByUserCode(userCode: string): Promise<Stored | undefined>
    consume(id: string): Promise<void>
    destroy(id: string): Promise<void>
    revokeByGrantId(grantId: string): Promise<void>
  }

  export type Token = {
    jti: string
    kind: string
    iat: number
    exp?: number
    clientId?: string
    accountId?: string
    grantId?: string
    sessionUid?: string
    aud?: string
    scope?: string
    resourceServer?: { accessTokenFormat?: string }
  }

  export type Context = {
    path: string
    status: number
    ip: string
    body: unknown
    oidc?: {
      client?: { clientId: string }
      entities: Partial<
        Record<'AccessToken' | 'RefreshToken' | 'RotatedRefreshToken' | 'ClientCredentials' | 'Grant', Token>
      >
    }
  }

  export type InteractionDetails = {
    uid: string
    prompt: { name: string }
    params: Record<string, unknown>
    session?: { accountId: string }
    grantId?: string
  }

  export interface GrantModel {
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }

  export class Provider {
    constructor(issuer: string, setup: Record<string, unknown>)
    readonly issuer: string
    readonly Grant: {
      new (input: { accountId: string; clientId: string }): GrantModel
      find(id: string): Promise<Token | undefined>
    }
    readonly Session: {
      findByUid(uid: string): Promise<{ accountId?: string; destroy(): Promise<void> } | undefined>
    }
    use(middleware: (ctx: Context, next: () => Promise<void>) => Promise<void>): this
    on(event: string, listener: (...values: never[]) => void): this
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<InteractionDetails>
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Record<string, unknown>,
    ): Promise<void>
  }
}
