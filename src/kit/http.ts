import { CordonError, whyUnreachable } from './errors.ts'
import { parseJson, type Json } from './json.ts'

export class HttpError extends CordonError<
  'ERR_HTTP_ORIGIN' | 'ERR_HTTP_TIMEOUT' | 'ERR_HTTP_NETWORK' | 'ERR_HTTP_SIZE' | 'ERR_HTTP_SHAPE'
> {}

export type HttpRequest = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  headers?: Record<string, string>
  body?: string | Uint8Array
  timeoutMs?: number
  signal?: AbortSignal
  /** Changes nothing at the vendor, so it may be sent again: a search by POST. GET is so by itself. */
  isRead?: boolean
  /** Which of the vendor's declared budgets it draws on; absent: the first. */
  budget?: string
  /** Which of the source's declared credentials it is sent with; absent: `default`. `none`: with no credential. */
  as?: string
  /** In whose name it is sent, where that credential may act for anybody (`anybody`); absent: as it was declared. */
  onBehalfOf?: string
  /** The answer is a file that somebody stored, not the vendor's own words: nobody expects its content type to be true. */
  isFile?: boolean
  /** The answer has no end (lines, as they happen): what has come by then is the answer, and the connection is left. */
  window?: HttpWindow
}

/** Ends when nothing has come for `quietMs`, and else after `forMs` or so many bytes; the last piece may be cut off anywhere. */
export type HttpWindow = { forMs: number; quietMs: number; bytesMax: number }

export type HttpResponse = {
  status: number
  header(name: string): string | undefined
  text: string
  /** The body as it came, without its content encoding. */
  bytes: Uint8Array
  /** Parses the body; throws ERR_HTTP_SHAPE when it is not JSON. */
  json(): Json
}

/** The only way out of the house. It refuses origins outside its list, and it follows no redirect: both are vendor input. */
export interface Http {
  request(url: string | URL, request?: HttpRequest): Promise<HttpResponse>
}

export const httpTimeoutMsDefault = 10_000
export const httpBodyBytesMax = 64 * 1024 * 1024

/** One exchange; redirects are not followed. */
export type SendBytes = (
  url: URL,
  request: {
    method: string
    headers: Readonly<Record<string, string>>
    body: string | Uint8Array | undefined
    signal: AbortSignal
  },
) => Promise<{
  status: number
  header(name: string): string | undefined
  body: AsyncIterable<Uint8Array> | null
}>

const sendByFetch: SendBytes = async (url, { method, headers, body, signal }) => {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    signal,
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
  })
  return { status: response.status, header: (name) => response.headers.get(name) ?? undefined, body: response.body }
}

/** May credentials travel to it? Plain HTTP only where it never leaves the machine. */
export function isSecureUrl(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || (protocol === 'http:' && /^(127\.0\.0\.1|\[::1\]|localhost)$/.test(hostname))
}

/** `origins`: scheme + host + port that may be called, for example `https://id.example.com`. */
export function createHttp(origins: readonly string[], send: SendBytes = sendByFetch): Http {
  const allowed = new Set(origins.map((origin) => new URL(origin).origin))
  return {
    async request(url, request = {}) {
      const target = new URL(url)
      if (!allowed.has(target.origin)) {
        throw new HttpError('ERR_HTTP_ORIGIN', `\`${target.origin}\` is not an origin of this source`, {
          hint: "if the vendor moved, change the source's address; links in vendor answers are not followed elsewhere",
        })
      }
      const { window } = request
      const timeoutMs = (request.timeoutMs ?? httpTimeoutMsDefault) + (window?.forMs ?? 0)
      const timeout = AbortSignal.timeout(timeoutMs)
      const left = new AbortController()
      const signal = AbortSignal.any([timeout, left.signal, ...(request.signal === undefined ? [] : [request.signal])])
      try {
        const response = await send(target, {
          method: request.method ?? 'GET',
          headers: request.headers ?? {},
          body: request.body,
          signal,
        })
        // A refusal ends by itself.
        const isEndless = window !== undefined && response.status === 200
        const read = isEndless ? readWindow(response.body, window) : readBounded(response.body, target)
        return readResponse(response, await read, target)
      } catch (error) {
        if (error instanceof CordonError) throw error
        if (timeout.aborted) {
          throw new HttpError('ERR_HTTP_TIMEOUT', `\`${target.origin}\` gave no answer within ${timeoutMs} ms`, {
            retryable: true,
            cause: error,
          })
        }
        if (isBadEncoding(error)) {
          throw new HttpError('ERR_HTTP_SHAPE', `the answer of \`${target.origin}\` is not compressed as it says`, {
            cause: error,
          })
        }
        throw new HttpError('ERR_HTTP_NETWORK', `\`${target.origin}\` could not be reached${whyUnreachable(error)}`, {
          retryable: true,
          cause: error,
        })
      } finally {
        if (window !== undefined) left.abort()
      }
    },
  }
}

function readResponse(
  { status, header }: Pick<HttpResponse, 'status' | 'header'>,
  bytes: Buffer,
  target: URL,
): HttpResponse {
  let text: string | undefined
  return {
    status,
    header,
    bytes,
    get text() {
      return (text ??= bytes.toString('utf8'))
    },
    json() {
      return readJson(this.text, target)
    },
  }
}

async function readWindow(
  body: AsyncIterable<Uint8Array> | null,
  { forMs, quietMs, bytesMax }: HttpWindow,
): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  if (body === null) return Buffer.alloc(0)
  const pieces = body[Symbol.asyncIterator]()
  const endMs = performance.now() + forMs
  for (let size = 0; size < bytesMax;) {
    const leftMs = Math.min(quietMs, endMs - performance.now())
    if (leftMs <= 0) break
    const next = pieces.next()
    // Left alone when the window ends: the connection is dropped under it.
    next.catch(() => undefined)
    const piece = await within(next, leftMs)
    if (piece === undefined || piece.done === true) break
    chunks.push(piece.value)
    size += piece.value.length
  }
  return Buffer.concat(chunks)
}

/** Undefined: it took longer. */
async function within<Value>(work: Promise<Value>, ms: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)))
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

async function readBounded(body: AsyncIterable<Uint8Array> | null, target: URL): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > httpBodyBytesMax) {
      throw new HttpError(
        'ERR_HTTP_SIZE',
        `the answer of \`${target.origin}${target.pathname}\` is larger than ${httpBodyBytesMax} bytes`,
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Asked again, it comes the same: zlib's own codes begin so. */
const isBadEncoding = (error: unknown): boolean => {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_')
}

function readJson(text: string, target: URL): Json {
  try {
    return parseJson(text)
  } catch (error) {
    throw new HttpError('ERR_HTTP_SHAPE', `the answer of \`${target.origin}${target.pathname}\` is not JSON`, {
      cause: error,
    })
  }
}
