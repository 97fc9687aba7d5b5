import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

import { findNamed, type Kept, type State, type Token } from './state.ts'

export type Caller = {
  username: string
  uid: string
  groups: string[]
  extra: Record<string, string[]>
  /** Notes of the authentication, for the audit log. */
  notes: Record<string, string>
}

/** How long an API server remembers that a token was good. */
export const tokenCacheMs = 10_000
/** How long a token outlives the deletion stamp of what it is bound to. */
const deletionLeewayMs = 60_000

/** Undefined: a credential that is none (any more). No credential at all is somebody, too: `system:anonymous`. */
export function callerOf(state: State, headers: IncomingHttpHeaders, nowMs: number): Caller | undefined {
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  if (token !== undefined) return ofToken(state, token, nowMs)
  const user = headers['x-remote-user']
  if (typeof user === 'string') return ofCertificate(user, String(headers['x-remote-group'] ?? ''))
  return { username: 'system:anonymous', uid: '', groups: ['system:unauthenticated'], extra: {}, notes: {} }
}

/** The twin speaks plain HTTP: who holds which client certificate the proxy before it says, as the API server lets one. */
function ofCertificate(username: string, groups: string): Caller {
  const id = createHash('sha256').update(`certificate of ${username}`).digest('hex')
  return {
    username,
    uid: '',
    groups: [...groups.split(',').filter((group) => group !== ''), 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${id}`] },
    notes: {},
  }
}

export function ofToken(state: State, value: string, nowMs: number): Caller | undefined {
  const token = state.tokens.get(value)
  if (token === undefined) return undefined
  if ((state.good.get(value) ?? -Infinity) <= nowMs) {
    if (!isGood(state, token, nowMs)) return undefined
    state.good.set(value, nowMs + tokenCacheMs)
  }
  const { id, namespace, account, accountUid, bound, untilMs } = token
  return {
    username: `system:serviceaccount:${namespace}:${account}`,
    uid: accountUid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      ...(untilMs === null ? {} : { 'authentication.kubernetes.io/credential-id': [`JTI=${id}`] }),
      ...(bound?.kind === 'Pod'
        ? { 'authentication.kubernetes.io/pod-name': [bound.name], 'authentication.kubernetes.io/pod-uid': [bound.uid] }
        : {}),
    },
    notes: untilMs === null && bound !== null ? { 'authentication.k8s.io/legacy-token-manual-secret': bound.name } : {},
  }
}

function isGood(state: State, { namespace, account, accountUid, bound, untilMs }: Token, nowMs: number): boolean {
  if (untilMs !== null && untilMs <= nowMs) return false
  const isThere = (kept: Kept | undefined, uid: string): boolean =>
    kept?.uid === uid && (kept.endsAtMs === null || nowMs < kept.endsAtMs + deletionLeewayMs)
  if (!isThere(findNamed(state, 'serviceaccounts', namespace, account), accountUid)) return false
  return bound === null || isThere(findNamed(state, `${bound.kind.toLowerCase()}s`, namespace, bound.name), bound.uid)
}
