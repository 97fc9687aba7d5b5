import { isObject, signV4, type HttpResponse, type Json, type JsonObject } from '#kit'
import { objectAt, objectsIn, saidAt, VendorError, type PullContext } from '#sources/contract'

import type { Configured } from '../way.ts'
import type { Bucket } from './object.ts'
import { isKeyRefused } from './refusal.ts'
import { keysOf } from './store.ts'

export const queueBudget = { name: 'queue', perMinute: 1_200, burst: 60, sharedBy: 'source' } as const
/** What SQS gives at once, and how long it holds a request open for it, at most. */
const messagesMax = 10
const openSeconds = 20
const answerMs = 10_000
/** How long a message that was given out is given to nobody else. */
export const hiddenSeconds = 120
/** Entries of one DeleteMessageBatch. */
const deletedMax = 10

/** `receipt`: what it is deleted by. `received`: how often it was given out, this time too. */
export type Message = { id: string; body: string; receipt: string; received: number }

export type Queue = {
  /** Waits for messages; none came where it is empty. `isTry`: one at most, at once, which stays to be had. */
  receive(options?: { isTry?: boolean }): Promise<Message[]>
  /** For good. What is known no more under its receipt is given out again. */
  forget(receipts: readonly string[]): Promise<void>
  /** Does it hand what nobody can read to a dead-letter queue? */
  hasDeadLetters(): Promise<boolean>
}

/** The queue's region as its address says; else the bucket's, beside which S3 wants it. */
export function queueAt({ queue = '', region }: Bucket): { region: string; arn: string; origin: string } {
  const { hostname, pathname, origin } = new URL(queue)
  const at = /^sqs\.([a-z0-9-]+)\.amazonaws\.com/.exec(hostname)?.[1] ?? region
  const [account, name] = pathname.split('/').slice(-2)
  return { region: at, arn: `arn:aws:sqs:${at}:${account}:${name}`, origin }
}

/** ReceiveMessage, DeleteMessageBatch and GetQueueAttributes of one queue (Amazon SQS API Reference), by AWS's JSON protocol. */
export function openQueue(bucket: Bucket, { http, clock, signal, see }: PullContext<Configured>): Queue {
  const { region, origin } = queueAt(bucket)
  const keys = keysOf(see)
  const url = new URL('/', origin)
  const call = async (operation: string, asked: JsonObject, right: string, timeoutMs = answerMs) => {
    const body = JSON.stringify({ QueueUrl: bucket.queue ?? '', ...asked })
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${operation}` }
    const signed = signV4({ url, method: 'POST', headers, body }, keys, { service: 'sqs', region }, clock.nowMs())
    // A message that was given out and never arrived shows itself again; what was deleted twice is deleted.
    const again = { isRead: true, budget: queueBudget.name, timeoutMs, signal }
    const response = await http.request(url, { method: 'POST', headers: { ...headers, ...signed }, body, ...again })
    if (response.status !== 200) throw refuseQueue(response, bucket, right)
    const answer = response.json()
    return isObject(answer) ? answer : {}
  }
  return {
    async receive({ isTry = false } = {}) {
      const asked = {
        MaxNumberOfMessages: isTry ? 1 : messagesMax,
        WaitTimeSeconds: isTry ? 0 : openSeconds,
        VisibilityTimeout: isTry ? 0 : hiddenSeconds,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }
      const answer = await call('ReceiveMessage', asked, 'sqs:ReceiveMessage', openSeconds * 1000 + answerMs)
      return objectsIn(answer['Messages']).map(readMessage)
    },
    async forget(receipts) {
      for (let at = 0; at < receipts.length; at += deletedMax) {
        const entries = receipts
          .slice(at, at + deletedMax)
          .map((receipt, n) => ({ Id: `${n}`, ReceiptHandle: receipt }))
        const answer = await call('DeleteMessageBatch', { Entries: entries }, 'sqs:DeleteMessage')
        // A receipt that is too old: the message comes again, and what it tells of is known.
        const failed = objectsIn(answer['Failed']).find((one) => one['Code'] !== 'ReceiptHandleIsInvalid')
        if (failed !== undefined) throw notDeleted(saidAt(failed, 'Code'))
      }
    },
    async hasDeadLetters() {
      const answer = await call('GetQueueAttributes', { AttributeNames: ['RedrivePolicy'] }, 'sqs:GetQueueAttributes')
      return saidAt(objectAt(answer, 'Attributes'), 'RedrivePolicy') !== undefined
    },
  }
}

function readMessage(row: JsonObject): Message {
  const [id, receipt, body = ''] = ['MessageId', 'ReceiptHandle', 'Body'].map((name) => saidAt(row, name))
  if (id === undefined || receipt === undefined) {
    throw new VendorError('ERR_VENDOR_SHAPE', 'a message of the queue has no id or receipt')
  }
  const received = Number(saidAt(objectAt(row, 'Attributes'), 'ApproximateReceiveCount') ?? 1)
  return { id, body, receipt, received: Number.isSafeInteger(received) ? received : 1 }
}

const notDeleted = (code = ''): VendorError =>
  new VendorError('ERR_VENDOR_REFUSED', `the queue kept messages that were read (${code.slice(0, 64)})`, {
    hint: 'they are given out again, and what they tell of counts once',
    retryable: true,
  })

/** Messages of AWS's are never kept: they quote. */
function codeOf(response: HttpResponse): string {
  let answer: Json = null
  try {
    answer = response.json()
  } catch {
    return ''
  }
  const type = isObject(answer) && typeof answer['__type'] === 'string' ? answer['__type'] : ''
  const code = type.slice(type.lastIndexOf('#') + 1)
  return /^[\w.]{1,64}$/.test(code) ? code : ''
}

const busy = new Set(['RequestThrottled', 'ThrottlingException', 'Throttling', 'OverLimit'])

function refuseQueue(response: HttpResponse, { queue = '' }: Bucket, right: string): VendorError {
  const { status } = response
  const code = codeOf(response)
  if (/QueueDoesNotExist|NonExistentQueue/.test(code)) {
    return new VendorError('ERR_VENDOR_ABSENT', `there is no queue \`${queue}\``, { place: 'config: intake.queue' })
  }
  if (isKeyRefused(code)) {
    return new VendorError('ERR_VENDOR_AUTH', `the queue does not accept the key of the bucket (${code})`, {
      hint: 'give the source a new one: `cordon source rotate NAME`',
    })
  }
  if (/^AccessDenied|^Kms|^KMS/.test(code) || (status === 403 && code === '')) {
    const needed = /^kms/i.test(code) ? `${right}\` or \`kms:Decrypt` : right
    return new VendorError('ERR_VENDOR_SCOPE', `the key of the bucket has no \`${needed}\` on \`${queue}\``, {
      hint: '`cordon source role NAME` prints the least role',
    })
  }
  if (busy.has(code)) {
    return new VendorError('ERR_VENDOR_LIMIT', `the queue \`${queue}\` takes no more calls for now`, {
      retryable: true,
    })
  }
  return new VendorError('ERR_VENDOR_REFUSED', `the queue answers ${status} ${code} to \`${right}\``, {
    retryable: status >= 500,
  })
}
