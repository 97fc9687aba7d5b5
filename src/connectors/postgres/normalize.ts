import { isObject } from '#kit'
import { nothingNormalized, type Normalized } from '#model'
import type { NormalizeInput, SnapshotPart } from '#sources/contract'

import { normalizeInventory, normalizePeople, normalizeSessions } from './normalize-inventory.ts'
import { normalizeLog } from './normalize-log.ts'
import { normalizeSignIn } from './normalize-sign-in.ts'

const snapshots: Partial<
  Record<string, (authority: string, snapshot: SnapshotPart['snapshot'], rows: unknown) => Normalized>
> = { inventory: normalizeInventory, sessions: normalizeSessions, people: normalizePeople, 'sign-in': normalizeSignIn }

/** Raw record of any stream → edges, touches, facts, OCSF. Pure. */
export function normalize(input: NormalizeInput): Normalized {
  const read = snapshots[input.stream]
  if (read === undefined) return normalizeLog(input)
  const mark = snapshotOf(input.raw)
  if (mark === undefined) return { ...nothingNormalized(), unmapped: `postgres.${input.stream}` }
  return read(input.authority, mark.snapshot, mark.rows)
}

function snapshotOf(raw: unknown): { snapshot: SnapshotPart['snapshot']; rows: unknown } | undefined {
  if (!isObject(raw) || !isObject(raw['snapshot'])) return undefined
  const { id, part, complete, takenAtMs } = raw['snapshot']
  if (typeof id !== 'string' || typeof part !== 'number' || typeof complete !== 'boolean') return undefined
  return typeof takenAtMs === 'number' ? { snapshot: { id, part, complete, takenAtMs }, rows: raw['rows'] } : undefined
}
