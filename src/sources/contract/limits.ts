import type { HttpResponse } from '#kit'

/** A vendor's allowance. A request names its own (`budget`), else draws on the first. */
export type Budget = {
  name: string
  perMinute: number
  /** Calls at once after a pause; default a sixth of a minute's. */
  burst?: number
  /** `authority`: the vendor counts for the whole organisation, so all sources there share it; else each has its own. */
  sharedBy: 'authority' | 'source'
}

/** What the vendor bears, and how it says stop. */
export type Limits = {
  budgets?: readonly Budget[]
  /** Requests of one source at once; default 4. */
  atOnceMax?: number
  /** Other answers than 429 that mean the same (a 403 of GitHub's). */
  isLimit?: (response: HttpResponse) => boolean
  /**
   * Header that says when calls are welcome again, where there is no `Retry-After`. `ratelimit`: seconds behind `t`, as
   * draft-ietf-httpapi-ratelimit-headers-09 writes `RateLimit: "api";r=0;t=123`.
   */
  reset?: { header: string; as: 'epoch-seconds' | 'epoch-ms' | 'seconds' | 'date' | 'ratelimit' }
  /** Header that counts what is left: at 0 the next call waits for `reset`, before the vendor has to refuse it. */
  remaining?: string
}
