import type { Normalized } from '#model'

import type { EdgeBook, Origin } from './edges.ts'
import type { Work } from './work.ts'

type Part = NonNullable<Normalized['snapshot']>

/** Edges looked at per query when a snapshot is complete. */
const absentPage = 10_000

/**
 * Keeps which edges each snapshot stream of a source has stated, and when last. Once every part of a snapshot up to the
 * one marked complete is in, what it does not state any more ends at its `takenAtMs`: unless another stream of the
 * source still states it, or an event has since. A snapshot with a part missing closes nothing.
 */
export function snapshotBook(work: Work, edges: EdgeBook) {
  const { tx, tenant, source } = work
  return {
    stated(stream: string, takenAtMs: number, edge: number): void {
      tx.run(
        `INSERT INTO estate_snapshot_edge VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET taken_at_ms = max(taken_at_ms, excluded.taken_at_ms)`,
        tenant,
        source,
        stream,
        edge,
        takenAtMs,
      )
    },
    /** True when this was the last part that was missing. */
    finishPart(stream: string, part: Part, origin: Origin): boolean {
      const takenAtMs = Math.floor(part.takenAtMs)
      const place = [tenant, source, stream, part.id] as const
      tx.run(
        'INSERT OR IGNORE INTO estate_snapshot VALUES (?, ?, ?, ?, ?, ?, ?)',
        ...place,
        part.part,
        part.complete ? 1 : 0,
        takenAtMs,
      )
      const seen = tx.get<{ parts: number; last: number | null }>(
        `SELECT count(*) AS parts, max(CASE WHEN complete = 1 THEN part END) AS last FROM estate_snapshot
         WHERE tenant = ? AND source = ? AND stream = ? AND snapshot = ?`,
        ...place,
      )
      if (seen === undefined || seen.last === null || seen.parts <= seen.last) return false
      endAbsent(stream, takenAtMs, origin)
      tx.run(
        'DELETE FROM estate_snapshot WHERE tenant = ? AND source = ? AND stream = ? AND taken_at_ms <= ?',
        tenant,
        source,
        stream,
        takenAtMs,
      )
      return true
    },
  }

  function endAbsent(stream: string, takenAtMs: number, origin: Origin): void {
    for (let absent = absentPage; absent === absentPage;) {
      const rows = tx.all<{ edge: number }>(
        `SELECT edge FROM estate_snapshot_edge
         WHERE tenant = ? AND source = ? AND stream = ? AND taken_at_ms < ? LIMIT ?`,
        tenant,
        source,
        stream,
        takenAtMs,
        absentPage,
      )
      absent = rows.length
      for (const { edge } of rows) {
        tx.run(
          'DELETE FROM estate_snapshot_edge WHERE tenant = ? AND source = ? AND stream = ? AND edge = ?',
          tenant,
          source,
          stream,
          edge,
        )
        if (!isStatedElsewhere(edge)) edges.endEdge(edge, takenAtMs, origin)
      }
    }
  }

  /** By any stream; this one's own row is gone already. */
  function isStatedElsewhere(edge: number): boolean {
    const row = tx.get(
      'SELECT 1 FROM estate_snapshot_edge WHERE tenant = ? AND source = ? AND edge = ? LIMIT 1',
      tenant,
      source,
      edge,
    )
    return row !== undefined
  }
}
