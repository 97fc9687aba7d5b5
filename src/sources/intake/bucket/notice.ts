import { isJsonObject, JsonError, parseJson, parseTimeMs, type Json, type JsonObject } from '#kit'
import { objectAt, objectsIn, saidAt } from '#sources/contract'

import { intakeLimits } from '../limits.ts'
import type { Stored } from './object.ts'

/** An object that a message tells of, and the bucket it lies in. */
export type Told = Stored & { in: string }

/** What one message of a queue says was written; nothing where it tells of something else. Or why nobody can read it. */
export type Notice = { objects: Told[] } | { fault: string }

/** SNS puts what it was given into an envelope of its own; so may what it was given. */
const envelopesMax = 2

/**
 * A message as S3 sends it (Amazon S3 User Guide, "Event message structure"), as SNS delivers that, or as EventBridge does
 * ("EventBridge event message structure"). Who may send to the queue may write anything here: what it says of an object is
 * believed only as far as the store gives the object under that name.
 */
export function readNotice(body: string): Notice {
  let text = body
  for (let envelopes = 0; envelopes <= envelopesMax; envelopes++) {
    const message = objectIn(text)
    if (message === undefined) return { fault: 'it is no JSON object' }
    const inner = message['Type'] === 'Notification' ? message['Message'] : undefined
    if (typeof inner !== 'string') return readMessage(message)
    text = inner
  }
  return { fault: 'it is wrapped too often' }
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text, intakeLimits.depthMax)
    return isJsonObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
}
function readMessage(message: JsonObject): Notice {
  // What S3 sends once, when a bucket is told of the queue.
  if (message['Event'] === 's3:TestEvent') return { objects: [] }
  if (message['source'] === 'aws.s3') return readEvents([message], fromEventBridge)
  const records = objectsIn(message['Records'])
  if (records.length === 0) return { fault: 'it is no notification of a bucket' }
  return readEvents(records, fromS3)
}

type Reader = (event: JsonObject) => Told | { fault: string } | null

function readEvents(events: readonly JsonObject[], read: Reader): Notice {
  const objects: Told[] = []
  for (const event of events) {
    const told = read(event)
    if (told !== null && 'fault' in told) return told
    if (told !== null) objects.push(told)
  }
  return { objects }
}

/** Keys are encoded as in a form: `red flower` is `red+flower`. */
function fromS3(event: JsonObject): ReturnType<Reader> {
  if (event['eventSource'] !== 'aws:s3' && saidAt(event, 'eventSource')?.endsWith(':s3') !== true) {
    return { fault: 'a record in it is not of a bucket' }
  }
  if (saidAt(event, 'eventName')?.replace(/^s3:/, '').startsWith('ObjectCreated:') !== true) return null
  const [about, object] = [objectAt(event, 's3'), objectAt(objectAt(event, 's3'), 'object')]
  const key = decodeKey(saidAt(object, 'key') ?? '')
  if (key === undefined) return { fault: 'its key is not encoded as S3 does' }
  const bucket = saidAt(objectAt(about, 'bucket'), 'name')
  return toldOf(
    bucket,
    key,
    saidAt(object, 'eTag'),
    object?.['size'],
    saidAt(event, 'eventTime'),
    object?.['versionId'],
  )
}

/** Keys stand as they are. */
function fromEventBridge(event: JsonObject): ReturnType<Reader> {
  if (event['detail-type'] !== 'Object Created') return null
  const [detail, object] = [objectAt(event, 'detail'), objectAt(objectAt(event, 'detail'), 'object')]
  const bucket = saidAt(objectAt(detail, 'bucket'), 'name')
  const key = saidAt(object, 'key') ?? ''
  return toldOf(bucket, key, saidAt(object, 'etag'), object?.['size'], saidAt(event, 'time'), object?.['version-id'])
}

function toldOf(
  bucket: string | undefined,
  key: string,
  etag: string | undefined,
  size: Json | undefined,
  time: string | undefined,
  version: Json | undefined,
): ReturnType<Reader> {
  const changedMs = parseTimeMs(time ?? '')
  if (bucket === undefined || key === '' || etag === undefined) return { fault: 'it names no bucket, key or ETag' }
  if (typeof size !== 'number' || changedMs === undefined) return { fault: 'it names no size or time' }
  const named = etag.startsWith('"') ? etag : `"${etag}"`
  const told = { in: bucket, key, etag: named, size, changedMs }
  return typeof version === 'string' && version !== '' && version !== 'null' ? { ...told, version } : told
}

function decodeKey(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
