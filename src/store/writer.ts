import { Worker } from 'node:worker_threads'

import { fromErrorRecord } from '#kit'

import type { Command } from './command.ts'
import { StoreError } from './error.ts'
import type { Outcome, Submission, WriterMessage } from './writer-thread.ts'

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
export async function startWriter(entry: URL, workerData: unknown): Promise<Writer> {
  const worker = new Worker(entry, { workerData })
  const pending = new Map<number, { resolve: (results: unknown[]) => void; reject: (error: Error) => void }>()
  const ready = Promise.withResolvers<void>()
  let isClosed = false
  let nextId = 1

  const settle = (outcome: Outcome): void => {
    const waiter = pending.get(outcome.id)
    pending.delete(outcome.id)
    if ('results' in outcome) waiter?.resolve(outcome.results)
    else waiter?.reject(fromErrorRecord(outcome.error))
  }
  const fail = (error: Error): void => {
    isClosed = true
    ready.reject(error)
    for (const waiter of pending.values()) waiter.reject(error)
    pending.clear()
  }
  worker.on('message', (message: WriterMessage) => {
    if (message.kind === 'ready') ready.resolve()
    else if (message.kind === 'fatal') fail(fromErrorRecord(message.error))
    else for (const outcome of message.outcomes) settle(outcome)
  })
  worker.on('error', fail)
  worker.on('exit', () => fail(new StoreError('ERR_STORE_CLOSED', 'the writer has ended', { retryable: true })))
  await ready.promise

  return {
    submit<const Commands extends readonly Command<unknown>[]>(...commands: Commands): Promise<Results<Commands>> {
      if (isClosed)
        return Promise.reject(new StoreError('ERR_STORE_CLOSED', 'the writer has ended', { retryable: true }))
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
        worker.postMessage(submission)
      })
    },
    get waiting() {
      return pending.size
    },
    async close() {
      isClosed = true
      while (pending.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
      await worker.terminate()
    },
  }
}
