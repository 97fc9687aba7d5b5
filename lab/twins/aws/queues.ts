import type { Json, JsonObject } from 'cordon/kit'

import type { JsonAnswer, JsonAsk } from './json-services.ts'
import { putObject } from './s3.ts'
import type { AwsState, StoredObject } from './state.ts'

/** `shownMs`: hidden until then. `receipts`: all it was given out under. */
type Message = { id: string; body: string; shownMs: number; received: number; receipts: Set<string> }
/** `deadLetters`: where a message goes in place of being given out once more than `receivedMax` times. */
export type Queued = { messages: Message[]; deadLetters?: { to: string; receivedMax: number } }

const word = (body: JsonObject, name: string): string => (typeof body[name] === 'string' ? body[name] : '')
export const queueArn = (body: JsonObject): string =>
  `arn:aws:sqs:us-east-1:${word(body, 'QueueUrl').split('/').slice(-2).join(':')}`
const pathOf = (arn: string): string => arn.split(':').slice(-2).join('/')

export function queuedAt({ messages }: AwsState, arn: string): Queued {
  const known = messages.get(arn) ?? { messages: [] }
  messages.set(arn, known)
  return known
}

export function sendMessage(state: AwsState, arn: string, body: Json): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const { messages } = queuedAt(state, arn)
  messages.push({ id: state.nextEvent(), body: text, shownMs: 0, received: 0, receipts: new Set() })
}

const asked =
  (answer: (queue: Queued, ask: JsonAsk) => JsonAnswer) =>
  (ask: JsonAsk): JsonAnswer => {
    const arn = queueArn(ask.body)
    return ask.state.queues.has(arn) ? answer(queuedAt(ask.state, arn), ask) : { refused: 'QueueDoesNotExist' }
  }

export const sqs: Readonly<Record<string, (ask: JsonAsk) => JsonAnswer>> = {
  ListQueues: ({ state }) =>
    state.queues.size === 0
      ? {}
      : { QueueUrls: [...state.queues].map((arn) => `https://sqs.us-east-1.amazonaws.com/${pathOf(arn)}`) },
  GetQueueAttributes: asked(({ deadLetters }, { state, body }) => {
    const policy = state.resourcePolicies.get(queueArn(body))
    const redrive = deadLetters && { deadLetterTargetArn: deadLetters.to, maxReceiveCount: deadLetters.receivedMax }
    const all = {
      ...(policy === undefined ? {} : { Policy: policy }),
      ...(redrive === undefined ? {} : { RedrivePolicy: JSON.stringify(redrive) }),
    }
    const names = Array.isArray(body['AttributeNames']) ? body['AttributeNames'] : []
    const given = Object.entries(all).filter(([name]) => names.includes(name) || names.includes('All'))
    return given.length === 0 ? {} : { Attributes: Object.fromEntries(given) }
  }),
  /** It waits for nothing: an empty queue is told at once. */
  ReceiveMessage: asked((queue, { state, body, nowMs }) => {
    const max = Number(body['MaxNumberOfMessages'] ?? 1)
    if (max < 1 || max > 10) return { refused: 'InvalidParameterValue' }
    const given: JsonObject[] = []
    for (const message of queue.messages.filter(({ shownMs }) => shownMs <= nowMs)) {
      if (given.length >= max) break
      const { deadLetters } = queue
      if (deadLetters !== undefined && message.received >= deadLetters.receivedMax) {
        queue.messages.splice(queue.messages.indexOf(message), 1)
        queuedAt(state, deadLetters.to).messages.push(message)
        continue
      }
      const receipt = `receipt-${state.nextEvent()}`
      message.received++
      message.receipts.add(receipt)
      message.shownMs = nowMs + Number(body['VisibilityTimeout'] ?? 30) * 1000
      const attributes = { ApproximateReceiveCount: String(message.received) }
      given.push({ MessageId: message.id, ReceiptHandle: receipt, Body: message.body, Attributes: attributes })
    }
    return given.length === 0 ? {} : { Messages: given }
  }),
  DeleteMessageBatch: asked((queue, { body }) => {
    const entries = Array.isArray(body['Entries']) ? body['Entries'] : []
    if (entries.length === 0 || entries.length > 10) return { refused: 'InvalidBatchEntryIds' }
    const done = entries.map((entry) => {
      const one = typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? entry : {}
      const receipt = word(one, 'ReceiptHandle')
      queue.messages = queue.messages.filter(({ receipts }) => !receipts.has(receipt))
      return { id: word(one, 'Id'), isKnown: receipt.startsWith('receipt-') }
    })
    return {
      Successful: done.filter(({ isKnown }) => isKnown).map(({ id }) => ({ Id: id })),
      Failed: done
        .filter(({ isKnown }) => !isKnown)
        .map(({ id }) => ({ Id: id, SenderFault: true, Code: 'ReceiptHandleIsInvalid' })),
    }
  }),
}

/** How a bucket's word travels to a queue. */
export const forms = ['s3', 'sns', 'event-bridge', 'event-bridge-over-sns'] as const
export type Form = (typeof forms)[number]

/** Puts an object, as `putObject` does; what the queue is then told, in AWS's words, is the caller's to send or to lose. */
export function putTold(
  state: AwsState,
  bucket: string,
  key: string,
  object: Omit<StoredObject, 'etag'>,
  form: Form,
): { stored: StoredObject; message: JsonObject } {
  const version = state.versioned.has(bucket) ? state.nextEvent() : undefined
  const stored = putObject(state.buckets, bucket, key, { ...object, ...(version === undefined ? {} : { version }) })
  if (version !== undefined) state.versions.set(`${bucket}/${key}?${version}`, stored)
  const time = new Date(object.changedMs).toISOString()
  const [etag, size] = [stored.etag.replaceAll('"', ''), stored.bytes.length]
  const record = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-east-1',
    eventTime: time,
    eventName: 'ObjectCreated:Put',
    s3: {
      s3SchemaVersion: '1.0',
      bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: new URLSearchParams([['', key]]).toString().slice(1).replaceAll('%2F', '/'),
        size,
        eTag: etag,
        ...(version === undefined ? {} : { versionId: version }),
        sequencer: '0055AED6DCD90281E5',
      },
    },
  }
  const bridged = {
    version: '0',
    id: state.nextEvent(),
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: state.account,
    time: time.replace(/\.\d+/, ''),
    region: 'us-east-1',
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size, etag, ...(version === undefined ? {} : { 'version-id': version }) },
      reason: 'PutObject',
    },
  }
  const inner = form.startsWith('event-bridge') ? bridged : { Records: [record] }
  const isWrapped = form.endsWith('sns')
  return { stored, message: isWrapped ? { Type: 'Notification', Message: JSON.stringify(inner) } : inner }
}
