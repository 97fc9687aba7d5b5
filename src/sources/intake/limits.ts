export type IntakeLimits = {
  /** Bytes as sent, and after decompression. */
  bytesMax: number
  inflatedBytesMax: number
  linesMax: number
  /** UTF-16 units of one line. */
  lineUnitsMax: number
  depthMax: number
  /** How far a record's own time may lie ahead of ours: a clock that is wrong, or a lie. */
  aheadMsMax: number
  /** Bad lines named in the answer; all are counted. */
  badLinesMax: number
}

export const intakeLimits: IntakeLimits = {
  bytesMax: 32 * 1024 * 1024,
  inflatedBytesMax: 64 * 1024 * 1024,
  linesMax: 10_000,
  lineUnitsMax: 1024 * 1024,
  depthMax: 64,
  aheadMsMax: 24 * 3_600_000,
  badLinesMax: 20,
}
