import { createReadStream } from 'node:fs'

import { CliError, type CliInput } from '#cli'

/** A longer line is an error, not an event. */
const lineBytesMax = 256 * 1024 * 1024
const newline = 10

/** The lines of a file, or of standard input for `-`; an empty last one is none. */
export async function* linesOf(input: CliInput, place: string): AsyncIterable<string> {
  const source: AsyncIterable<Uint8Array> =
    place === '-' ? input.io.stdin() : createReadStream(place, { highWaterMark: 1 << 20 })
  let held: Buffer[] = []
  let heldBytes = 0
  for await (const piece of source) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    let from = 0
    for (let end = bytes.indexOf(newline, from); end !== -1; end = bytes.indexOf(newline, from)) {
      const part = bytes.subarray(from, end)
      yield held.length === 0 ? part.toString('utf8') : Buffer.concat([...held, part]).toString('utf8')
      held = []
      heldBytes = 0
      from = end + 1
    }
    if (from === bytes.length) continue
    // What a stream hands out may be overwritten once the next piece is asked for.
    held.push(Buffer.from(bytes.subarray(from)))
    heldBytes += bytes.length - from
    if (heldBytes > lineBytesMax)
      throw new CliError('ERR_CLI_FILE', `a line is longer than ${lineBytesMax} bytes`, {
        place,
        hint: 'write one JSON object a line (NDJSON)',
      })
  }
  if (heldBytes > 0) yield Buffer.concat(held).toString('utf8')
}
