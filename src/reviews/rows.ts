import { parseOwnJson } from '#kit'
import type { EntityId, IncidentId, ReviewId, TenantId } from '#model'
import type { Reader } from '#store'

import type { Decision, ItemKind, NewItem, NewReview } from './writer.ts'

export type Counts = { items: number; kept: number; taken: number; undecided: number }
export type StoredReview = NewReview &
  Counts & {
    remindedAtMs: number | null
    closedAtMs: number | null
    closedBy: string | null
    /** Where what was taken is planned; null while the review is open, or its plans are not opened yet. */
    incidents: IncidentId[] | null
  }
export type StoredItem = NewItem & {
  n: number
  decision: Decision | null
  reason: string | null
  decidedBy: string | null
  decidedAtMs: number | null
}

type ReviewRow = {
  id: ReviewId
  of_entity: EntityId
  name: string | null
  as_of: number
  reviewers: string
  opened_by: string
  opened_ms: number
  due_ms: number
  undecided: Decision
  digest: string
  reminded_ms: number | null
  closed_ms: number | null
  closed_by: string | null
  incidents: string | null
}
type ItemRow = {
  n: number
  kind: ItemKind
  of_entity: EntityId
  on_entity: EntityId
  name: string | null
  through: string
  use: NewItem['use']
  last_use_ms: number | null
  evidence: string
  names: string
  reviewer: string | null
  decision: Decision | null
  reason: string | null
  decided_by: string | null
  decided_ms: number | null
}

/** The newest first; `before`: opened before this, ms UTC. */
export const reviewsPage = (reader: Reader, tenant: TenantId, max: number, beforeMs?: number): StoredReview[] =>
  reader
    .all<ReviewRow>(
      'SELECT * FROM review WHERE tenant = ? AND opened_ms < ? ORDER BY opened_ms DESC, id LIMIT ?',
      tenant,
      beforeMs ?? Number.MAX_SAFE_INTEGER,
      max,
    )
    .map((row) => toReview(reader, tenant, row))

/** Open, or closed and not planned yet, whichever is due first. */
export const reviewsUnderWay = (reader: Reader, tenant: TenantId): StoredReview[] =>
  reader
    .all<ReviewRow>('SELECT * FROM review WHERE tenant = ? AND incidents IS NULL ORDER BY due_ms, id', tenant)
    .map((row) => toReview(reader, tenant, row))

export function reviewCalled(reader: Reader, tenant: TenantId, id: string): StoredReview | undefined {
  const row = reader.get<ReviewRow>('SELECT * FROM review WHERE tenant = ? AND id = ?', tenant, id)
  return row && toReview(reader, tenant, row)
}

export type ItemsAsked = {
  after: number
  max: number
  decision?: Decision | 'none' | undefined
  use?: NewItem['use'] | undefined
  /** Not those whose holder has this name. */
  notOf?: string | undefined
}
export const itemsPage = (
  reader: Reader,
  tenant: TenantId,
  review: ReviewId,
  { after, max, decision, use, notOf }: ItemsAsked,
): StoredItem[] =>
  reader
    .all<ItemRow>(
      `SELECT * FROM review_item WHERE tenant = ? AND review = ? AND n > ? AND (? IS NULL OR coalesce(decision, 'none') = ?)
         AND (? IS NULL OR use = ?) AND (? IS NULL OR NOT EXISTS (SELECT 1 FROM json_each(names) WHERE value = ?))
       ORDER BY n LIMIT ?`,
      tenant,
      review,
      after,
      decision ?? null,
      decision ?? null,
      use ?? null,
      use ?? null,
      notOf ?? null,
      notOf ?? null,
      max,
    )
    .map(toItem)

/** By reviewer, how many rights nobody has decided about. */
export const undecidedOf = (
  reader: Reader,
  tenant: TenantId,
  review: ReviewId,
): { reviewer: string | null; items: number }[] =>
  reader.all<{ reviewer: string | null; items: number }>(
    `SELECT reviewer, count(*) AS items FROM review_item WHERE tenant = ? AND review = ? AND decision IS NULL
     GROUP BY reviewer ORDER BY reviewer`,
    tenant,
    review,
  )

function toReview(reader: Reader, tenant: TenantId, row: ReviewRow): StoredReview {
  const counts = reader.get<{ items: number; kept: number; taken: number }>(
    `SELECT count(*) AS items, count(*) FILTER (WHERE decision = 'keep') AS kept,
       count(*) FILTER (WHERE decision = 'take') AS taken FROM review_item WHERE tenant = ? AND review = ?`,
    tenant,
    row.id,
  ) ?? { items: 0, kept: 0, taken: 0 }
  return {
    id: row.id,
    of: row.of_entity,
    name: row.name,
    asOf: row.as_of,
    reviewers: parseOwnJson<string[]>(row.reviewers),
    openedBy: row.opened_by,
    openedAtMs: row.opened_ms,
    dueAtMs: row.due_ms,
    undecided: counts.items - counts.kept - counts.taken,
    onUndecided: row.undecided,
    digest: row.digest,
    ...counts,
    remindedAtMs: row.reminded_ms,
    closedAtMs: row.closed_ms,
    closedBy: row.closed_by,
    incidents: row.incidents === null ? null : parseOwnJson<IncidentId[]>(row.incidents),
  }
}

const toItem = (row: ItemRow): StoredItem => ({
  n: row.n,
  kind: row.kind,
  of: row.of_entity,
  on: row.on_entity,
  name: row.name,
  through: parseOwnJson<EntityId[]>(row.through),
  use: row.use,
  lastUseMs: row.last_use_ms,
  evidence: parseOwnJson<number[]>(row.evidence),
  names: parseOwnJson<string[]>(row.names),
  reviewer: row.reviewer,
  decision: row.decision,
  reason: row.reason,
  decidedBy: row.decided_by,
  decidedAtMs: row.decided_ms,
})
