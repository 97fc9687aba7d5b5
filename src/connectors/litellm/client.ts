import { z } from 'zod'

import { sha256, toHex, utf8, type Clock, type Http, type HttpResponse, type Json } from '#kit'
import { readAnswer, VendorError, type Limits } from '#sources/contract'

import { baseOf, type LitellmConfig } from './config.ts'

/** What pulls and actions have in common. */
export type Access = { config: LitellmConfig; http: Http; clock: Clock; signal: AbortSignal }

/** The proxy has no allowance for its administration; each list is a query of its database, which serves requests, too. */
export const limits: Limits = {
  budgets: [{ name: 'management', perMinute: 300, burst: 30, sharedBy: 'authority' }],
  atOnceMax: 2,
}

type Query = Readonly<Record<string, string | number | boolean | null | undefined>>

/** `value`: a lent key to ask with, in place of the source's own. */
export function get(access: Access, path: string, query: Query = {}, value?: string): Promise<HttpResponse> {
  const url = new URL(`${baseOf(access.config)}${path}`)
  for (const [name, held] of Object.entries(query)) {
    if (held !== undefined && held !== null) url.searchParams.set(name, String(held))
  }
  return access.http.request(url, {
    headers: { accept: 'application/json', ...(value === undefined ? {} : { authorization: `Bearer ${value}` }) },
    ...(value === undefined ? {} : { as: 'none' }),
    signal: access.signal,
  })
}

export function post(access: Access, path: string, body: Json): Promise<HttpResponse> {
  return access.http.request(`${baseOf(access.config)}${path}`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: access.signal,
  })
}

/** LiteLLM's name for a key: the SHA-256 of its value, in hex. */
export const hashOf = (value: string): string => toHex(sha256(utf8(value)))

const readiness = z.object({ db: z.string().nullish(), litellm_version: z.string().nullish() })

export async function readReadiness(access: Access): Promise<z.infer<typeof readiness>> {
  return readAnswer(readiness, await get(access, '/health/readiness/details'), 'how the gateway is')
}

const ownKey = z.object({
  info: z.object({
    user_id: z.string().nullish(),
    allowed_routes: z.array(z.string()).nullish(),
  }),
})
export type OwnKey = { user: string | null; routes: readonly string[] }

/** Whose the key in hand is. The master key is no key of the database: LiteLLM has nothing to say of it (404). */
export async function readOwnKey(access: Access): Promise<OwnKey | 'master'> {
  const response = await get(access, '/key/info')
  if (response.status === 404) return 'master'
  const { info } = readAnswer(ownKey, response, "Cordon's own key")
  return { user: info.user_id ?? null, routes: info.allowed_routes ?? [] }
}

/** Pages of a list that is read whole; a list beyond them is refused by name, not cut short. */
export const wholePagesMax = 500

/** Every page of a list that counts its pages. */
export async function listAll<T>(
  what: string,
  page: (page: number) => Promise<{ rows: readonly T[]; pages: number }>,
): Promise<T[]> {
  const rows: T[] = []
  for (let at = 1; at <= wholePagesMax; at++) {
    const listed = await page(at)
    rows.push(...listed.rows)
    if (at >= listed.pages) return rows
  }
  throw new VendorError('ERR_VENDOR_SHAPE', `${what} is over ${wholePagesMax} pages`)
}
