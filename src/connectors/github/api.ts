import { z } from 'zod'

import { isObject, type Http, type HttpRequest, type HttpResponse, type Json } from '#kit'
import { readAnswer, refuseUnlessOk, type Limits } from '#sources/contract'

import { GithubError, type GithubConfig } from './config.ts'

export type Access = { config: GithubConfig; http: Http; signal: AbortSignal }
export type Query = Record<string, string | number | undefined>
export type Call = {
  query?: Query
  body?: Json
  /** `default` is the installation, `app` the app itself, `none` nobody. */
  as?: 'default' | 'app' | 'none'
  /** This very token instead. */
  token?: string
  budget?: string
  isRead?: boolean
}

/** Version of the REST API whose shapes `rows.ts` reads. */
const apiVersion = '2022-11-28'

export function call(
  { config, http, signal }: Access,
  method: NonNullable<HttpRequest['method']>,
  path: string,
  { query = {}, body, as, token, budget, isRead }: Call = {},
): Promise<HttpResponse> {
  const url = new URL(`${config.apiUrl.replace(/\/+$/, '')}${path}`)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  return http.request(url, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      'x-github-api-version': apiVersion,
      'user-agent': 'cordon',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(as === undefined ? {} : { as }),
    ...(budget === undefined ? {} : { budget }),
    ...(isRead === undefined ? {} : { isRead }),
    signal,
  })
}

/** An installation's allowance is 5,000 requests an hour and more with size; the audit log has its own, of 1,750. */
export const githubLimits: Limits = {
  budgets: [
    { name: 'rest', perMinute: 80, burst: 200, sharedBy: 'source' },
    { name: 'audit', perMinute: 25, burst: 50, sharedBy: 'authority' },
    // For the whole machine, since nobody signs these in: 60 an hour.
    { name: 'unsigned', perMinute: 1, burst: 60, sharedBy: 'source' },
  ],
  isLimit,
  reset: { header: 'x-ratelimit-reset', as: 'epoch-seconds' },
  remaining: 'x-ratelimit-remaining',
}

/** GitHub says "too much" with 403 as often as with 429. */
export function isLimit(response: HttpResponse): boolean {
  if (response.status !== 403) return response.status === 429
  return (
    response.header('retry-after') !== undefined ||
    response.header('x-ratelimit-remaining') === '0' ||
    /rate limit/i.test(messageOf(response))
  )
}

const messageOf = (response: HttpResponse): string => {
  try {
    const body = response.json()
    return isObject(body) && typeof body['message'] === 'string' ? body['message'] : ''
  } catch {
    return ''
  }
}

/** RFC 8288: the parameters of the `rel="next"` target, or null. Of the address itself nothing is used. */
export function nextQuery(response: HttpResponse): Record<string, string> | null {
  for (const [, target = '', parameters = ''] of (response.header('link') ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    if (/;\s*rel="?next"?/i.test(parameters) && URL.canParse(target)) {
      return Object.fromEntries(new URL(target).searchParams)
    }
  }
  return null
}

export const pageRows = 100
export type Permissions = Readonly<Record<string, 'read' | 'write'>>
/** What a token may do, less than its app may. */
export type Narrowing = { permissions: Permissions; repository?: number; installation?: number }
/** `repository`: `owner/name` as it is now behind the number asked for, read from GitHub's own answer. */
export type Narrowed = { token: string; repository: string }

const issued = z.object({
  token: z.string(),
  repositories: z.array(z.object({ id: z.number(), full_name: z.string() })).optional(),
})

/**
 * A token for one action: only its permissions, only its repository, and given back as soon as the work is done. Asking
 * by number also says what the repository is called now, so a renamed or replaced one is never hit by its old name.
 */
export async function withNarrowed<T>(
  access: Access,
  { permissions, repository, installation }: Narrowing,
  work: (narrowed: Narrowed) => Promise<T>,
): Promise<T> {
  const id = installation ?? access.config.containApp?.installation
  if (id === undefined) {
    throw new GithubError('ERR_GITHUB_NEEDS', 'this source has no app that may act', {
      hint: 'set `containApp` and give the source its private key',
    })
  }
  const body = {
    permissions: { ...permissions },
    ...(repository === undefined ? {} : { repository_ids: [repository] }),
  }
  // A token made twice does no harm: the first is never used.
  const asking = { as: 'app', body, isRead: true } as const
  const response = await call(access, 'POST', `/app/installations/${id}/access_tokens`, asking)
  if (response.status === 422) {
    throw new GithubError(
      'ERR_GITHUB_SCOPE',
      'GitHub gives the app no token for this repository and these permissions',
      {
        hint: `the app needs ${listPermissions(permissions)}, and must be installed on the repository`,
      },
    )
  }
  const answer = readAnswer(issued, response, 'a token for this action')
  const name = answer.repositories?.find((one) => one.id === repository)?.full_name
  if (repository !== undefined && name === undefined) {
    throw new GithubError('ERR_GITHUB_TARGET', `GitHub does not say what repository ${repository} is called now`)
  }
  try {
    return await work({ token: answer.token, repository: name ?? '' })
  } finally {
    await call(access, 'DELETE', '/installation/token', { token: answer.token }).catch(() => undefined)
  }
}

export const listPermissions = (permissions: Permissions): string =>
  Object.entries(permissions)
    .map(([name, level]) => `${name}: ${level}`)
    .join(', ')

/** Undefined for "there is none" (404, 410); refuses all else that is no success. */
export function presentOf<T>(shape: z.ZodType<T>, response: HttpResponse, what: string): T | undefined {
  return response.status === 404 || response.status === 410 ? undefined : readAnswer(shape, response, what)
}

/** True when it was there; false for 404 and 410. */
export function wasThere(response: HttpResponse, what: string): boolean {
  if (response.status === 404 || response.status === 410) return false
  refuseUnlessOk(response, what)
  return true
}
