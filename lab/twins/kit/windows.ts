export type Window = { calls: number; untilMs: number; secondsLeft: number }

/** Counts calls by `key`. A window begins with the first call after the one before it has ended; each call counts, refused or not. */
export function countCalls(clock: { nowMs(): number }, windowMs: number) {
  const spent = new Map<string, { untilMs: number; calls: number }>()
  return (key = ''): Window => {
    const nowMs = clock.nowMs()
    let window = spent.get(key)
    if (window === undefined || window.untilMs <= nowMs) {
      window = { untilMs: nowMs + windowMs, calls: 0 }
      spent.set(key, window)
    }
    window.calls++
    return { ...window, secondsLeft: Math.ceil((window.untilMs - nowMs) / 1000) }
  }
}
