import { isObject, type Json } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'

export const ok = (body: Json): TwinReply => ({ status: 200, body })

/** The proxy's own shape of a refusal. */
export const refusal = (status: number, type: string, message: string): TwinReply => ({
  status,
  body: { error: { message, type, param: 'None', code: String(status) } },
})
export const absent = (what: string): TwinReply => refusal(404, 'not_found_error', `${what} not found`)
/** FastAPI's shape of a request that is not as described. */
export const misshapen = (): TwinReply => ({
  status: 422,
  body: { detail: [{ loc: ['body'], msg: 'see wrongRequests', type: 'value_error' }] },
})

/** Rows by page number, and how many there are. */
export function pageOf<T>(call: TwinCall, size: string, sizeDefault: number, rows: readonly T[]) {
  const page = Number(call.query.get('page') ?? 1)
  const held = Number(call.query.get(size) ?? sizeDefault)
  const pages = Math.ceil(rows.length / held)
  return { page, size: held, total: rows.length, pages, rows: rows.slice((page - 1) * held, page * held) }
}

const inside = (body: Json | undefined, name: string): Json | undefined => (isObject(body) ? body[name] : undefined)

export function textIn(body: Json | undefined, name: string): string {
  const held = inside(body, name)
  return typeof held === 'string' ? held : ''
}
export function textsIn(body: Json | undefined, name: string): string[] {
  const held = inside(body, name)
  return Array.isArray(held) ? held.filter((one) => typeof one === 'string') : []
}
export const partIn = (body: Json | undefined, name: string): Json => inside(body, name) ?? null
