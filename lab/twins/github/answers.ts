import type { Json, JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'

export const refusal = (status: number, message: string): TwinReply => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest' },
})
export const absent = (): TwinReply => refusal(404, 'Not Found')
export const ok = (body: Json): TwinReply => ({ status: 200, body })
export const gone = (): TwinReply => ({ status: 204 })
export const removed = (wasThere: boolean): TwinReply => (wasThere ? gone() : absent())

const rowsDefault = 30

/** A page by number, with GitHub's link to the next; `field`: where the list lies in an answer that is an object. */
export function paged(call: TwinCall, rows: readonly JsonObject[], field?: string): TwinReply {
  const size = Number(call.query.get('per_page') ?? rowsDefault)
  const page = Number(call.query.get('page') ?? 1)
  const some = rows.slice((page - 1) * size, page * size)
  const next = new URL(call.url)
  next.searchParams.set('page', String(page + 1))
  return {
    status: 200,
    ...(page * size < rows.length ? { headers: { link: `<${next.href}>; rel="next"` } } : {}),
    body: field === undefined ? some : { total_count: rows.length, [field]: some },
  }
}
