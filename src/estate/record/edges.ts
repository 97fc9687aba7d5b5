import { toSecondsDown, toSecondsUp } from '#kit'
import { edgeTypes, type Confidence, type EdgeStatement } from '#model'

import { conditionalBit, endedBit, inferredBit, openEnd, toSeconds } from '../graph/index.ts'
import type { Current, Work } from './work.ts'

/** Where a statement comes from. `trueAtMs`: the newest time at which the event says so (its own, or its snapshot's). */
export type Origin = { offset: number; arrivedAtMs: number; trueAtMs: number }

export const confidences: readonly Confidence[] = ['observed', 'declared', 'inferred']
const declaredBit = 0x100

type Key = { src: number; type: number; dst: number }

/** Edge statements of one source, applied in log order; `flush` writes what was kept back. */
export function edgeBook(work: Work) {
  const { tx, tenant, source, skewMs, state } = work
  const known = new Map<string, { key: Key; rows: Current[] }>()
  const appended: number[] = []
  const closed: number[] = []

  tx.afterCommit(() => {
    for (const [name, { rows }] of known) work.current.set(name, rows)
  })

  const currentOf = (key: Key): Current[] => {
    const name = `${source} ${key.src} ${key.type} ${key.dst}`
    let found = known.get(name)
    if (found === undefined) {
      const committed = work.current.get(name)
      if (committed !== undefined) {
        work.current.delete(name)
        found = { key, rows: committed.map((row) => ({ ...row })) }
        known.set(name, found)
        return found.rows
      }
      const rows = tx.all<Current>(
        `SELECT edge, bits, valid_from, valid_to, stated_at_ms FROM estate_current
         WHERE tenant = ? AND source = ? AND src = ? AND type = ? AND dst = ?`,
        tenant,
        source,
        key.src,
        key.type,
        key.dst,
      )
      found = { key, rows: rows.map((row) => ({ ...row })) }
      known.set(name, found)
    }
    return found.rows
  }

  /** Cut an open statement off where a close that is newer than it had already been heard. */
  const endKnownBefore = (key: Key, trueAtMs: number): number | null => {
    const shut = tx.get<{ at_ms: number }>(
      'SELECT at_ms FROM estate_shut WHERE tenant = ? AND source = ? AND src = ? AND type = ? AND dst = ?',
      tenant,
      source,
      key.src,
      key.type,
      key.dst,
    )
    return shut !== undefined && trueAtMs < shut.at_ms ? toSeconds(toSecondsUp(shut.at_ms + skewMs)) : null
  }

  const open = (statement: EdgeStatement, key: Key, fromMs: number, toMs: number | null, origin: Origin): number => {
    const { confidence, conditional = false, note = null } = statement
    const bits =
      (confidence === 'inferred' ? inferredBit : confidence === 'declared' ? declaredBit : 0) |
      (conditional ? conditionalBit : 0)
    const from = toSeconds(toSecondsDown(fromMs - skewMs))
    let to = toMs === null ? null : toSeconds(toSecondsUp(toMs + skewMs))
    const trueAtMs = Math.floor(Math.max(fromMs, origin.trueAtMs))
    const rows = currentOf(key)
    const same = rows.find((row) => row.bits === bits && row.valid_from <= from && endsNoEarlier(row.valid_to, to))
    if (same !== undefined) {
      if (trueAtMs > same.stated_at_ms) Object.assign(same, { stated_at_ms: trueAtMs, isStale: true })
      return same.edge
    }
    const known = endKnownBefore(key, trueAtMs)
    if (known !== null && endsNoEarlier(to, known)) to = known
    const edge = state.next_edge++
    tx.run(
      'INSERT INTO estate_edge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      tenant,
      edge,
      source,
      key.src,
      key.type,
      key.dst,
      from,
      to,
      origin.arrivedAtMs,
      confidences.indexOf(confidence),
      conditional ? 1 : 0,
      note,
      origin.offset,
    )
    tx.run(
      'INSERT INTO estate_current VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      tenant,
      source,
      key.src,
      key.type,
      key.dst,
      edge,
      bits,
      from,
      to,
      trueAtMs,
    )
    rows.push({ edge, bits, valid_from: from, valid_to: to, stated_at_ms: trueAtMs })
    const kind = key.type | (bits & (inferredBit | conditionalBit)) | (to === null ? 0 : endedBit)
    appended.push(edge, key.src, key.dst, kind, from, to ?? openEnd)
    return edge
  }

  /** Ends what was stated no later than the close, at the close. */
  const end = (key: Key, atMs: number, origin: Origin, only?: number): void => {
    const to = toSeconds(toSecondsUp(atMs + skewMs))
    const rows = currentOf(key)
    for (const row of rows.slice()) {
      if (row.stated_at_ms > atMs || (only !== undefined && row.edge !== only)) continue
      rows.splice(rows.indexOf(row), 1)
      tx.run(
        `DELETE FROM estate_current WHERE tenant = ? AND source = ? AND src = ? AND type = ? AND dst = ? AND edge = ?`,
        tenant,
        source,
        key.src,
        key.type,
        key.dst,
        row.edge,
      )
      if (row.valid_to !== null && row.valid_to <= to) continue
      tx.run(
        'INSERT INTO estate_close VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        tenant,
        state.next_close++,
        row.edge,
        source,
        key.src,
        key.dst,
        to,
        origin.arrivedAtMs,
        origin.offset,
      )
      closed.push(row.edge, key.src, key.dst, to)
    }
    // A snapshot that leaves one statement out says nothing of others that may still be on their way.
    if (only !== undefined) return
    tx.run(
      `INSERT INTO estate_shut VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET at_ms = max(at_ms, excluded.at_ms)`,
      tenant,
      source,
      key.src,
      key.type,
      key.dst,
      atMs,
    )
  }

  return {
    /** Gives the edge that now says so; undefined for a close. */
    state(statement: EdgeStatement, origin: Origin): number | undefined {
      const key = { src: work.node(statement.src), type: edgeTypes[statement.type], dst: work.node(statement.dst) }
      if (statement.op === 'open') return open(statement, key, statement.atMs, null, origin)
      if (statement.op === 'span') return open(statement, key, statement.fromMs, statement.toMs, origin)
      end(key, Math.floor(statement.atMs), origin)
      return undefined
    },
    /** Ends one edge, unless it was stated again since. */
    endEdge(edge: number, atMs: number, origin: Origin): void {
      const key = tx.get<Key>('SELECT src, type, dst FROM estate_edge WHERE tenant = ? AND edge = ?', tenant, edge)
      if (key !== undefined) end(key, atMs, origin, edge)
    },
    flush(): { appended: Uint32Array; closed: Uint32Array } {
      for (const { key, rows } of known.values()) {
        for (const row of rows) {
          if (row.isStale !== true) continue
          row.isStale = false
          tx.run(
            `UPDATE estate_current SET stated_at_ms = ?
             WHERE tenant = ? AND source = ? AND src = ? AND type = ? AND dst = ? AND edge = ?`,
            row.stated_at_ms,
            tenant,
            source,
            key.src,
            key.type,
            key.dst,
            row.edge,
          )
        }
      }
      return { appended: Uint32Array.from(appended), closed: Uint32Array.from(closed) }
    },
  }
}
export type EdgeBook = ReturnType<typeof edgeBook>

/** Does an end (null: none) lie at or after another? */
const endsNoEarlier = (mine: number | null, other: number | null): boolean =>
  mine === null || (other !== null && mine >= other)
