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

/** A page token is good for its own query alone. */
export function pageOf<T>(
  rows: readonly T[],
  query: URLSearchParams,
  max: { name: string; usual: number; most: number },
) {
  const size = Math.min(Number(query.get(max.name) ?? max.usual), max.most)
  const rest = new URLSearchParams(query)
  rest.delete('pageToken')
  const own = rest.toString()
  const token = query.get('pageToken')
  let from = 0
  if (token !== null) {
    const [start, of] = Buffer.from(token, 'base64url').toString('utf8').split('\n')
    if (of !== own || !/^\d+$/.test(start ?? '')) return undefined
    from = Number(start)
  }
  const next = from + size < rows.length ? Buffer.from(`${from + size}\n${own}`).toString('base64url') : undefined
  return { rows: rows.slice(from, from + size), next }
}
