import type { SourceId, TenantId } from '#model'
import { command, handler, type Reader, type WriterModule } from '#store'

import { OutputError } from './error.ts'
import { dropLinks, taskLinkHandlers, taskLinkTable } from './task-links.ts'

type Of = { tenant: TenantId; source: SourceId; feed: string }
/** Refusals that are remembered of one output, the newest. */
export const refusalsKeptMax = 1_000
const reasonCharsMax = 200

/** How far an output came. `sent`, `refused`: records since it began; `inARow`: refused since the last that was taken. */
export type OutputPlace = { place: number; sent: number; refused: number; inARow: number }
export type Refusal = { uid: string; place: number; reason: string }

/** Where a new output begins; one that has begun stays where it is. */
export const beginOutput = command<Of & { place: number; atMs: number }, null>('outputs.begin')
/**
 * The receiver has them, or will never take them. INVARIANT: only from `after` on, so that of two senders, one of which
 * was thought dead, one alone moves the place.
 */
export const moveOutput = command<
  Of & { after: number; upTo: number; sent: number; refused: Refusal[]; inARow: number; atMs: number },
  null
>('outputs.move')
/** The source went. */
export const dropOutputs = command<Omit<Of, 'feed'>, null>('outputs.drop')

export const outputsWriter: WriterModule = {
  name: 'outputs',
  migrations: [
    `CREATE TABLE output_place (tenant TEXT NOT NULL, source TEXT NOT NULL, feed TEXT NOT NULL, place INTEGER NOT NULL,
       sent INTEGER NOT NULL, refused INTEGER NOT NULL, in_a_row INTEGER NOT NULL, moved_at INTEGER NOT NULL,
       PRIMARY KEY (tenant, source, feed)) STRICT;
     CREATE TABLE output_refused (tenant TEXT NOT NULL, source TEXT NOT NULL, feed TEXT NOT NULL, place INTEGER NOT NULL,
       uid TEXT NOT NULL, reason TEXT NOT NULL, at_ms INTEGER NOT NULL,
       PRIMARY KEY (tenant, source, feed, place)) STRICT, WITHOUT ROWID;`,
    taskLinkTable,
  ],
  handlers: [
    ...taskLinkHandlers,
    handler(beginOutput, (tx, { tenant, source, feed, place, atMs }) => {
      tx.run('INSERT OR IGNORE INTO output_place VALUES (?, ?, ?, ?, 0, 0, 0, ?)', tenant, source, feed, place, atMs)
      return null
    }),
    handler(moveOutput, (tx, { tenant, source, feed, after, upTo, sent, refused, inARow, atMs }) => {
      const moved = tx.run(
        `UPDATE output_place SET place = ?, sent = sent + ?, refused = refused + ?, in_a_row = ?, moved_at = ?
         WHERE tenant = ? AND source = ? AND feed = ? AND place = ?`,
        upTo,
        sent,
        refused.length,
        inARow,
        atMs,
        tenant,
        source,
        feed,
        after,
      )
      if (moved.changes !== 1) {
        throw new OutputError('ERR_OUTPUT_MOVED', `\`${source}\` stands no longer at ${feed} ${after}`, {
          hint: 'it is asked anew where it stands',
          retryable: true,
        })
      }
      for (const { place, uid, reason } of refused) {
        const says = reason.slice(0, reasonCharsMax)
        tx.run(
          'INSERT OR IGNORE INTO output_refused VALUES (?, ?, ?, ?, ?, ?, ?)',
          tenant,
          source,
          feed,
          place,
          uid,
          says,
          atMs,
        )
      }
      if (refused.length > 0) {
        tx.run(
          `DELETE FROM output_refused WHERE tenant = ?1 AND source = ?2 AND feed = ?3 AND place IN (SELECT place FROM output_refused
             WHERE tenant = ?1 AND source = ?2 AND feed = ?3 ORDER BY place DESC LIMIT -1 OFFSET ?4)`,
          tenant,
          source,
          feed,
          refusalsKeptMax,
        )
      }
      return null
    }),
    handler(dropOutputs, (tx, { tenant, source }) => {
      tx.run('DELETE FROM output_place WHERE tenant = ? AND source = ?', tenant, source)
      tx.run('DELETE FROM output_refused WHERE tenant = ? AND source = ?', tenant, source)
      dropLinks(tx, tenant, source)
      return null
    }),
  ],
}

export function outputPlace(reader: Reader, { tenant, source, feed }: Of): OutputPlace | undefined {
  return reader.get<OutputPlace>(
    `SELECT place, sent, refused, in_a_row AS inARow FROM output_place WHERE tenant = ? AND source = ? AND feed = ?`,
    tenant,
    source,
    feed,
  )
}

/** Newest first. */
export const outputRefusals = (
  reader: Reader,
  { tenant, source, feed }: Of,
  max: number,
): (Refusal & { atMs: number })[] =>
  reader.all(
    `SELECT uid, place, reason, at_ms AS atMs FROM output_refused WHERE tenant = ? AND source = ? AND feed = ?
     ORDER BY place DESC LIMIT ?`,
    tenant,
    source,
    feed,
    max,
  )
