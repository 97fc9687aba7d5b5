import type { Json, JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import { textOf } from './state.ts'

export function refusal(
  status: number,
  code: string | null,
  message: string,
  headers: Record<string, string> = {},
): TwinReply {
  const type = status === 429 ? 'requests' : status >= 500 ? 'server_error' : 'invalid_request_error'
  return { status, headers, body: { error: { message, type, param: null, code } } }
}
export const absent = (): TwinReply => refusal(404, null, 'No such thing.')
export const ok = (body: Json): TwinReply => ({ status: 200, body })
export const deleted = (object: string, id?: string): TwinReply =>
  ok({ object: `${object}.deleted`, ...(id === undefined ? {} : { id }), deleted: true })

const rowsDefault = 20

/** A page by `limit` and `after`, the id of the last row before it. `style`: how the list says where it goes on. */
export function paged(
  call: TwinCall,
  rows: readonly JsonObject[],
  style: 'ids' | 'next' | 'bare' = 'ids',
  idOf: (row: JsonObject) => string = (row) => textOf(row, 'id'),
): TwinReply {
  const limit = Number(call.query.get('limit') ?? rowsDefault)
  const after = call.query.get('after')
  const from = after === null ? 0 : rows.findIndex((row) => idOf(row) === after) + 1
  if (after !== null && from === 0) return refusal(400, null, 'after: no such row')
  const page = rows.slice(from, from + limit)
  const isMore = from + page.length < rows.length
  const [first, last] = [page.at(0), page.at(-1)].map((row) => (row === undefined ? null : idOf(row)))
  const list = { object: 'list', data: page, has_more: isMore }
  if (style === 'bare') return ok(list)
  if (style === 'next') return ok({ ...list, next: isMore ? (last ?? null) : null })
  // Lists of stored things are described with text in both places, also when there is nothing.
  const isStored = !call.url.pathname.includes('/organization')
  return ok({ ...list, first_id: first ?? (isStored ? '' : null), last_id: last ?? (isStored ? '' : null) })
}
