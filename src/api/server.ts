import { timingSafeEqual } from 'node:crypto'

import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { z } from 'zod'

import { CordonError, sha256, type Diagnose } from '#kit'
import type { Principal } from '#policy'

import { exchangeSchema, openapi, routes, type Exchange, type RouteName, type RouteSpec } from './contract/index.ts'
import { serveConsole, type ConsoleFiles } from './console.ts'
import { dialects } from './dialects.ts'
import { ApiError, toProblem } from './error.ts'
import { createGate, isNamedHere, uploadBytesInHandMax, watchersMax } from './gate.ts'
import { hookBytesInHandMax, hookReader } from './hook.ts'
import { jsonIn } from './json-in.ts'
import type { Call } from './routes/call.ts'
import { handlers } from './routes/index.ts'
import type { ApiServices } from './services.ts'
import { verifyUserToken } from './users.ts'

export const bodyBytesMax = 1024 * 1024
/** As sent, gzip or not. */
export const uploadBytesMax = 32 * 1024 * 1024
/** A client that dribbles its request holds a connection no longer than this. */
export const headersTimeoutMs = 10_000
export const requestTimeoutMs = 120_000
export const connectionsMax = 2_000
const headerBytesMax = 16 * 1024

export type ApiOptions = {
  services: ApiServices
  bootstrapToken: () => string | undefined
  diagnose: Diagnose
  /** Names it is called by beside its addresses and localhost, in lower case. */
  names: ReadonlySet<string>
  /** The console's files, read when they are first asked for. */
  console: () => ConsoleFiles
}
type Gates = Record<'watchers' | 'uploads' | 'hooks', ReturnType<typeof createGate>>

const patterns = Object.values<RouteSpec>(routes).map(
  ({ path }) => new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
)

/** Answers are for the one who asked, hold tokens, and are never a page. */
const answerHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const

/** The API as a Hono app: one loop over the route table, so that no route can skip sign-in, policy or its schema. */
export function createApi(options: ApiOptions): Hono {
  const app = new Hono()
  const { services, diagnose } = options
  const gates: Gates = {
    watchers: createGate(watchersMax, 'watchers'),
    uploads: createGate(uploadBytesInHandMax, 'uploads'),
    hooks: createGate(hookBytesInHandMax, 'webhooks'),
  }
  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(answerHeaders)) context.header(name, value)
    if (!isNamedHere(context.req.header('host'), options.names)) {
      throw new ApiError('ERR_API_HOST', 'this Cordon goes by another name', {
        hint: 'call it by its address, or add the name to `names` in cordon.yaml',
      })
    }
    await next()
  })
  for (const [name, spec] of Object.entries<RouteSpec>(routes)) {
    app.on(spec.method, spec.path.replaceAll(/\{(\w+)\}/g, ':$1'), async (context) => {
      try {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `name` is a key of the very table we walk
        return await answer(context, name as RouteName, spec, options, gates)
      } catch (error) {
        if (spec.dialect === undefined) throw error
        tellFailure(context, error, diagnose)
        return exchanged(context, dialects[spec.dialect](toProblem(error)))
      }
    })
  }
  serveConsole(app, options.console)
  app.notFound((context) => {
    const { method, path } = context.req
    const hint = 'GET /v1/openapi.json lists them'
    const isThere = patterns.some((pattern) => pattern.test(path))
    const error = isThere
      ? new ApiError('ERR_API_METHOD', `\`${path}\` does not take ${method}`, { hint })
      : new ApiError('ERR_API_NOT_FOUND', `no such path: \`${path}\``, { hint })
    const isScim = path.startsWith('/scim/')
    return isScim ? exchanged(context, dialects.scim(toProblem(error))) : problem(context, error)
  })
  app.onError((error, context) => {
    tellFailure(context, error, diagnose)
    return problem(context, error)
  })
  // The description is the same for everybody; it is made once.
  const description = openapi(services.version)
  handlers['system.openapi'] = () => Promise.resolve(description)
  return app
}

