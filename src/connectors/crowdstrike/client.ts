import { z } from 'zod'

import type { Clock, Http, HttpResponse, Json } from '#kit'
import {
  CursorExpired,
  listStart,
  offsetOf,
  readAnswer,
  readOn,
  refuseUnlessOk,
  VendorError,
  type Limits,
  type Place,
} from '#sources/contract'

import { apiOrigin, type CrowdstrikeConfig } from './config.ts'

/** What pulls and actions have in common. */
export type Access = { config: CrowdstrikeConfig; http: Http; clock: Clock; signal: AbortSignal }

/**
 * 6,000 calls a minute for the whole customer, all tools together: a quarter is Cordon's. What is left stands in every
 * answer; a 429 says in epoch seconds when calls are welcome again.
 */
export const limits: Limits = {
  budgets: [
    { name: 'api', perMinute: 1_500, burst: 50, sharedBy: 'authority' },
    // Connections to the Event Streams, which no allowance of CrowdStrike's counts.
    { name: 'feed', perMinute: 30, burst: 10, sharedBy: 'source' },
  ],
  atOnceMax: 4,
  reset: { header: 'x-ratelimit-retryafter', as: 'epoch-seconds' },
}

type Query = Readonly<Record<string, string | number | boolean | null | undefined>>
type Call = { method?: 'GET' | 'POST' | 'DELETE'; query?: Query; body?: Json; isRead?: boolean }

export function call({ config, http, signal }: Access, path: string, given: Call = {}): Promise<HttpResponse> {
  const url = new URL(path, apiOrigin(config))
  for (const [name, value] of Object.entries(given.query ?? {})) {
    if (value !== null && value !== undefined) url.searchParams.set(name, String(value))
  }
  const { method = 'GET', body } = given
  return http.request(url, {
    method,
    isRead: given.isRead ?? method === 'GET',
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  })
}

const fault = z.object({ code: z.number() })
const envelope = z.object({ errors: z.array(fault).nullish() })

/** CrowdStrike refuses inside a success, too: what it could not do stands in `errors`, each with a code. */
export function readFalcon<T>(shape: z.ZodType<T>, response: HttpResponse, what: string): T {
  refuseUnlessOk(response, what)
  refuseErrors(response, what)
  return readAnswer(shape, response, what)
}

/** Codes are HTTP's. Their texts are not repeated: they name hosts and people. */
export function refuseErrors(response: HttpResponse, what: string): void {
  const { errors } = readAnswer(envelope, response, what)
  const [first] = errors ?? []
  if (first === undefined) return
  const says = `CrowdStrike answers ${first.code} to ${what}`
  if (first.code === 401) throw new VendorError('ERR_VENDOR_AUTH', says)
  if (first.code === 403) {
    throw new VendorError('ERR_VENDOR_SCOPE', says, { hint: '`cordon source check NAME` says which scope is missing' })
  }
  if (first.code === 404) throw new VendorError('ERR_VENDOR_ABSENT', says)
  if (first.code === 429) throw new VendorError('ERR_VENDOR_LIMIT', says, { retryable: true })
  throw new VendorError(first.code >= 500 ? 'ERR_VENDOR_DOWN' : 'ERR_VENDOR_REFUSED', says, {
    retryable: first.code >= 500,
  })
}

/** A pointer into a list, given back to CrowdStrike: it forgets one after two minutes, and then knows it no more. */
export function readPage<T>(shape: z.ZodType<T>, response: HttpResponse, pointer: string | null, what: string): T {
  if (pointer !== null && (response.status === 400 || response.status === 404)) throw new CursorExpired(what)
  return readFalcon(shape, response, what)
}

const idPage = z.object({
  meta: z.object({ pagination: z.object({ total: z.number() }).nullish() }),
  resources: z.array(z.string()).nullish(),
})

/** A page of a list of ids; `next`: where it is read on. */
export async function readIds(
  access: Access,
  path: string,
  { place, limit }: { place: Place; limit: number },
  what: string,
): Promise<{ ids: string[]; next: Place | null }> {
  const response = await call(access, path, { query: { offset: offsetOf(place), limit } })
  const { meta, resources } = readFalcon(idPage, response, what)
  const total = meta.pagination?.total ?? 0
  const { rows, next } = readOn(place, {
    rows: resources ?? [],
    start: offsetOf(place),
    isMore: (end) => end < total,
    keyOf: (id) => id,
    what,
  })
  return { ids: rows, next }
}

const device = z.object({
  device_id: z.string(),
  cid: z.string(),
  status: z.string().nullish(),
  serial_number: z.string().nullish(),
  system_manufacturer: z.string().nullish(),
  instance_id: z.string().nullish(),
})
export type Device = z.infer<typeof device>

/** One host by its id, as it is now; undefined when CrowdStrike knows none. */
export async function readDevice(access: Access, id: string): Promise<Device | undefined> {
  const what = 'the host'
  const response = await call(access, '/devices/entities/devices/v2', {
    method: 'POST',
    body: { ids: [id] },
    isRead: true,
  })
  if (response.status === 404) return undefined
  try {
    const { resources } = readFalcon(z.object({ resources: z.array(device).nullish() }), response, what)
    return resources?.find(({ device_id: given }) => given === id)
  } catch (error) {
    if (error instanceof VendorError && error.code === 'ERR_VENDOR_ABSENT') return undefined
    throw error
  }
}

const granted = z.object({
  role_id: z.string(),
  grant_type: z.string().nullish(),
  user_group_id: z.string().nullish(),
})
type GrantedRole = z.infer<typeof granted>
const rolePage = z.object({
  meta: z.object({ pagination: z.object({ total: z.number() }).nullish() }),
  resources: z.array(granted).nullish(),
})
const rolesAtOnce = 100
const rolePagesMax = 20

/** Roles of a console user in this customer: their own (`isDirect`), or those that come by way of a user group as well. */
export async function readRoles(access: Access, uuid: string, isDirect: boolean): Promise<GrantedRole[]> {
  const what = 'the roles of a user'
  const keyOf = ({ role_id: role, grant_type: type = null, user_group_id: group = null }: GrantedRole): string =>
    JSON.stringify([role, type, group])
  const roles = new Map<string, GrantedRole>()
  let place = listStart
  for (let pages = 0; pages < rolePagesMax; pages++) {
    const query = {
      user_uuid: uuid,
      cid: access.config.cid,
      direct_only: isDirect,
      offset: offsetOf(place),
      limit: rolesAtOnce,
    }
    const response = await call(access, '/user-management/combined/user-roles/v2', { query })
    const { meta, resources } = readFalcon(rolePage, response, what)
    const total = meta.pagination?.total ?? 0
    const { rows, next } = readOn(place, {
      rows: resources ?? [],
      start: offsetOf(place),
      isMore: (end) => end < total,
      keyOf,
      what,
    })
    for (const row of rows) roles.set(keyOf(row), row)
    if (next === null) return [...roles.values()]
    place = next
  }
  throw new VendorError('ERR_VENDOR_SHAPE', `${what} are over ${rolePagesMax * rolesAtOnce}`)
}
