import type { IncomingMessage } from 'node:http'

import { isObject, parseJson, type Json } from 'cordon/kit'

import { readText, reply, serve, type Served } from '../../src/http.ts'

export type HecToken = { value: string; isDisabled: boolean; hasAck: boolean; indexes: string[] }
export type HecEvent = { index: string; time: number; source: string; sourcetype: string; event: Json }

export type SplunkTwin = Served & {
  token: HecToken
  /** What can be searched. */
  indexed: HecEvent[]
  /** The next answers in place of its own: a queue that is full, a proxy that is down. */
  faults: { status: number; code: number | null; retryAfterS?: number }[]
  /** An event that is refused though it is JSON. */
  refuses: (event: HecEvent) => boolean
  requests: number
  /** Indexers write what they have taken; `lost`: they died before. */
  settle(isLost?: boolean): void
  /** Settles each batch when it is asked about. */
  settlesAtOnce: boolean
}

const texts: Readonly<Record<number, [status: number, text: string]>> = {
  0: [200, 'Success'],
  1: [403, 'Token disabled'],
  2: [401, 'Token is required'],
  3: [401, 'Invalid authorization'],
  4: [403, 'Invalid token'],
  5: [400, 'No data'],
  6: [400, 'Invalid data format'],
  7: [400, 'Incorrect index'],
  9: [503, 'Server is busy'],
  10: [400, 'Data channel is missing'],
  11: [400, 'Invalid data channel'],
  12: [400, 'Event field is required'],
  13: [400, 'Event field cannot be blank'],
  14: [400, 'ACK is disabled'],
}
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const bodyBytesMax = 1_000_000

type Answer = { code: number; more?: { [name: string]: Json } }

export async function startSplunkTwin(): Promise<SplunkTwin> {
  const token: HecToken = { value: 'EXAMPLE-hec-token', isDisabled: false, hasAck: true, indexes: ['main', 'cordon'] }
  /** By channel; `null`: lost. */
  const acks = new Map<string, Map<number, boolean>>()
  let waiting: { events: HecEvent[]; channel: string; ack: number }[] = []
  const twin: Omit<SplunkTwin, keyof Served> = {
    token,
    indexed: [],
    faults: [],
    refuses: () => false,
    requests: 0,
    settlesAtOnce: true,
    settle(isLost = false) {
      for (const { events, channel, ack } of waiting) {
        if (isLost) continue
        twin.indexed.push(...events)
        acks.get(channel)?.set(ack, true)
      }
      waiting = []
    },
  }

  const take = (text: string, channel: string): Answer => {
    const events: HecEvent[] = []
    const parts = text === '' ? [] : text.split('\n')
    if (parts.length === 0) return { code: 5 }
    for (const [at, part] of parts.entries()) {
      const more = { 'invalid-event-number': at }
      let value: Json
      try {
        value = parseJson(part)
      } catch {
        return { code: 6, more }
      }
      if (!isObject(value)) return { code: 6, more }
      if (!('event' in value)) return { code: 12, more }
      if (value['event'] === '' || value['event'] === null) return { code: 13, more }
      const textOf = (name: string): string => (typeof value[name] === 'string' ? value[name] : '')
      const index = textOf('index') === '' ? (token.indexes[0] ?? '') : textOf('index')
      if (!token.indexes.includes(index)) return { code: 7, more }
      const { time, event } = value
      const one: HecEvent = {
        index,
        time: Number(time),
        source: textOf('source'),
        sourcetype: textOf('sourcetype'),
        event: parseJson(JSON.stringify(event)),
      }
      if (twin.refuses(one)) return { code: 6, more }
      events.push(one)
    }
    if (!token.hasAck) {
      twin.indexed.push(...events)
      return { code: 0 }
    }
    const known = acks.get(channel) ?? new Map<number, boolean>()
    acks.set(channel, known)
    const ack = known.size
    known.set(ack, false)
    waiting.push({ events, channel, ack })
    return { code: 0, more: { ackId: ack } }
  }

  const answer = (request: IncomingMessage, text: string): Answer | { acks: { [ack: string]: boolean } } => {
    const { authorization = '' } = request.headers
    if (authorization === '') return { code: 2 }
    if (!authorization.startsWith('Splunk ')) return { code: 3 }
    if (authorization !== `Splunk ${token.value}`) return { code: 4 }
    if (token.isDisabled) return { code: 1 }
    const channel = String(request.headers['x-splunk-request-channel'] ?? '')
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/services/collector/ack' && !token.hasAck) return { code: 14 }
    if (token.hasAck && channel === '') return { code: 10 }
    if (token.hasAck && !guid.test(channel)) return { code: 11 }
    if (pathname === '/services/collector/event') return take(text, channel)
    if (twin.settlesAtOnce) twin.settle()
    const asked: Json = parseJson(text)
    const ids = isObject(asked) && Array.isArray(asked['acks']) ? asked['acks'].map(Number) : []
    const known = acks.get(channel)
    return { acks: Object.fromEntries(ids.map((id) => [String(id), known?.get(id) ?? false])) }
  }

  const served = await serve(() => async (request, response) => {
    const text = await readText(request)
    twin.requests++
    const fault = twin.faults.shift()
    if (fault !== undefined) {
      if (fault.retryAfterS !== undefined) response.setHeader('retry-after', String(fault.retryAfterS))
      return reply(response, fault.status, fault.code === null ? {} : { text: 'no', code: fault.code })
    }
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (!['/services/collector/event', '/services/collector/ack'].includes(pathname)) return reply(response, 404)
    if (text.length > bodyBytesMax) return reply(response, 413, { text: 'Request entity too large', code: 27 })
    const given = answer(request, text)
    if ('acks' in given) return reply(response, 200, given)
    const [status, says] = texts[given.code] ?? [500, 'Internal server error']
    reply(response, status, { text: says, code: given.code, ...given.more })
  })
  return Object.assign(twin, served)
}
