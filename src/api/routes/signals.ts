import { eventsNamed, ownerByHand, pushMethod, SignalError } from '#signals'

import type { Exchange } from '../contract/index.ts'
import { ApiError } from '../error.ts'
import { exchangeDepthMax, jsonIn } from '../json-in.ts'
import type { Call, RouteHandlers } from './call.ts'

type Names =
  | 'ssf.metadata'
  | 'ssf.keys'
  | `ssf.stream.${'read' | 'create' | 'update' | 'replace' | 'remove'}`
  | `ssf.status.${'read' | 'set'}`
  | `ssf.subject.${'add' | 'remove'}`
  | 'ssf.verify'
  | 'ssf.poll'
  | 'signal.receive'
  | 'signal.show'
  | `signal.stream.${'add' | 'remove' | 'verify'}`
  | 'signal.key.rotate'

const answer = (status: number, body: unknown): Exchange => ({
  status,
  headers: body === null ? {} : { 'content-type': 'application/json' },
  body,
})

/** INVARIANT: a receiver reaches the streams of its own user alone. */
export const signalRoutes: RouteHandlers<Names> = {
  'signal.receive': async ({ services, params, upload, ingest, header }) => {
    const source = params['source'] ?? ''
    if (ingest?.source !== source) {
      throw new ApiError('ERR_API_FORBIDDEN', 'this token delivers to another source')
    }
    // What is no UTF-8 is no token either: its signature tells.
    const text = new TextDecoder().decode(upload)
    await services.sources.receive(source, { contentType: header('content-type') ?? null, text })
    return answer(202, null)
  },
  'ssf.metadata': async ({ services }) => answer(200, services.signals.metadata()),
  'ssf.keys': async ({ services }) => answer(200, services.signals.keySet()),
  'ssf.stream.read': async ({ services, principal, query }) => {
    const { streams } = services.signals
    const { stream_id: id } = query
    return answer(200, id === undefined ? streams.list(principal.id) : streams.read(principal.id, id))
  },
  'ssf.stream.create': async (call) =>
    answer(201, await call.services.signals.streams.create(call.principal.id, jsonOf(call))),
  'ssf.stream.update': async (call) =>
    answer(200, await call.services.signals.streams.update(call.principal.id, jsonOf(call), false)),
  'ssf.stream.replace': async (call) =>
    answer(200, await call.services.signals.streams.update(call.principal.id, jsonOf(call), true)),
  'ssf.stream.remove': async ({ services, principal, query }) => {
    await services.signals.streams.remove(principal.id, query.stream_id ?? '')
    return answer(204, null)
  },
  'ssf.status.read': async ({ services, principal, query }) =>
    answer(200, services.signals.streams.status(principal.id, query.stream_id ?? '')),
  'ssf.status.set': async (call) =>
    answer(200, await call.services.signals.streams.setStatus(call.principal.id, jsonOf(call))),
  'ssf.subject.add': async (call) => {
    await call.services.signals.streams.setSubject(call.principal.id, jsonOf(call), false)
    return answer(200, {})
  },
  'ssf.subject.remove': async (call) => {
    await call.services.signals.streams.setSubject(call.principal.id, jsonOf(call), true)
    return answer(204, null)
  },
  'ssf.verify': async (call) => {
    await call.services.signals.verify(call.principal.id, jsonOf(call))
    return answer(204, null)
  },
  'ssf.poll': async (call) =>
    answer(200, await call.services.signals.poll(call.principal.id, call.params['stream'] ?? '', jsonOf(call))),
  'signal.show': async ({ services }) => services.signals.show(),
  'signal.stream.add': async ({ services, body }) => {
    const { endpoint, audience, authorization, description, events, subjectInEvent } = body
    const asked = {
      ...(description === undefined ? {} : { description }),
      ...(events === undefined ? {} : { events_requested: eventsNamed(events) }),
      delivery: {
        method: pushMethod,
        endpoint_url: endpoint,
        ...(authorization === undefined ? {} : { authorization_header: authorization }),
      },
    }
    const byHand = { aud: audience, subjectInEvent }
    const made = await services.signals.streams.create(ownerByHand, asked, byHand)
    return { id: made.stream_id }
  },
  'signal.stream.remove': async ({ services, params }) => {
    const stream = params['stream'] ?? ''
    const { streams } = services.signals
    await streams.remove(streams.ownerOf(stream), stream)
    return { ok: true }
  },
  'signal.stream.verify': async ({ services, params, body }) => {
    const stream = params['stream'] ?? ''
    const asked = { stream_id: stream, ...(body.state === undefined ? {} : { state: body.state }) }
    await services.signals.verify(services.signals.streams.ownerOf(stream), asked)
    return { ok: true }
  },
  'signal.key.rotate': async ({ services, principal }) => ({ kid: await services.signals.rotateKey(principal.id) }),
}

const jsonOf = ({ upload }: Pick<Call, 'upload'>): unknown =>
  jsonIn(upload, (why) => new SignalError('ERR_SIGNAL_SHAPE', why), exchangeDepthMax)
