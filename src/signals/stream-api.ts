import { z } from 'zod'

import { canonicalJson, newId, parseOwnJson, type Clock, type JsonObject, type RandomBytes } from '#kit'
import type { TenantId } from '#model'
import type { Command, Reader, Writer } from '#store'

import { SignalError } from './error.ts'
import { eventsSupported } from './event-of.ts'
import { findStream, listStreams } from './read.ts'
import { addStream, changeStream, excludeSubject, removeStream, type StreamRow, type StreamStatus } from './writer.ts'

export const pollMethod = 'urn:ietf:rfc:8936'
export const pushMethod = 'urn:ietf:rfc:8935'
/** A receiver may ask for a verification this often. */
export const verifyEveryMs = 30_000

const text = z.string().max(512)
const delivery = z.discriminatedUnion('method', [
  z.object({ method: z.literal(pollMethod) }),
  z.object({
    method: z.literal(pushMethod),
    endpoint_url: z.string().max(2048),
    /** One line: what a receiver writes here becomes a header of ours. */
    authorization_header: z
      .string()
      .max(4096)
      .regex(/^[\x20-\x7e]+$/, { error: 'it is one line of printable ASCII, and not empty' })
      .optional(),
  }),
])
const events = z.array(text).max(64)
const wanted = z.object({
  delivery: delivery.default({ method: pollMethod }),
  events_requested: events.default([...eventsSupported]),
  description: text.optional(),
  /** SSF 1.0, 8.1.1: ours to give. Named at all, it must be what we would give. */
  aud: text.optional(),
})
const changed = z.object({
  delivery: delivery.optional(),
  events_requested: events.optional(),
  description: text.optional(),
})
const subjectAsked = z.object({ stream_id: text, subject: z.record(z.string(), z.json()) })
const statusAsked = z.object({
  stream_id: text,
  status: z.enum(['enabled', 'paused', 'disabled']),
  reason: text.optional(),
})
export const verificationAsked = z.object({ stream_id: text, state: z.string().max(1024).optional() })

export type StreamApiParts = {
  tenant: TenantId
  issuer: string
  /** Origins that tokens may be pushed to: whoever holds a receiver's token must not make this machine call others. */
  receivers: readonly string[]
  reader: Reader
  writer: Writer
  clock: Clock
  random: RandomBytes
  seal: (stream: string, value: string) => string
  receipt: (what: string, facts: Record<string, string | number>, by: string) => Command<unknown>
}

export type ShownStream = JsonObject & { stream_id: string }

/** What an administrator settles for a receiver that cannot ask: who it is, and whether it reads subjects as drafts had them. */
export type ByHand = { aud: string; subjectInEvent: boolean }

/** The stream configuration API (SSF 1.0, 8.1) for one owner's own streams: another's are not there. */
export function createStreamApi(parts: StreamApiParts) {
  const { tenant, issuer, reader, writer, clock } = parts
  const need = (owner: string, id: unknown): StreamRow => {
    const row = typeof id === 'string' ? findStream(reader, tenant, id) : undefined
    if (row === undefined || row.owner !== owner) throw noStream()
    return row
  }
  const deliveryOf = (
    id: string,
    asked: z.output<typeof delivery>,
  ): Pick<StreamRow, 'method' | 'endpoint' | 'auth'> => {
    if (asked.method === pollMethod) return { method: pollMethod, endpoint: null, auth: null }
    const { endpoint_url: url, authorization_header: header } = asked
    refuseEndpoint(parts.receivers, url)
    return { method: pushMethod, endpoint: url, auth: header === undefined ? null : parts.seal(id, header) }
  }
  const save = async (
    row: StreamRow,
    change: Parameters<typeof changeStream>[0]['change'],
    by: string,
  ): Promise<StreamRow> => {
    const facts = { stream: row.id, ...(change.status === undefined ? {} : { status: change.status }) }
    await writer.submit(
      changeStream({ tenant, stream: row.id, change }),
      parts.receipt('signal.stream-changed', facts, by),
    )
    return need(row.owner, row.id)
  }
  const show = (row: StreamRow): ShownStream => streamOf(row, issuer)
  return {
    need,
    /** For administrators, who act on any stream in its owner's name. */
    ownerOf(id: string): string {
      const row = findStream(reader, tenant, id)
      if (row === undefined) throw noStream()
      return row.owner
    },
    list: (owner: string): JsonObject[] =>
      listStreams(reader, tenant)
        .filter((row) => row.owner === owner)
        .map(show),
    read: (owner: string, id: string): JsonObject => show(need(owner, id)),
    async create(owner: string, value: unknown, byHand?: ByHand): Promise<ShownStream> {
      const asked = read(wanted, value)
      const given = byHand?.aud ?? `${issuer}/receivers/${owner}`
      // INVARIANT: no receiver has tokens made out to another one.
      if (asked.aud !== undefined && asked.aud !== given) {
        throw new SignalError('ERR_SIGNAL_SHAPE', '`aud` is not the receiver’s to choose', {
          hint: `it is \`${given}\``,
        })
      }
      const id = newId('sgs', parts.random)
      const row: StreamRow = {
        id,
        owner,
        aud: given,
        subject_in_event: byHand?.subjectInEvent === true ? 1 : 0,
        ...deliveryOf(id, asked.delivery),
        events: JSON.stringify([...new Set(asked.events_requested)]),
        status: 'enabled',
        reason: null,
        description: asked.description ?? null,
        created_at: clock.nowMs(),
        verified_at: 0,
      }
      const facts = { stream: id, delivery: row.endpoint === null ? 'poll' : 'push' }
      await writer.submit(addStream({ tenant, row }), parts.receipt('signal.stream-added', facts, owner))
      return show(need(owner, id))
    },
    /** PATCH changes what is named; PUT brings the rest back to what a new stream would have. */
    async update(owner: string, value: unknown, isWhole: boolean): Promise<JsonObject> {
      const row = need(owner, read(z.object({ stream_id: text }), value).stream_id)
      const asked = isWhole ? read(wanted, value) : read(changed, value)
      if ('aud' in asked && asked.aud !== undefined && asked.aud !== row.aud) {
        throw new SignalError('ERR_SIGNAL_SHAPE', '`aud` is not the receiver’s to choose')
      }
      const to = asked.delivery === undefined ? undefined : deliveryOf(row.id, asked.delivery)
      if (to !== undefined && to.method !== row.method) {
        throw new SignalError('ERR_SIGNAL_SHAPE', 'the delivery method of a stream stays; make another stream')
      }
      const change = {
        ...(to === undefined ? {} : { endpoint: to.endpoint, auth: to.auth }),
        ...(asked.events_requested === undefined
          ? {}
          : { events: JSON.stringify([...new Set(asked.events_requested)]) }),
        ...(asked.description === undefined && !isWhole ? {} : { description: asked.description ?? null }),
      }
      return show(await save(row, change, owner))
    },
    async remove(owner: string, id: string): Promise<void> {
      const { id: stream } = need(owner, id)
      await writer.submit(removeStream({ tenant, stream }), parts.receipt('signal.stream-removed', { stream }, owner))
    },
    status: (owner: string, id: string): JsonObject => statusOf(need(owner, id)),
    async setStatus(owner: string, value: unknown): Promise<JsonObject> {
      const { stream_id: id, status, reason = null } = read(statusAsked, value)
      return statusOf(await save(need(owner, id), { status, reason }, owner))
    },
    /** Every subject is told of unless it was removed: a receiver that never adds any is told of all. */
    async setSubject(owner: string, value: unknown, isExcluded: boolean): Promise<void> {
      const { stream_id: id, subject } = read(subjectAsked, value)
      const { id: stream } = need(owner, id)
      await writer.submit(excludeSubject({ tenant, stream, subject: canonicalJson(subject), isExcluded }))
    },
    /** Marks that a verification was asked for now; refuses one that comes too soon. */
    async noteVerification(row: StreamRow): Promise<void> {
      const nowMs = clock.nowMs()
      if (nowMs - row.verified_at < verifyEveryMs) {
        throw new SignalError('ERR_SIGNAL_TOO_OFTEN', `a stream is verified every ${verifyEveryMs / 1000} s at most`, {
          retryable: true,
        })
      }
      await writer.submit(changeStream({ tenant, stream: row.id, change: { verified_at: nowMs } }))
    },
  }
}
export type StreamApi = ReturnType<typeof createStreamApi>

