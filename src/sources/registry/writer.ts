import { parseOwnJson } from '#kit'
import type { EntityId, Gap, SourceId, TenantId } from '#model'
import { command, handler, type Tx, type WriterModule } from '#store'
import type { SealedText } from '#vault'

import { deliveryHandler, deliveryTable } from './delivery.ts'
import { SourceError } from './error.ts'
import type { Source, SourceScope, SourceState, SourceTrust } from './source.ts'

export type NewSource = Omit<Source, 'revision' | 'state' | 'backfillSinceMs'>
export type SourceChange = {
  config?: unknown
  authority?: string
  scope?: SourceScope
  trust?: SourceTrust
  state?: SourceState
  backfillSinceMs?: number
}
export type IngestTokenRow = {
  tenant: TenantId
  id: string
  source: SourceId
  /** Entity ids that events under this token may speak about; null: the source's whole scope. */
  boundTo: EntityId | null
  sha256: string
  createdAtMs: number
}

type Named = { tenant: TenantId; id: SourceId }

export const addSource = command<NewSource, Source>('sources.add')
export const updateSource = command<Named & { revision: number; change: SourceChange }, Source>('sources.update')
/**
 * Its events stay; its sealed credentials and ingest tokens go. INVARIANT: the name is never given again: cursors, seen
 * ids, health and trust of old events hang on it, and whoever came next under it would inherit them.
 */
export const removeSource = command<Named & { atMs: number }, null>('sources.remove')
/** Gap records of the log, as projected; the same offset twice changes nothing. */
export const noteGaps = command<
  { tenant: TenantId; gaps: { source: SourceId; offset: number; gap: Gap & { of: string } }[] },
  null
>('sources.note-gaps')
/** New sealed credentials: a rotation at the vendor, or the same ones under a newer key of the vault (`from` guards the race). */
export const resealSource = command<
  Named & { use: 'see' | 'contain'; sealed: SealedText | null; from?: SealedText | null },
  Source
>('sources.reseal')
export const createIngestToken = command<IngestTokenRow, null>('sources.create-token')
export const revokeIngestToken = command<{ tenant: TenantId; id: string; atMs: number }, boolean>(
  'sources.revoke-token',
)

export type SourceRow = {
  tenant: TenantId
  id: string
  connector: string
  config: string
  authority: string | null
  sealed_see: string | null
  sealed_contain: string | null
  trust: SourceTrust
  scope: string
  state: SourceState
  created_at: number
  revision: number
  backfill_since: number | null
}

const tables = `
  CREATE TABLE source (tenant TEXT NOT NULL, id TEXT NOT NULL, connector TEXT NOT NULL, config TEXT NOT NULL,
    authority TEXT, sealed_see TEXT, sealed_contain TEXT, trust TEXT NOT NULL, scope TEXT NOT NULL,
    state TEXT NOT NULL, created_at INTEGER NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (tenant, id)) STRICT;
  CREATE TABLE ingest_token (tenant TEXT NOT NULL, id TEXT NOT NULL, source TEXT NOT NULL, bound_to TEXT,
    sha256 TEXT NOT NULL, created_at INTEGER NOT NULL, revoked_at INTEGER, PRIMARY KEY (tenant, id)) STRICT;
  CREATE UNIQUE INDEX ingest_token_id ON ingest_token (id);
  CREATE INDEX ingest_token_source ON ingest_token (tenant, source);`

const gapTable = `
  CREATE TABLE source_gap (tenant TEXT NOT NULL, source TEXT NOT NULL, log_offset INTEGER NOT NULL, stream TEXT NOT NULL,
    from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, reason TEXT NOT NULL, recovered INTEGER NOT NULL,
    PRIMARY KEY (tenant, log_offset)) STRICT;
  CREATE INDEX source_gap_source ON source_gap (tenant, source, to_at);`

const removedTable = `
  CREATE TABLE source_removed (tenant TEXT NOT NULL, id TEXT NOT NULL, removed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)) STRICT;`

const sourceName = /^[a-z0-9][a-z0-9._-]{0,62}$/

