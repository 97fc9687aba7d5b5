import { z } from 'zod'

import type { HttpRequest, HttpResponse, Json } from '#kit'
import { readAnswer, VendorError, type PullContext } from '#sources/contract'

import type { SsfConfig } from './config.ts'

export const pollMethod = 'urn:ietf:rfc:8936'
export const pushMethod = 'urn:ietf:rfc:8935'
/** SETs of one poll. */
export const pollEventsMax = 100

type Context = Pick<PullContext<SsfConfig>, 'config' | 'http' | 'signal'>

const metadata = z.looseObject({
  issuer: z.string(),
  jwks_uri: z.url(),
  configuration_endpoint: z.url().optional(),
  status_endpoint: z.url().optional(),
  delivery_methods_supported: z.array(z.string()).optional(),
})
export type Metadata = z.infer<typeof metadata>

const stream = z.looseObject({
  stream_id: z.string().min(1),
  iss: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  delivery: z.looseObject({ method: z.string(), endpoint_url: z.string().optional() }).optional(),
  events_supported: z.array(z.string()).optional(),
  events_requested: z.array(z.string()).optional(),
  events_delivered: z.array(z.string()).optional(),
})
export type SsfStream = z.infer<typeof stream>
const status = z.looseObject({ status: z.enum(['enabled', 'paused', 'disabled']), reason: z.string().optional() })
const polled = z.looseObject({ sets: z.record(z.string(), z.string()), moreAvailable: z.boolean().optional() })

/** SSF 1.0, 7.1: the path of the issuer follows the well-known part. */
function metadataUrl(issuer: string): URL {
  const { origin, pathname } = new URL(issuer)
  return new URL(`/.well-known/ssf-configuration${pathname.replace(/\/+$/, '')}`, origin)
}

/** Metadata under another issuer's name is refused: its key set would vouch for strangers. */
export async function readMetadata({ config, http, signal }: Context): Promise<Metadata> {
  const response = await http.request(metadataUrl(config.issuer), { as: 'none', signal })
  const answer = readAnswer(metadata, response, 'the metadata')
  if (answer.issuer === config.issuer) return answer
  throw new VendorError('ERR_VENDOR_SHAPE', `\`${config.issuer}\` does not call itself so in its metadata`, {
    hint: 'set `issuer` to exactly what the metadata say',
  })
}

/** The stream configuration API of a transmitter (SSF 1.0, 8.1). Every answer is bounded by the Http it goes through. */
export function streamApi(context: Context, meta: Metadata) {
  const call = (url: string, what: string, request: HttpRequest & { json?: Json } = {}): Promise<HttpResponse> => {
    const { json, ...rest } = request
    return context.http.request(need(url, what), {
      ...rest,
      signal: context.signal,
      ...(json === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) }),
    })
  }
  const streams = meta.configuration_endpoint ?? ''
  const about = (url: string, id: string): string => {
    if (url === '') return url
    const target = new URL(url)
    target.searchParams.set('stream_id', id)
    return target.href
  }
  const one = (response: HttpResponse): SsfStream => readAnswer(stream, response, 'the stream')
  return {
    async list(): Promise<SsfStream[]> {
      const response = await call(streams, 'list of streams')
      // Older transmitters keep one stream for each receiver and answer with it, or with 404.
      if (response.status === 404) return []
      return [readAnswer(z.union([z.array(stream).max(1000), stream]), response, 'the list of streams')].flat()
    },
    read: async (id: string) => one(await call(about(streams, id), 'stream')),
    create: async (wanted: Json) => one(await call(streams, 'list of streams', { method: 'POST', json: wanted })),
    update: async (change: Json) => one(await call(streams, 'stream', { method: 'PATCH', json: change })),
    status: async (id: string) =>
      readAnswer(status, await call(about(meta.status_endpoint ?? '', id), 'status'), 'the status of the stream'),
  }
}

function need(url: string, what: string): string {
  if (url !== '') return url
  throw new VendorError('ERR_VENDOR_ABSENT', `the transmitter offers no ${what}`, {
    hint: 'make the stream at the vendor, and set `streamId` and `pollUrl`',
  })
}

export type PollAnswer = { sets: Record<string, string>; isMore: boolean }
export type SetErrors = Record<string, { err: string; description: string }>

/** RFC 8936. `maxEvents` 0 only tells what was taken. */
export async function poll(
  { http, signal }: Context,
  url: string,
  ask: { maxEvents: number; ack?: readonly string[]; setErrs?: SetErrors },
): Promise<PollAnswer> {
  const body = { returnImmediately: true, ...ask, ack: ask.ack ?? [] }
  const response = await http.request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    signal,
    isRead: true,
  })
  const { sets, moreAvailable } = readAnswer(polled, response, 'the poll for signals')
  return { sets, isMore: moreAvailable ?? false }
}
