import { z } from 'zod'

/**
 * Every route: what it takes, what it gives, and the Cedar action that must be permitted. `public` is spelled out where
 * no sign-in is needed; a test lists routes without an action. `/v1` only grows.
 */
export type RouteSpec = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `{name}` marks a path parameter. */
  path: string
  summary: string
  action: string
  /** Cedar resource type the action is on. */
  resource: 'System' | 'Incident' | 'Source' | 'Key' | 'User' | 'Estate' | 'Ledger' | 'Policy'
  body?: z.ZodType
  query?: z.ZodObject
  response: z.ZodType
  /**
   * Body is raw bytes (uploads; `hook`: webhooks, which their own signature lets in), or the answer is a stream of
   * server-sent events or plain text. `exchange`: a standard's own shapes both ways, in the words of `dialect`.
   */
  raw?: 'upload' | 'hook' | 'events' | 'text' | 'exchange'
  /** Whose refusals the answer speaks: RFC 8935 for deliveries of security event tokens, RFC 7644 for SCIM. */
  dialect?: Dialect
  /** Most of a body that an exchange reads. */
  bytesMax?: number
  status?: number
}
export type Dialect = 'set' | 'scim'

/** What an exchange answers, whole. */
export const exchangeSchema = z.object({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  /** JSON; null: no body. */
  body: z.unknown(),
})
export type Exchange = z.infer<typeof exchangeSchema>

export const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, { error: 'use 1 to 64 of a-z, 0-9, `.`, `_`, `-`' })
export const titled = z.string().min(1).max(200)
const dayMs = 86_400_000
/** In a query: how far back use counts, in ms. */
export const usedWithin = z.coerce
  .number()
  .int()
  .min(dayMs)
  .max(365 * dayMs)
  .default(90 * dayMs)
export const ok = z.object({ ok: z.literal(true) })
/** One line of a person's. Controls and turns of the writing direction could make it read as another. */
export const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text), {
      error: 'one line without control characters',
    })
