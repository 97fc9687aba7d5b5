import { z } from 'zod'

import type { Clock, Http, HttpResponse, JsonObject } from '#kit'
import { CursorExpired, nextLink, readAnswer, segment, VendorError, type Limits } from '#sources/contract'

import { originOf, type HuggingfaceConfig } from './config.ts'

/** What pulls and actions have in common. */
export type Access = { config: HuggingfaceConfig; http: Http; clock: Clock; signal: AbortSignal }

/** Counted by user and five minutes: 1,000 without a plan, 3,000 from Team on (huggingface.co/docs/hub/rate-limits, September 2025). */
export const limits: Limits = {
  budgets: [{ name: 'api', perMinute: 200, burst: 60, sharedBy: 'source' }],
  atOnceMax: 4,
  reset: { header: 'ratelimit', as: 'ratelimit' },
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
/** `token`: one lent for a probe, in place of this source's own. */
export type Asked = { body?: JsonObject; token?: string; timeoutMs?: number }

/** `path`: from `/api` on, already encoded. */
export function call(
  { config, http, signal }: Access,
  method: Method,
  path: string,
  { body, token, timeoutMs }: Asked = {},
): Promise<HttpResponse> {
  return http.request(`${originOf(config)}${path}`, {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    signal,
  })
}

export const organizationPath = ({ organization }: HuggingfaceConfig): string =>
  `/api/organizations/${segment(organization)}`

/** What a plan does not have is as good as what the token may not: named, and the rest is read. */
export function refuseUnpaid({ status }: HttpResponse, what: string): void {
  if (status !== 402) return
  throw new VendorError('ERR_VENDOR_SCOPE', `the plan of the organisation does not have ${what}`, {
    hint: 'set `plan` to the one that the organisation has',
  })
}

export function read<T>(shape: z.ZodType<T>, response: HttpResponse, what: string): T {
  refuseUnpaid(response, what)
  return readAnswer(shape, response, what)
}

/** Undefined when the Hub knows no such thing (404). */
export async function find<T>(access: Access, shape: z.ZodType<T>, path: string, what: string): Promise<T | undefined> {
  const response = await call(access, 'GET', path)
  return response.status === 404 ? undefined : read(shape, response, what)
}

export type Listed<Row> = { rows: Row[]; next: string | null }

/** `next`: the query of the next page, as the answer's link has it; the path is ours. */
export async function listPage<Row>(
  access: Access,
  row: z.ZodType<Row>,
  path: string,
  query: string,
  next: string | null,
  what: string,
): Promise<Listed<Row>> {
  const response = await call(access, 'GET', `${path}${next ?? query}`)
  // A cursor that the Hub cannot read any more is a bad request.
  if (response.status === 400 && next !== null) throw new CursorExpired(what)
  const rows = read(z.array(row), response, what)
  const link = nextLink(response)
  return { rows, next: link === null ? null : new URL(link, originOf(access.config)).search }
}

/** Pages of a list that is read whole; a list beyond them is refused by name, not cut short. */
const wholePagesMax = 200

export async function* pagesOf<Row>(
  access: Access,
  row: z.ZodType<Row>,
  path: string,
  query: string,
  what: string,
): AsyncIterable<Row[]> {
  let next: string | null = null
  for (let page = 0; page === 0 || next !== null; page++) {
    if (page >= wholePagesMax) throw new VendorError('ERR_VENDOR_SHAPE', `${what} is over ${wholePagesMax} pages`)
    const part: Listed<Row> = await listPage(access, row, path, query, next, what)
    yield part.rows
    next = part.next
  }
}

export const membersQuery = '?limit=1000'
const memberName = z.object({ _id: z.string(), user: z.string(), role: z.string().nullish() })
export type Member = z.output<typeof memberName>

/** Who is a member now, by what they are called now. */
export async function* members(access: Access): AsyncIterable<Member> {
  const path = `${organizationPath(access.config)}/members`
  for await (const rows of pagesOf(access, memberName, path, membersQuery, 'the list of members')) yield* rows
}
