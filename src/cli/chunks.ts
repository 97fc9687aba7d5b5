import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

import { CliError } from './command.ts'

export const chunkBytesMax = 8 * 1024 * 1024
/** As many records as the server takes in one upload. */
export const chunkLinesMax = 10_000
/** An array cannot be cut without reading it as a whole. */
export const arrayBytesMax = 16 * 1024 * 1024

export type Chunk = { bytes: Uint8Array; contentType: 'application/x-ndjson' | 'application/json' }

const newline = 10
const space = /^[\s\uFEFF]*/

/**
 * What `cordon ingest` was given, in uploads of whole lines that the server takes; gzip is opened first. A JSON array goes
 * out in one piece, and one line longer than a chunk as it is: the server refuses it by name.
 */
export async function* uploadChunks(source: AsyncIterable<Uint8Array>): AsyncIterable<Chunk> {
  let rest: Uint8Array = new Uint8Array()
  let isArray: boolean | undefined
  for await (const piece of opened(source)) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    isArray ??= startsArray(rest)
    if (isArray === undefined) continue
    if (isArray) {
      if (rest.length <= arrayBytesMax) continue
      throw new CliError('ERR_CLI_FILE', `this JSON array is longer than ${arrayBytesMax} bytes`, {
        hint: 'write one record a line instead (NDJSON): lines are sent in parts',
      })
    }
    for (let end = cutAt(rest, false); end > 0; end = cutAt(rest, false)) {
      yield { bytes: rest.subarray(0, end), contentType: 'application/x-ndjson' }
      rest = rest.subarray(end)
    }
  }
  if (isArray === true) yield { bytes: rest, contentType: 'application/json' }
  else {
    for (let end = cutAt(rest, true); end > 0; end = cutAt(rest, true)) {
      yield { bytes: rest.subarray(0, end), contentType: 'application/x-ndjson' }
      rest = rest.subarray(end)
    }
  }
}

/** End of the first chunk; 0 when more must be read to know, or nothing is left. */
function cutAt(bytes: Uint8Array, isLast: boolean): number {
  let end = 0
  for (let lines = 0; lines < chunkLinesMax; lines++) {
    const next = bytes.indexOf(newline, end) + 1
    const isCut = next === 0
    const lineEnd = isCut ? bytes.length : next
    // The line that does not fit any more begins the next chunk; alone it goes as it is.
    if (lineEnd > chunkBytesMax && end > 0) return end
    if (isCut) return isLast ? lineEnd : 0
    end = next
    if (end > chunkBytesMax) return end
  }
  return end
}

/** Undefined while nothing but space was seen. */
function startsArray(bytes: Uint8Array): boolean | undefined {
  const text = Buffer.from(bytes.subarray(0, 4096)).toString('utf8').replace(space, '')
  return text === '' ? (bytes.length > 4096 ? false : undefined) : text.startsWith('[')
}

async function* opened(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  let head: Uint8Array = new Uint8Array()
  let isDone = false
  while (head.length < 2 && !isDone) {
    const { value, done } = await iterator.next()
    isDone = done === true
    if (value !== undefined) head = Buffer.concat([head, value])
  }
  const all = async function* (): AsyncIterable<Uint8Array> {
    yield head
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
  }
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* all()
    return
  }
  try {
    for await (const piece of Readable.from(all()).pipe(createGunzip())) yield piece
  } catch (error) {
    throw new CliError('ERR_CLI_FILE', 'the gzip data is damaged or cut off', {
      hint: 'what was in the whole parts before may be taken already; send the file again, nothing is taken twice',
      cause: error,
    })
  }
}
