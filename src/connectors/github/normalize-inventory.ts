import type { Json } from '#kit'
import { nothingNormalized, ocsfEvent, type Normalized } from '#model'
import { readSnapshot, type NormalizeInput, type SnapshotHead } from '#sources/contract'

import { product } from './describe.ts'
import { organisationSays } from './normalize-organisation.ts'
import { sayRepository } from './normalize-repository.ts'
import { repoWithParts } from './rows.ts'
import { Statements } from './statements.ts'

/** Rows of both snapshots → entities, edges, facts: lists of the organisation by a table, a repository with all its parts. */
export function normalizeInventory({ raw, stream, authority }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const part = readPart(raw)
  if (part === undefined) return { ...out, unmapped: stream }
  out.snapshot = part.snapshot
  const say = new Statements(authority, part.snapshot.takenAtMs)
  for (const row of part.rows) {
    if (part.list === 'repositories') sayRepository(say, repoWithParts.parse(row))
    else if (organisationSays[part.list] === undefined) out.unmapped = `${stream} ${part.list}`
    else organisationSays[part.list]?.(say, row)
  }
  out.ocsf.push(
    ocsfEvent('cloud_resources_inventory_info', 'collect', part.snapshot.takenAtMs, product, {
      idp: { uid: authority },
      message: `${part.rows.length} ${part.list}`,
    }),
  )
  return say.into(out)
}

type Part = { snapshot: SnapshotHead; list: string; rows: unknown[] }

function readPart(raw: Json): Part | undefined {
  const snapshot = readSnapshot(raw)
  if (snapshot === undefined) return undefined
  const { kind, rows } = snapshot.rows
  return typeof kind === 'string' && Array.isArray(rows) ? { snapshot: snapshot.head, list: kind, rows } : undefined
}
