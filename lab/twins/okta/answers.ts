import { toHex, sha256, utf8, type Json } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'

/** Okta's own codes (its page "Error codes"). */
const summaries = {
  E0000001: 'Api validation failed',
  E0000003: 'The request body was not well-formed.',
  E0000006: 'You do not have permission to perform the requested action',
  E0000007: 'Not found: Resource not found',
  E0000011: 'Invalid token provided',
  E0000022: 'The endpoint does not support the provided HTTP method',
  E0000041: 'Credentials should not be set on this resource based on the scheme.',
  E0000046: 'Deactivate application for user forbidden.',
  E0000047: 'API call exceeded rate limit due to too many requests.',
  E0000060: 'Unsupported operation.',
} as const

export function refusal(status: number, code: keyof typeof summaries, causes: readonly string[] = []): TwinReply {
  return {
    status,
    body: {
      errorCode: code,
      errorSummary: summaries[code],
      errorLink: code,
      errorId: `oae${toHex(sha256(utf8(code))).slice(0, 17)}`,
      errorCauses: causes.map((errorSummary) => ({ errorSummary })),
    },
  }
}
export const absent = (): TwinReply => refusal(404, 'E0000007')
export const ok = (body: Json): TwinReply => ({ status: 200, body })
/** Some acts answer 200 and nothing else. */
export const done = (): TwinReply => ({ status: 200 })
export const gone = (): TwinReply => ({ status: 204 })

const rowsDefault = 200

/** A page by `limit` and `after`, with Okta's links; `after` is the id of the last row before it. */
export function paged(call: TwinCall, rows: readonly (Json & { id: string })[]): TwinReply {
  const limit = Number(call.query.get('limit') ?? rowsDefault)
  const after = call.query.get('after')
  const from = after === null ? 0 : rows.findIndex(({ id }) => id === after) + 1
  const page = rows.slice(from, from + limit)
  const last = page.at(-1)
  const links = [`<${call.url.href}>; rel="self"`]
  if (last !== undefined && from + limit < rows.length) {
    const next = new URL(call.url)
    next.searchParams.set('after', last.id)
    links.push(`<${next.href}>; rel="next"`)
  }
  // Okta sends a Link header for each link.
  return { status: 200, headers: { link: links }, body: page }
}
