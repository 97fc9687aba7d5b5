import { randomBytes, randomUUID } from 'node:crypto'

import type { Kept, State, Token } from './state.ts'

/** Looks like a signed token; what it is good for the twin remembers. */
export function issue(state: State, token: Token): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const value = `${part({ alg: 'RS256' })}.${part({ jti: token.id })}.${randomBytes(32).toString('base64url')}`
  state.tokens.set(value, token)
  return value
}

export const legacyToken = (state: State, secret: Kept, account: Kept): string =>
  issue(state, {
    id: randomUUID(),
    namespace: secret.namespace,
    account: account.name,
    accountUid: account.uid,
    bound: { kind: 'Secret', name: secret.name, uid: secret.uid },
    untilMs: null,
  })
