import { z } from 'zod'

/**
 * Every route: what it takes, what it gives, and the Cedar action that must be permitted. `public` is spelled out where
 * no sign-in is needed; a test lists routes without an action. `/v1` only grows.
 */
export type RouteSpec = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `{name}` marks a path parameter. */
  path: string
  summary: string
  action: string
  /** Cedar resource type the action is on. */
  resource: 'System' | 'Incident' | 'Source' | 'Key' | 'User' | 'Estate' | 'Ledger' | 'Policy'
  body?: z.ZodType
  query?: z.ZodObject
  response: z.ZodType
  /** Body is raw bytes (uploads; webhooks, which their own signature lets in), or the answer is a stream of server-sent events or plain text. */
  raw?: 'upload' | 'hook' | 'events' | 'text'
  status?: number
}

export const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, { error: 'use 1 to 64 of a-z, 0-9, `.`, `_`, `-`' })
export const titled = z.string().min(1).max(200)
export const ok = z.object({ ok: z.literal(true) })
