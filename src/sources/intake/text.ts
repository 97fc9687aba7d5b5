import { isUtf8 } from 'node:buffer'

import { IntakeError } from './error.ts'

const newline = 0x0a
const asUtf8 = 'save the file as UTF-8 and send it again'

/** UTF-8 or nothing: a wrong guess would change names and ids without a trace. A leading UTF-8 mark is dropped. */
export function decodeText(bytes: Uint8Array): string {
  const [first, second, third] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new IntakeError('ERR_INTAKE_ENCODING', `the upload is UTF-16 (${first === 0xff ? 'little' : 'big'} endian)`, {
      hint: asUtf8,
      place: 'line 1, column 1',
    })
  }
  if (!isUtf8(bytes)) throw notUtf8(bytes)
  const start = first === 0xef && second === 0xbb && third === 0xbf ? 3 : 0
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', start)
}

function notUtf8(bytes: Uint8Array): IntakeError {
  let line = 1
  let from = 0
  while (from < bytes.length) {
    const end = bytes.indexOf(newline, from)
    const until = end === -1 ? bytes.length : end
    if (!isUtf8(bytes.subarray(from, until))) break
    line++
    from = until + 1
  }
  const rest = bytes.subarray(from)
  // The longest whole prefix; a cut inside a character is up to three bytes back.
  let low = 0
  let high = Math.min(rest.length, 1 << 20)
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (isWholePrefix(rest, middle)) low = middle
    else high = middle - 1
  }
  return new IntakeError('ERR_INTAKE_ENCODING', 'the upload is not UTF-8', {
    hint: asUtf8,
    place: `line ${line}, byte ${low + 1}`,
  })
}

const isWholePrefix = (bytes: Uint8Array, length: number): boolean => {
  for (let back = 0; back <= 3 && back <= length; back++) {
    if (!isUtf8(bytes.subarray(0, length - back))) continue
    const tail = bytes.subarray(length - back, length)
    // What is left over must be the start of one character.
    const need = leadLength(tail[0])
    if (back === 0 || (need > back && tail.subarray(1).every((byte) => byte >> 6 === 2))) return true
  }
  return false
}

function leadLength(byte: number | undefined): number {
  if (byte === undefined || byte < 0xc2 || byte > 0xf4) return 0
  if (byte >= 0xf0) return 4
  return byte >= 0xe0 ? 3 : 2
}
