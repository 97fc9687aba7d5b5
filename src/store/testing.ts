import { assert, fromErrorRecord } from '#kit'

import type { Command, Handler, WriterModule } from './command.ts'
import { migrate } from './migrate.ts'
import type { Reader } from './reader.ts'
import { Sqlite } from './sqlite.ts'
import { commitGroup } from './writer-thread.ts'
import type { Writer } from './writer.ts'

const images = new Map<string, Uint8Array>()
/** What the migrations make of an empty store, made once: they take five to twenty times as long as a copy. */
function imageOf(modules: readonly WriterModule[]): Uint8Array {
  const steps = JSON.stringify(modules.map(({ name, migrations }) => [name, migrations]))
  const known = images.get(steps)
  if (known !== undefined) return known
  const db = new Sqlite(':memory:')
  migrate(db, modules, 0)
  const image = db.db.serialize()
  db.close()
  images.set(steps, image)
  return image
}

const drawn = /INSERT INTO (\w+) VALUES \([^;]*\brandom[^;]*;/g
/** What a migration drew at random is each store's own: a copy draws again. */
function drawAnew(db: Sqlite, modules: readonly WriterModule[]): void {
  for (const step of modules.flatMap(({ migrations }) => migrations)) {
    const inserts = [...step.matchAll(drawn)]
    assert(inserts.length === (step.match(/\brandom/g) ?? []).length, 'a copy knows all that a migration draws')
    for (const [insert, name] of inserts) db.exec(`DELETE FROM ${name}; ${insert}`)
  }
}

/** The real store without its thread, in memory or on a path: same migrations, same handlers, same commit code. */
export function openLocalStore(
  modules: readonly WriterModule[],
  path = ':memory:',
): { writer: Writer; reader: Reader; close(): void } {
  const db = new Sqlite(path)
  if (path === ':memory:') {
    db.db.deserialize(imageOf(modules))
    drawAnew(db, modules)
  }
  migrate(db, modules, 0)
  for (const module of modules) module.load?.(db.tx(() => undefined))
  const handlers = new Map<string, Handler>(modules.flatMap((m) => m.handlers.map((h) => [h.name, h] as const)))
  const submit = (...commands: Command<unknown>[]): Promise<unknown[]> => {
    const [outcome] = commitGroup(db, handlers, [
      { id: 1, commands: structuredClone(commands.map(({ name, args }) => ({ name, args }))) },
    ])
    if (outcome !== undefined && 'results' in outcome) return Promise.resolve(outcome.results)
    return Promise.reject(fromErrorRecord(outcome?.error ?? { code: 'ERR_INTERNAL', message: 'no outcome' }))
  }
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- same contract as startWriter, see there
    writer: { submit: submit as Writer['submit'], waiting: 0, close: () => Promise.resolve(db.close()) },
    reader: db,
    close: () => db.close(),
  }
}
