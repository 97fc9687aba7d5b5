import { fromErrorRecord, toErrorRecord, type ErrorRecord } from '#kit'

import { EstateError } from './error.ts'
import type { EstateView } from './types.ts'
import { bytesHeldBy } from './view.ts'

/** One end of a message channel: a MessagePort, a Worker or a parent port. */
export interface EstatePort {
  postMessage(value: unknown): void
  on(event: 'message', listener: (value: unknown) => void): unknown
  on(event: 'close' | 'exit', listener: () => void): unknown
}

/** A pinned view answers every call as of one offset; release it when done. */
export type PinnedEstate = EstateView & { release(): void }

/** The estate from another thread. `asOf` is that of the newest answer; for several calls about one state, pin. */
export type EstateClient = EstateView & { pin(): Promise<PinnedEstate> }

/**
 * Asks several things of one view and gives it up. A pin that is not given up pushes out another's: `pinsMax` careless
 * questions end an assessment under way.
 */
export async function usingView<T>(
  view: EstateView | Promise<EstateView>,
  work: (view: EstateView) => Promise<T>,
): Promise<T> {
  const held: EstateView & { release?: () => void } = await view
  try {
    return await work(held)
  } finally {
    held.release?.()
  }
}

/** Pins kept for clients that forget to release; the oldest goes first, and its next call is refused as stale. */
export const pinsMax = 64
/** A pin keeps its graph in memory, and each compaction makes another: beyond this, the oldest go first as well. */
export const pinnedBytesMax = 768 * 1024 * 1024
export const estateCallsMax = 10_000

const methods = [
  'edgesFrom',
  'edgesTo',
  'reach',
  'whoCanReach',
  'explain',
  'facts',
  'find',
  'touches',
  'people',
  'customersOf',
  'personsOf',
] as const
type Method = (typeof methods)[number]

type Call = { id: number; pin: number | null; method: Method | 'pin'; args: unknown[] }
type Message = { kind: 'call'; call: Call } | { kind: 'release'; pin: number }
type Pin = { pin: number; asOf: number }
type Answer = { id: number; asOf: number; value: unknown } | { id: number; error: ErrorRecord }

/** Answers calls from `port`; `current` gives the view to answer from, at each call outside a pin. */
export function serveEstate(
  port: EstatePort,
  current: EstateView | (() => EstateView),
  bytesMax = pinnedBytesMax,
): void {
  const pins = new Map<number, EstateView>()
  let nextPin = 1
  const newest = (): EstateView => (typeof current === 'function' ? current() : current)
  const viewOf = (pin: number | null): EstateView => {
    const view = pin === null ? newest() : pins.get(pin)
    if (view !== undefined) return view
    throw new EstateError('ERR_ESTATE_STALE', 'this pinned view of the estate was given up', {
      hint: `ask again with a new one; at most ${pinsMax} are kept`,
      retryable: true,
    })
  }
  const answer = async ({ id, pin, method, args }: Call): Promise<Answer> => {
    try {
      const view = viewOf(pin)
      if (method === 'pin') {
        pins.set(nextPin, view)
        for (const oldest of pins.keys()) {
          if (pins.size <= 1 || (pins.size <= pinsMax && bytesHeldBy(pins.values()) <= bytesMax)) break
          pins.delete(oldest)
        }
        return { id, asOf: view.asOf, value: { pin: nextPin++, asOf: view.asOf } satisfies Pin }
      }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `connectEstate` is the only maker of these arguments
      const run = view[method] as (...given: unknown[]) => Promise<unknown>
      return { id, asOf: view.asOf, value: await run.apply(view, args) }
    } catch (error) {
      return { id, error: toErrorRecord(error) }
    }
  }
  port.on('message', (value) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the other end is `connectEstate`
    const message = value as Message
    if (message.kind === 'release') pins.delete(message.pin)
    else void answer(message.call).then((result) => port.postMessage(result))
  })
}

/** Rejects with ERR_ESTATE_CLOSED (retryable) for calls under way when the other end goes away. */
export function connectEstate(port: EstatePort): EstateClient {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let nextId = 1
  let newest = 0
  let isClosed = false
  const closed = (): EstateError =>
    new EstateError('ERR_ESTATE_CLOSED', 'the estate has ended', { hint: 'send again', retryable: true })

  port.on('message', (value) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the other end is `serveEstate`
    const answer = value as Answer
    const waiter = waiting.get(answer.id)
    waiting.delete(answer.id)
    if ('error' in answer) return waiter?.reject(fromErrorRecord(answer.error))
    newest = Math.max(newest, answer.asOf)
    waiter?.resolve(answer.value)
  })
  const end = (): void => {
    isClosed = true
    for (const waiter of waiting.values()) waiter.reject(closed())
    waiting.clear()
  }
  port.on('close', end)
  port.on('exit', end)

  const call = (pin: number | null, method: Call['method'], args: unknown[]): Promise<unknown> => {
    if (isClosed) return Promise.reject(closed())
    if (waiting.size >= estateCallsMax) {
      return Promise.reject(
        new EstateError('ERR_ESTATE_BUSY', `${estateCallsMax} questions are already waiting`, { retryable: true }),
      )
    }
    const id = nextId++
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      port.postMessage({ kind: 'call', call: { id, pin, method, args } } satisfies Message)
    })
  }
  return {
    ...proxy((method, args) => call(null, method, args)),
    get asOf() {
      return newest
    },
    async pin() {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the answer to `pin`
      const { pin, asOf } = (await call(null, 'pin', [])) as Pin
      return {
        ...proxy((method, args) => call(pin, method, args)),
        asOf,
        release: () => port.postMessage({ kind: 'release', pin } satisfies Message),
      }
    },
  }
}

/** The view's methods, each sent as a call. */
function proxy(send: (method: Method, args: unknown[]) => Promise<unknown>): Omit<EstateView, 'asOf'> {
  const remote = Object.fromEntries(methods.map((method) => [method, (...args: unknown[]) => send(method, args)]))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the answers are those of the same methods on the other end
  return remote as Omit<EstateView, 'asOf'>
}
