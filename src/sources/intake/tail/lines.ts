import type { FileHandle } from 'node:fs/promises'

import { intakeLimits } from '../limits.ts'

const chunkBytes = 256 * 1024
const newline = 0x0a

/** `text` null: longer than a line may be. `bytes` counts the line and its end. */
export type Line = { text: string | null; offset: number; bytes: number }

/** Whole lines from `offset` on; with `isEnded` what stands behind the last end of line is one, too. */
export async function* readLines(handle: FileHandle, offset: number, isEnded: boolean): AsyncGenerator<Line> {
  const chunk = Buffer.alloc(chunkBytes)
  let kept: Buffer[] = []
  let start = offset
  let bytes = 0
  const take = (piece: Buffer): void => {
    bytes += piece.length
    if (bytes <= intakeLimits.lineUnitsMax) kept.push(Buffer.from(piece))
    else kept = []
  }
  const close = (): Line => {
    const text =
      bytes > intakeLimits.lineUnitsMax
        ? null
        : Buffer.concat(kept)
            .toString('utf8')
            .replace(/\r?\n$/, '')
    const line = { text, offset: start, bytes }
    start += bytes
    bytes = 0
    kept = []
    return line
  }
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, chunkBytes, start + bytes)
    if (bytesRead === 0) break
    let from = 0
    for (let end = chunk.indexOf(newline); end !== -1 && end < bytesRead; end = chunk.indexOf(newline, from)) {
      take(chunk.subarray(from, end + 1))
      from = end + 1
      yield close()
    }
    take(chunk.subarray(from, bytesRead))
  }
  if (isEnded && bytes > 0) yield close()
}
