import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'

import { fromErrorRecord } from '#kit'

import type { Command } from './command.ts'
import { StoreError } from './error.ts'
import type { Attachment, Outcome, Submission, WriterMessage } from './writer-thread.ts'

type Results<Commands extends readonly Command<unknown>[]> = {
  -readonly [Index in keyof Commands]: Commands[Index] extends Command<infer Result> ? Result : never
}

/**
 * Where every write goes. `submit` resolves after the commit is synced to disk; all its parts are in, or none.
 * Rejects with the handler's own error when a part refuses, ERR_STORE_BUSY when too many wait, ERR_STORE_CLOSED when W
 * is gone (whether the parts are in is then unknown: commands are idempotent by their ids).
 */
export interface Writer {
  submit<const Commands extends readonly Command<unknown>[]>(...commands: Commands): Promise<Results<Commands>>
  readonly waiting: number
  close(): Promise<void>
}

export const submissionsWaitingMax = 20_000

/** Starts W from `entry`, a module that calls `runWriterThread`. Rejects when the store cannot be opened. */
export async function startWriter(
  entry: URL,
  workerData: unknown,
): Promise<Writer & { readonly attach: () => MessagePort }> {
  const worker = new Worker(entry, { workerData })
  const client = createClient((submission) => worker.postMessage(submission))
  const ready = Promise.withResolvers<void>()
  const fail = (error: Error): void => {
    ready.reject(error)
    client.fail(error)
  }
  worker.on('message', (message: WriterMessage) => {
    if (message.kind === 'ready') ready.resolve()
    else if (message.kind === 'fatal') fail(fromErrorRecord(message.error))
    else client.settle(message.outcomes)
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(closed()))
  await ready.promise
  return {
    submit: client.submit,
    get waiting() {
      return client.waiting
    },
    close: async () => {
      await client.drain()
      await worker.terminate()
    },
    /** A second door to W, for another thread: pass it on and `connectWriter` there. */
    attach: () => {
      const { port1, port2 } = new MessageChannel()
      const message: Attachment = { attach: port1 }
      worker.postMessage(message, [port1])
      return port2
    },
  }
}

/** The writer as another thread sees it. Closing the port closes this door only. */
export function connectWriter(port: MessagePort): Writer {
  const client = createClient((submission) => port.postMessage(submission))
  port.on('message', (message: WriterMessage) => {
    if (message.kind === 'outcomes') client.settle(message.outcomes)
  })
  port.on('close', () => client.fail(closed()))
  return {
    submit: client.submit,
    get waiting() {
      return client.waiting
    },
    close: async () => {
      await client.drain()
      port.close()
    },
  }
}

const closed = (): StoreError => new StoreError('ERR_STORE_CLOSED', 'the writer has ended', { retryable: true })

function createClient(send: (submission: Submission) => void): {
  submit: Writer['submit']
  settle(outcomes: readonly Outcome[]): void
  fail(error: Error): void
  drain(): Promise<void>
  readonly waiting: number
} {
  const pending = new Map<number, { resolve: (results: unknown[]) => void; reject: (error: Error) => void }>()
  let ended: Error | undefined
  let nextId = 1
  return {
    submit<const Commands extends readonly Command<unknown>[]>(...commands: Commands): Promise<Results<Commands>> {
      if (ended !== undefined) return Promise.reject(ended)
      if (pending.size >= submissionsWaitingMax) {
        return Promise.reject(
          new StoreError('ERR_STORE_BUSY', `${submissionsWaitingMax} writes are already waiting`, {
            hint: 'send again after a second',
            retryable: true,
          }),
        )
      }
      const submission: Submission = { id: nextId++, commands: commands.map(({ name, args }) => ({ name, args })) }
      return new Promise((resolve, reject) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- handlers answer in the order and type of their commands
        pending.set(submission.id, { resolve: (results) => resolve(results as Results<Commands>), reject })
        send(submission)
      })
    },
    settle(outcomes) {
      for (const outcome of outcomes) {
        const waiter = pending.get(outcome.id)
        pending.delete(outcome.id)
        if ('results' in outcome) waiter?.resolve(outcome.results)
        else waiter?.reject(fromErrorRecord(outcome.error))
      }
    },
    fail(error) {
      ended ??= error
      for (const waiter of pending.values()) waiter.reject(error)
      pending.clear()
    },
    async drain() {
      while (pending.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
      ended ??= closed()
    },
    get waiting() {
      return pending.size
    },
  }
}
