import type { EntityId, IncidentId, ReviewId, TenantId } from '#model'
import { command, handler, type Tx, type WriterModule } from '#store'

import { ReviewError } from './error.ts'

/** Rights of one review: everybody who can read what 42,000 people work on, and some. */
export const reviewItemsMax = 50_000
/** Open at a time, of one tenant. */
export const reviewsOpenMax = 200
/** Items of one decision: one leaf. */
export const decideMax = 1_000

export const itemKinds = ['membership', 'reader', 'credential'] as const
export type ItemKind = (typeof itemKinds)[number]
export type Decision = 'keep' | 'take'

/**
 * A right as it stood when the review was opened. `of` has it, `on` is what it opens; `through`: the groups and roles on the
 * way. `use`: by what sources log of the 90 days before; `untold`: no source would tell. `names`: of whoever has it, in small
 * letters: nobody decides about themselves.
 */
export type NewItem = {
  kind: ItemKind
  of: EntityId
  on: EntityId
  name: string | null
  through: EntityId[]
  use: 'used' | 'unused' | 'untold'
  lastUseMs: number | null
  evidence: number[]
  names: string[]
  /** Who is reminded of it; null: every reviewer has it themselves. */
  reviewer: string | null
}
export type NewReview = {
  id: ReviewId
  of: EntityId
  name: string | null
  /** Log offset that the rights were read at. */
  asOf: number
  reviewers: string[]
  openedBy: string
  openedAtMs: number
  dueAtMs: number
  /** What becomes of rights that nobody decided about. */
  onUndecided: Decision
  /** SHA-256 (hex) over the canonical JSON of all items. */
  digest: string
}

export const openReview = command<{ tenant: TenantId; review: NewReview; items: readonly NewItem[] }, null>(
  'review.open',
)
type Deciding = { tenant: TenantId; review: ReviewId; by: string; atMs: number }
/** Each at most once undone: the newest decision counts until the review is closed. */
export const decideItems = command<
  Deciding & { items: readonly number[]; decision: Decision; reason: string },
  { decided: number }
>('review.decide')
export const noteReminded = command<{ tenant: TenantId; review: ReviewId; atMs: number }, null>('review.remind')
/** From now on no decision is taken; what was to be taken is planned next. */
export const closeReview = command<Deciding, { closed: boolean }>('review.close')
/** Its plans are opened: nothing is left to do. */
export const noteApplied = command<{ tenant: TenantId; review: ReviewId; incidents: readonly IncidentId[] }, null>(
  'review.applied',
)

export const reviewsWriter: WriterModule = {
  name: 'review',
  migrations: [
    `CREATE TABLE review (tenant TEXT NOT NULL, id TEXT NOT NULL, of_entity TEXT NOT NULL, name TEXT, as_of INTEGER NOT NULL,
       reviewers TEXT NOT NULL, opened_by TEXT NOT NULL, opened_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL,
       undecided TEXT NOT NULL, digest TEXT NOT NULL, reminded_ms INTEGER, closed_ms INTEGER, closed_by TEXT,
       incidents TEXT, PRIMARY KEY (tenant, id)) STRICT;
     CREATE INDEX review_open ON review (tenant, due_ms) WHERE incidents IS NULL;
     CREATE TABLE review_item (tenant TEXT NOT NULL, review TEXT NOT NULL, n INTEGER NOT NULL, kind TEXT NOT NULL,
       of_entity TEXT NOT NULL, on_entity TEXT NOT NULL, name TEXT, through TEXT NOT NULL, use TEXT NOT NULL,
       last_use_ms INTEGER, evidence TEXT NOT NULL, names TEXT NOT NULL, reviewer TEXT, decision TEXT, reason TEXT,
       decided_by TEXT, decided_ms INTEGER, PRIMARY KEY (tenant, review, n)) STRICT, WITHOUT ROWID;
     CREATE INDEX review_item_undecided ON review_item (tenant, review, n) WHERE decision IS NULL;`,
  ],
  handlers: [
    handler(openReview, (tx, { tenant, review, items }) => {
      const open = tx.get<{ n: number }>(
        'SELECT count(*) AS n FROM review WHERE tenant = ? AND closed_ms IS NULL',
        tenant,
      )
      if ((open?.n ?? 0) >= reviewsOpenMax) {
        throw new ReviewError('ERR_REVIEW_FULL', `${reviewsOpenMax} reviews are open already`, {
          hint: '`cordon review list` shows them; close one first',
        })
      }
      tx.run(
        `INSERT INTO review VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL)`,
        tenant,
        review.id,
        review.of,
        review.name,
        review.asOf,
        JSON.stringify(review.reviewers),
        review.openedBy,
        review.openedAtMs,
        review.dueAtMs,
        review.onUndecided,
        review.digest,
      )
      for (const [n, item] of items.entries()) {
        tx.run(
          `INSERT INTO review_item VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL)`,
          tenant,
          review.id,
          n + 1,
          item.kind,
          item.of,
          item.on,
          item.name,
          JSON.stringify(item.through),
          item.use,
          item.lastUseMs,
          JSON.stringify(item.evidence),
          JSON.stringify(item.names),
          item.reviewer,
        )
      }
      return null
    }),
    handler(decideItems, (tx, { tenant, review, items, decision, reason, by, atMs }) => {
      refuseClosed(tx, tenant, review)
      let decided = 0
      for (const n of items) {
        decided += tx.run(
          `UPDATE review_item SET decision = ?, reason = ?, decided_by = ?, decided_ms = ?
           WHERE tenant = ? AND review = ? AND n = ? AND NOT EXISTS
             (SELECT 1 FROM json_each(names) WHERE value = ?)`,
          decision,
          reason,
          by,
          atMs,
          tenant,
          review,
          n,
          by.toLowerCase(),
        ).changes
      }
      // All or nothing: whoever may not decide one of them hears of it.
      if (decided < items.length) {
        throw new ReviewError('ERR_REVIEW_OWN', `of these rights ${items.length - decided} are your own, or are none`, {
          hint: 'somebody else decides about what is yours; `cordon review show` numbers them',
        })
      }
      return { decided }
    }),
    handler(noteReminded, (tx, { tenant, review, atMs }) => {
      tx.run('UPDATE review SET reminded_ms = ? WHERE tenant = ? AND id = ?', atMs, tenant, review)
      return null
    }),
    handler(closeReview, (tx, { tenant, review, by, atMs }) => {
      const { changes } = tx.run(
        'UPDATE review SET closed_ms = ?, closed_by = ? WHERE tenant = ? AND id = ? AND closed_ms IS NULL',
        atMs,
        by,
        tenant,
        review,
      )
      return { closed: changes === 1 }
    }),
    handler(noteApplied, (tx, { tenant, review, incidents }) => {
      tx.run('UPDATE review SET incidents = ? WHERE tenant = ? AND id = ?', JSON.stringify(incidents), tenant, review)
      return null
    }),
  ],
}

function refuseClosed(tx: Tx, tenant: TenantId, review: ReviewId): void {
  const row = tx.get<{ closed_ms: number | null }>(
    'SELECT closed_ms FROM review WHERE tenant = ? AND id = ?',
    tenant,
    review,
  )
  if (row !== undefined && row.closed_ms === null) return
  throw new ReviewError('ERR_REVIEW_STATE', `review \`${review}\` is closed`, {
    hint: '`cordon review open` opens another: what was taken is given back by `cordon access give-back`',
  })
}
