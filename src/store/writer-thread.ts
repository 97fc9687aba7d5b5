import { parentPort, receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { copyFileSync } from 'node:fs'

import { assert, crashPoint, toErrorRecord, type ErrorRecord } from '#kit'

import type { Handler, WriterModule } from './command.ts'
import { hasPendingMigrations, migrate } from './migrate.ts'
import { Sqlite, translateSqliteError } from './sqlite.ts'

export type Submission = { id: number; commands: { name: string; args: unknown }[] }
/** Another thread's door to W. */
export type Attachment = { attach: MessagePort }
export type Outcome = { id: number; results: unknown[] } | { id: number; error: ErrorRecord }
export type WriterMessage =
  | { kind: 'ready' }
  | { kind: 'fatal'; error: ErrorRecord }
  | { kind: 'outcomes'; outcomes: Outcome[] }

/** Submissions that may share one fsync; bounds the time a reader of the newest state waits. */
export const groupCommitMax = 256

/**
 * The body of worker W: the only writer of the store. Submissions that wait together share one transaction, each in its
 * own savepoint, and are answered only after COMMIT has synced: acknowledged means on disk.
 */
export function runWriterThread(path: string, modules: readonly WriterModule[], nowMs: number): void {
  assert(parentPort !== null, 'W runs in a worker')
  const port = parentPort
  const post = (message: WriterMessage): void => port.postMessage(message)
  let db: Sqlite
  try {
    db = new Sqlite(path)
    if (hasPendingMigrations(db, modules)) {
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      copyFileSync(path, `${path}.before-upgrade`)
    }
    migrate(db, modules, nowMs)
    for (const module of modules) module.load?.(db.tx(() => undefined))
  } catch (error) {
    post({ kind: 'fatal', error: toErrorRecord(translateSqliteError(error)) })
    return
  }
  const handlers = new Map<string, Handler>()
  for (const module of modules) {
    for (const handler of module.handlers) {
      assert(!handlers.has(handler.name), `one handler for ${handler.name}`)
      handlers.set(handler.name, handler)
    }
  }
  const serve = (door: MessagePort): void => {
    door.on('message', (first: Submission | Attachment) => {
      if ('attach' in first) {
        serve(first.attach)
        return
      }
      const group = [first]
      while (group.length < groupCommitMax) {
        const next: { message: Submission | Attachment } | undefined = receiveMessageOnPort(door)
        if (next === undefined) break
        if ('attach' in next.message) serve(next.message.attach)
        else group.push(next.message)
      }
      const message: WriterMessage = { kind: 'outcomes', outcomes: commitGroup(db, handlers, group) }
      door.postMessage(message)
    })
  }
  serve(port)
  port.on('close', () => db.close())
  post({ kind: 'ready' })
}

export function commitGroup(
  db: Sqlite,
  handlers: ReadonlyMap<string, Handler>,
  group: readonly Submission[],
): Outcome[] {
  const outcomes: Outcome[] = []
  const afterCommit: (() => void)[] = []
  try {
    db.exec('BEGIN IMMEDIATE')
    for (const submission of group) outcomes.push(runInSavepoint(db, handlers, submission, afterCommit))
    crashPoint('store.before-commit')
    db.exec('COMMIT')
    crashPoint('store.after-commit')
  } catch (error) {
    if (db.db.isTransaction) db.exec('ROLLBACK')
    const record = toErrorRecord(translateSqliteError(error))
    return group.map(({ id }) => ({ id, error: record }))
  }
  for (const work of afterCommit) work()
  return outcomes
}

function runInSavepoint(
  db: Sqlite,
  handlers: ReadonlyMap<string, Handler>,
  submission: Submission,
  afterCommit: (() => void)[],
): Outcome {
  const mine: (() => void)[] = []
  const tx = db.tx((work) => mine.push(work))
  db.exec('SAVEPOINT part')
  try {
    const results = submission.commands.map(({ name, args }) => {
      const handler = handlers.get(name)
      assert(handler !== undefined, `a handler for ${name}`)
      return handler.run(tx, args)
    })
    db.exec('RELEASE part')
    afterCommit.push(...mine)
    return { id: submission.id, results }
  } catch (error) {
    const translated = translateSqliteError(error)
    // A full disk may have ended the whole transaction already; then the group fails together.
    if (!db.db.isTransaction) throw translated
    db.exec('ROLLBACK TO part; RELEASE part')
    return { id: submission.id, error: toErrorRecord(translated) }
  }
}
