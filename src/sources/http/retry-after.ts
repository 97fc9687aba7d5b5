import type { HttpResponse } from '#kit'
import type { Limits } from '#sources/contract'

/** RFC 9110, 10.2.3: whole seconds or a date; some vendors send fractions. Undefined when absent or unreadable. */
export function retryAfterMs(response: HttpResponse, nowMs: number): number | undefined {
  const text = response.header('retry-after')?.trim()
  if (text === undefined || text === '') return undefined
  if (/^\d{1,9}(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000)
  return untilMs(Date.parse(text), vendorNowMs(response) ?? nowMs)
}

/** Time until the vendor's own reset header says that calls are welcome. */
export function resetMs(response: HttpResponse, reset: Limits['reset'], nowMs: number): number | undefined {
  const text = reset === undefined ? undefined : response.header(reset.header)?.trim()
  if (reset === undefined || text === undefined || text === '') return undefined
  if (reset.as === 'ratelimit') return untilMs(Number(/;\s*t=(\d{1,9})(?!\d)/.exec(text)?.[1] ?? NaN) * 1000, 0)
  if (reset.as === 'seconds') return untilMs(Number(text) * 1000, 0)
  const atMs = reset.as === 'date' ? Date.parse(text) : Number(text) * (reset.as === 'epoch-ms' ? 1 : 1000)
  return untilMs(atMs, vendorNowMs(response) ?? nowMs)
}

/** A date in an answer is told by the vendor's clock, so it is measured against the `Date` beside it. */
export function vendorNowMs(response: HttpResponse): number | undefined {
  const at = Date.parse(response.header('date') ?? '')
  return Number.isNaN(at) ? undefined : at
}

const untilMs = (atMs: number, nowMs: number): number | undefined =>
  Number.isNaN(atMs) ? undefined : Math.max(0, Math.ceil(atMs - nowMs))
