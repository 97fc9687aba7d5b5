import { z } from 'zod'

import type { Clock, Http, HttpResponse, JsonObject } from '#kit'
import { CursorExpired, errorWord, readAnswer, VendorError, type Limits } from '#sources/contract'

import type { OpenaiConfig } from './config.ts'

export { segment, textAt } from '#sources/contract'

/** What pulls and actions have in common. */
export type Access = { config: OpenaiConfig; http: Http; clock: Clock; signal: AbortSignal }

/** OpenAI publishes no allowance for administration: a moderate pace, and a 429 says when to come again. */
export const limits: Limits = {
  budgets: [
    { name: 'administration', perMinute: 240, burst: 60, sharedBy: 'authority' },
    { name: 'data', perMinute: 120, burst: 30, sharedBy: 'source' },
  ],
  atOnceMax: 4,
}

export type Method = 'GET' | 'POST' | 'DELETE'
/** `bearer`: a key of a project, or one lent for a probe; default: the admin key of this use. */
export type Asked = { body?: JsonObject; bearer?: string }

/**
 * `path`: below `/v1`, already encoded. The header makes OpenAI refuse a key of another organisation: nothing is ever
 * read or changed in one that the source does not name.
 */
export async function call(
  { config, http, signal }: Access,
  method: Method,
  path: string,
  { body, bearer }: Asked = {},
): Promise<HttpResponse> {
  const response = await http.request(`${config.apiUrl}${path}`, {
    method,
    budget: bearer === undefined ? 'administration' : 'data',
    headers: {
      accept: 'application/json',
      ...(path.startsWith('/assistants') || path.startsWith('/vector_stores')
        ? { 'openai-beta': 'assistants=v2' }
        : {}),
      'openai-organization': config.organization,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(bearer === undefined ? {} : { as: 'none' }),
    signal,
  })
  return response.status === 401 && isForWantOfScope(response) ? { ...response, status: 403 } : response
}

/** OpenAI says 401 to a good key that lacks a right, too: with no `code`, and these words. Here that is a 403, as elsewhere. */
export const isForWantOfScope = (response: HttpResponse): boolean =>
  errorWord(response, 'code') === '' && /insufficient permissions|missing scopes/i.test(errorWord(response, 'message'))

/** Undefined when OpenAI knows no such thing (404). */
export async function find<T>(access: Access, shape: z.ZodType<T>, path: string, what: string): Promise<T | undefined> {
  const response = await call(access, 'GET', path)
  return response.status === 404 ? undefined : readAnswer(shape, response, what)
}

/** Most lists page by the last row's id; the newer ones (groups, roles) by a `next` of their own. */
const listed = z.object({
  data: z.array(z.record(z.string(), z.json())),
  has_more: z.boolean().nullish(),
  last_id: z.string().nullish(),
  next: z.string().nullish(),
})
export type Listed = { rows: JsonObject[]; next: string | null }

export async function listPage(
  access: Access,
  path: string,
  query: Readonly<Record<string, string | number | boolean | null>>,
  what: string,
  asked: Asked = {},
): Promise<Listed> {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== null) parameters.set(name, String(value))
  const text = parameters.toString()
  const response = await call(access, 'GET', text === '' ? path : `${path}?${text}`, asked)
  // `after` names a row: one that is gone meanwhile is a bad request to OpenAI.
  if (response.status === 400 && typeof query['after'] === 'string') throw new CursorExpired(what)
  const { data, has_more: isMore, last_id: lastId, next } = readAnswer(listed, response, what)
  if (isMore !== true) return { rows: data, next: null }
  const last = next ?? lastId ?? data.at(-1)?.['id']
  if (typeof last !== 'string' || last === '') {
    throw new VendorError('ERR_VENDOR_SHAPE', `${what} goes on, but does not say where`, { place: 'last_id' })
  }
  return { rows: data, next: last }
}

/** Pages of a list that is read whole; a list beyond them is refused by name, not cut short. */
const wholePagesMax = 200
const wholePageRows = 100

export async function listAll(access: Access, path: string, what: string): Promise<JsonObject[]> {
  const rows: JsonObject[] = []
  let after: string | null = null
  for (let page = 0; page === 0 || after !== null; page++) {
    if (page >= wholePagesMax) throw new VendorError('ERR_VENDOR_SHAPE', `${what} is over ${wholePagesMax} pages`)
    const part: Listed = await listPage(access, path, { limit: wholePageRows, after }, what)
    rows.push(...part.rows)
    after = part.next
  }
  return rows
}

/** The `code` of OpenAI's error, which tells a key that is unknown from one that may not: both are a 401. */
export const errorCodeOf = (response: HttpResponse): string => errorWord(response, 'code')
