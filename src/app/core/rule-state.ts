import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'

import { isObject, parseOwnJson } from '#kit'

/** Written in pieces of this size, so that a million groups are no single text. */
const pieceChars = 1 << 20

/**
 * What correlations held after the event at `offset`, written whole or not at all. What follows in the log is read again,
 * so a file that is older only costs the next start time.
 */
export function writeRuleState(path: string, offset: number, lines: Iterable<string>): void {
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

/** Undefined where there is none, or none that can be read. */
export function readRuleState(path: string): { offset: number; lines: string[] } | undefined {
  if (!existsSync(path)) return undefined
  const [first = '', ...lines] = readFileSync(path, 'utf8').split('\n')
  try {
    const head = parseOwnJson<unknown>(first)
    const offset = isObject(head) ? head['offset'] : undefined
    return typeof offset === 'number' ? { offset, lines: lines.filter((line) => line !== '') } : undefined
  } catch {
    return undefined
  }
}
