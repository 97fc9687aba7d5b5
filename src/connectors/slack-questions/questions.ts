import { z } from 'zod'

import type { AnswerRead, OpenQuestion, PutQuestion, Question } from '#sources/contract'

import { readReactions, readReply, type Said } from './answer.ts'
import { ask, messagesOf, unlessAbsent, type Context, type Message } from './ask.ts'

const eventType = 'cordon_question'
const howTo =
  'Answer here, in the thread: react with :white_check_mark:, or reply "mine: what it is for"; react with :x:, or reply ' +
  '"not mine"; or reply "ask" with a colleague’s name behind @, or their address. Nobody else’s answer counts, and yours is kept.'
const headerCharsMax = 150
const sectionCharsMax = 3_000

const person = z.object({
  id: z.string().regex(/^[UW][A-Z0-9]{2,30}$/),
  deleted: z.boolean().optional(),
  is_bot: z.boolean().optional(),
  profile: z.object({ email: z.string().optional() }).optional(),
})
const keyShape = /^([A-Z0-9]{2,30}):(\d{1,12}\.\d{1,9}):([UW][A-Z0-9]{2,30})$/
type Place = { channel: string; ts: string; user: string }

function placeOf(key: string): Place | undefined {
  const [, channel, ts, user] = keyShape.exec(key) ?? []
  return channel === undefined || ts === undefined || user === undefined ? undefined : { channel, ts, user }
}
const putAt = ({ channel, user }: Omit<Place, 'ts'>, ts: string): PutQuestion => ({
  key: `${channel}:${ts}:${user}`,
  place: channel,
})

/** The conversation with whoever bears the address; null: nobody who works does. Opening one that is open changes nothing. */
async function conversationWith(context: Context, mail: string): Promise<Omit<Place, 'ts'> | null> {
  const shape = z.object({ user: person })
  const found = await unlessAbsent(ask(context, 'users.lookupByEmail', { email: mail }, shape, 'a person’s address'))
  if (found === null || found.user.deleted === true || found.user.is_bot === true) return null
  const opened = await unlessAbsent(
    ask(
      context,
      'conversations.open',
      { users: found.user.id },
      z.object({ channel: z.object({ id: z.string().regex(/^[A-Z0-9]{2,30}$/) }) }),
      'a conversation with one person',
    ),
  )
  return opened === null ? null : { channel: opened.channel.id, user: found.user.id }
}

const markerOf = ({ bot_id, metadata }: Message): unknown =>
  bot_id === undefined || metadata?.event_type !== eventType ? undefined : metadata.event_payload['id']

export async function find(
  context: Context,
  { marker, mail, again }: Question,
  sinceMs: number,
): Promise<PutQuestion | undefined> {
  const first = again === null ? undefined : placeOf(again)
  if (first !== undefined) {
    const { channel, ts } = first
    const thread = await unlessAbsent(messagesOf(context, 'conversations.replies', { channel, ts }))
    return thread?.some((one) => markerOf(one) === marker) === true ? putAt(first, ts) : undefined
  }
  const conversation = await conversationWith(context, mail)
  if (conversation === null) return undefined
  const { channel } = conversation
  const oldest = (sinceMs / 1000).toFixed(6)
  const all = await messagesOf(context, 'conversations.history', { channel, oldest })
  const found = all.find((one) => markerOf(one) === marker)
  return found === undefined ? undefined : putAt(conversation, found.ts)
}

