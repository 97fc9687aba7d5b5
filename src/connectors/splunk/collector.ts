import { randomUUID } from 'node:crypto'

import { z } from 'zod'

import { isObject, type HttpResponse } from '#kit'
import { readShape, RecordRefused, VendorError, type PullContext } from '#sources/contract'

import type { SplunkConfig } from './config.ts'

/** Of this process: what an earlier one waited for is sent again, and counts in a channel of its own. */
const channel = randomUUID()

/** Codes of the collector's answers (Splunk, "Troubleshoot HTTP Event Collector", possible error codes). */
export const codes = {
  success: 0,
  tokenDisabled: 1,
  tokenRequired: 2,
  invalidAuthorization: 3,
  invalidToken: 4,
  noData: 5,
  invalidFormat: 6,
  incorrectIndex: 7,
  channelMissing: 10,
  channelInvalid: 11,
  eventRequired: 12,
  eventBlank: 13,
  ackDisabled: 14,
  fieldsFault: 15,
} as const

/** These say that the bytes are wrong; each other one is of the token, the set-up or the load. */
const ofTheRecord: ReadonlySet<number> = new Set([
  codes.invalidFormat,
  codes.eventRequired,
  codes.eventBlank,
  codes.fieldsFault,
])
const ofTheToken: ReadonlySet<number> = new Set([
  codes.tokenDisabled,
  codes.tokenRequired,
  codes.invalidAuthorization,
  codes.invalidToken,
])

const taken = z.object({ code: z.literal(codes.success), ackId: z.int().nonnegative().optional() })
const states = z.object({ acks: z.record(z.string(), z.boolean()) })

/** How long an indexer may take to write, and how often it is asked. */
const ackWaitMs = 120_000
const ackEveryMs = 1_000

export type Answer = { status: number; code: number | null; response: HttpResponse }

/** One call, with the code that the collector gives in its body. Bodies are never quoted. */
export async function call(
  { config, http, signal }: PullContext<SplunkConfig>,
  path: string,
  body: string,
): Promise<Answer> {
  const response = await http.request(new URL(path, config.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-splunk-request-channel': channel },
    body,
    signal,
    // Sent twice it stands there twice, under the same id: that is what "at least once" means.
    isRead: true,
  })
  return { status: response.status, code: codeOf(response), response }
}

function codeOf(response: HttpResponse): number | null {
  try {
    const body = response.json()
    const code = isObject(body) ? body['code'] : undefined
    return typeof code === 'number' ? code : null
  } catch {
    return null
  }
}

/** Sends, and waits until the indexer has written it where the configuration asks for that. */
export async function post(context: PullContext<SplunkConfig>, body: string): Promise<void> {
  const answer = await call(context, '/services/collector/event', body)
  refuseUnlessTaken(answer)
  if (!context.config.acknowledged) return
  const { ackId } = readShape(taken, answer.response.json(), 'the answer of the collector')
  if (ackId === undefined) throw noAck()
  await waitForAck(context, ackId)
}

export function refuseUnlessTaken({ status, code }: Answer): void {
  if (status === 200 && code === codes.success) return
  if (status === 413) throw new RecordRefused('larger than the collector takes')
  if (code !== null && ofTheRecord.has(code)) throw new RecordRefused(`the collector answers code ${code}`)
  if (status === 401 || status === 403 || (code !== null && ofTheToken.has(code))) {
    throw new VendorError('ERR_VENDOR_AUTH', `the collector does not accept the token (code ${code ?? 'none'})`, {
      hint: 'give the source a new one: `cordon source rotate NAME`',
    })
  }
  if (code === codes.incorrectIndex) {
    throw new VendorError('ERR_VENDOR_SCOPE', 'the token may not write to that index', {
      hint: 'let the token write to it, or set another `index`',
    })
  }
  if (code === codes.ackDisabled) throw noAck()
  throw new VendorError('ERR_VENDOR_DOWN', `the collector answers ${status}, code ${code ?? 'none'}`, {
    retryable: true,
  })
}

async function waitForAck(context: PullContext<SplunkConfig>, ackId: number): Promise<void> {
  const { clock, signal } = context
  for (let waitedMs = 0; waitedMs < ackWaitMs; waitedMs += ackEveryMs) {
    const { status, code, response } = await call(context, '/services/collector/ack', JSON.stringify({ acks: [ackId] }))
    if (status !== 200) refuseUnlessTaken({ status, code, response })
    if (readShape(states, response.json(), 'the acknowledgements').acks[String(ackId)] === true) return
    await clock.sleep(ackEveryMs, signal)
    signal.throwIfAborted()
  }
  throw new VendorError('ERR_VENDOR_DOWN', `no indexer has written the batch within ${ackWaitMs / 1_000} s`, {
    hint: 'it is sent again, and may then stand there twice under the same `metadata.uid`',
    retryable: true,
  })
}

export const noAck = (): VendorError =>
  new VendorError('ERR_VENDOR_REFUSED', 'the token has no indexer acknowledgement', {
    hint: 'switch it on for the token in Splunk, or set `acknowledged=false` and lose what an indexer drops',
  })
