import type { z } from 'zod'

import { isObject, parseJson, type Json, type JsonObject } from '#kit'
import { mergeNormalized, nothingNormalized, type Normalized, type OcsfEvent, type Stated } from '#model'

import { VendorError } from './answer.ts'
import type { NormalizeInput } from './connector.ts'

export type SnapshotHead = NonNullable<Normalized['snapshot']>

/** What the runtime writes of one part of a snapshot, `rows` as the stream's page gave it; undefined for anything else. */
export function readSnapshot(raw: Json): { head: SnapshotHead; rows: JsonObject } | undefined {
  const { snapshot, rows } = isObject(raw) ? raw : {}
  if (!isObject(snapshot) || !isObject(rows)) return undefined
  const { id, part, complete, takenAtMs } = snapshot
  if (typeof id !== 'string' || typeof part !== 'number' || typeof takenAtMs !== 'number') return undefined
  return { head: { id, part, complete: complete === true, takenAtMs }, rows }
}

/**
 * Rows of a vendor's lists as they go into the record: each says its kind in `of`. INVARIANT: they get there only through
 * their kind's shape, so nothing that it does not name is kept.
 */
export const keptRows =
  <Shapes extends Record<string, z.ZodObject>>(shapes: Shapes) =>
  (kind: keyof Shapes & string, rows: readonly unknown[]): Json[] =>
    rows.map((row) => {
      const kept = shapes[kind]?.safeParse(row)
      if (kept?.success === true) return parseJson(JSON.stringify({ of: kind, ...kept.data }))
      throw new VendorError('ERR_VENDOR_SHAPE', `a row of \`${kind}\` came in a shape that was not expected`, {
        place: (kept?.error.issues[0]?.path ?? []).map(String).join('.'),
        hint: 'the vendor may have changed its API: see whether a newer Cordon reads it',
      })
    })

/** Whose inventory a row is of, and when it was taken (ms UTC). */
export type TakenAt = { authority: string; atMs: number }

/**
 * `normalize` of snapshots whose pages give `{ rows }`, each row saying its kind in `of`: by kind a shape and what such a
 * row states. A row of no known kind or shape is counted as unmapped; the others of its page go on. `event`: that the
 * inventory was looked at.
 */
export function snapshotNormalizer<Shapes extends Record<string, z.ZodType>>({
  shapes,
  states,
  event,
}: {
  shapes: Shapes
  states: { [Kind in keyof Shapes]: (row: z.output<Shapes[Kind]>, at: TakenAt) => Stated }
  event(at: TakenAt): OcsfEvent
}): (input: NormalizeInput) => Normalized {
  const isKind = (kind: unknown): kind is keyof Shapes & string =>
    typeof kind === 'string' && Object.hasOwn(shapes, kind)
  const state = <Kind extends keyof Shapes>(kind: Kind, row: unknown, at: TakenAt): Stated | undefined => {
    const result = shapes[kind]?.safeParse(row)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- parsed by the very schema the type is made of
    return result?.success === true ? states[kind](result.data as z.output<Shapes[Kind]>, at) : undefined
  }
  return ({ raw, authority, stream }) => {
    const out = nothingNormalized()
    const snapshot = readSnapshot(raw)
    if (snapshot === undefined) return { ...out, unmapped: stream }
    out.snapshot = snapshot.head
    const at = { authority, atMs: snapshot.head.takenAtMs }
    out.ocsf.push(event(at))
    const rows: unknown[] = Array.isArray(snapshot.rows['rows']) ? snapshot.rows['rows'] : []
    for (const row of rows) {
      const kind = isObject(row) ? row['of'] : undefined
      const stated = isKind(kind) ? state(kind, row, at) : undefined
      if (stated === undefined) out.unmapped = isKind(kind) ? kind : stream
      else mergeNormalized(out, stated)
    }
    return out
  }
}