export async function put(
  context: Context,
  { marker, mail, title, lines, again }: Question,
): Promise<PutQuestion | null> {
  const first = again === null ? null : (placeOf(again) ?? null)
  const conversation = first ?? (await conversationWith(context, mail))
  if (conversation === null) return null
  const paragraphs = [...lines, howTo]
  const sent = await unlessAbsent(
    ask(
      context,
      'chat.postMessage',
      {
        channel: conversation.channel,
        // What things are called somebody chose: none of it is a mark, a link or a call to everybody.
        text: escaped([title, ...paragraphs].join('\n\n')),
        mrkdwn: 'false',
        blocks: JSON.stringify([
          { type: 'header', text: plain(title, headerCharsMax) },
          ...paragraphs.map((line) => ({ type: 'section', text: plain(line, sectionCharsMax) })),
        ]),
        metadata: JSON.stringify({ event_type: eventType, event_payload: { id: marker } }),
        unfurl_links: 'false',
        unfurl_media: 'false',
        ...(first === null ? {} : { thread_ts: first.ts, reply_broadcast: 'true' }),
      },
      z.object({ ts: z.string() }),
      'a message to one person',
    ),
  )
  return sent === null ? null : putAt(conversation, first?.ts ?? sent.ts)
}

const plain = (text: string, max: number) => ({ type: 'plain_text', text: text.slice(0, max), emoji: true })
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

export async function read(context: Context, open: readonly OpenQuestion[]): Promise<AnswerRead[]> {
  const answers: AnswerRead[] = []
  for (const { key, isAlone } of open) {
    const place = placeOf(key)
    const said = place === undefined ? undefined : await saidAt(context, place, isAlone)
    const answer = said === undefined ? undefined : await answerOf(context, said)
    if (place !== undefined && answer !== undefined) answers.push({ key, by: place.user, answer })
  }
  return answers
}

/** The newest reply that says something, else the reactions to any time that it was asked. */
async function saidAt(context: Context, place: Place, isAlone: boolean): Promise<Said | undefined> {
  const { channel, ts, user } = place
  const thread = await unlessAbsent(messagesOf(context, 'conversations.replies', { channel, ts }))
  if (thread === null) return undefined
  const beside = isAlone ? await besideOf(context, place) : []
  // INVARIANT: nobody's words count but of whom it was asked.
  const own = [...thread, ...beside].filter((one) => one.user === user && one.bot_id === undefined && isWord(one))
  const replies = own.toSorted((a, b) => Number(b.ts) - Number(a.ts)).map(({ text }) => readReply(text))
  const said = replies.find((one) => one !== undefined)
  if (said !== undefined) return said
  const names: string[] = []
  for (const one of thread.filter((message) => markerOf(message) !== undefined))
    names.push(...(await reactionsTo(context, { channel, ts: one.ts, user })))
  return readReactions(names)
}

const isWord = ({ subtype }: Message): boolean => subtype === undefined || subtype === 'thread_broadcast'

/** Words outside of any thread are about this question where no other was open, and none was put in between. */
async function besideOf(context: Context, { channel, ts }: Place): Promise<Message[]> {
  const newestFirst = await unlessAbsent(messagesOf(context, 'conversations.history', { channel, oldest: ts }))
  const all = (newestFirst ?? []).toReversed()
  const next = all.findIndex((one) => markerOf(one) !== undefined && one.thread_ts !== ts)
  return (next === -1 ? all : all.slice(0, next)).filter((one) => one.thread_ts === undefined)
}

async function reactionsTo(context: Context, { channel, ts, user }: Place): Promise<string[]> {
  const reaction = z.object({ name: z.string(), users: z.array(z.string()).default([]) })
  const shape = z.object({ message: z.object({ reactions: z.array(reaction).default([]) }) })
  const given = { channel, timestamp: ts, full: 'true' }
  const found = await unlessAbsent(ask(context, 'reactions.get', given, shape, 'reactions to a message'))
  return (found?.message.reactions ?? []).flatMap(({ name, users }) => (users.includes(user) ? [name] : []))
}

/** Who is named by a mention is told by their address; one without an address is nobody here. */
async function answerOf(context: Context, said: Said): Promise<AnswerRead['answer']> {
  if (!('user' in said)) return said
  const shape = z.object({ user: person })
  const found = await unlessAbsent(ask(context, 'users.info', { user: said.user }, shape, 'a person who was named'))
  const mail = found?.user.deleted === true ? undefined : found?.user.profile?.email
  return mail === undefined ? { says: 'not-mine' } : { says: 'ask', mail: mail.toLowerCase() }
}
