import { z } from 'zod'

import { exchangeSchema, name, ok, type RouteSpec } from './route-spec.ts'

/** One security event token, with room for the white space of senders. */
const deliveryBytesMax = 96 * 1024

const exchange = {
  resource: 'Source',
  response: exchangeSchema,
  raw: 'exchange',
  dialect: 'set',
  bytesMax: deliveryBytesMax,
} as const
/** What Cordon says of others, by the last part of its type. */
export const signalNames = [
  'session-revoked',
  'credential-change',
  'account-disabled',
  'account-credential-change-required',
] as const
const ofStream = z.object({ stream_id: z.string().max(128).optional() })
const read = { method: 'GET', action: 'signal-stream.read', query: ofStream, ...exchange } as const
const write = { action: 'signal-stream.write', ...exchange } as const
const subject = { method: 'POST', action: 'signal-subject.write', ...exchange } as const

/** Shared Signals, received (RFC 8935), and told to others (SSF 1.0, 7 and 8; RFC 8936). */
export const signalRoutes = {
  'signal.receive': {
    ...exchange,
    method: 'POST',
    path: '/v1/signals/{source}',
    summary: 'take one security event token that the transmitter of this source pushes (RFC 8935)',
    action: 'signal.receive',
    status: 202,
  },
  'ssf.metadata': {
    ...exchange,
    method: 'GET',
    path: '/.well-known/ssf-configuration',
    summary: 'what this Cordon tells others, and where to ask for it (SSF 1.0)',
    action: 'public',
  },
  'ssf.keys': {
    ...exchange,
    method: 'GET',
    path: '/ssf/jwks',
    summary: 'keys that what Cordon tells is signed with',
    action: 'public',
  },
  'ssf.stream.read': { ...read, path: '/ssf/streams', summary: 'your streams, or one of them' },
  'ssf.stream.create': { ...write, method: 'POST', path: '/ssf/streams', summary: 'ask to be told', status: 201 },
  'ssf.stream.update': { ...write, method: 'PATCH', path: '/ssf/streams', summary: 'change a stream' },
  'ssf.stream.replace': { ...write, method: 'PUT', path: '/ssf/streams', summary: 'replace a stream' },
  'ssf.stream.remove': {
    ...write,
    method: 'DELETE',
    path: '/ssf/streams',
    summary: 'end a stream',
    query: ofStream,
    status: 204,
  },
  'ssf.status.read': { ...read, path: '/ssf/status', summary: 'is a stream enabled?' },
  'ssf.status.set': { ...write, method: 'POST', path: '/ssf/status', summary: 'enable, pause or disable a stream' },
  'ssf.subject.add': { ...subject, path: '/ssf/subjects/add', summary: 'be told of a subject again' },
  'ssf.subject.remove': {
    ...subject,
    path: '/ssf/subjects/remove',
    summary: 'be told of a subject no more',
    status: 204,
  },
  'ssf.verify': {
    ...exchange,
    method: 'POST',
    path: '/ssf/verify',
    summary: 'ask for a verification event',
    action: 'signal-stream.verify',
    status: 204,
  },
  'ssf.poll': {
    ...exchange,
    method: 'POST',
    path: '/ssf/poll/{stream}',
    summary: 'fetch and acknowledge what is told (RFC 8936)',
    action: 'signal-stream.poll',
  },
  'signal.show': {
    method: 'GET',
    path: '/v1/signal-streams',
    summary: 'who is told of proven steps, and what waits for them',
    action: 'signal.read',
    resource: 'Source',
    response: z.object({
      issuer: z.string(),
      keys: z.array(z.object({ kid: z.string(), createdAtMs: z.int(), retireAtMs: z.int().nullable() })),
      streams: z.array(
        z.object({
          id: z.string(),
          owner: z.string(),
          audience: z.string(),
          delivery: z.string(),
          endpoint: z.string().nullable(),
          status: z.string(),
          waiting: z.int(),
          lastError: z.string().nullable(),
        }),
      ),
    }),
  },
  'signal.stream.add': {
    method: 'POST',
    path: '/v1/signal-streams',
    summary: 'tell a receiver that does not ask by itself',
    action: 'signal-stream.manage',
    resource: 'Source',
    body: z.strictObject({
      endpoint: z.string().max(2048),
      audience: z.url().max(512),
      /** The header to send with each token; sealed for hands at once. */
      authorization: z.string().max(4096).optional(),
      description: z.string().max(512).optional(),
      /** Types it wants; default: all that Cordon says. */
      events: z.array(z.enum(signalNames)).min(1).max(16).optional(),
      /** The subject stands in the event too, as SSF's drafts had it (Okta wants it so). */
      subjectInEvent: z.boolean().default(false),
    }),
    response: z.object({ id: z.string() }),
    status: 201,
  },
  'signal.stream.remove': {
    method: 'DELETE',
    path: '/v1/signal-streams/{stream}',
    summary: 'tell a receiver nothing more',
    action: 'signal-stream.manage',
    resource: 'Source',
    response: ok,
  },
  'signal.stream.verify': {
    method: 'POST',
    path: '/v1/signal-streams/{stream}/verify',
    summary: 'send a verification event',
    action: 'signal-stream.manage',
    resource: 'Source',
    body: z.strictObject({ state: name.optional() }),
    response: ok,
  },
  'signal.key.rotate': {
    method: 'POST',
    path: '/v1/signal-keys',
    summary: 'a new signing key; the old one stays published until what it signed has arrived',
    action: 'signal.rotate',
    resource: 'Source',
    response: z.object({ kid: z.string() }),
    status: 201,
  },
} as const satisfies Record<string, RouteSpec>
