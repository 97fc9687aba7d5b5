/** An answer of the twin, before it is bytes. */
export type Answer = { status: number; body?: unknown; headers?: Record<string, string> }

/** Google's error shape: the word in `errors[0].reason` is what clients go by. */
export const refusal = (status: number, reason: string, message: string, domain = 'global'): Answer => ({
  status,
  body: {
    error: {
      code: status,
      message,
      errors: [{ message, domain, reason }],
      ...(grpc[status] === undefined ? {} : { status: grpc[status] }),
    },
  },
})
const grpc: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  412: 'FAILED_PRECONDITION',
  503: 'UNAVAILABLE',
}

export const notFound = (what: string): Answer => refusal(404, 'notFound', `Resource Not Found: ${what}`)
export const invalid = (what: string): Answer => refusal(400, 'invalid', `Invalid Input: ${what}`)
export const rateLimited = (): Answer =>
  refusal(403, 'rateLimitExceeded', 'Quota exceeded for quota metric', 'usageLimits')
export const backendError = (): Answer => refusal(503, 'backendError', 'Service unavailable. Please try again')

/** A page token is good for its own query alone. Null: none; undefined: of another query. */
export function readToken(query: URLSearchParams): string | null | undefined {
  const token = query.get('pageToken')
  if (token === null) return null
  const [place, of] = Buffer.from(token, 'base64url').toString('utf8').split('\n')
  return of === ownOf(query) && /^(\d+|past\.\d+\.\d+)$/.test(place ?? '') ? place : undefined
}
export const writeToken = (query: URLSearchParams, place: string): string =>
  Buffer.from(`${place}\n${ownOf(query)}`).toString('base64url')

function ownOf(query: URLSearchParams): string {
  const rest = new URLSearchParams(query)
  rest.delete('pageToken')
  return rest.toString()
}

export function pageOf<T>(
  rows: readonly T[],
  query: URLSearchParams,
  max: { name: string; usual: number; most: number },
) {
  const size = Math.min(Number(query.get(max.name) ?? max.usual), max.most)
  const token = readToken(query)
  if (token === undefined) return undefined
  const from = Number(token ?? 0)
  const next = from + size < rows.length ? writeToken(query, String(from + size)) : undefined
  return { rows: rows.slice(from, from + size), next }
}