export const sourcesWriter: WriterModule = {
  name: 'sources',
  migrations: [tables, gapTable, 'ALTER TABLE source ADD COLUMN backfill_since INTEGER', removedTable, deliveryTable],
  handlers: [
    handler(addSource, (tx, source) => {
      if (!sourceName.test(source.id)) {
        throw new SourceError('ERR_SOURCE_NAME', `\`${source.id}\` is no name for a source`, {
          hint: 'use up to 63 lower-case letters, digits, dots, dashes and underscores',
        })
      }
      if (find(tx, source) !== undefined) {
        throw new SourceError('ERR_SOURCE_EXISTS', `there is a source \`${source.id}\` already`, {
          hint: 'choose another name: `cordon source list` shows those that are taken',
        })
      }
      if (tx.get('SELECT 1 FROM source_removed WHERE tenant = ? AND id = ?', source.tenant, source.id) !== undefined) {
        throw new SourceError(
          'ERR_SOURCE_EXISTS',
          `there was a source \`${source.id}\`, and its events are still here`,
          {
            hint: `a name is given once; choose another, for example \`${source.id}-2\``,
          },
        )
      }
      tx.run(
        `INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'active', ?, 1, NULL)`,
        source.tenant,
        source.id,
        source.connector,
        JSON.stringify(source.config ?? null),
        source.authority,
        source.sealedSee,
        source.sealedContain,
        source.trust,
        JSON.stringify(source.scope),
        source.createdAtMs,
      )
      return get(tx, source)
    }),
    handler(updateSource, (tx, { tenant, id, revision, change }) => {
      const before = get(tx, { tenant, id })
      if (before.revision !== revision) {
        throw new SourceError('ERR_SOURCE_CHANGED', `the source \`${id}\` was changed meanwhile`, {
          hint: 'read it again and repeat the change',
          retryable: true,
        })
      }
      const after = { ...before, ...change }
      tx.run(
        `UPDATE source SET config = ?, authority = ?, trust = ?, scope = ?, state = ?, backfill_since = ?, revision = revision + 1
         WHERE tenant = ? AND id = ?`,
        JSON.stringify(after.config ?? null),
        after.authority,
        after.trust,
        JSON.stringify(after.scope),
        after.state,
        after.backfillSinceMs,
        tenant,
        id,
      )
      return get(tx, { tenant, id })
    }),
    handler(removeSource, (tx, { tenant, id, atMs }) => {
      get(tx, { tenant, id })
      tx.run('INSERT INTO source_removed VALUES (?, ?, ?)', tenant, id, atMs)
      tx.run('DELETE FROM ingest_token WHERE tenant = ? AND source = ?', tenant, id)
      tx.run('DELETE FROM source_delivery WHERE tenant = ? AND source = ?', tenant, id)
      tx.run('DELETE FROM source WHERE tenant = ? AND id = ?', tenant, id)
      return null
    }),
    handler(resealSource, (tx, { tenant, id, use, sealed, from }) => {
      const before = get(tx, { tenant, id })
      const held = use === 'see' ? before.sealedSee : before.sealedContain
      if (from !== undefined && from !== held) {
        throw new SourceError('ERR_SOURCE_CHANGED', `the credential of \`${id}\` was changed meanwhile`, {
          retryable: true,
        })
      }
      const column = use === 'see' ? 'sealed_see' : 'sealed_contain'
      tx.run(`UPDATE source SET ${column} = ?, revision = revision + 1 WHERE tenant = ? AND id = ?`, sealed, tenant, id)
      return get(tx, { tenant, id })
    }),
    handler(noteGaps, (tx, { tenant, gaps }) => {
      for (const { source, offset, gap } of gaps) {
        tx.run(
          'INSERT INTO source_gap VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
          tenant,
          source,
          offset,
          gap.of,
          Math.floor(gap.fromMs),
          Math.floor(gap.toMs),
          gap.reason,
          gap.recovered ? 1 : 0,
        )
      }
      return null
    }),
    handler(createIngestToken, (tx, token) => {
      get(tx, { tenant: token.tenant, id: token.source })
      tx.run(
        'INSERT INTO ingest_token VALUES (?, ?, ?, ?, ?, ?, NULL)',
        token.tenant,
        token.id,
        token.source,
        token.boundTo,
        token.sha256,
        token.createdAtMs,
      )
      return null
    }),
    handler(
      revokeIngestToken,
      (tx, { tenant, id, atMs }) =>
        tx.run(
          'UPDATE ingest_token SET revoked_at = ? WHERE tenant = ? AND id = ? AND revoked_at IS NULL',
          atMs,
          tenant,
          id,
        ).changes === 1,
    ),
    deliveryHandler,
  ],
}

const find = (tx: Tx, { tenant, id }: Named): SourceRow | undefined =>
  tx.get<SourceRow>('SELECT * FROM source WHERE tenant = ? AND id = ?', tenant, id)

function get(tx: Tx, named: Named): Source {
  const row = find(tx, named)
  if (row === undefined) {
    throw new SourceError('ERR_SOURCE_UNKNOWN', `there is no source \`${named.id}\``, {
      hint: 'list the sources to see their names',
    })
  }
  return sourceOf(row)
}

export const sourceOf = (row: SourceRow): Source => ({
  tenant: row.tenant,
  id: row.id,
  connector: row.connector,
  config: parseOwnJson<unknown>(row.config),
  authority: row.authority,
  sealedSee: row.sealed_see,
  sealedContain: row.sealed_contain,
  trust: row.trust,
  scope: parseOwnJson<SourceScope>(row.scope),
  state: row.state,
  createdAtMs: row.created_at,
  backfillSinceMs: row.backfill_since,
  revision: row.revision,
})
