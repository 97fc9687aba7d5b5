import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

import { concatBytes, parseOwnJson, utf8, type RandomBytes } from '#kit'
import type { EntityId, EventId, RawEvent, SourceId, TenantId } from '#model'

import { LogError } from './error.ts'

/** First byte of every segment. Readers accept all earlier values. */
export const segmentVersion = 1
const nonceBytes = 12
const tagBytes = 16
/** A sealed segment never opens to more: a forged length cannot exhaust memory. */
const segmentBytesMax = 256 * 1024 * 1024
const zstdLevel = 1
/** Less than this is packed in the time that handing it to a pool thread takes. */
const inlineBytesMax = 16 * 1024

/**
 * What a segment is bound to: moved under another tenant, key, source or time, it does not open. The offsets are not
 * part of it, for W alone gives them out, after the sealing.
 */
export type SegmentSeal = { tenant: TenantId; keyId: string; source: SourceId; arrivedAtMs: number }

/** `bound` is a place in `bounds`, -1 or absent for an event that is not bound; `backfill` is 1 or absent. */
type Header = {
  streams: string[]
  bounds: EntityId[]
  events: [id: EventId, stream: number, eventAtMs: number | null, units: number, bound?: number, backfill?: 1][]
}

const compress = promisify(zstdCompress)

/**
 * Plain form: u32 length of the header, the header as JSON, all raw texts in a row. Then zstd, then AES-256-GCM:
 * version byte, nonce, box, tag. Compression of more than a little runs on a pool thread, so the caller's event loop stays free.
 */
export async function sealSegment(
  events: readonly RawEvent[],
  key: Uint8Array,
  seal: SegmentSeal,
  random: RandomBytes,
): Promise<Uint8Array> {
  const plain = encode(events)
  // Who says how much comes is spared tables for more.
  const options = { params: { [constants.ZSTD_c_compressionLevel]: zstdLevel }, pledgedSrcSize: plain.length }
  const packed = plain.length > inlineBytesMax ? await compress(plain, options) : zstdCompressSync(plain, options)
  const nonce = random(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), nonce).setAAD(boundTo(seal))
  return concatBytes(Uint8Array.of(segmentVersion), nonce, cipher.update(packed), cipher.final(), cipher.getAuthTag())
}

/** Throws ERR_LOG_KEY when key or binding differ, ERR_LOG_FORMAT for a version this program does not know. */
export function openSegment(sealed: Uint8Array, key: Uint8Array, seal: SegmentSeal): RawEvent[] {
  if (sealed[0] !== segmentVersion) {
    throw new LogError(
      'ERR_LOG_FORMAT',
      `a log segment has version ${sealed[0]}, this program reads ${segmentVersion}`,
      {
        hint: 'start the program version that wrote this data directory',
      },
    )
  }
  const box = sealed.subarray(1 + nonceBytes, sealed.length - tagBytes)
  try {
    const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), sealed.subarray(1, 1 + nonceBytes))
    decipher.setAAD(boundTo(seal))
    decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
    const packed = concatBytes(decipher.update(box), decipher.final())
    return decode(zstdDecompressSync(packed, { maxOutputLength: segmentBytesMax }))
  } catch (error) {
    throw new LogError('ERR_LOG_KEY', `a log segment of key \`${seal.keyId}\` does not open`, {
      hint: 'the data directory was changed by another program, or its keys belong to another one; restore a backup',
      cause: error,
    })
  }
}

const boundTo = (seal: SegmentSeal): Uint8Array =>
  utf8(JSON.stringify([segmentVersion, seal.tenant, seal.keyId, seal.source, seal.arrivedAtMs]))

function encode(events: readonly RawEvent[]): Uint8Array {
  const streams: string[] = []
  const raws: string[] = []
  const bounds: EntityId[] = []
  const header: Header = { streams, bounds, events: [] }
  for (const { id, stream, eventAtMs, raw, boundTo, backfill } of events) {
    const place = placeIn(streams, stream)
    const bound = boundTo === undefined ? -1 : placeIn(bounds, boundTo)
    if (backfill === true) header.events.push([id, place, eventAtMs, raw.length, bound, 1])
    else if (bound === -1) header.events.push([id, place, eventAtMs, raw.length])
    else header.events.push([id, place, eventAtMs, raw.length, bound])
    raws.push(raw)
  }
  const head = utf8(JSON.stringify(header))
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32BE(head.length)
  return concatBytes(length, head, utf8(raws.join('')))
}

function decode(plain: Buffer): RawEvent[] {
  const bodyAt = 4 + plain.readUInt32BE(0)
  const header = parseOwnJson<Header>(plain.toString('utf8', 4, bodyAt))
  const body = plain.toString('utf8', bodyAt)
  let at = 0
  return header.events.map(([id, stream, eventAtMs, units, bound = -1, backfill]) => {
    const raw = body.slice(at, at + units)
    at += units
    const boundTo = header.bounds[bound]
    const event: RawEvent = { id, stream: header.streams[stream] ?? '', eventAtMs, raw }
    if (boundTo !== undefined) event.boundTo = boundTo
    if (backfill === 1) event.backfill = true
    return event
  })
}

function placeIn<Item>(list: Item[], item: Item): number {
  const place = list.indexOf(item)
  return place === -1 ? list.push(item) - 1 : place
}
