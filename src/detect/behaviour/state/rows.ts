/** Rows of equal width out of one growing array: a hundred thousand small arrays would cost more in headers than in numbers. */
export class Rows {
  readonly width: number
  private data: Uint16Array
  private next = 0
  private free: number[] = []

  constructor(width: number) {
    this.width = width
    this.data = new Uint16Array(width * 64)
  }

  /** The offset of a row of zeros. */
  take(): number {
    const given = this.free.pop()
    if (given !== undefined) {
      this.data.fill(0, given, given + this.width)
      return given
    }
    const at = this.next
    this.next += this.width
    if (this.next > this.data.length) {
      const wider = new Uint16Array(this.data.length * 2)
      wider.set(this.data)
      this.data = wider
    }
    return at
  }

  give(row: number): void {
    this.free.push(row)
  }

  get(row: number, at: number): number {
    return this.data[row + at] ?? 0
  }

  set(row: number, at: number, value: number): void {
    this.data[row + at] = value
  }

  /** Base64 of its numbers, two bytes each, the low one first: as every processor that Node runs on holds them. */
  toText(row: number): string {
    return Buffer.from(this.data.slice(row, row + this.width).buffer).toString('base64')
  }

  fromText(row: number, text: string): void {
    const bytes = new Uint8Array(Buffer.from(text, 'base64'))
    this.data.set(new Uint16Array(bytes.buffer, 0, Math.min(this.width, bytes.length >> 1)), row)
  }
}

const mantissaBits = 11
const mantissaMax = 1 << mantissaBits

/** A count in 16 bits: exact up to 2,047, to one part in a thousand up to four trillion, and no more beyond. */
export function encodeCount(count: number): number {
  let [mantissa, exponent] = [Math.max(0, Math.floor(count)), 0]
  for (; mantissa >= mantissaMax && exponent < 31; exponent++) mantissa = Math.floor(mantissa / 2)
  return (exponent << mantissaBits) | Math.min(mantissa, mantissaMax - 1)
}

export const decodeCount = (code: number): number => (code & (mantissaMax - 1)) * 2 ** (code >> mantissaBits)
