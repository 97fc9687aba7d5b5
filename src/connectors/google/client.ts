import { z } from 'zod'

import { isJsonObject, isObject, type Clock, type Http, type HttpResponse, type Json, type JsonObject } from '#kit'
import { CursorExpired, readAnswer, refuseUnlessOk, segment, textAt, VendorError, type Limits } from '#sources/contract'

import type { GoogleConfig } from './config.ts'

export { segment, textAt }

/** What pulls and actions have in common. */
export type Access = { config: GoogleConfig; http: Http; clock: Clock; signal: AbortSignal }

/** Google says "too many calls" with a 403 and one of these words, seldom with a 429, and never how long to wait. */
const limitReasons: ReadonlySet<string> = new Set([
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'quotaExceeded',
  'dailyLimitExceeded',
])

/**
 * Google counts per project, and Cordon's project is its own: 2,400 calls a minute and user for the Directory API, fewer
 * for activities asked for with a filter (250 a minute). Half of either is left to spare. Drive takes three writes a second
 * of one account, and all files may be one person's.
 */
export const limits: Limits = {
  budgets: [
    { name: 'directory', perMinute: 1_200, burst: 60, sharedBy: 'authority' },
    { name: 'log', perMinute: 120, burst: 30, sharedBy: 'authority' },
    { name: 'drive', perMinute: 1_200, burst: 60, sharedBy: 'authority' },
    { name: 'drive-write', perMinute: 150, burst: 3, sharedBy: 'authority' },
  ],
  atOnceMax: 6,
  isLimit: (response) => response.status === 403 && limitReasons.has(reasonOf(response)),
}

/** The one word of Google's error that says why: `{error: {errors: [{reason}]}}`. */
export function reasonOf(response: HttpResponse): string {
  try {
    const body = response.json()
    const error = isObject(body) ? body['error'] : undefined
    const list: unknown = isObject(error) ? error['errors'] : undefined
    const first: unknown = Array.isArray(list) ? list[0] : undefined
    return isObject(first) && typeof first['reason'] === 'string' ? first['reason'] : ''
  } catch {
    return ''
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * `path`: below the API's address, already encoded. `as`: which of the source's credentials, by its use. `onBehalfOf`: address
 * of the user in whose name it asks, where that use may act for anybody.
 */
export function call(
  { config, http, signal }: Access,
  as: string,
  method: Method,
  path: string,
  body?: JsonObject,
  onBehalfOf?: string,
): Promise<HttpResponse> {
  const isDrive = path.startsWith('/drive/')
  return http.request(`${isDrive ? config.driveUrl : config.apiUrl}${path}`, {
    method,
    as,
    ...(onBehalfOf === undefined ? {} : { onBehalfOf }),
    budget: isDrive
      ? method === 'GET'
        ? 'drive'
        : 'drive-write'
      : path.startsWith('/admin/reports/')
        ? 'log'
        : 'directory',
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  })
}

/** Undefined when Google knows no such thing (404). */
export async function find<T>(
  access: Access,
  as: string,
  shape: z.ZodType<T>,
  path: string,
  what: string,
): Promise<T | undefined> {
  const response = await call(access, as, 'GET', path)
  return response.status === 404 ? undefined : readAnswer(shape, response, what)
}

export type Listed = { rows: JsonObject[]; next: string | null }
/** `path` may hold a query; `key`: field of the answer in which the rows lie, absent when there are none. */
export type List = { as: string; path: string; key: string; what: string; onBehalfOf?: string }

/** One page. A page token is good for its very query alone; one that is no longer known begins the list anew. */
export async function listPage(
  access: Access,
  { as, path, key, what, onBehalfOf }: List,
  token: string | null,
): Promise<Listed> {
  const join = path.includes('?') ? '&' : '?'
  const at = token === null ? path : `${path}${join}pageToken=${encodeURIComponent(token)}`
  const response = await call(access, as, 'GET', at, undefined, onBehalfOf)
  if (token !== null && (response.status === 400 || response.status === 410)) throw new CursorExpired(what)
  refuseUnlessOk(response, what)
  const body: Json = response.json()
  if (!isJsonObject(body)) throw new VendorError('ERR_VENDOR_SHAPE', `${what} is no object`)
  return { rows: rowsOf(body[key], what), next: textAt(body, 'nextPageToken') || null }
}

/** Pages of a list that is read whole; a list beyond them is refused by name, not cut short. */
export const wholePagesMax = 500

export async function listAll(access: Access, list: List): Promise<JsonObject[]> {
  const rows: JsonObject[] = []
  let token: string | null = null
  for (let page = 0; page < wholePagesMax; page++) {
    const listed: Listed = await listPage(access, list, token)
    rows.push(...listed.rows)
    token = listed.next
    if (token === null) return rows
  }
  throw new VendorError('ERR_VENDOR_SHAPE', `${list.what} is over ${wholePagesMax} pages`)
}

function rowsOf(rows: Json | undefined, what: string): JsonObject[] {
  if (rows === undefined || rows === null) return []
  if (!Array.isArray(rows)) throw new VendorError('ERR_VENDOR_SHAPE', `${what} is no list`)
  return rows.map((row) => {
    if (!isJsonObject(row)) throw new VendorError('ERR_VENDOR_SHAPE', `${what} holds something that is no object`)
    return row
  })
}

export const directory = '/admin/directory/v1'
export const userPath = (user: string, rest = ''): string => `${directory}/users/${segment(user)}${rest}`
export const customerPath = (rest: string): string => `${directory}/customer/my_customer${rest}`

const customer = z.object({
  id: z.string().regex(/^C[A-Za-z0-9]{2,40}$/),
  customerDomain: z.string().nullable().default(null),
})

/** Which customer answers. */
export const readCustomer = async (access: Access, as: string): Promise<z.infer<typeof customer>> =>
  readAnswer(customer, await call(access, as, 'GET', `${directory}/customers/my_customer`), 'the customer')

export const activitiesPath = (application: string, query: Record<string, string>): string =>
  `/admin/reports/v1/activity/users/all/applications/${segment(application)}?${new URLSearchParams(query).toString()}`
