import { isObject, parseJson, type JsonObject } from 'cordon/kit'

import { idOf, type Im, type Message, type User } from './state.ts'
import { memberRow, type Answer, type Caller, type Method, type Org } from './web-api.ts'

// Direct messages between an app's bot and people: what apps call, and below what people do in their clients.

/** Slack's bounds of a block: https://docs.slack.dev/reference/block-kit/blocks */
const blocksMax = 50
const textMax: Readonly<Record<string, number>> = { header: 150, section: 3_000 }

const tsOf = ({ state }: Org, nowMs: number): string =>
  `${(nowMs / 1000).toFixed(3)}${String(state.next() % 1_000).padStart(3, '0')}`
const later = (a: Message, b: Message): number => Number(a.ts) - Number(b.ts)

/** Where nobody but its own bot looks in. */
const imOf = ({ state }: Org, given: URLSearchParams, { user }: Caller): Im | undefined => {
  const im = state.ims.get(given.get('channel') ?? '')
  return im?.bot === user.id ? im : undefined
}

const row = (message: Message, isWithMetadata: boolean): JsonObject => ({
  type: 'message',
  user: message.user,
  text: message.text,
  ts: message.ts,
  ...(message.bot === null ? {} : { bot_id: message.bot, app_id: message.app }),
  ...(message.thread === null ? {} : { thread_ts: message.thread }),
  ...(isWithMetadata && message.metadata !== null ? { metadata: message.metadata } : {}),
  ...(message.reactions.size === 0 ? {} : { reactions: reactionsOf(message) }),
})
const reactionsOf = ({ reactions }: Message) =>
  [...reactions].map(([name, users]) => ({ name, users, count: users.length }))

function open({ state }: Org, given: URLSearchParams, { user, token }: Caller): Answer {
  const other = state.users.get(given.get('users') ?? '')
  if (token?.kind !== 'bot') return 'not_allowed_token_type'
  if (other === undefined) return 'user_not_found'
  if (!other.isActive) return 'user_disabled'
  if (other.isBot) return 'cannot_dm_bot'
  const known = [...state.ims.values()].find((im) => im.bot === user.id && im.user === other.id)
  const im = known ?? { id: idOf(state, 'D'), bot: user.id, user: other.id, messages: [] }
  state.ims.set(im.id, im)
  const flags = known === undefined ? {} : { no_op: true, already_open: true }
  return { ...flags, channel: { id: im.id } }
}

function blockFaults(text: string | null): boolean {
  if (text === null) return false
  const blocks = parseJson(text)
  if (!Array.isArray(blocks) || blocks.length > blocksMax) return true
  return blocks.some((block) => {
    const held = isObject(block) ? block['text'] : undefined
    const max = isObject(block) && typeof block['type'] === 'string' ? textMax[block['type']] : undefined
    if (max === undefined || !isObject(held) || typeof held['text'] !== 'string') return true
    return held['text'] === '' || held['text'].length > max
  })
}

function post(org: Org, given: URLSearchParams, caller: Caller): Answer {
  const im = imOf(org, given, caller)
  const metadata = given.has('metadata') ? parseJson(given.get('metadata') ?? '') : null
  const thread = given.get('thread_ts')
  if (im === undefined) return 'channel_not_found'
  if (!(given.get('text') ?? '') && !given.has('blocks')) return 'no_text'
  if (blockFaults(given.get('blocks'))) return 'invalid_blocks'
  if (metadata !== null && (!isObject(metadata) || typeof metadata['event_type'] !== 'string'))
    return 'invalid_metadata_format'
  if (thread !== null && !im.messages.some(({ ts }) => ts === thread)) return 'thread_not_found'
  const message: Message = {
    ts: tsOf(org, org.nowMs()),
    user: caller.user.id,
    text: given.get('text') ?? '',
    bot: `B${caller.token?.app.slice(1)}`,
    app: caller.token?.app ?? null,
    metadata: isObject(metadata) ? metadata : null,
    thread,
    isBroadcast: given.get('reply_broadcast') === 'true',
    reactions: new Map(),
  }
  im.messages.push(message)
  return { channel: im.id, ts: message.ts, message: row(message, true) }
}

