/**
 * Until when nothing is expected any more, over streams that are each late by at most what they declare. A stream that
 * delivers is as far as its newest event less its lateness, whatever the clock says: what was read late, after a pause, is
 * not late. One that has been silent for longer than its lateness is as far as the clock.
 */
export class Watermark {
  private readonly streams: Map<string, { latenessMs: number; newestMs: number; seenAtMs: number }>

  constructor(streams: readonly { name: string; latenessMs: number }[], startedMs: number) {
    this.streams = new Map(
      streams.map(({ name, latenessMs }) => [name, { latenessMs, newestMs: -Infinity, seenAtMs: startedMs }]),
    )
  }

  /** An event of the stream arrived; true when it is later than the stream declares. */
  see(name: string, timeMs: number, arrivedAtMs: number): boolean {
    const stream = this.streams.get(name)
    if (stream === undefined) return false
    // A clock that runs ahead at the vendor must not make all that follows late.
    stream.newestMs = Math.max(stream.newestMs, Math.min(timeMs, arrivedAtMs))
    stream.seenAtMs = Math.max(stream.seenAtMs, arrivedAtMs)
    return timeMs < arrivedAtMs - stream.latenessMs
  }

  at(nowMs: number): number {
    let atMs = Infinity
    for (const { latenessMs, newestMs, seenAtMs } of this.streams.values()) {
      const isSilent = nowMs - seenAtMs > latenessMs
      atMs = Math.min(atMs, (isSilent ? nowMs : newestMs) - latenessMs)
    }
    return this.streams.size === 0 ? -Infinity : atMs
  }
}
