import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

import { isObject, parseOwnJson } from '#kit'

/** Written and read in pieces of this size, so that a million groups are no single text. */
const pieceChars = 1 << 20

/**
 * What was held after the event at `offset`, written whole or not at all. What follows in the log is read again, so a file
 * that is older only costs the next start time.
 */
export function writeStateFile(path: string, offset: number, lines: Iterable<string>): void {
  const fresh = `${path}.new`
  const file = openSync(fresh, 'w', 0o600)
  try {
    let piece = `${JSON.stringify({ offset })}\n`
    for (const line of lines) {
      piece += `${line}\n`
      if (piece.length < pieceChars) continue
      writeSync(file, piece)
      piece = ''
    }
    writeSync(file, piece)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(fresh, path)
}

/** Undefined where there is none, or none that can be read. `lines` are read while they are asked for, once. */
export function readStateFile(path: string): { offset: number; lines: Iterable<string> } | undefined {
  if (!existsSync(path)) return undefined
  const lines = linesOf(path)
  const first = lines.next()
  try {
    const head = parseOwnJson<unknown>(first.done === true ? '' : first.value)
    const offset = isObject(head) ? head['offset'] : undefined
    if (typeof offset === 'number') return { offset, lines }
  } catch {
    // Not ours, or cut off: it is made again from the log.
  }
  lines.return()
  return undefined
}

function* linesOf(path: string): Generator<string, void, undefined> {
  const file = openSync(path, 'r')
  try {
    const decoder = new StringDecoder('utf8')
    const piece = Buffer.alloc(pieceChars)
    let rest = ''
    for (let size = readSync(file, piece); size > 0; size = readSync(file, piece)) {
      const parts = (rest + decoder.write(piece.subarray(0, size))).split('\n')
      rest = parts.pop() ?? ''
      for (const line of parts) if (line !== '') yield line
    }
    if (rest !== '') yield rest
  } finally {
    closeSync(file)
  }
}
