import { z } from 'zod'

import { isObject, type HttpResponse } from '#kit'
import { readAnswer, refuseUnlessOk, VendorError, type Limits, type PullContext } from '#sources/contract'

import type { SlackQuestionsConfig } from './config.ts'

export type Context = PullContext<SlackQuestionsConfig>

/** Slack's tiers: calls a minute of each method. `isRead`: may come again; a conversation that is open is opened once. */
const methods = {
  'auth.test': { perMinute: 100, isRead: true },
  'users.lookupByEmail': { perMinute: 50, isRead: true },
  'users.info': { perMinute: 100, isRead: true },
  'conversations.open': { perMinute: 50, isRead: true },
  'conversations.history': { perMinute: 50, isRead: true },
  'conversations.replies': { perMinute: 50, isRead: true },
  'reactions.get': { perMinute: 50, isRead: true },
  // One a second in a conversation.
  'chat.postMessage': { perMinute: 50, isRead: false },
} as const
export type Method = keyof typeof methods

export const limits: Limits = {
  budgets: Object.entries(methods).map(([name, { perMinute }]) => ({ name, perMinute, sharedBy: 'source' as const })),
  atOnceMax: 2,
  isLimit: ({ status, text }) => status === 200 && text.length < 500 && text.includes('"error":"ratelimited"'),
}

/** What Slack says of somebody whom a bot cannot write to. */
const nobody = 'users_not_found user_not_found user_disabled user_not_visible cannot_dm_bot'.split(' ')
const words: readonly (readonly [VendorError['code'], readonly string[]])[] = [
  ['ERR_VENDOR_AUTH', 'not_authed invalid_auth token_revoked token_expired account_inactive'.split(' ')],
  ['ERR_VENDOR_SCOPE', 'missing_scope not_allowed_token_type no_permission restricted_action'.split(' ')],
  ['ERR_VENDOR_ABSENT', [...nobody, 'channel_not_found', 'thread_not_found', 'message_not_found']],
  ['ERR_VENDOR_DOWN', 'internal_error fatal_error service_unavailable request_timeout'.split(' ')],
  ['ERR_VENDOR_LIMIT', 'ratelimited rate_limited'.split(' ')],
]
const hints: Partial<Record<VendorError['code'], string>> = {
  ERR_VENDOR_AUTH: 'give the source a new token: `cordon source rotate NAME`',
  ERR_VENDOR_SCOPE: '`cordon source role NAME` prints the app that it takes',
}

/** Slack refuses in a 200. Only its word is told: a text could quote what was sent. */
function refuseUnlessFine(response: HttpResponse, what: string): void {
  refuseUnlessOk(response, what)
  const body = response.json()
  if (!isObject(body) || body['ok'] !== false) return
  const { error } = body
  const word = typeof error === 'string' && /^[a-z0-9_]{1,60}$/.test(error) ? error : 'unknown'
  const code = words.find(([, all]) => all.includes(word))?.[0] ?? 'ERR_VENDOR_REFUSED'
  const hint = hints[code]
  throw new VendorError(code, `Slack answers \`${word}\` to ${what}`, {
    retryable: code === 'ERR_VENDOR_DOWN' || code === 'ERR_VENDOR_LIMIT',
    ...(hint === undefined ? {} : { hint }),
  })
}

export function call({ config, http, signal }: Context, method: Method, given: Readonly<Record<string, string>>) {
  return http.request(new URL(`/api/${method}`, config.webUrl), {
    method: 'POST',
    isRead: methods[method].isRead,
    budget: method,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(given).toString(),
    signal,
  })
}

/** `what` names the thing asked for. */
export async function ask<T>(
  context: Context,
  method: Method,
  given: Readonly<Record<string, string>>,
  shape: z.ZodType<T>,
  what: string,
): Promise<T> {
  const response = await call(context, method, given)
  refuseUnlessFine(response, what)
  return readAnswer(shape, response, what)
}

/** Null where Slack knows none of it: a person, a conversation or a message that is gone. */
export async function unlessAbsent<T>(asked: Promise<T>): Promise<T | null> {
  return asked.catch((error: unknown) => {
    if (error instanceof VendorError && error.code === 'ERR_VENDOR_ABSENT') return null
    throw error
  })
}

const message = z.object({
  ts: z.string().regex(/^\d{1,12}\.\d{1,9}$/),
  user: z.string().optional(),
  bot_id: z.string().optional(),
  subtype: z.string().optional(),
  thread_ts: z.string().optional(),
  text: z.string().default(''),
  metadata: z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) }).optional(),
})
export type Message = z.output<typeof message>
const messages = z.object({
  messages: z.array(message),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
})

const pagesMax = 10
const pageMessages = '200'

/** Of a conversation newest first, of a thread its parent and then oldest first; at most ten pages. */
export async function messagesOf(
  context: Context,
  method: 'conversations.history' | 'conversations.replies',
  given: Readonly<Record<string, string>>,
): Promise<Message[]> {
  const all: Message[] = []
  let cursor = ''
  for (let page = 0; page < pagesMax; page++) {
    const asked = {
      ...given,
      limit: pageMessages,
      include_all_metadata: 'true',
      ...(cursor === '' ? {} : { cursor }),
    }
    const found = await ask(context, method, asked, messages, 'messages to and from one person')
    all.push(...found.messages)
    cursor = found.response_metadata?.next_cursor ?? ''
    if (cursor === '') break
  }
  return all
}
