import { CordonError } from '#kit'
import {
  DeliveryRefused,
  VendorError,
  type Gap,
  type Page,
  type PullContext,
  type PushStream,
  type StreamEvent,
} from '#sources/contract'

import { poll, pollEventsMax, pollMethod, pushMethod, readMetadata, streamApi, type SetErrors } from './api.ts'
import type { Metadata, SsfStream } from './api.ts'
import { isOursToKeep, type SsfConfig } from './config.ts'
import { wantedTypes } from './event-types.ts'
import { readToken } from './token.ts'

/** How long what the transmitter said of itself and of our stream is good. */
export const standingMs = 10 * 60_000
const standingsMax = 64

type Context = PullContext<SsfConfig>
/** What is known of one transmitter between two runs; lost with the process, and asked for again. */
type Standing = { atMs: number; meta: Metadata; stream: SsfStream | undefined }
const standings = new Map<string, Standing>()

/** For tests, and where a transmitter is to be asked anew. */
export const forgetStandings = (): void => standings.clear()

/**
 * Signals as the transmitter sends them. `poll` fetches, and tells what was taken once it is on disk; `push` takes what
 * comes in, and looks whether the stream still stands: silence from a stream that was switched off is no peace.
 */
export const signals: PushStream<SsfConfig> = {
  name: 'signals',
  kind: 'push',
  delayMs: { typical: 20_000, worst: 15 * 60_000 },
  everyMs: 15_000,
  covers: ['sessions', 'identities'],
  requestsPerRun: 1,
  historyMs: null,
  async receive(context) {
    const standing = await stand(context)
    if (context.config.delivery === 'push') return { events: [] }
    return pollOnce(context, standing)
  },
  async accept(context, { contentType, text }) {
    const type = contentType?.split(';')[0]?.trim().toLowerCase()
    if (type !== 'application/secevent+jwt') {
      throw new DeliveryRefused('invalid_request', 'the content type is not `application/secevent+jwt`')
    }
    const { meta } = await stand(context, { isStreamNeeded: false })
    return [await readToken(context, meta.jwks_uri, text)]
  },
}

async function pollOnce(context: Context, { meta, stream }: Standing): Promise<Omit<Page, 'cursor'>> {
  const url = context.config.pollUrl ?? stream?.delivery?.endpoint_url
  if (url === undefined) {
    throw new VendorError('ERR_VENDOR_SHAPE', 'the transmitter does not say where to poll', { hint: 'set `pollUrl`' })
  }
  const { sets } = await poll(context, url, { maxEvents: pollEventsMax })
  const events: StreamEvent[] = []
  const refused: SetErrors = {}
  const taken: string[] = []
  let unsure: unknown
  for (const [id, token] of Object.entries(sets).slice(0, pollEventsMax)) {
    try {
      const event = await readToken(context, meta.jwks_uri, token)
      // RFC 8936, 2.4: the key is the token's own `jti`; under another one the wrong token would be taken back.
      if (event.native !== id) throw new DeliveryRefused('invalid_request', 'listed under another id than its own')
      events.push(event)
      taken.push(id)
    } catch (error) {
      if (error instanceof DeliveryRefused) refused[id] = { err: error.reason, description: error.message }
      else if (isRetryable(error)) unsure = error
      else throw error
    }
  }
  const isAnyRefused = Object.keys(refused).length > 0
  if (taken.length === 0 && !isAnyRefused) {
    // What cannot be judged now stays with the transmitter; what can is not held up by it.
    if (unsure !== undefined) throw unsure
    return { events: [] }
  }
  return {
    events,
    ...(isAnyRefused ? { gaps: [refusedGap(context)] } : {}),
    committed: async () => {
      await poll(context, url, { maxEvents: 0, ack: taken, setErrs: refused })
    },
  }
}

/** Something was sent in the transmitter's name and could not be believed: nobody knows what it said. */
function refusedGap({ clock, diagnose }: Context): Gap {
  diagnose('warn', 'signals were refused', { stream: 'signals' })
  const nowMs = clock.nowMs()
  return { fromMs: nowMs, toMs: nowMs, reason: 'vendor-said', recovered: false }
}

const isRetryable = (error: unknown): boolean => error instanceof CordonError && error.retryable

/** Metadata, and our stream as it should be: found, made or changed. Throws while the transmitter keeps it switched off. */
export async function stand(context: Context, { isStreamNeeded = true } = {}): Promise<Standing> {
  const { config, clock } = context
  const key = JSON.stringify([config.issuer, config.audience, config.delivery, config.streamId ?? ''])
  const held = standings.get(key)
  const isFresh = held !== undefined && clock.nowMs() - held.atMs < standingMs
  if (isFresh && (!isStreamNeeded || held.stream !== undefined || !isOursToKeep(config))) return held
  const meta = await readMetadata(context)
  const isManaged = isStreamNeeded && meta.configuration_endpoint !== undefined && isOursToKeep(config)
  const stream = isManaged ? await ensureStream(context, meta) : held?.stream
  const standing: Standing = { atMs: clock.nowMs(), meta, stream }
  standings.delete(key)
  standings.set(key, standing)
  const oldest = standings.keys().next()
  if (standings.size > standingsMax && oldest.done !== true) standings.delete(oldest.value)
  return standing
}

async function ensureStream(context: Context, meta: Metadata): Promise<SsfStream> {
  const { config } = context
  const api = streamApi(context, meta)
  const found =
    config.streamId === undefined ? (await api.list()).find(isOurs(config)) : await api.read(config.streamId)
  const wanted = config.events ?? [...wantedTypes]
  if (found === undefined) {
    return api.create({
      delivery: deliveryOf(context),
      events_requested: wanted,
      description: 'Cordon: containment of breaches',
    })
  }
  const { stream_id, events_requested: asked = [], events_supported: offered = wanted } = found
  const missing = wanted.filter((type) => offered.includes(type) && !asked.includes(type))
  const stream =
    missing.length === 0 ? found : await api.update({ stream_id, events_requested: [...asked, ...missing] })
  if (meta.status_endpoint === undefined) return stream
  const { status } = await api.status(stream_id)
  if (status === 'enabled') return stream
  throw new VendorError('ERR_VENDOR_REFUSED', `the transmitter has ${status} the stream: no signal comes`, {
    hint: 'enable it at the vendor; until then nothing is known of what it would tell',
    retryable: true,
  })
}

const isOurs =
  ({ delivery, audience, receiveUrl }: SsfConfig) =>
  ({ aud, delivery: theirs }: SsfStream): boolean =>
    theirs?.method === (delivery === 'poll' ? pollMethod : pushMethod) &&
    (aud === undefined || [aud].flat().includes(audience)) &&
    (delivery === 'poll' || theirs.endpoint_url === receiveUrl)

function deliveryOf({ config, see }: Context): {
  method: string
  endpoint_url?: string
  authorization_header?: string
} {
  if (config.delivery === 'poll') return { method: pollMethod }
  const { receiveUrl } = config
  const token = see['ingestToken']
  if (receiveUrl === undefined || token === undefined) {
    throw new VendorError(
      'ERR_VENDOR_REFUSED',
      'the stream is not made yet: it needs an address and a token to push with',
      {
        hint: 'set `receiveUrl`, then `cordon source token NAME` and `cordon source rotate NAME --see ingestToken=file:PATH`',
      },
    )
  }
  return { method: pushMethod, endpoint_url: receiveUrl, authorization_header: `Bearer ${token}` }
}
