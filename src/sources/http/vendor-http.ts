import {
  backoffMs,
  CordonError,
  createTurnstile,
  type Backoff,
  type Clock,
  type Http,
  type HttpRequest,
  type HttpResponse,
  type Json,
} from '#kit'
import { VendorError, type Budget, type Limits } from '#sources/contract'

import type { Budgets, Lane } from './budgets.ts'
import type { Credentials } from './credentials.ts'
import { resetMs, retryAfterMs, vendorNowMs } from './retry-after.ts'

/** `waitMsMax`: one request waits no longer than this for the vendor; beyond, the stream is left and comes back later. */
export type Patience = Backoff & { waitMsMax: number }
/** A pull can wait; an action and a probe are raced by a thief. */
export const pullPatience: Patience = { firstMs: 500, maxMs: 30_000, attemptsMax: 6, waitMsMax: 60_000 }
export const actPatience: Patience = { firstMs: 250, maxMs: 2_000, attemptsMax: 3, waitMsMax: 5_000 }
export const atOnceMaxDefault = 4

export type VendorHttpParts = {
  http: Http
  clock: Clock
  limits: Limits
  budgets: Budgets
  /** What a budget is counted for: see `Budget.sharedBy`. */
  realms: { source: string; authority: string }
  lane: Lane
  credentials: Pick<Credentials, 'headersFor' | 'renew'> | undefined
  patience: Patience
  /** Random numbers in [0, 1), for jitter. */
  unit: () => number
}

/** Where a vendor names no allowance, history is read at this pace at most. */
const backfillBudget: Budget = { name: 'history', perMinute: 240, burst: 1, sharedBy: 'authority' }

const down = new Set([408, 500, 502, 503, 504])

/**
 * Http as a connector sees it: signed in, within the vendor's budgets, and with what is safe to repeat repeated. A 429
 * means that nothing was done, so it is waited for whatever the request; everything else is sent again for reads alone.
 */
export function createVendorHttp(parts: VendorHttpParts): Http {
  const { http, clock, limits, budgets, credentials, patience } = parts
  const enter = createTurnstile(limits.atOnceMax ?? atOnceMaxDefault)
  const realmOf = ({ sharedBy }: Budget): string => parts.realms[sharedBy]
  /** What a vendor's stop holds back: its budget, or, where it names none, the whole source. */
  const heldBy = (request: HttpRequest): [realm: string, budget: string] => {
    const budget = budgetOf(limits, request)
    return budget === undefined ? [parts.realms.source, ''] : [realmOf(budget), budget.name]
  }

  /**
   * INVARIANT: once the vendor said stop, nothing that draws on the same allowance goes out before, not even what had
   * its turn already and waits behind the calls under way. No place is kept meanwhile: other allowances go on.
   */
  const sendInTurn = async (url: URL, request: HttpRequest): Promise<HttpResponse> => {
    for (;;) {
      for (let ms = budgets.pausedMs(...heldBy(request)); ms > 0; ms = budgets.pausedMs(...heldBy(request))) {
        if (ms > patience.waitMsMax) throw outOfCalls(url, ms)
        await clock.sleep(ms, request.signal)
        request.signal?.throwIfAborted()
      }
      const signed = { ...request.headers, ...(await credentials?.headersFor(url, request)) }
      const leave = await enter()
      try {
        // Asked and sent in one step: an answer that comes between the two may say stop.
        if (budgets.pausedMs(...heldBy(request)) > 0) continue
        const response = await http.request(url, { ...request, headers: signed })
        const isSpent = limits.remaining !== undefined && response.header(limits.remaining) === '0'
        const reset = isSpent ? resetMs(response, limits.reset, clock.nowMs()) : undefined
        if (reset !== undefined) budgets.pause(...heldBy(request), reset)
        // Before the place is given on: whoever has it next looks.
        if (isLimit(limits, response)) budgets.pause(...heldBy(request), saidMs(response) ?? patience.firstMs)
        return response
      } finally {
        leave()
      }
    }
  }

  const once = async (url: URL, request: HttpRequest): Promise<HttpResponse> => {
    const budget = budgetOf(limits, request) ?? (parts.lane === 'backfill' ? backfillBudget : undefined)
    if (budget !== undefined) await budgets.take(realmOf(budget), budget, parts.lane, request.signal)
    return sendInTurn(url, request)
  }
  const saidMs = (response: HttpResponse): number | undefined =>
    retryAfterMs(response, clock.nowMs()) ?? resetMs(response, limits.reset, clock.nowMs())
  /** Undefined: the answer stands. */
  const waitFor = (response: HttpResponse, request: HttpRequest, attempt: number): number | undefined => {
    const backoff = backoffMs(patience, attempt, parts.unit())
    if (isLimit(limits, response)) {
      const ms = saidMs(response) ?? backoff
      budgets.pause(...heldBy(request), ms)
      return ms
    }
    if (!isRead(request)) return undefined
    if (down.has(response.status)) return retryAfterMs(response, clock.nowMs()) ?? backoff
    return request.isFile !== true && isCutShort(response) ? backoff : undefined
  }

  return {
    async request(target, request = {}) {
      const url = new URL(target)
      let isRenewed = false
      for (let attempt = 0; ; attempt++) {
        const isLast = attempt + 1 >= patience.attemptsMax
        let waitMs: number
        try {
          const response = request.isFile === true ? await once(url, request) : parsedOnce(await once(url, request))
          if ((response.status === 401 || response.status === 403) && !isRenewed) {
            isRenewed = true
            if (credentials?.renew(url, request, response.status, vendorNowMs(response)) === true) continue
          }
          const wait = waitFor(response, request, attempt)
          if (wait === undefined) return response
          if (isLast || wait > patience.waitMsMax) throw givenUp(url, response, limits, wait)
          waitMs = wait
        } catch (error) {
          if (isLast || !isWorthAgain(error, request)) throw error
          waitMs = backoffMs(patience, attempt, parts.unit())
        }
        await clock.sleep(waitMs, request.signal)
        request.signal?.throwIfAborted()
      }
    },
  }
}

