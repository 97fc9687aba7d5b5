import { canonicalJson, parseJson } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'

type Refusal =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'rate_limit_error'

export const refusal = (
  status: number,
  type: Refusal,
  message: string,
  headers: Record<string, string> = {},
): TwinReply => ({
  status,
  headers,
  body: { type: 'error', error: { type, message }, request_id: 'req_011CTwin' },
})
export const absent = (): TwinReply => refusal(404, 'not_found_error', 'Not found')
/** Rows have the client's own types, which are JSON without saying so. */
export const ok = (body: object): TwinReply => ({ status: 200, body: parseJson(canonicalJson(body)) })

const rowsDefault = 20

/** A page by `limit` and `after_id`, the id of the last row before it. */
export function paged<Row extends object>(call: TwinCall, rows: readonly Row[], idOf: (row: Row) => string): TwinReply {
  const limit = Number(call.query.get('limit') ?? rowsDefault)
  const after = call.query.get('after_id')
  const from = after === null ? 0 : rows.findIndex((row) => idOf(row) === after) + 1
  if (after !== null && from === 0) return refusal(400, 'invalid_request_error', 'after_id: no such row')
  const page = rows.slice(from, from + limit)
  const [first, last] = [page.at(0), page.at(-1)].map((row) => (row === undefined ? null : idOf(row)))
  return ok({ data: page, has_more: from + page.length < rows.length, first_id: first ?? null, last_id: last ?? null })
}
