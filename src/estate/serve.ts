import type { MessagePort } from 'node:worker_threads'

import { fromErrorRecord, toErrorRecord, type ErrorRecord } from '#kit'

import { EstateError } from './error.ts'
import type { EstateView } from './types.ts'

/** Views held for askers in other threads; the longest unused one goes first. */
export const pinnedViewsMax = 64

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
] as const
type Method = (typeof methods)[number]
type Ask = { id: number; pin: true } | { id: number; view: number; method: Method; args: readonly unknown[] }
type Answer = { id: number; result: unknown } | { id: number; error: ErrorRecord }

/** D's side: answers questions about pinned views, so that one assessment sees one estate from beginning to end. */
export function serveEstate(port: MessagePort, current: () => EstateView): void {
  const views = new Map<number, EstateView>()
  let nextView = 1
  const answer = async (ask: Ask): Promise<unknown> => {
    if ('pin' in ask) {
      const view = current()
      const number = nextView++
      views.set(number, view)
      if (views.size > pinnedViewsMax) views.delete(views.keys().next().value ?? 0)
      return { view: number, asOf: view.asOf }
    }
    const view = views.get(ask.view)
    if (view === undefined) {
      throw new EstateError('ERR_ESTATE_STALE', 'this view of the estate was let go', {
        hint: 'ask again',
        retryable: true,
      })
    }
    views.delete(ask.view)
    views.set(ask.view, view)
    const method: unknown = view[ask.method]
    return typeof method === 'function' ? await Reflect.apply(method, view, ask.args) : undefined
  }
  port.on('message', (ask: Ask) => {
    answer(ask).then(
      (result) => port.postMessage({ id: ask.id, result } satisfies Answer),
      (error: unknown) => port.postMessage({ id: ask.id, error: toErrorRecord(error) } satisfies Answer),
    )
  })
}

/** The other side: `view()` pins the estate as it stands and gives an EstateView that asks D. */
export function connectEstate(port: MessagePort): { view(): Promise<EstateView> } {
  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let nextId = 1
  port.on('message', (answer: Answer) => {
    const waiter = pending.get(answer.id)
    pending.delete(answer.id)
    if ('error' in answer) waiter?.reject(fromErrorRecord(answer.error))
    else waiter?.resolve(answer.result)
  })
  port.on('close', () => {
    for (const waiter of pending.values())
      waiter.reject(new EstateError('ERR_ESTATE_CLOSED', 'the estate is down', { retryable: true }))
    pending.clear()
  })
  const ask = (
    question: { pin: true } | { view: number; method: Method; args: readonly unknown[] },
  ): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = nextId++
      pending.set(id, { resolve, reject })
      port.postMessage({ id, ...question })
    })
  return {
    async view() {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- serveEstate above is the only one who answers
      const { view, asOf } = (await ask({ pin: true })) as { view: number; asOf: number }
      const entries = methods.map((method) => [method, (...args: unknown[]) => ask({ view, method, args })] as const)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each method of the view is forwarded under its own name
      return { asOf, ...Object.fromEntries(entries) } as unknown as EstateView
    },
  }
}
