import { z } from 'zod'

import { isJsonObject, type Clock, type Http, type HttpResponse, type Json, type JsonObject } from '#kit'
import { nextLink, readAnswer, refuseUnlessOk, VendorError, type Limits } from '#sources/contract'

import { originOf, type OktaConfig } from './config.ts'

export { segment, textAt } from '#sources/contract'

/** What pulls and actions have in common. */
export type Access = { config: OktaConfig; http: Http; clock: Clock; signal: AbortSignal }

/**
 * Okta counts for the whole org and by kind of address, by its plan; these are well below the least plan's, so that other
 * tools keep their share. `X-Rate-Limit-*` then says what is really left.
 */
export const limits: Limits = {
  budgets: [
    { name: 'management', perMinute: 300, sharedBy: 'authority' },
    { name: 'logs', perMinute: 30, burst: 10, sharedBy: 'authority' },
  ],
  atOnceMax: 4,
  reset: { header: 'x-rate-limit-reset', as: 'epoch-seconds' },
  remaining: 'x-rate-limit-remaining',
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** `path`: below the org, already encoded. `as`: which of the source's credentials, by its use. */
export function call(
  { config, http, signal }: Access,
  as: string,
  method: Method,
  path: string,
  body?: JsonObject,
): Promise<HttpResponse> {
  return http.request(`${originOf(config)}${path}`, {
    method,
    as,
    budget: path.startsWith('/api/v1/logs') ? 'logs' : 'management',
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  })
}

/** Undefined when Okta knows no such thing (404). */
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

/** One page. `next` is Okta's own link without the org's address: it is followed as it is, and outlives a renaming. */
export async function listPage(access: Access, as: string, path: string, what: string): Promise<Listed> {
  const response = await call(access, as, 'GET', path)
  refuseUnlessOk(response, what)
  return { rows: rowsOf(response.json(), what), next: pathOf(access, nextLink(response)) }
}

/** INVARIANT: an answer never leads a signed request away from the org. */
export function pathOf({ config }: Access, link: string | null): string | null {
  if (link === null) return null
  const url = new URL(link, originOf(config))
  if (url.origin !== originOf(config)) {
    throw new VendorError('ERR_VENDOR_SHAPE', `a link leads to \`${url.origin}\`, away from the org`, {
      hint: 'set `orgUrl` to the address the org itself answers with',
    })
  }
  return `${url.pathname}${url.search}`
}

/** Pages of a list that is read whole; a list beyond them is refused by name, not cut short. */
export const wholePagesMax = 500

export async function listAll(access: Access, as: string, path: string, what: string): Promise<JsonObject[]> {
  const rows: JsonObject[] = []
  let at: string | null = path
  for (let page = 0; at !== null; page++) {
    if (page >= wholePagesMax) throw new VendorError('ERR_VENDOR_SHAPE', `${what} is over ${wholePagesMax} pages`)
    const listed: Listed = await listPage(access, as, at, what)
    rows.push(...listed.rows)
    at = listed.next
  }
  return rows
}

export function rowsOf(body: Json | undefined, what: string): JsonObject[] {
  if (!Array.isArray(body)) throw new VendorError('ERR_VENDOR_SHAPE', `${what} is no list`)
  return body.map((row) => {
    if (!isJsonObject(row)) throw new VendorError('ERR_VENDOR_SHAPE', `${what} holds something that is no object`)
    return row
  })
}

const record = z.record(z.string(), z.json())
const keySet = z.union([z.array(record), z.object({ jwks: z.object({ keys: z.array(record) }) })])

/** Okta's description has a list here and its example a key set: both are taken. */
export async function keysOf(access: Access, as: string, path: string): Promise<JsonObject[]> {
  const body = readAnswer(keySet, await call(access, as, 'GET', path), 'the keys of an app')
  return Array.isArray(body) ? body : body.jwks.keys
}

const orgMetadata = z.object({ id: z.string().regex(/^00o[A-Za-z0-9]{1,40}$/), pipeline: z.string().nullish() })

/** Which org answers there; needs no token. */
export async function readOrg(access: Access): Promise<z.infer<typeof orgMetadata>> {
  const response = await call(access, 'none', 'GET', '/.well-known/okta-organization')
  return readAnswer(orgMetadata, response, "the org's metadata")
}
