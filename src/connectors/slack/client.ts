import { z } from 'zod'

import { isObject, type Clock, type Http, type HttpResponse, type JsonObject } from '#kit'
import { VendorError, type Limits } from '#sources/contract'

import { readSlack, refuseUnlessFine } from './answers.ts'
import { apiOrigin, webOrigin, type SlackConfig } from './config.ts'

/** What pulls and actions have in common. */
export type Access = { config: SlackConfig; http: Http; clock: Clock; signal: AbortSignal }

/** Slack's tiers: calls a minute that each app may make of each method; where the tier is not sure, the lowest. */
const tiers = { 2: 20, 3: 50, 4: 100 } as const
const methods = {
  'auth.test': { tier: 4, isRead: true },
  'auth.revoke': { tier: 3, isRead: false },
  'admin.users.list': { tier: 2, isRead: true },
  'admin.users.session.list': { tier: 3, isRead: true },
  'admin.users.session.reset': { tier: 2, isRead: false },
  'admin.users.session.invalidate': { tier: 2, isRead: false },
  'admin.teams.list': { tier: 2, isRead: true },
  'admin.apps.approved.list': { tier: 2, isRead: true },
  'admin.apps.restricted.list': { tier: 2, isRead: true },
  'admin.apps.approve': { tier: 2, isRead: false },
  'admin.apps.restrict': { tier: 2, isRead: false },
  'admin.apps.clearResolution': { tier: 2, isRead: false },
  'admin.apps.uninstall': { tier: 2, isRead: false },
  'admin.conversations.search': { tier: 2, isRead: true },
  'conversations.list': { tier: 2, isRead: true },
  'team.integrationLogs': { tier: 2, isRead: true },
  'usergroups.list': { tier: 2, isRead: true },
  'users.info': { tier: 4, isRead: true },
  'users.list': { tier: 2, isRead: true },
} as const satisfies Record<string, { tier: keyof typeof tiers; isRead: boolean }>
export type Method = keyof typeof methods

/**
 * The audit log counts for the whole organisation (tier 3, 50 a minute), and so does SCIM: half is left to the others who
 * read them. Slack says nothing of what is left, and 429 with `Retry-After` when it is spent.
 */
export const limits: Limits = {
  budgets: [
    ...Object.entries(methods).map(([name, { tier }]) => ({
      name,
      perMinute: tiers[tier],
      sharedBy: 'source' as const,
    })),
    { name: 'audit', perMinute: 25, burst: 5, sharedBy: 'authority' },
    { name: 'scim', perMinute: 90, burst: 10, sharedBy: 'authority' },
  ],
  atOnceMax: 4,
  isLimit: ({ status, text }) => status === 200 && text.length < 500 && text.includes('"error":"ratelimited"'),
}

type Arguments = Readonly<Record<string, string | number | boolean | null | undefined>>

/** `value`: a lent token to ask with, in place of the source's own. */
export function call(access: Access, method: Method, given: Arguments, value?: string): Promise<HttpResponse> {
  const form = new URLSearchParams()
  for (const [name, held] of Object.entries(given)) {
    if (held !== undefined && held !== null) form.set(name, String(held))
  }
  return access.http.request(`${webOrigin(access.config)}/api/${method}`, {
    method: 'POST',
    isRead: methods[method].isRead,
    budget: method,
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      ...(value === undefined ? {} : { authorization: `Bearer ${value}` }),
    },
    ...(value === undefined ? {} : { as: 'none' }),
    body: form.toString(),
    signal: access.signal,
  })
}

export async function ask<T>(
  access: Access,
  shape: z.ZodType<T>,
  method: Method,
  given: Arguments,
  what: string,
): Promise<T> {
  return readSlack(shape, await call(access, method, given), what)
}

/** One page of what stands under `key`, and Slack's cursor; an empty one is the end. */
export async function listPage(access: Access, method: Method, given: Arguments, key: string, what: string) {
  const response = await call(access, method, given)
  refuseUnlessFine(response, what)
  const body = response.json()
  const rows = isObject(body) ? body[key] : undefined
  if (!isObject(body) || !Array.isArray(rows)) throw new VendorError('ERR_VENDOR_SHAPE', `${what} has no \`${key}\``)
  const { response_metadata: metadata, next_cursor: own } = body
  const cursor = typeof own === 'string' ? own : isObject(metadata) ? metadata['next_cursor'] : undefined
  return {
    rows: rows.filter((row): row is JsonObject => isObject(row)),
    next: typeof cursor === 'string' && cursor !== '' ? cursor : null,
  }
}

/** Pages of a list that is read whole; a list beyond them is refused by name, not cut short. */
export const wholePagesMax = 500

export async function listAll(access: Access, method: Method, given: Arguments, key: string, what: string) {
  const rows: JsonObject[] = []
  let cursor: string | null = null
  for (let page = 0; page < wholePagesMax; page++) {
    const listed: Awaited<ReturnType<typeof listPage>> = await listPage(access, method, { ...given, cursor }, key, what)
    rows.push(...listed.rows)
    if (listed.next === null) return rows
    cursor = listed.next
  }
  throw new VendorError('ERR_VENDOR_SHAPE', `${what} is over ${wholePagesMax} pages`)
}

/** `query` of the Audit Logs API. */
export function callAudit({ config, http, signal }: Access, query: URLSearchParams): Promise<HttpResponse> {
  return http.request(`${apiOrigin(config)}/audit/v1/logs?${query.toString()}`, {
    budget: 'audit',
    headers: { accept: 'application/json' },
    signal,
  })
}

/** `id`: a user's, checked by `userOf` before. */
export function callScim(
  { config, http, signal }: Access,
  method: 'GET' | 'PATCH' | 'DELETE',
  id: string,
  body?: JsonObject,
): Promise<HttpResponse> {
  return http.request(`${apiOrigin(config)}/scim/v2/Users/${encodeURIComponent(id)}`, {
    method,
    as: 'scim',
    budget: 'scim',
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  })
}

const self = z.object({
  user_id: z.string(),
  team_id: z.string(),
  enterprise_id: z.string().nullish(),
  team: z.string().nullish(),
  app_id: z.string().nullish(),
  bot_id: z.string().nullish(),
})
/** Whom a token speaks for. */
export type Self = z.infer<typeof self>

/** The realm: the organisation, or the workspace where there is none above it. */
export const authorityIn = ({ enterprise_id: enterprise, team_id: team }: Self): string => enterprise ?? team

/** Scopes of a token stand in a header of every answer to it. */
export async function readSelf(access: Access): Promise<{ self: Self; scopes: string[] | null }> {
  const response = await call(access, 'auth.test', {})
  const held = response.header('x-oauth-scopes')
  return {
    self: readSlack(self, response, 'who the token speaks for'),
    scopes: held === undefined ? null : held.split(/\s*,\s*/).filter((name) => name !== ''),
  }
}

/** Whom a lent token speaks for; undefined when Slack does not take it (any more). */
export async function readLent(access: Access, value: string): Promise<Self | undefined> {
  const response = await call(access, 'auth.test', {}, value)
  try {
    return readSlack(self, response, 'who the lent token speaks for')
  } catch (error) {
    if (error instanceof VendorError && error.code === 'ERR_VENDOR_AUTH') return undefined
    throw error
  }
}