function tellFailure(context: Context, error: unknown, diagnose: Diagnose): void {
  // W and hands send their failures as records: those are ours, too.
  if (error instanceof CordonError && error.code !== 'ERR_INTERNAL') return
  diagnose('error', 'api.failed', { path: context.req.routePath, error: String(error).slice(0, 300) })
}

export function listen(app: Hono, host: string, port: number): Promise<{ server: ServerType; port: number }> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      maxHeaderSize: headerBytesMax,
    },
  })
  if ('maxConnections' in server) server.maxConnections = connectionsMax
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(error, host, port)))
    server.listen(port, host, () => {
      const address = server.address()
      resolve({ server, port: typeof address === 'object' && address !== null ? address.port : port })
    })
  })
}

function cannotListen(error: Error, host: string, port: number): Error {
  const why = {
    EADDRINUSE: 'another program listens there already',
    EADDRNOTAVAIL: 'this machine has no such address',
    EACCES: 'this user may not listen there',
    ENOTFOUND: 'no such host name is known here',
  }[String('code' in error ? error.code : '')]
  if (why === undefined) return error
  return new ApiError('ERR_API_LISTEN', `cannot listen on \`${host}:${port}\`: ${why}`, {
    hint: 'name another place with --listen, or as `listen` in cordon.yaml',
    cause: error,
  })
}

async function answer(
  context: Context,
  name: RouteName,
  spec: RouteSpec,
  options: ApiOptions,
  gates: Gates,
): Promise<Response> {
  const { services } = options
  const signed = signIn(context, options)
  if (spec.action !== 'public') {
    if (signed === undefined) {
      throw new ApiError('ERR_API_SIGN_IN', 'no valid token', {
        hint: 'send `Authorization: Bearer …`; `cordon init` makes the first one',
      })
    }
    const decision = services.policy.authorize({
      principal: signed.principal,
      action: spec.action,
      resource: { type: spec.resource, id: resourceIdOf(context, spec, signed) },
    })
    if (!decision.allowed) {
      throw new ApiError('ERR_API_FORBIDDEN', `\`${signed.principal.id}\` may not ${spec.action}`, {
        hint: 'an administrator can give the role; `cordon policy explain` says which policy decides',
      })
    }
  }
  const query = spec.query === undefined ? undefined : check(spec.query, context.req.query(), 'query')
  const body = spec.body === undefined ? undefined : check(spec.body, await readBody(context), 'body')
  const call: Call = {
    services,
    principal: signed?.principal ?? { id: 'anonymous', kind: 'token', roles: [] },
    ingest: signed?.ingest ?? null,
    params: context.req.param(),
    query,
    body,
    upload: new Uint8Array(),
    readHook: () => Promise.resolve(new Uint8Array()),
    header: (header) => context.req.header(header),
  }
  if (spec.raw === 'upload') {
    const leave = gates.uploads.enter(weightOf(context, uploadBytesMax))
    try {
      return context.json(await handlers[name]({ ...call, upload: await readBytes(context, uploadBytesMax) }))
    } finally {
      leave()
    }
  }
  if (spec.raw === 'exchange') {
    const leave = gates.uploads.enter(spec.method === 'GET' ? 0 : weightOf(context, spec.bytesMax ?? bodyBytesMax))
    try {
      const given = await handlers[name]({ ...call, upload: await readExchange(context, spec) })
      return exchanged(context, exchangeSchema.parse(given))
    } finally {
      leave()
    }
  }
  if (spec.raw === 'hook') {
    const hook = hookReader(context, gates.hooks)
    try {
      return context.json(await handlers[name]({ ...call, readHook: hook.read }))
    } finally {
      hook.leave()
    }
  }
  const result = await handlers[name](call)
  if (spec.raw === 'text')
    return context.body(String(result), 200, { 'content-type': 'text/javascript; charset=utf-8' })
  if (spec.raw === 'events') {
    return streamEvents(context, result, gates.watchers.enter(1), () => signIn(context, options) !== undefined)
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- statuses come from the route table
  return context.json(result, (spec.status ?? 200) as ContentfulStatusCode)
}

/** A provisioner's token is bound to one source, and its paths name users and groups. */
const resourceIdOf = (context: Context, { dialect }: RouteSpec, { ingest }: Signed): string =>
  (dialect === 'scim' ? ingest?.source : Object.values(context.req.param())[0]) ?? 'all'

type Signed = { principal: Principal; ingest: { source: string; host: string | null } | null }

function signIn(context: Context, { services, bootstrapToken }: ApiOptions): Signed | undefined {
  const token = /^Bearer ([\w.~+/-]+=*)$/.exec(context.req.header('authorization') ?? '')?.[1]
  if (token === undefined) return undefined
  if (token.startsWith('cit_')) {
    const ingest = services.sources.verifyIngestToken(token)
    return ingest === undefined ? undefined : { principal: ingest.principal, ingest }
  }
  if (token.startsWith('cbt_')) {
    return isSame(token, bootstrapToken())
      ? { principal: { id: 'bootstrap', kind: 'token', roles: ['bootstrap'] }, ingest: null }
      : undefined
  }
  const principal = verifyUserToken(services.reader, services.tenant, token)
  return principal === undefined ? undefined : { principal, ingest: null }
}

/** Takes as long for a near miss as for a far one. */
const isSame = (token: string, expected: string | undefined): boolean =>
  expected !== undefined && timingSafeEqual(sha256(token), sha256(expected))

function check(schema: z.ZodType, value: unknown, where: string): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = (issue?.path ?? []).map(String).join('.')
  throw new ApiError('ERR_API_SHAPE', issue?.message.toLowerCase() ?? 'does not fit', {
    place: path === '' ? where : `${where}: ${path}`,
    hint: 'GET /v1/openapi.json shows the shape',
  })
}

