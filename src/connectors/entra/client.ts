import { z } from 'zod'

import { isJsonObject, type Clock, type Http, type HttpResponse, type JsonObject } from '#kit'
import { CursorExpired, readAnswer, textAt, VendorError, type Limits } from '#sources/contract'

import { graphOrigin, type EntraConfig } from './config.ts'

export { segment, textAt } from '#sources/contract'

/** What pulls and actions have in common. */
export type Access = { config: EntraConfig; http: Http; clock: Clock; signal: AbortSignal }

/**
 * Graph counts resource units by app and tenant in windows of ten seconds, 3,500 in the smallest tenants; a call here costs
 * one to three. Logs and reports have five calls in ten seconds.
 */
export const limits: Limits = {
  budgets: [
    { name: 'directory', perMinute: 3_000, sharedBy: 'source' },
    { name: 'reports', perMinute: 30, burst: 5, sharedBy: 'source' },
  ],
  atOnceMax: 4,
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** `path`: with the API's version, already encoded. */
export function call(
  { config, http, signal }: Access,
  method: Method,
  path: string,
  body?: JsonObject,
): Promise<HttpResponse> {
  return http.request(`${graphOrigin(config)}${path}`, {
    method,
    budget: /^\/[^/]+\/(auditLogs|reports)\//.test(path) ? 'reports' : 'directory',
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  })
}

/** Undefined when Graph knows no such thing (404). */
export async function find<T>(access: Access, shape: z.ZodType<T>, path: string, what: string): Promise<T | undefined> {
  const response = await call(access, 'GET', path)
  return response.status === 404 ? undefined : readAnswer(shape, response, what)
}

const page = z.object({
  value: z.array(z.record(z.string(), z.json())),
  '@odata.nextLink': z.string().optional(),
  '@odata.deltaLink': z.string().optional(),
})
export type Listed = { rows: JsonObject[]; next: string | null; delta: string | null }

/** One page of a list; the links come back as paths. */
export function readPage(access: Access, response: HttpResponse, what: string): Listed {
  const { value, '@odata.nextLink': next, '@odata.deltaLink': delta } = readAnswer(page, response, what)
  return { rows: value, next: pathOf(access, next), delta: pathOf(access, delta) }
}

/** A page further on that Graph knows no more is a bad request: the list is begun anew, or it would be asked for on and on. */
export async function listPage(access: Access, path: string, what: string): Promise<Listed> {
  const response = await call(access, 'GET', path)
  const isGone = response.status === 400 || response.status === 410
  if (isGone && /[?&](?:\$|%24)skiptoken=/i.test(path)) throw new CursorExpired(what)
  return readPage(access, response, what)
}

/** INVARIANT: an answer never leads a signed request away from Graph. */
function pathOf({ config }: Access, link: string | undefined): string | null {
  if (link === undefined) return null
  const url = new URL(link, graphOrigin(config))
  if (url.origin !== graphOrigin(config)) {
    throw new VendorError('ERR_VENDOR_SHAPE', `a link leads to \`${url.origin}\`, away from Microsoft Graph`, {
      hint: 'set `graphUrl` to the address of your cloud',
    })
  }
  return `${url.pathname}${url.search}`
}

/** Pages of a list that is read whole; a list beyond them is refused by name, not cut short. */
export const wholePagesMax = 500

export async function listAll(access: Access, path: string, what: string): Promise<JsonObject[]> {
  const rows: JsonObject[] = []
  let at: string | null = path
  for (let pages = 0; at !== null; pages++) {
    if (pages >= wholePagesMax) throw new VendorError('ERR_VENDOR_SHAPE', `${what} is over ${wholePagesMax} pages`)
    const listed: Listed = await listPage(access, at, what)
    rows.push(...listed.rows)
    at = listed.next
  }
  return rows
}

/** `path` with its query; Graph takes `$` as it is, and `+` for no space. */
export function withQuery(path: string, query: Record<string, string>): string {
  const parts = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return parts.length === 0 ? path : `${path}?${parts.join('&')}`
}
/** A text in a filter: quotes are doubled. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

export const listAt = (row: JsonObject, key: string): JsonObject[] => {
  const value = row[key]
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}
/** An app by its client id; undefined: this tenant does not know it, and gives it no token. */
export async function spOf(access: Access, client: string, fields = 'id,appId'): Promise<JsonObject | undefined> {
  const path = withQuery('/v1.0/servicePrincipals', { $filter: `appId eq ${quoted(client)}`, $select: fields })
  const found = await listAll(access, path, 'the app')
  return found.find((row) => textAt(row, 'appId').toLowerCase() === client.toLowerCase())
}

/** Microsoft Graph itself: its client id is the same in every tenant. */
export const graphAppId = '00000003-0000-0000-c000-000000000000'
