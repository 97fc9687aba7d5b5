import type { ResponseOf, RouteName, routes } from '#api/contract'

import { refusalOf, Refused, unreachable } from './problem.ts'

type Routes = typeof routes
/** What the console asks, as the contract has it: the compiler holds each line to the route it names. */
const asked = {
  'source.list': ['GET', '/v1/sources'],
  'source.show': ['GET', '/v1/sources/{source}'],
  'source.check': ['POST', '/v1/sources/{source}/check'],
  'incident.list': ['GET', '/v1/incidents'],
  'incident.show': ['GET', '/v1/incidents/{incident}'],
  'incident.timeline': ['GET', '/v1/incidents/{incident}/timeline'],
  'finding.list': ['GET', '/v1/findings'],
  'finding.show': ['GET', '/v1/findings/{finding}'],
  'posture.list': ['GET', '/v1/posture/findings'],
  'posture.show': ['GET', '/v1/posture/findings/{finding}'],
  'event.show': ['GET', '/v1/events/{offset}'],
} as const satisfies { [Name in RouteName]?: readonly [Routes[Name]['method'], Routes[Name]['path']] }
const stream = ['GET', '/v1/stream'] as const satisfies readonly [
  Routes['system.stream']['method'],
  Routes['system.stream']['path'],
]

export type Asked = keyof typeof asked
export type Health = ResponseOf<'system.health'>
export type Input = { params?: Record<string, string>; query?: Record<string, string | undefined> }
export type Api = {
  call<Name extends Asked>(name: Name, input?: Input, signal?: AbortSignal): Promise<ResponseOf<Name>>
  /** Each time something changed, and otherwise every 15 s. Ends when the connection does. */
  watch(signal: AbortSignal): AsyncGenerator<Health>
}

const answerWaitMs = 30_000
/** One event holds a health answer; a server that sends more without an end of it is no Cordon. */
const eventCharsMax = 4 * 1024 * 1024

/** Where a route lies; query values that are undefined are left out. */
export function addressOf(path: string, { params = {}, query = {} }: Input): string {
  const at = path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params[key] ?? ''))
  const given = Object.entries(query).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, value]],
  )
  return given.length === 0 ? at : `${at}?${new URLSearchParams(given).toString()}`
}

/** A client of `/v1` with one person's token. It sends nothing anywhere else. */
export function createApi(token: string): Api {
  const send = async (method: string, address: string, signal: AbortSignal): Promise<Response> => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(address, { method, headers, signal, redirect: 'error', cache: 'no-store' })
    if (response.ok) return response
    throw new Refused(refusalOf(response.status, await response.json().catch(() => null)))
  }
  return {
    async call(name, input = {}, signal) {
      const [method, path] = asked[name]
      const until = AbortSignal.any([AbortSignal.timeout(answerWaitMs), ...(signal === undefined ? [] : [signal])])
      try {
        const response = await send(method, addressOf(path, input), until)
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server that sent this page answers by the same contract
        return (await response.json()) as ResponseOf<typeof name>
      } catch (error) {
        throw brokenOff(error)
      }
    },
    async *watch(signal) {
      try {
        const { body } = await send(...stream, signal)
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
        for await (const data of eventsOf(body ?? new ReadableStream())) yield JSON.parse(data) as Health
      } catch (error) {
        throw brokenOff(error)
      }
    },
  }
}

/** The network breaks before an answer or in the middle of one, in words of each browser's own. */
const brokenOff = (error: unknown): unknown =>
  error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')
    ? new Refused(unreachable)
    : error

/** The data of server-sent events, one at a time. `EventSource` would do it, and cannot send the token. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let held = ''
  // Not every browser walks a stream with `for await`.
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    held += decoder.decode(chunk.value, { stream: true })
    for (let end = held.indexOf('\n\n'); end !== -1; end = held.indexOf('\n\n')) {
      const lines = held.slice(0, end).split('\n')
      held = held.slice(end + 2)
      const data = lines.flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trimStart()] : []))
      if (data.length > 0) yield data.join('\n')
    }
    if (held.length > eventCharsMax) throw new Refused(refusalOf(200, null))
  }
}
