import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { createHttp, fromErrorRecord, isObject, type Http } from '#kit'
import type { BodyInput, ResponseOf, RouteName, RouteSpec } from '#api/contract'

import { CliError, type CliInput, type OptionSpec } from './command.ts'

/** What `cordon init` leaves for the user: where Cordon is and the token, mode 0600. */
export const profilePath = (env: Readonly<Record<string, string | undefined>>): string =>
  env['CORDON_PROFILE'] ??
  join(env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config'), 'cordon', 'profile')

export type Profile = { url: string; token: string; user: string }

export const serverOptions: Record<string, OptionSpec> = {
  server: {
    type: 'string',
    value: 'URL',
    help: 'where Cordon listens (default: CORDON_URL, else the profile of `cordon init`)',
  },
}

export interface Client {
  call<Name extends RouteName>(
    name: Name,
    input?: { params?: Record<string, string>; query?: Record<string, string | undefined>; body?: BodyInput<Name> },
  ): Promise<ResponseOf<Name>>
  upload(
    name: 'event.ingest',
    input: {
      params: Record<string, string>
      query: Record<string, string | undefined>
      bytes: Uint8Array
      contentType?: string
    },
  ): Promise<ResponseOf<'event.ingest'>>
  readonly profile: Profile
}

export function readProfile(env: Readonly<Record<string, string | undefined>>): Partial<Profile> {
  try {
    const lines = readFileSync(profilePath(env), 'utf8').split('\n')
    const value = (key: string): string | undefined =>
      lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1)
    const profile: Partial<Profile> = {}
    for (const key of ['url', 'token', 'user'] as const) {
      const found = value(key)
      if (found !== undefined) profile[key] = found
    }
    return profile
  } catch {
    return {}
  }
}

export function connect(input: CliInput): Client {
  const saved = readProfile(input.io.env)
  const url = input.text('server') ?? input.io.env['CORDON_URL'] ?? saved.url ?? 'http://127.0.0.1:7420'
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new CliError('ERR_CLI_USAGE', `\`${url}\` is no URL of a server`, {
      place: input.text('server') === undefined ? 'CORDON_URL or profile' : '--server',
      hint: 'for example http://127.0.0.1:7420',
    })
  }
  const token = input.io.env['CORDON_TOKEN'] ?? saved.token
  if (token === undefined) {
    throw new CliError('ERR_CLI_NO_TOKEN', 'no token to sign in with', {
      hint: 'run `cordon init` once, or set CORDON_TOKEN',
    })
  }
  return createClient({ url, token, user: saved.user ?? input.io.env['CORDON_USER'] ?? 'admin' }, createHttp([url]))
}

/** A typed client of `/v1`: route names in, answers as the contract says, problems as errors with their hints. */
export function createClient(profile: Profile, http: Http): Client {
  const send = async (
    name: RouteName,
    params: Record<string, string>,
    query: Record<string, string | undefined>,
    body: string | Uint8Array | undefined,
    contentType = 'application/json',
  ): Promise<unknown> => {
    const { routes } = await import('#api/contract')
    const spec: RouteSpec = routes[name]
    const target = new URL(
      spec.path.replaceAll(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params[key] ?? '')),
      profile.url,
    )
    for (const [key, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(key, value)
    const response = await http
      .request(target, {
        method: spec.method,
        timeoutMs: 60_000,
        headers: {
          authorization: `Bearer ${profile.token}`,
          ...(body === undefined ? {} : { 'content-type': contentType }),
        },
        ...(body === undefined ? {} : { body }),
      })
      .catch((error: unknown) => {
        throw new CliError('ERR_CLI_UNREACHABLE', `no Cordon answers at \`${profile.url}\``, {
          hint: 'start it with `cordon start`, or name it with --server',
          cause: error,
        })
      })
    if (response.status >= 400) throw problemError(response.json())
    return spec.raw === 'text' ? response.text : response.json()
  }
  return {
    profile,
    async call(name, input = {}) {
      const body = input.body === undefined ? undefined : JSON.stringify(input.body)
      return answerOf(name, await send(name, input.params ?? {}, input.query ?? {}, body))
    },
    async upload(name, { params, query, bytes, contentType = 'application/x-ndjson' }) {
      return answerOf(name, await send(name, params, query, bytes, contentType))
    },
  }
}

/** Checks an answer against the contract: what answers may be another version, or no Cordon at all. */
async function answerOf<Name extends RouteName>(name: Name, value: unknown): Promise<ResponseOf<Name>> {
  const { routes } = await import('#api/contract')
  const parsed = routes[name].response.safeParse(value)
  if (!parsed.success) {
    throw new CliError('ERR_CLI_UNREACHABLE', `the answer to \`${name}\` is not of this version of Cordon`, {
      hint: 'use the command of the version that runs there',
    })
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parsed by the schema of this very route
  return parsed.data as ResponseOf<Name>
}

function problemError(body: unknown): Error {
  if (!isObject(body)) return new CliError('ERR_CLI_UNREACHABLE', 'what answers there is not Cordon')
  const text = (key: string): string | undefined => (typeof body[key] === 'string' ? body[key] : undefined)
  const hint = text('hint')
  const place = text('place')
  return fromErrorRecord({
    code: text('code') ?? 'ERR_INTERNAL',
    message: text('detail') ?? 'refused',
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
    ...(body['retryable'] === true ? { retryable: true } : {}),
  })
}