async function readBody(context: Context): Promise<unknown> {
  return jsonIn(await readBytes(context, bodyBytesMax), (why, place) => {
    return new ApiError('ERR_API_SHAPE', why, { place: place === undefined ? 'body' : `body: ${place}` })
  })
}

/** Unknown until read: as much as it may be. */
const weightOf = (context: Context, max: number): number => Number(context.req.header('content-length') ?? max)

const readExchange = (context: Context, { method, bytesMax = bodyBytesMax }: RouteSpec): Promise<Uint8Array> =>
  method === 'GET' ? Promise.resolve(new Uint8Array()) : readBytes(context, bytesMax)

function exchanged(context: Context, { status, headers, body }: Exchange): Response {
  for (const [header, value] of Object.entries(headers)) context.header(header, value)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- statuses come from handlers and dialects
  return context.newResponse(body === null ? null : JSON.stringify(body), status as ContentfulStatusCode)
}

async function readBytes(context: Context, max: number): Promise<Uint8Array> {
  const tooLarge = new ApiError('ERR_API_SIZE', `larger than ${max} bytes`, { hint: 'send it in smaller parts' })
  if (Number(context.req.header('content-length') ?? 0) > max) throw tooLarge
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of context.req.raw.body ?? []) {
    size += chunk.length
    if (size > max) throw tooLarge
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

/** Whoever watches is asked for the token again with every event: revoked means gone. */
function streamEvents(context: Context, source: unknown, leave: () => void, mayWatch: () => boolean): Response {
  return streamSSE(context, async (stream) => {
    const abort = new AbortController()
    stream.onAbort(() => {
      abort.abort()
      leave()
    })
    if (typeof source !== 'function') return
    const events: unknown = source(abort.signal)
    if (!isAsyncIterable(events)) return
    try {
      for await (const event of events) {
        if (!mayWatch()) break
        await stream.writeSSE({ data: JSON.stringify(event) })
      }
    } finally {
      abort.abort()
      leave()
    }
  })
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

function problem(context: Context, error: unknown): Response {
  const body = toProblem(error)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- toProblem gives HTTP error statuses only
  return context.json(body, body.status as ContentfulStatusCode, {
    'content-type': 'application/problem+json',
    ...(body.retryable ? { 'retry-after': '1' } : {}),
  })
}
