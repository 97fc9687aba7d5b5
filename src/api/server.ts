import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { z } from 'zod'

import { CordonError, JsonError, parseJson, type Diagnose } from '#kit'
import type { Principal } from '#policy'

import { openapi, routes, type RouteName, type RouteSpec } from './contract/index.ts'
import { ApiError, toProblem } from './error.ts'
import { handlers, type Call } from './routes/index.ts'
import type { ApiServices } from './services.ts'
import { verifyUserToken } from './users.ts'

export const bodyBytesMax = 1024 * 1024
export const uploadBytesMax = 64 * 1024 * 1024

export type ApiOptions = { services: ApiServices; bootstrapToken: () => string | undefined; diagnose: Diagnose }

/** The API as a Hono app: one loop over the route table, so that no route can skip sign-in, policy or its schema. */
export function createApi(options: ApiOptions): Hono {
  const app = new Hono()
  const { services, diagnose } = options
  for (const [name, spec] of Object.entries<RouteSpec>(routes)) {
    app.on(spec.method, spec.path.replaceAll(/\{(\w+)\}/g, ':$1'), async (context) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `name` is a key of the very table we walk
      return answer(context, name as RouteName, spec, options)
    })
  }
  app.notFound((context) =>
    problem(
      context,
      new ApiError('ERR_API_NOT_FOUND', `no such path: \`${context.req.path}\``, {
        hint: 'GET /v1/openapi.json lists them',
      }),
    ),
  )
  app.onError((error, context) => {
    if (!(error instanceof CordonError))
      diagnose('error', 'api.failed', { path: context.req.routePath, error: String(error).slice(0, 300) })
    return problem(context, error)
  })
  // The description is the same for everybody; it is made once.
  const description = openapi(services.version)
  handlers['system.openapi'] = () => Promise.resolve(description)
  return app
}

export function listen(app: Hono, host: string, port: number): Promise<{ server: ServerType; port: number }> {
  const server = createAdaptorServer({ fetch: app.fetch })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const address = server.address()
      resolve({ server, port: typeof address === 'object' && address !== null ? address.port : port })
    })
  })
}

async function answer(context: Context, name: RouteName, spec: RouteSpec, options: ApiOptions): Promise<Response> {
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
      resource: { type: spec.resource, id: Object.values(context.req.param())[0] ?? 'all' },
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
    upload: spec.raw === 'upload' ? await readBytes(context, uploadBytesMax) : new Uint8Array(),
    header: (header) => context.req.header(header),
  }
  const result = await handlers[name](call)
  if (spec.raw === 'text')
    return context.body(String(result), 200, { 'content-type': 'text/javascript; charset=utf-8' })
  if (spec.raw === 'events') return streamEvents(context, result)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- statuses come from the route table
  return context.json(result, (spec.status ?? 200) as ContentfulStatusCode)
}

type Signed = { principal: Principal; ingest: { source: string; host: string | null } | null }

function signIn(context: Context, { services, bootstrapToken }: ApiOptions): Signed | undefined {
  const token = /^Bearer ([\w.~+/-]+=*)$/.exec(context.req.header('authorization') ?? '')?.[1]
  if (token === undefined) return undefined
  if (token.startsWith('cit_')) {
    const ingest = services.sources.verifyIngestToken(token)
    return ingest === undefined ? undefined : { principal: ingest.principal, ingest }
  }
  if (token.startsWith('cbt_')) {
    return token === bootstrapToken()
      ? { principal: { id: 'bootstrap', kind: 'token', roles: ['bootstrap'] }, ingest: null }
      : undefined
  }
  const principal = verifyUserToken(services.reader, services.tenant, token)
  return principal === undefined ? undefined : { principal, ingest: null }
}

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
  const bytes = await readBytes(context, bodyBytesMax)
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    if (error instanceof JsonError)
      throw new ApiError('ERR_API_SHAPE', error.message, { place: `body: ${error.place}` })
    throw new ApiError('ERR_API_SHAPE', 'the body is not UTF-8', { place: 'body' })
  }
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

function streamEvents(context: Context, source: unknown): Response {
  return streamSSE(context, async (stream) => {
    const abort = new AbortController()
    stream.onAbort(() => abort.abort())
    if (typeof source !== 'function') return
    const events: unknown = source(abort.signal)
    if (!isAsyncIterable(events)) return
    for await (const event of events) await stream.writeSSE({ data: JSON.stringify(event) })
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
