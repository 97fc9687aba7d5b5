import { z } from 'zod'

import { isObject, type HttpResponse, type Json } from '#kit'
import { readAnswer, VendorError, type PullContext } from '#sources/contract'

import type { LinearConfig } from './config.ts'

export type Context = PullContext<LinearConfig>

const failure = z.object({
  errors: z.array(z.object({ extensions: z.object({ code: z.string() }).catch({ code: '' }) })),
})

/** The word of the first error, which comes with 200 or 400; empty where nothing went wrong. Texts are never quoted. */
function wordOf(response: HttpResponse): string {
  const parsed = failure.safeParse(jsonOf(response))
  return parsed.success ? (parsed.data.errors[0]?.extensions.code ?? 'ERROR') : ''
}

/** What a proxy answers is no JSON. */
function jsonOf(response: HttpResponse): unknown {
  try {
    return response.json()
  } catch {
    return undefined
  }
}

/** Linear says stop by a 400. */
export const isLimit = (response: HttpResponse): boolean =>
  response.status === 400 && wordOf(response) === 'RATELIMITED'

/** One operation. `what` names the thing asked for; a part of an answer beside an error is not taken. */
export async function ask<T>(
  { config, http, signal }: Context,
  operation: { query: string; variables: Record<string, Json>; what: string },
  shape: z.ZodType<T>,
): Promise<T> {
  const { query, variables, what } = operation
  const response = await http.request(new URL('/graphql', config.apiUrl), {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
    isRead: query.startsWith('query '),
    signal,
  })
  const word = wordOf(response)
  if (word === 'AUTHENTICATION_ERROR')
    throw new VendorError('ERR_VENDOR_AUTH', `Linear does not accept the key for ${what}`, {
      hint: 'give the source a new one: `cordon source rotate NAME`',
    })
  if (word === 'FORBIDDEN')
    throw new VendorError('ERR_VENDOR_SCOPE', `the key may not read or change ${what}`, {
      hint: 'it takes *Read*, *Create issues* and *Write*, and the team',
    })
  if (word !== '' && isObject(jsonOf(response)))
    throw new VendorError('ERR_VENDOR_REFUSED', `Linear answered \`${word}\` to ${what}`, {
      retryable: word === 'INTERNAL_SERVER_ERROR',
    })
  return readAnswer(z.object({ data: shape }), response, what).data
}
