import { createServer, type IncomingMessage } from 'node:http'

import { isObject, parseJson, type Clock } from 'cordon/kit'

import { backendError, rateLimited, refusal, type Answer } from './answer.ts'
import { createDirectory, type Call } from './directory.ts'
import { createFiles } from './files.ts'
import { tokenEndpoint } from './oauth.ts'
import { match, standardQuery, type Operation } from './operations.ts'
import { createPeople } from './people.ts'
import { createProducts } from './products.ts'
import { createReports } from './reports.ts'
import { createWorld, type Lags, type World } from './world.ts'

const bodyBytesMax = 1024 * 1024

/** What the next calls to the API get instead of an answer. */
export type Trouble = 'rate-limit' | 'backend-error'

/** Google Workspace, small and true: state that changes, logs that lag, every request held against Google's own API. */
export async function startGoogleTwin(options: { clock: Pick<Clock, 'nowMs'>; lags?: Lags }) {
  const world = createWorld(options)
  const people = createPeople(world)
  const products = createProducts(world)
  const files = createFiles(world)
  const handlers = { directory: createDirectory(world), reports: createReports(world) }
  const trouble: Trouble[] = []
  /** Requests that Google's API has no place for; a test that sees one has found a fault in the connector. */
  const violations: string[] = []
  const calls: string[] = []

  async function answer(request: IncomingMessage): Promise<Answer> {
    const { method = 'GET' } = request
    const url = new URL(request.url ?? '/', 'http://twin')
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const text = await bodyOf(request)
    if (url.pathname === '/token') return tokenEndpoint(world, new URLSearchParams(text), `${origin()}/token`)
    if (url.pathname === '/gmail/v1/users/me/messages') return products.gmail(bearer)
    if (files.isOne(url.pathname)) {
      const now = trouble.shift()
      if (now !== undefined) return now === 'rate-limit' ? rateLimited() : backendError()
      const body: unknown = text === '' ? {} : parseJson(text)
      return files.answer(method, url, bearer, isObject(body) ? body : {})
    }
    if (url.pathname === '/drive/v3/files') return products.api(bearer, 'drive')
    if (url.pathname === '/calendar/v3/calendars/primary/events') return products.api(bearer, 'calendar')
    if (url.pathname === '/twin/mail') return products.webMail(request.headers.cookie ?? '')
    const link = /^\/twin\/link\/([^/]+)$/.exec(url.pathname)?.[1]
    if (link !== undefined) return files.opened(decodeURIComponent(link))
    // App passwords open mail, calendar and contacts, each by its own protocol.
    if (/^\/twin\/(imap|caldav|carddav)$/.test(url.pathname)) {
      const [email = '', password = ''] = text.split('\n')
      return products.imap(email, password)
    }
    return api(method, url, bearer, text)
  }

  function api(method: string, url: URL, bearer: string, text: string): Answer {
    const found = match(method, url.pathname)
    if (found === undefined) {
      violations.push(`${method} ${url.pathname}: no such operation`)
      return refusal(404, 'notFound', 'Not Found')
    }
    const { operation, parameters } = found
    calls.push(operation.id)
    const now = trouble.shift()
    if (now !== undefined) return now === 'rate-limit' ? rateLimited() : backendError()
    const token = world.tokens.get(bearer)
    const by = token === undefined ? undefined : world.users.get(token.user)
    if (token === undefined || by === undefined || token.expiresAtMs <= world.clock.nowMs()) {
      return refusal(401, 'authError', 'Request had invalid authentication credentials.')
    }
    if (!operation.scopes.some((scope) => token.scopes.includes(scope))) {
      return refusal(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.')
    }
    if (!by.isAdmin) return refusal(403, 'forbidden', 'Not Authorized to access this resource/api')
    const body: unknown = text === '' ? {} : parseJson(text)
    const wrong = violationOf(operation, url.searchParams, text, body)
    if (wrong !== undefined) {
      violations.push(`${operation.id}: ${wrong}`)
      return refusal(400, 'invalid', `Invalid JSON payload received. ${wrong}`)
    }
    const [group = '', name = ''] = operation.id.split(' ')
    const handler = group === 'reports' ? handlers.reports[name] : handlers.directory[name]
    const call: Call = { parameters, query: withoutStandard(url.searchParams), body: isObject(body) ? body : {}, by }
    const given = handler?.(call) ?? refusal(501, 'notImplemented', operation.id)
    return pick(given, url.searchParams.get('fields'))
  }

  const server = createServer((request, response) => {
    void answer(request)
      .catch((error: unknown): Answer => refusal(500, 'internalError', String(error)))
      .then(({ status, body, headers = {} }) => {
        response.writeHead(status, {
          'content-type': 'application/json; charset=UTF-8',
          date: new Date(world.clock.nowMs()).toUTCString(),
          ...headers,
        })
        response.end(body === undefined ? '' : JSON.stringify(body))
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  const origin = (): string => `http://127.0.0.1:${port}`

  return {
    url: origin(),
    world,
    people,
    files,
    violations,
    calls,
    /** The next calls to the API meet this. */
    disturb: (...next: Trouble[]): void => void trouble.push(...next),
    close: (): Promise<void> =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
export type GoogleTwin = Awaited<ReturnType<typeof startGoogleTwin>>
export type { World }

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > bodyBytesMax) throw new Error('body too large')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function violationOf(
  { query = [], body: fields }: Operation,
  asked: URLSearchParams,
  text: string,
  body: unknown,
): string | undefined {
  const strange = [...asked.keys()].find((name) => !query.includes(name) && !standardQuery.includes(name))
  if (strange !== undefined) return `Unknown name "${strange}"`
  if (text === '' || (isObject(body) && Object.keys(body).length === 0)) return undefined
  if (fields === undefined || !isObject(body)) return 'a body where there is none'
  const unknown = Object.keys(body).find((name) => !fields.includes(name))
  return unknown === undefined ? undefined : `Unknown name "${unknown}" in the body`
}

function withoutStandard(query: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(query)
  for (const name of standardQuery) rest.delete(name)
  return rest
}

/** `fields=id,suspended`: names of the top level alone. */
function pick(answer: Answer, fields: string | null): Answer {
  if (fields === null || answer.status !== 200 || !isObject(answer.body)) return answer
  const names = new Set(fields.split(','))
  return { ...answer, body: Object.fromEntries(Object.entries(answer.body).filter(([name]) => names.has(name))) }
}
