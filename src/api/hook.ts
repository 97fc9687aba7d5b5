import type { Context } from 'hono'

import { IntakeError } from '#sources'

import { ApiError } from './error.ts'
import type { createGate } from './gate.ts'

/** Nobody has signed in yet: less than an upload may have. */
export const hookBytesMax = 4 * 1024 * 1024
/** Bodies of calls being read at once. */
export const hookBytesInHandMax = 64 * 1024 * 1024
/** From the headers to the end of the body: who dribbles holds its place no longer. */
export const hookBodyMs = 10_000

/** Reads the body of a webhook when its handler has found the headers good; `leave` gives its place back. */
export function hookReader(
  context: Context,
  gate: ReturnType<typeof createGate>,
  bodyMs = hookBodyMs,
): { read(): Promise<Uint8Array>; leave(): void } {
  const bytes = Number(context.req.header('content-length') ?? hookBytesMax)
  // Before anybody is asked for the source: who sends too much must not learn by it whether there is one.
  if (bytes > hookBytesMax) throw tooLarge()
  let leave = (): void => undefined
  return {
    read: () => {
      leave = gate.enter(bytes)
      return readBody(context.req.raw.body, bodyMs)
    },
    leave: () => leave(),
  }
}

async function readBody(body: ReadableStream<Uint8Array> | null, bodyMs: number): Promise<Uint8Array> {
  const reader = body?.getReader()
  if (reader === undefined) return new Uint8Array()
  const late = Promise.withResolvers<never>()
  late.promise.catch(() => undefined)
  const timer = setTimeout(() => {
    late.reject(
      new IntakeError('ERR_INTAKE_SLOW', `the body took longer than ${bodyMs} ms`, { hint: 'send less at once' }),
    )
  }, bodyMs)
  try {
    const chunks: Uint8Array[] = []
    let size = 0
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.promise])
      if (done) return Buffer.concat(chunks)
      size += value.length
      if (size > hookBytesMax) throw tooLarge()
      chunks.push(value)
    }
  } catch (error) {
    void reader.cancel().catch(() => undefined)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

const tooLarge = (): ApiError =>
  new ApiError('ERR_API_SIZE', `the call is larger than ${hookBytesMax} bytes`, {
    hint: 'send less at once',
  })
