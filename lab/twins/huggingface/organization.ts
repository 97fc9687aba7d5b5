import { isObject } from 'cordon/kit'

import { rowsWithin } from '../kit/past-pages.ts'
import type { TwinCall } from '../kit/server.ts'
import {
  accountRow,
  accountTokenRow,
  bodyOf,
  entryRow,
  failed,
  groupRow,
  memberRow,
  ok,
  paged,
  tokenRow,
} from './answers.ts'
import type { State } from './state.ts'
import type { Handler } from './twin.ts'

const auditRowsMax = 100_000
const paid = new Set(['setRole', 'listGroups', 'listTokens', 'revokeToken', 'exportAudit'])

/** Has the organisation's plan what is asked for? */
export function planOf(id: string, { organization: { plan } }: State): boolean {
  if (id === 'revokeToken') return plan === 'enterprise' || plan === 'plus'
  return plan !== undefined || !(paid.has(id) || id.toLowerCase().includes('account'))
}

const limitOf = ({ query }: TwinCall, most: number): number => Number(query.get('limit') ?? most)
const done = ok('OK')

export const organizationHandlers: Readonly<Record<string, Handler>> = {
  listMembers({ state }, call) {
    const rows = [...state.roles.keys()].flatMap((id) => {
      const user = state.users.get(id)
      return user === undefined ? [] : [memberRow(state, user, true)]
    })
    return paged(rows, call, limitOf(call, 500))
  },
  /** The groups of a role are all there are: whoever leaves them out takes them. */
  setRole(hub, call, caller) {
    const { state } = hub
    const user = [...state.users.values()].find(({ name }) => name === call.params['username'])
    if (user === undefined || !state.roles.has(user.id)) return failed(404, 'User not found')
    const { role, resourceGroups } = bodyOf(call)
    if (typeof role !== 'string') return failed(400, 'role')
    const given = new Map<string, string>()
    for (const one of Array.isArray(resourceGroups) ? resourceGroups : []) {
      if (isObject(one) && typeof one['id'] === 'string' && typeof one['role'] === 'string')
        given.set(one['id'], one['role'])
    }
    if ([...given.keys()].some((id) => !state.groups.has(id))) return failed(403, 'not in the organization')
    state.roles.set(user.id, role)
    for (const group of state.groups.values()) {
      const held = given.get(group.id)
      if (held === undefined) group.roles.delete(user.id)
      else group.roles.set(user.id, held)
    }
    hub.act(caller, 'org.change_role', `Changed the role of ${user.name}`, { user: user.name, role })
    return ok({ success: true })
  },
  listGroups: ({ state }) => ok([...state.groups.values()].map((group) => groupRow(state, group))),
  listTokens({ state }, call) {
    const isAll = (call.query.get('q') ?? '').split(' ').includes('status:all')
    const tokens = [...state.tokens.values()].filter(
      ({ user, isRevoked }) => state.roles.has(user) && (isAll || !isRevoked),
    )
    return paged(
      tokens.map((token) => tokenRow(state, token)),
      call,
      limitOf(call, 100),
    )
  },
  /** The token itself is not deleted: it is its owner's. */
  revokeToken(hub, call, caller) {
    const { state } = hub
    const token = state.tokens.get(call.params['token'] ?? '')
    if (token === undefined || !state.roles.has(token.user)) return failed(404, 'Token not found')
    if (caller.kind === 'user' && token.user === caller.user.id) return failed(403, 'You cannot revoke your own token')
    token.isRevoked = true
    hub.act(caller, 'org.token_approval.authorization_request.revoked', 'Revoked a token', { token: token.id })
    return { status: 200 }
  },
  listAccounts: ({ state }) => ok([...state.accounts.values()].map(accountRow)),
  getAccount({ state }, call) {
    const account = state.accounts.get(call.params['id'] ?? '')
    if (account === undefined) return failed(404, 'Service account not found')
    return ok({ ...accountRow(account), accessTokens: [...account.tokens.values()].map(accountTokenRow) })
  },
  deleteAccount: ({ state }, call) =>
    state.accounts.delete(call.params['id'] ?? '') ? done : failed(404, 'Service account not found'),
  deleteAccountToken({ state }, call) {
    const tokens = state.accounts.get(call.params['id'] ?? '')?.tokens
    return tokens?.delete(call.params['token'] ?? '') === true ? done : failed(404, 'Token not found')
  },
  /** Newest first, and so many at most. */
  exportAudit({ state, nowMs }) {
    const shown = state.audit.filter(({ shownAtMs }) => shownAtMs <= nowMs())
    const past = [...rowsWithin(state.pastAudit, { fromMs: 0, toMs: nowMs() })].map(({ row }) => row)
    return ok([...past, ...shown].toReversed().slice(0, auditRowsMax).map(entryRow))
  },
}
