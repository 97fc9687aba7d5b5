import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

import { parseJson, type Json } from 'cordon/kit'

import { readText, serve, type Served } from '../../src/http.ts'
import type { Description, Operation } from './description.ts'

export type TwinCall = {
  /** `operationId` of the vendor's description; `METHOD path` for what stands beside it. */
  id: string
  operation: Operation | undefined
  method: string
  url: URL
  params: Record<string, string>
  query: URLSearchParams
  headers: IncomingHttpHeaders
  /** Parsed; undefined: none was sent. */
  body: Json | undefined
  text: string
}
/** `text`: in place of a body of JSON. `isOpen`: the answer has no end, and the connection stays until the other side leaves. */
export type TwinReply = {
  status: number
  headers?: Record<string, string | string[]>
  body?: Json
  text?: string
  isOpen?: true
}

export type TwinParts = {
  description: Description
  /** Behind the check of the request; in the vendor's own order: who asks, may they, how often, and then what. */
  answer(call: TwinCall): TwinReply
  /** What the description leaves out (sign-in pages, token endpoints), by `METHOD /path` with `*` for one part. */
  beside: Readonly<Record<string, (call: TwinCall) => TwinReply | Promise<TwinReply>>>
  /** The vendor's words for a request that is wrong, and for one that leads nowhere. */
  refuse(why: 'shape' | 'route', call: TwinCall): TwinReply
}

/** INVARIANT: a twin that was asked wrongly, or answered what its vendor never would, says so: tests hold both lists empty. */
export type Twin = Served & {
  /** Requests that the vendor's description does not know, with what is wrong in them. */
  wrongRequests: string[]
  /** Answers of ours that the vendor's description does not know. */
  wrongAnswers: string[]
  /** Operations answered, by id: what a test has really touched. */
  answered: Map<string, number>
}

/** A true HTTP server on loopback, in front of a vendor's state. */
export async function startTwin(parts: TwinParts): Promise<Twin> {
  const wrongRequests: string[] = []
  const wrongAnswers: string[] = []
  const answered = new Map<string, number>()
  const beside = Object.entries(parts.beside).map(([route, handle]) => ({ route, handle, test: patternOf(route) }))

  const replyTo = async (call: TwinCall): Promise<TwinReply> => {
    const { description } = parts
    const other = beside.find(({ test }) => test.test(`${call.method} ${call.url.pathname}`))
    if (other !== undefined) return other.handle(call)
    const found = description.find(call.method, call.url.pathname)
    if (found === undefined) {
      wrongRequests.push(`${call.method} ${call.url.pathname}: no such operation`)
      return parts.refuse('route', call)
    }
    const asked: TwinCall = { ...call, ...found }
    const faults = description.requestFaults(found.operation, asked)
    wrongRequests.push(...faults.map((fault) => `${found.id}: ${fault}`))
    const given = faults.length > 0 ? parts.refuse('shape', asked) : parts.answer(asked)
    answered.set(found.id, (answered.get(found.id) ?? 0) + 1)
    const untrue = description.answerFaults(found.operation, given.status, given.body)
    // A 400 or 401 is often left out of a description, or has no shape there; whatever it says must be right.
    const isUnsaid = given.status >= 400 && (found.operation.responses[String(given.status)] ?? null) === null
    if (!isUnsaid) wrongAnswers.push(...untrue.map((fault) => `${found.id} ${given.status}: ${fault}`))
    return given
  }
  const served = await serve((base) => async (request, response) => {
    const call = await readCall(request, base)
    try {
      send(response, await replyTo(call))
    } catch (error) {
      wrongAnswers.push(`${call.id}: ${error instanceof Error ? (error.stack ?? error.message) : 'thrown'}`)
      throw error
    }
  })
  return { ...served, wrongRequests, wrongAnswers, answered }
}

const patternOf = (route: string): RegExp =>
  new RegExp(`^${route.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]+')}$`)

async function readCall(request: IncomingMessage, base: string): Promise<TwinCall> {
  const text = await readText(request)
  // JSON is YAML, too: where a vendor takes that, ours is always JSON.
  const isJson = /\b(json|yaml)\b/.test(request.headers['content-type'] ?? '')
  const { method = 'GET' } = request
  const url = new URL(request.url ?? '/', base)
  return {
    id: `${method} ${url.pathname}`,
    operation: undefined,
    method,
    url,
    params: {},
    query: url.searchParams,
    headers: request.headers,
    body: isJson && text !== '' ? parseJson(text) : undefined,
    text,
  }
}

function send(response: ServerResponse, { status, headers = {}, body, text, isOpen }: TwinReply): void {
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    'cache-control': 'no-store',
    ...headers,
  })
  const whole = text ?? (body === undefined ? undefined : JSON.stringify(body))
  if (isOpen !== true) return void response.end(whole)
  response.flushHeaders()
  if (whole !== undefined && whole !== '') response.write(whole)
}