const isRead = ({ method = 'GET', isRead: says = false }: HttpRequest): boolean => method === 'GET' || says
const isLimit = (limits: Limits, response: HttpResponse): boolean =>
  response.status === 429 || limits.isLimit?.(response) === true

/** Which allowance a request draws on; undefined where the vendor names none. */
export function budgetOf({ budgets: all = [] }: Limits, { budget: name }: HttpRequest): Budget | undefined {
  return name === undefined ? all[0] : all.find((one) => one.name === name)
}

/** Says JSON or XML and is none: cut off on its way behind a proxy that had promised no length. */
function isCutShort(response: HttpResponse): boolean {
  const type = response.header('content-type') ?? ''
  if (response.status !== 200) return false
  if (/\bxml\b/i.test(type)) return !endsItsRoot(response.text)
  if (!/\bjson\b/i.test(type)) return false
  try {
    response.json()
    return false
  } catch {
    return true
  }
}

/** What does not begin as XML is left to its reader: S3 may call the JSON of a bucket's policy XML. */
function endsItsRoot(xml: string): boolean {
  if (/^\s*[^\s<]/.test(xml)) return true
  const root = /^\s*(?:<[?!][^>]*>\s*)*<([\w:.-]+)/.exec(xml)?.[1]
  const end = xml.trimEnd()
  return root !== undefined && (end.endsWith(`</${root}>`) || end.endsWith('/>'))
}

/** A page of an inventory is large: parsed once, for the look whether it is whole and for its reader. */
function parsedOnce(response: HttpResponse): HttpResponse {
  let parsed: { value: Json } | undefined
  const { status, header, bytes } = response
  return {
    status,
    header,
    bytes,
    get text() {
      return response.text
    },
    json: () => (parsed ??= { value: response.json() }).value,
  }
}

const isWorthAgain = (error: unknown, request: HttpRequest): boolean =>
  error instanceof CordonError &&
  (error.code === 'ERR_HTTP_NETWORK' || error.code === 'ERR_HTTP_TIMEOUT') &&
  isRead(request) &&
  request.signal?.aborted !== true

function givenUp(url: URL, response: HttpResponse, limits: Limits, waitMs: number): VendorError {
  if (isLimit(limits, response)) return outOfCalls(url, waitMs)
  const says = response.status === 200 ? 'sends answers that are cut short' : `answers ${response.status}`
  return new VendorError('ERR_VENDOR_DOWN', `\`${url.origin}\` ${says}`, { retryable: true })
}

const outOfCalls = (url: URL, waitMs: number): VendorError =>
  new VendorError('ERR_VENDOR_LIMIT', `\`${url.origin}\` takes no more calls for now`, {
    hint: 'it is asked again when it said; other tools may use up the same allowance',
    retryable: true,
    retryAfterMs: waitMs,
  })
