import { IntakeError } from '../error.ts'

/** RFC 5425 asks for 2 kB and wishes for 8; longer than this is refused by closing. */
export const messageBytesMax = 64 * 1024
const lengthDigitsMax = String(messageBytesMax).length

/**
 * Cuts a connection's bytes into messages: by octet count (RFC 5425, 4.3), or by line ends where the source asks for it
 * (RFC 6587, 3.4.2). Throws ERR_INTAKE_FRAME for what is neither: nothing behind it can be told apart any more.
 */
export class FrameReader {
  readonly #framing: 'octets' | 'lines'
  #rest: Buffer = Buffer.alloc(0)

  constructor(framing: 'octets' | 'lines') {
    this.#framing = framing
  }

  /** The start of a message is here, and its end is not. */
  get isPartial(): boolean {
    return this.#rest.length > 0
  }

  /** Whole messages; `fault` stands behind them when the rest is none. */
  push(chunk: Uint8Array): { messages: Buffer[]; fault?: IntakeError } {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk])
    const messages: Buffer[] = []
    try {
      for (;;) {
        const next = this.#framing === 'octets' ? octetFrame(this.#rest) : lineFrame(this.#rest)
        if (next === undefined) return { messages }
        if (next.message.length > 0) messages.push(next.message)
        this.#rest = this.#rest.subarray(next.end)
      }
    } catch (error) {
      if (!(error instanceof IntakeError)) throw error
      return { messages, fault: error }
    }
  }
}

type Frame = { message: Buffer; end: number }

function octetFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length === 0) return undefined
  const space = bytes.subarray(0, lengthDigitsMax + 1).indexOf(0x20)
  const digits = bytes.subarray(0, space === -1 ? lengthDigitsMax + 1 : space).toString('latin1')
  if (!/^[1-9]\d*$/.test(digits)) throw badFrame(digits)
  if (space === -1 && bytes.length <= lengthDigitsMax) return undefined
  const length = Number(digits)
  if (space === -1 || length > messageBytesMax) throw tooLong()
  const start = space + 1
  return bytes.length < start + length
    ? undefined
    : { message: bytes.subarray(start, start + length), end: start + length }
}

function lineFrame(bytes: Buffer): Frame | undefined {
  const end = bytes.indexOf(0x0a)
  if ((end === -1 ? bytes.length : end) > messageBytesMax) throw tooLong()
  if (end === -1) return undefined
  const stop = end > 0 && bytes[end - 1] === 0x0d ? end - 1 : end
  return { message: bytes.subarray(0, stop), end: end + 1 }
}

const tooLong = (): IntakeError =>
  new IntakeError('ERR_INTAKE_FRAME', `a message is longer than ${messageBytesMax} bytes`, {
    hint: 'let the sender cut its messages',
  })
const badFrame = (start: string): IntakeError =>
  new IntakeError(
    'ERR_INTAKE_FRAME',
    start.startsWith('<') ? 'messages are ended by line ends, not counted' : 'no octet count stands before a message',
    { hint: 'let the sender count octets (RFC 5425), or give the source `intake.framing=lines`' },
  )
