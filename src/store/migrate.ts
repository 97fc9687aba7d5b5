import { formatTime, sha256, toHex } from '#kit'

import { StoreError } from './error.ts'
import type { Sqlite } from './sqlite.ts'
import type { WriterModule } from './command.ts'

/** Rises when the layout of the data directory itself changes; readers accept all earlier ones. */
export const storeFormat = 1

type Applied = { module: string; version: number; sha256: string }

/** True when opening needs a backup first: an existing store with steps still to apply. */
export function hasPendingMigrations(db: Sqlite, modules: readonly WriterModule[]): boolean {
  const known = appliedMigrations(db)
  return known.length > 0 && modules.some((m) => known.filter((k) => k.module === m.name).length < m.migrations.length)
}

/**
 * Applies what is missing, each module's steps in one transaction. Refuses a store written by a newer program, by name,
 * and one whose applied steps differ from ours.
 */
export function migrate(db: Sqlite, modules: readonly WriterModule[], nowMs: number): void {
  db.exec(`CREATE TABLE IF NOT EXISTS store_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS schema_migration (module TEXT NOT NULL, version INTEGER NOT NULL, sha256 TEXT NOT NULL,
      applied_at TEXT NOT NULL, PRIMARY KEY (module, version)) STRICT`)
  const format = db.get<{ value: string }>(`SELECT value FROM store_meta WHERE key = 'format'`)
  if (format !== undefined && Number(format.value) > storeFormat) refuseNewer(`store format ${format.value}`)
  if (format === undefined) db.run(`INSERT INTO store_meta VALUES ('format', ?)`, String(storeFormat))
  const known = appliedMigrations(db)
  for (const module of modules) {
    const applied = known.filter((k) => k.module === module.name)
    if (applied.length > module.migrations.length) refuseNewer(`version ${applied.length} of \`${module.name}\``)
    db.exec('BEGIN IMMEDIATE')
    try {
      for (const [index, sql] of module.migrations.entries()) {
        const hash = toHex(sha256(sql))
        const before = applied[index]
        if (before !== undefined && before.sha256 !== hash) {
          throw new StoreError(
            'ERR_STORE_MIGRATION',
            `step ${index + 1} of \`${module.name}\` is not the one this store was made with`,
            {
              hint: 'start the program version that made this data directory',
            },
          )
        }
        if (before !== undefined) continue
        db.exec(sql)
        db.run('INSERT INTO schema_migration VALUES (?, ?, ?, ?)', module.name, index + 1, hash, formatTime(nowMs))
      }
      db.exec('COMMIT')
    } catch (error) {
      db.exec('ROLLBACK')
      throw error
    }
  }
}

function appliedMigrations(db: Sqlite): Applied[] {
  const table = db.get(`SELECT 1 FROM sqlite_master WHERE name = 'schema_migration'`)
  if (table === undefined) return []
  return db.all<Applied>('SELECT module, version, sha256 FROM schema_migration ORDER BY module, version')
}

function refuseNewer(what: string): never {
  throw new StoreError('ERR_STORE_NEWER', `this data directory was written by a newer Cordon (${what})`, {
    hint: 'start that version, or restore a backup made before the upgrade',
  })
}
