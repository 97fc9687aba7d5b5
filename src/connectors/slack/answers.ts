import type { z } from 'zod'

import { isObject, type HttpResponse } from '#kit'
import { CursorExpired, readAnswer, refuseUnlessOk, VendorError } from '#sources/contract'

/** Slack's words for what went wrong, in a 200 with `ok: false`; words are those of its method pages. */
const words = {
  auth: 'not_authed invalid_auth token_revoked token_expired account_inactive org_login_required',
  scope: `missing_scope not_allowed_token_type no_permission not_an_admin not_allowed feature_not_enabled permission_denied
    restricted_action access_denied team_access_not_granted admin_unauthorized paid_only enterprise_is_restricted
    accesslimited two_factor_setup_required app_management_app_not_installed_on_org`,
  absent: `user_not_found users_not_found team_not_found app_not_found enterprise_not_found session_not_found
    user_not_visible no_such_session`,
  down: `internal_error fatal_error service_unavailable request_timeout team_added_to_org user_session_reset_failed
    rollup_error`,
  limit: 'ratelimited rate_limited',
  cursor: 'invalid_cursor',
}
type Kind = keyof typeof words
const isOf = (kind: Kind, word: string): boolean => words[kind].split(/\s+/).includes(word)
const kinds = ['auth', 'scope', 'absent', 'down', 'limit', 'cursor'] as const satisfies readonly Kind[]
const kindOf = (word: string): Kind | undefined => kinds.find((kind) => isOf(kind, word))

/** The word of a refusal; undefined for an answer that is fine. Only words: a text could quote what was sent. */
export function errorWord(response: HttpResponse): string | undefined {
  const body = bodyOf(response)
  if (!isObject(body) || body['ok'] !== false) return undefined
  const { error } = body
  return typeof error === 'string' && /^[a-z0-9_]{1,60}$/.test(error) ? error : 'unknown'
}

function bodyOf(response: HttpResponse): unknown {
  // What is refused by HTTP status need not be JSON; what is fine must.
  if (response.status < 400) return response.json()
  try {
    return response.json()
  } catch {
    return undefined
  }
}

/** The answer in a known shape, or Slack's refusal as an error of ours. */
export function readSlack<T>(shape: z.ZodType<T>, response: HttpResponse, what: string): T {
  refuseUnlessFine(response, what)
  return readAnswer(shape, response, what)
}

export function refuseUnlessFine(response: HttpResponse, what: string): void {
  const word = errorWord(response)
  if (word !== undefined) throw refusal(word, what)
  refuseUnlessOk(response, what)
}

function refusal(word: string, what: string): VendorError {
  const says = `Slack answers \`${word}\` to ${what}`
  switch (kindOf(word)) {
    case 'cursor':
      return new CursorExpired(what)
    case 'auth':
      return new VendorError('ERR_VENDOR_AUTH', says, {
        hint: 'give the source a new token: `cordon source rotate NAME`',
      })
    case 'scope':
      return new VendorError('ERR_VENDOR_SCOPE', says, {
        hint: '`cordon source check NAME` says which scope is missing; some need an owner or the Enterprise plan',
      })
    case 'absent':
      return new VendorError('ERR_VENDOR_ABSENT', says)
    case 'limit':
      return new VendorError('ERR_VENDOR_LIMIT', says, { retryable: true })
    case 'down':
      return new VendorError('ERR_VENDOR_DOWN', says, { retryable: true })
    case undefined:
      return new VendorError('ERR_VENDOR_REFUSED', says)
  }
}
