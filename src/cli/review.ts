import { formatTime } from '#kit'
import type { ResponseOf } from '#api/contract'

import { plural, table } from './table.ts'

/** Plain-text form of what the API says of reviews. Pure. */
type Review = ResponseOf<'review.open'>
type Item = ResponseOf<'review.show'>['items'][number]

const dayOf = (ms: number): string => formatTime(ms).slice(0, 10)
const stateOf = ({ closedAtMs, incidents }: Review): string =>
  closedAtMs === null ? 'open' : incidents === null ? 'being planned' : 'closed'

export function renderReviews(reviews: readonly Review[]): string[] {
  if (reviews.length === 0) return ['no reviews']
  const rows = reviews.map((one) => [
    one.id,
    stateOf(one),
    one.name ?? one.of,
    dayOf(one.dueAtMs),
    String(one.items),
    String(one.undecided),
    one.reviewers.join(', '),
  ])
  return [table(['id', 'state', 'of', 'due', 'rights', 'undecided', 'reviewers'], rows)]
}

export function renderReview(review: Review): string[] {
  const { id, of, name, asOf, reviewers, dueAtMs, items, kept, taken, undecided, onUndecided } = review
  const rest = onUndecided === 'keep' ? 'kept, and named as undecided' : 'taken'
  return [
    `${id} ${stateOf(review)}: ${name === null ? '' : `${name}  `}${of}`,
    `${plural(items, 'right')} as of log offset ${asOf}; ${kept} kept, ${taken} to be taken, ${undecided} undecided (${rest} on ${dayOf(dueAtMs)})`,
    `reviewers: ${reviewers.join(', ')}`,
    ...(review.incidents ?? []).map(
      (incident) => `Approve:   cordon contain ${incident}, and again with --approve and the hash that it shows`,
    ),
  ]
}

export function renderItems(items: readonly Item[]): string[] {
  if (items.length === 0) return ['no rights to show']
  const rows = items.map((one) => [
    String(one.n),
    one.name ?? one.of,
    one.through.length === 0 ? '-' : one.through.join(' > '),
    one.lastUseMs === null ? one.use : `${one.use}, ${dayOf(one.lastUseMs)}`,
    one.reviewer ?? 'nobody: all have it',
    one.decision === null ? '-' : `${one.decision}: ${one.reason ?? ''}`,
  ])
  return [table(['n', 'who', 'through', 'use', 'reviewer', 'decision'], rows)]
}
