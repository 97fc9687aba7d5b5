import { z } from 'zod'

import type { Clock, Http, HttpResponse, JsonObject } from '#kit'
import { CursorExpired, errorWord, readAnswer, VendorError, type Limits } from '#sources/contract'

import { originOf, type AnthropicConfig } from './config.ts'

export { segment, textAt } from '#sources/contract'

/** What pulls and actions have in common. */
export type Access = { config: AnthropicConfig; http: Http; clock: Clock; signal: AbortSignal }

/** Anthropic publishes no allowance for administration: a moderate pace, and a 429 says when to come again. */
export const limits: Limits = {
  budgets: [
    { name: 'administration', perMinute: 120, burst: 40, sharedBy: 'authority' },
    { name: 'data', perMinute: 60, burst: 20, sharedBy: 'source' },
  ],
  atOnceMax: 4,
}

export type Method = 'GET' | 'POST' | 'DELETE'
/** `key`: of a workspace, or one lent for a probe; default: the admin key of this use. */
export type Asked = { body?: JsonObject; key?: string }

const version = '2023-06-01'

/** `path`: from `/v1` on, already encoded. */
export function call(
  { config, http, signal }: Access,
  method: Method,
  path: string,
  { body, key }: Asked = {},
): Promise<HttpResponse> {
  return http.request(`${originOf(config)}${path}`, {
    method,
    budget: key === undefined ? 'administration' : 'data',
    headers: {
      accept: 'application/json',
      'anthropic-version': version,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'x-api-key': key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(key === undefined ? {} : { as: 'none' }),
    signal,
  })
}

/** Undefined when Anthropic knows no such thing (404). */
export async function find<T>(access: Access, shape: z.ZodType<T>, path: string, what: string): Promise<T | undefined> {
  const response = await call(access, 'GET', path)
  return response.status === 404 ? undefined : readAnswer(shape, response, what)
}

const listed = z.object({
  data: z.array(z.record(z.string(), z.json())),
  has_more: z.boolean().nullish(),
  last_id: z.string().nullish(),
  next_page: z.string().nullish(),
})
export type Listed = { rows: JsonObject[]; next: string | null }
/** Lists of administration go on behind a row (`after_id`), those of files by a page of their own. */
type Paging = 'after_id' | 'page'

export async function listPage(
  access: Access,
  path: string,
  query: Readonly<Record<string, string | number | boolean>>,
  next: string | null,
  what: string,
  { paging = 'after_id', ...asked }: Asked & { paging?: Paging } = {},
): Promise<Listed> {
  const parameters = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, String(value)] as [string, string]),
  )
  if (next !== null) parameters.set(paging, next)
  const response = await call(access, 'GET', `${path}?${parameters.toString()}`, asked)
  // A row that is gone meanwhile is a bad request to Anthropic.
  if (response.status === 400 && next !== null) throw new CursorExpired(what)
  const { data, has_more: isMore, last_id: lastId, next_page: nextPage } = readAnswer(listed, response, what)
  if (paging === 'page') return { rows: data, next: nextPage ?? null }
  if (isMore !== true) return { rows: data, next: null }
  if (lastId === null || lastId === undefined || lastId === '') {
    throw new VendorError('ERR_VENDOR_SHAPE', `${what} goes on, but does not say where`, { place: 'last_id' })
  }
  return { rows: data, next: lastId }
}

/** Pages of a list that is read whole; a list beyond them is refused by name, not cut short. */
const wholePagesMax = 200
export const pageRows = 100

export async function listAll(access: Access, path: string, what: string): Promise<JsonObject[]> {
  const rows: JsonObject[] = []
  let next: string | null = null
  for (let page = 0; page === 0 || next !== null; page++) {
    if (page >= wholePagesMax) throw new VendorError('ERR_VENDOR_SHAPE', `${what} is over ${wholePagesMax} pages`)
    const part: Listed = await listPage(access, path, { limit: pageRows }, next, what)
    rows.push(...part.rows)
    next = part.next
  }
  return rows
}

const me = z.object({ id: z.string().regex(/^[0-9a-f-]{36}$/), name: z.string().nullish() })

/** Which organisation the key is of. */
export const readMe = async (access: Access): Promise<z.output<typeof me>> =>
  readAnswer(me, await call(access, 'GET', '/v1/organizations/me'), 'the organisation')

/** The `type` of Anthropic's error: `authentication_error`, `permission_error`, `not_found_error`. */
export const errorTypeOf = (response: HttpResponse): string => errorWord(response, 'type')