/** A page, and Slack's cursor where there is more. */
function page(messages: readonly Message[], given: URLSearchParams): JsonObject {
  const limit = Number(given.get('limit') ?? 100)
  const from = Number(
    Buffer.from(given.get('cursor') ?? '', 'base64')
      .toString()
      .replace('next_ts:', '') || 0,
  )
  const isMore = from + limit < messages.length
  const isWithMetadata = given.get('include_all_metadata') === 'true'
  return {
    messages: messages.slice(from, from + limit).map((one) => row(one, isWithMetadata)),
    has_more: isMore,
    ...(isMore
      ? { response_metadata: { next_cursor: Buffer.from(`next_ts:${from + limit}`).toString('base64') } }
      : {}),
  }
}

const within = (given: URLSearchParams, { ts }: Message): boolean => Number(ts) > Number(given.get('oldest') ?? 0)

/** Newest first; what stands in a thread alone is left out. */
function history(org: Org, given: URLSearchParams, caller: Caller): Answer {
  const im = imOf(org, given, caller)
  if (im === undefined) return 'channel_not_found'
  const shown = im.messages.filter((one) => within(given, one) && (one.thread === null || one.isBroadcast))
  return page(
    shown.toSorted((a, b) => later(b, a)),
    given,
  )
}

/** The parent, whatever `oldest` says, and then its thread, oldest first. */
function replies(org: Org, given: URLSearchParams, caller: Caller): Answer {
  const im = imOf(org, given, caller)
  const parent = im?.messages.find(({ ts }) => ts === given.get('ts'))
  if (im === undefined) return 'channel_not_found'
  if (parent === undefined) return 'thread_not_found'
  const rest = im.messages.filter((one) => one.thread === parent.ts && within(given, one))
  return page([parent, ...rest.toSorted(later)], given)
}

function reactions(org: Org, given: URLSearchParams, caller: Caller): Answer {
  const im = imOf(org, given, caller)
  const message = im?.messages.find(({ ts }) => ts === given.get('timestamp'))
  if (im === undefined) return 'channel_not_found'
  if (message === undefined) return 'message_not_found'
  const all = message.reactions.size === 0 ? {} : { reactions: reactionsOf(message) }
  const { text, ts, user } = message
  return { type: 'message', channel: im.id, message: { type: 'message', text, ts, user, ...all } }
}

function lookup({ state }: Org, given: URLSearchParams): Answer {
  const mail = (given.get('email') ?? '').toLowerCase()
  const user = [...state.users.values()].find((one) => one.email.toLowerCase() === mail && !one.isBot && one.isActive)
  if (user === undefined) return 'users_not_found'
  const { is_ultra_restricted: _, has_2fa: __, ...known } = memberRow(user)
  return { user: known }
}

const paging = 'cursor limit oldest latest inclusive include_all_metadata'
/** Arguments and scopes as https://docs.slack.dev/reference/methods has them, of direct messages. */
export const messageMethods: Record<string, Method> = {
  'users.lookupByEmail': { scope: 'users:read.email', args: 'email!', handle: lookup },
  'conversations.open': { scope: 'im:write', args: 'users channel return_im prevent_creation', handle: open },
  'conversations.history': { scope: 'im:history', args: `channel! ${paging}`, handle: history },
  'conversations.replies': { scope: 'im:history', args: `channel! ts! ${paging}`, handle: replies },
  'reactions.get': { scope: 'reactions:read', args: 'channel timestamp full file file_comment', handle: reactions },
  'chat.postMessage': {
    scope: 'chat:write',
    args: 'channel! text blocks metadata mrkdwn thread_ts reply_broadcast unfurl_links unfurl_media parse link_names',
    handle: post,
  },
}

/** A person writes: into the conversation, or a thread of it. */
export function write(org: Org, im: Im, user: User, text: string, thread: string | null = null): Message {
  const ts = tsOf(org, org.nowMs())
  const none = { bot: null, app: null, metadata: null, isBroadcast: false }
  const message: Message = { ts, user: user.id, text, thread, reactions: new Map(), ...none }
  im.messages.push(message)
  return message
}

export function react(message: Message, user: User, name: string): void {
  message.reactions.set(name, [...(message.reactions.get(name) ?? []), user.id])
}
