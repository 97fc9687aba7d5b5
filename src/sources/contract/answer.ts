import type { z } from 'zod'

import { CordonError, isObject, type HttpResponse } from '#kit'

export class VendorError extends CordonError<
  | 'ERR_VENDOR_AUTH'
  | 'ERR_VENDOR_SCOPE'
  | 'ERR_VENDOR_ABSENT'
  | 'ERR_VENDOR_REFUSED'
  | 'ERR_VENDOR_SHAPE'
  | 'ERR_VENDOR_LIMIT'
  | 'ERR_VENDOR_DOWN'
  | 'ERR_VENDOR_CURSOR'
  | 'ERR_VENDOR_DELIVERY'
> {
  /** When the vendor wants to be asked again; the runner waits so long. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: VendorError['code'],
    message: string,
    options: ConstructorParameters<typeof CordonError>[2] & { retryAfterMs?: number } = {},
  ) {
    super(code, message, options)
    this.retryAfterMs = options.retryAfterMs
  }
}

/** The vendor knows the cursor no more: the runtime goes back to its watermark and records a gap. */
export class CursorExpired extends VendorError {
  constructor(what: string, message = `the cursor of ${what} is no longer known to the vendor`) {
    super('ERR_VENDOR_CURSOR', message, { retryable: true })
  }
}

/** What was sent to us is not the vendor's word, or not for us. `reason` is what its protocol calls that (RFC 8935: `invalid_issuer`). */
export class DeliveryRefused extends VendorError {
  readonly reason: string

  constructor(reason: string, message: string) {
    super('ERR_VENDOR_DELIVERY', message, { place: reason })
    this.reason = reason
  }
}

/** The answer in a known shape. `what` names the thing asked for ("the list of users"). Another shape is an error, not a guess. */
export function readAnswer<T>(shape: z.ZodType<T>, response: HttpResponse, what: string): T {
  refuseUnlessOk(response, what)
  return readShape(shape, response.json(), what)
}

/** Something that a vendor's answer holds, in a known shape. */
export function readShape<T>(shape: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new VendorError('ERR_VENDOR_SHAPE', `${what} came in a shape that was not expected`, {
    place: (issue?.path ?? []).map(String).join('.'),
    hint: 'the vendor may have changed its API: see whether a newer Cordon reads it',
  })
}

/** Bodies are never quoted: vendors put names and tokens into their errors. `hint`: what else a missing permission may mean. */
export function refuseUnlessOk({ status }: HttpResponse, what: string, hint?: string): void {
  if (status >= 200 && status < 300) return
  if (status === 401) {
    throw new VendorError('ERR_VENDOR_AUTH', `the vendor does not accept the credential for ${what}`, {
      hint: 'give the source a new one: `cordon source rotate NAME`',
    })
  }
  if (status === 403) {
    throw new VendorError('ERR_VENDOR_SCOPE', `the credential may not read or change ${what}`, {
      hint: ['`cordon source check NAME` says which permission is missing', ...(hint === undefined ? [] : [hint])].join(
        '; ',
      ),
    })
  }
  if (status === 404 || status === 410) throw new VendorError('ERR_VENDOR_ABSENT', `the vendor has no ${what}`)
  throw new VendorError('ERR_VENDOR_REFUSED', `the vendor answered ${status} to ${what}`, { retryable: status >= 500 })
}

/** Whether the vendor knows what was asked for: 404 is a no, and whatever else is no answer an error. */
export function isKnown(response: HttpResponse, what: string): boolean {
  if (response.status === 404) return false
  refuseUnlessOk(response, what)
  return true
}

/** Of a vendor's `{ error: { … } }` what tells refusals apart; empty where there is none. A `message` is compared, never shown. */
export function errorWord(response: HttpResponse, key: 'code' | 'type' | 'message'): string {
  try {
    const body = response.json()
    const error = isObject(body) ? body['error'] : undefined
    const word = isObject(error) ? error[key] : undefined
    return typeof word === 'string' ? word : ''
  } catch {
    return ''
  }
}

/** RFC 8288: target of `rel="next"`, or null. The origin is checked when it is called, as for any address. */
export function nextLink(response: HttpResponse): string | null {
  for (const [, target = '', parameters = ''] of (response.header('link') ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel="?(?:[^";]*\s)?next(?:\s[^";]*)?"?/i.test(parameters)) return target
  }
  return null
}