export function read<Shape extends z.ZodType>(shape: Shape, value: unknown): z.output<Shape> {
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const place = (issue?.path ?? []).map(String).join('.')
  throw new SignalError('ERR_SIGNAL_SHAPE', `\`${place === '' ? 'the body' : place}\` is not as SSF wants it`, {
    hint: issue?.message.toLowerCase() ?? 'SSF 1.0 shows the shape',
  })
}

const noStream = (): SignalError =>
  new SignalError('ERR_SIGNAL_ABSENT', 'there is no such stream', {
    hint: '`GET /ssf/streams` lists the caller’s own, `cordon signal list` all',
  })

function refuseEndpoint(receivers: readonly string[], url: string): void {
  const origin = URL.canParse(url) ? new URL(url).origin : ''
  if (receivers.includes(origin)) return
  throw new SignalError('ERR_SIGNAL_ENDPOINT', 'tokens are not pushed there', {
    hint: 'an administrator names the origins of receivers as `signals.receivers` in cordon.yaml',
  })
}

export const eventsIn = ({ events: list }: Pick<StreamRow, 'events'>): string[] => parseOwnJson<string[]>(list)

function streamOf(row: StreamRow, issuer: string): ShownStream {
  const requested = eventsIn(row)
  return {
    stream_id: row.id,
    iss: issuer,
    aud: row.aud,
    delivery:
      row.endpoint === null
        ? { method: pollMethod, endpoint_url: `${issuer}/ssf/poll/${row.id}` }
        : // INVARIANT: the receiver's own header is never shown again.
          { method: pushMethod, endpoint_url: row.endpoint },
    events_supported: [...eventsSupported],
    events_requested: requested,
    events_delivered: requested.filter((type) => eventsSupported.includes(type)),
    min_verification_interval: verifyEveryMs / 1000,
    ...(row.description === null ? {} : { description: row.description }),
  }
}

const statusOf = ({ id, status, reason }: { id: string; status: StreamStatus; reason: string | null }): JsonObject => ({
  stream_id: id,
  status,
  ...(reason === null ? {} : { reason }),
})

/** SSF 1.0, 7.1. */
export const metadataOf = (issuer: string): JsonObject => ({
  spec_version: '1_0',
  issuer,
  jwks_uri: `${issuer}/ssf/jwks`,
  delivery_methods_supported: [pushMethod, pollMethod],
  configuration_endpoint: `${issuer}/ssf/streams`,
  status_endpoint: `${issuer}/ssf/status`,
  add_subject_endpoint: `${issuer}/ssf/subjects/add`,
  remove_subject_endpoint: `${issuer}/ssf/subjects/remove`,
  verification_endpoint: `${issuer}/ssf/verify`,
  critical_subject_members: [],
  authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6750' }],
  default_subjects: 'ALL',
})
