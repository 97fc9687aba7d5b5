import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { chunkBytesMax, chunkLinesMax, uploadChunks, type Chunk } from './chunks.ts'

async function cut(bytes: Uint8Array, pieceBytes = 65_536): Promise<Chunk[]> {
  const pieces = async function* (): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
  }
  const chunks: Chunk[] = []
  for await (const chunk of uploadChunks(pieces())) chunks.push(chunk)
  return chunks
}
const joined = (chunks: readonly Chunk[]): string => chunks.map(({ bytes }) => Buffer.from(bytes).toString()).join('')
const linesOf = ({ bytes }: Chunk): number => Buffer.from(bytes).toString().split('\n').filter(Boolean).length
const manyLines = (count: number): string => Array.from({ length: count }, (_, n) => `{"n":${n}}\n`).join('')

test('more lines than one upload may hold go out in several, in order and whole', async () => {
  const text = `${manyLines(2 * chunkLinesMax + 1)}{"last":"without an end of line"}`
  const chunks = await cut(Buffer.from(text))
  assert.deepEqual(chunks.map(linesOf), [chunkLinesMax, chunkLinesMax, 2])
  assert.equal(joined(chunks), text)
})

test('few long lines are cut by size at an end of line; a line longer than a chunk goes alone', async () => {
  const long = `{"a":"${'x'.repeat(3 * 1024 * 1024)}"}\n`
  const tooLong = `{"a":"${'x'.repeat(chunkBytesMax)}"}\n`
  const text = `${long.repeat(3)}${tooLong}{"n":1}\n`
  const chunks = await cut(Buffer.from(text), 1024 * 1024)
  assert.deepEqual(chunks.map(linesOf), [2, 1, 1, 1])
  assert.equal(joined(chunks), text)
})

test('the same file is cut at the same places, however it arrives: a resend is known by its parts', async () => {
  const bytes = Buffer.from(manyLines(chunkLinesMax + 5))
  const sizes = async (pieceBytes: number): Promise<number[]> =>
    (await cut(bytes, pieceBytes)).map((chunk) => chunk.bytes.length)
  assert.deepEqual(await sizes(1_000), await sizes(bytes.length))
})

test('gzip is opened first, and cut like any other; what is damaged is said', async () => {
  const text = manyLines(chunkLinesMax + 1)
  const packed = gzipSync(text)
  const chunks = await cut(packed, 997)
  assert.deepEqual(chunks.map(linesOf), [chunkLinesMax, 1])
  assert.equal(joined(chunks), text)
  assert.equal(joined(await cut(gzipSync(manyLines(50)), 1)), manyLines(50), 'byte by byte')
  await assert.rejects(cut(packed.subarray(0, packed.length - 20)), { code: 'ERR_CLI_FILE' })
})

test('a JSON array goes out in one piece, and nothing for nothing', async () => {
  const [chunk, ...more] = await cut(Buffer.from(' \n[{"n":1},\n{"n":2}]'), 1)
  assert.equal(chunk?.contentType, 'application/json')
  assert.equal(more.length, 0)
  assert.deepEqual(await cut(new Uint8Array()), [])
})
