import { z } from 'zod'

import type { Clock, Http, HttpResponse } from '#kit'
import { isKnown, readAnswer, VendorError, type Limits } from '#sources/contract'

import { apiOrigin, type FleetConfig } from './config.ts'

/** What pulls and actions have in common. */
export type Access = { config: FleetConfig; http: Http; clock: Clock; signal: AbortSignal }

/** A server of your own, whose hosts call it, too: Fleet names no quota, and this is what Cordon takes at most. */
export const limits: Limits = {
  budgets: [{ name: 'api', perMinute: 300, burst: 20, sharedBy: 'authority' }],
  atOnceMax: 2,
}

type Query = Readonly<Record<string, string | number | boolean>>

export function call(
  { config, http, signal }: Access,
  path: string,
  { method = 'GET', query = {} }: { method?: 'GET' | 'POST' | 'DELETE'; query?: Query } = {},
): Promise<HttpResponse> {
  const url = new URL(`/api/v1/fleet${path}`, apiOrigin(config))
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value))
  return http.request(url, { method, headers: { accept: 'application/json' }, signal })
}

/** Fleet's 402: a licence is needed. */
export function refuseUnpaid(response: HttpResponse, what: string): void {
  if (response.status === 402) {
    throw new VendorError('ERR_VENDOR_REFUSED', `Fleet answers 402 to ${what}`, { hint: 'it needs Fleet Premium' })
  }
}

const self = z.object({
  user: z.object({ id: z.number(), global_role: z.string().nullish(), api_only: z.boolean().nullish() }),
})

/** Whom a token speaks for. */
export async function readSelf(access: Access) {
  return readAnswer(self, await call(access, '/me'), 'who the token speaks for').user
}

const sessions = z.object({
  sessions: z
    .array(z.object({ session_id: z.number(), user_id: z.number(), created_at: z.string().nullish() }))
    .nullish(),
})

const sessionsIn = (response: HttpResponse) => readAnswer(sessions, response, 'the sessions of a user').sessions ?? []

/** Open sessions of a user, API tokens among them. */
export const listSessions = async (access: Access, user: number) =>
  sessionsIn(await call(access, `/users/${user}/sessions`))

/** The same; none when Fleet knows no such user (any more). */
export async function readSessions(access: Access, user: number) {
  const response = await call(access, `/users/${user}/sessions`)
  return response.status === 404 ? [] : sessionsIn(response)
}

/** Does Fleet know such a user? */
export const hasUser = async (access: Access, user: number): Promise<boolean> =>
  isKnown(await call(access, `/users/${user}`), 'a user that a list named')

const oneHost = z.object({
  host: z.object({
    id: z.number(),
    uuid: z.string().nullish(),
    hardware_serial: z.string().nullish(),
    hardware_vendor: z.string().nullish(),
    platform: z.string().nullish(),
    status: z.string().nullish(),
    mdm: z.object({ device_status: z.string().nullish(), pending_action: z.string().nullish() }).nullish(),
  }),
})

/** One host as it is now; undefined when Fleet knows none. */
export async function readHost(access: Access, id: number) {
  const response = await call(access, `/hosts/${id}`, { query: { exclude_software: true } })
  return response.status === 404 ? undefined : readAnswer(oneHost, response, 'the host').host
}
