import { formatTime, type JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import { absent, ok, pageOf, refusal, textIn, textsIn } from './answers.ts'
import type { Logs } from './logs.ts'
import { hashOf, valueOf, type Key, type State } from './state.ts'
import type { Caller, Worker } from './workers.ts'

export type Gateway = { state: State; logs: Logs; nowMs(): number }
export type Handler = (gateway: Gateway, call: TwinCall, who: { caller: Caller; worker: Worker }) => TwinReply
export type Handlers = Readonly<Record<string, Handler>>

const keyTable = 'LiteLLM_VerificationToken'
const isAdmin = ({ role }: Caller): boolean => role.startsWith('proxy_admin')

/** A key may be named by its value or by its hash. */
const named = (text: string): string => (text.startsWith('sk-') ? hashOf(text) : text)
const ofUser = ({ state }: Gateway, { caller }: { caller: Caller }): Key[] =>
  [...state.keys.values()].filter(({ user_id: user }) => isAdmin(caller) || user === caller.user)

export function makeKey(
  { state, logs, nowMs }: Gateway,
  caller: Caller,
  given: Partial<Key> = {},
): { key: Key; value: string } {
  const value = valueOf(state)
  const at = formatTime(nowMs())
  const key: Key = {
    token: hashOf(value),
    key_alias: null,
    user_id: caller.user,
    team_id: null,
    models: [],
    allowed_routes: [],
    blocked: null,
    expires: null,
    created_at: at,
    created_by: caller.user,
    updated_at: at,
    settings_updated_at: at,
    last_active: null,
    spend: 0,
    ...given,
  }
  state.keys.set(key.token, key)
  const { user_id, team_id, key_alias } = key
  logs.change('created', keyTable, key.token, caller, { updated_values: { user_id, team_id, key_alias } })
  return { key, value }
}

function setBlocked(
  gateway: Gateway,
  call: TwinCall,
  who: { caller: Caller; worker: Worker },
  blocked: boolean,
): TwinReply {
  const key = gateway.state.keys.get(named(textIn(call.body, 'key')))
  if (key === undefined) return absent('Key')
  const at = formatTime(gateway.nowMs())
  Object.assign(key, { blocked, updated_at: at, settings_updated_at: at })
  // Only the worker that was asked forgets: the others go on from memory.
  who.worker.keys.delete(key.token)
  gateway.logs.change(blocked ? 'blocked' : 'unblocked', keyTable, key.token, who.caller, {
    before_value: { user_id: key.user_id, team_id: key.team_id },
  })
  return ok({ ...key })
}

export const keyHandlers: Handlers = {
  list_keys_key_list_get(gateway, call, who) {
    const hash = call.query.get('key_hash')
    const user = call.query.get('user_id')
    const held: (Key & { deleted_at?: string })[] =
      call.query.get('status') === 'deleted' ? [...gateway.state.deleted.values()] : ofUser(gateway, who)
    const found = held.filter(
      ({ token, user_id: of }) => (hash === null || token === hash) && (user === null || of === user),
    )
    const { rows, total, page, pages } = pageOf(call, 'size', 10, found)
    const keys = rows.map((row) => (call.query.get('return_full_object') === 'true' ? { ...row } : row.token))
    return ok({ keys, total_count: total, current_page: page, total_pages: pages })
  },
  info_key_fn_key_info_get(gateway, call, { caller }) {
    const text = call.query.get('key') ?? caller.hash
    const key = gateway.state.keys.get(named(text))
    if (key === undefined) return absent('Key')
    if (!isAdmin(caller) && key.user_id !== caller.user) return refusal(403, 'auth_error', 'not yours')
    const { token: _, ...info } = key
    return ok({ key: text, info })
  },
  generate_key_fn_key_generate_post(gateway, call, { caller }) {
    const user = textIn(call.body, 'user_id')
    const given = {
      user_id: isAdmin(caller) && user !== '' ? user : caller.user,
      key_alias: textIn(call.body, 'key_alias') || null,
      models: textsIn(call.body, 'models'),
      allowed_routes: textsIn(call.body, 'allowed_routes'),
    }
    const { key, value } = makeKey(gateway, caller, given)
    return ok({ key: value, token_id: key.token, user_id: key.user_id, key_alias: key.key_alias })
  },
  block_key_key_block_post: (gateway, call, who) => setBlocked(gateway, call, who, true),
  unblock_key_key_unblock_post: (gateway, call, who) => setBlocked(gateway, call, who, false),
  delete_key_fn_key_delete_post(gateway, call, { caller, worker }) {
    const { state, logs, nowMs } = gateway
    const found = textsIn(call.body, 'keys').flatMap((text) => state.keys.get(named(text)) ?? [])
    if (found.length === 0) return absent('Keys')
    for (const key of found) {
      state.keys.delete(key.token)
      state.deleted.set(key.token, { ...key, deleted_at: formatTime(nowMs()) })
      worker.keys.delete(key.token)
      logs.change('deleted', keyTable, key.token, caller, { before_value: { user_id: key.user_id } })
    }
    return ok({ deleted_keys: found.map(({ token }) => token) } satisfies JsonObject)
  },
}
