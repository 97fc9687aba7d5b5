import { canonicalJson, newId, sha256, toHex, type Clock, type RandomBytes } from '#kit'
import { authorityOf, isEntityId, kindOf, type EntityId, type TenantId } from '#model'
import { entityCalled, type Sight } from '#access'
import { usingView, type EstateView } from '#estate'
import {
  assign,
  called,
  decideItems,
  decideMax,
  itemsPage,
  openReview,
  reviewCalled,
  ReviewError,
  reviewsPage,
  rightsUnder,
  undecidedOf,
  usedWindowMs,
  type StoredItem,
  type StoredReview,
  type UseOf,
} from '#reviews'
import type { ReceiptOf, ReviewDesk } from '#api'
import type { Reader, Writer } from '#store'
import type { Trim } from '#trim'

import type { ReviewClosing } from './review-closing.ts'

const dayMs = 86_400_000
const dueMsMax = 180 * dayMs
/** Characters of a leaf's fact. */
const numbersMax = 500

export type ReviewParts = {
  tenant: TenantId
  clock: Clock
  random: RandomBytes
  reader: Reader
  writer: Pick<Writer, 'submit'>
  receipt: ReceiptOf
  view(): Promise<EstateView>
  sight(): Sight
  propose(view: EstateView, asked: { windowMs: number; withPartly: boolean }): Promise<Trim>
  tells(): ReadonlyMap<string, { logged: readonly unknown[] }>
  /** Users of Cordon by name: they alone can decide. */
  users(): readonly string[]
  closing: ReviewClosing
}

/**
 * People decide who keeps which right. What they are shown is frozen when the review is opened, at a log offset, with its
 * digest in the ledger; each decision is a leaf, and what was taken is planned when it closes, as every containment is.
 */
export function createReviewDesk(parts: ReviewParts): ReviewDesk {
  const { tenant, clock, random, reader, writer, receipt, closing } = parts

  return {
    open: (body, by) =>
      usingView(parts.view(), async (view) => {
        const nowMs = clock.nowMs()
        if (body.dueMs < dayMs || body.dueMs > dueMsMax) {
          throw new ReviewError('ERR_REVIEW_DUE', `a review is due in one day to ${dueMsMax / dayMs}`, {
            place: 'dueMs',
            hint: 'for example --due 14d',
          })
        }
        const of = await entityCalled(view, body.of, ['identity', 'resource', 'class', 'app'], 'of')
        const reviewers = await reviewersOf(view, of, body.reviewers)
        const useOf: UseOf =
          kindOf(of) === 'identity' ? await useByTrim(view, of) : () => ({ use: 'untold', lastUseMs: null })
        const found = await rightsUnder(view, of, { nowMs, sight: parts.sight(), useOf })
        const items = assign(found, reviewers)
        const facts = await view.facts([of])
        const review = {
          id: newId('rev', random),
          of,
          name: called(of, facts).name,
          asOf: view.asOf,
          reviewers,
          openedBy: by,
          openedAtMs: nowMs,
          dueAtMs: nowMs + body.dueMs,
          onUndecided: body.undecided,
          digest: toHex(sha256(canonicalJson(items))),
        }
        const { id, asOf, digest, dueAtMs, onUndecided } = review
        await writer.submit(
          openReview({ tenant, review, items }),
          receipt(
            'review.opened',
            { review: id, items: items.length, asOf, digest, dueAtMs, undecided: onUndecided },
            { by, of, reviewers: reviewers.join(' ') },
          ),
        )
        return shown(need(id))
      }),

    list: ({ before, max }) => ({ reviews: reviewsPage(reader, tenant, max, before).map(shown) }),

    show(id, { after, max, decision, use, mine }, by) {
      const review = need(id)
      const notOf = mine === 'true' ? by.toLowerCase() : undefined
      const items = itemsPage(reader, tenant, review.id, { after, max, decision, use, notOf })
      return {
        review: shown(review),
        waiting: undecidedOf(reader, tenant, review.id),
        items: items.map(withoutNames),
      }
    },

    async decide(id, { items: named, unused, decision, reason }, by) {
      const review = need(id)
      if (!review.reviewers.includes(by.toLowerCase())) {
        throw new ReviewError('ERR_REVIEW_REVIEWER', `\`${by}\` is no reviewer of \`${id}\``, {
          hint: `they are ${review.reviewers.join(', ')}`,
        })
      }
      let decided = 0
      const keep = async (items: readonly number[]): Promise<void> => {
        const args = { tenant, review: review.id, items, decision, reason, by, atMs: clock.nowMs() }
        const facts = { review: review.id, decision, items: items.length, ...numbersOf(items) }
        const [done] = await writer.submit(decideItems(args), receipt('review.decided', facts, { by, reason }))
        decided += done.decided
      }
      if (unused) {
        // Those that nobody decided about, that nothing shows a use of, and that are not one's own.
        const asked = { after: 0, max: decideMax, decision: 'none', use: 'unused', notOf: by.toLowerCase() } as const
        for (let page = itemsPage(reader, tenant, review.id, asked); page.length > 0;) {
          await keep(page.map(({ n }) => n))
          page = itemsPage(reader, tenant, review.id, asked)
        }
      }
      const numbers = [...new Set(named)].sort((a, b) => a - b)
      if (numbers.length > 0) await keep(numbers)
      return { decided, review: shown(need(id)) }
    },

    async remind(id, by) {
      const review = need(id)
      return { tasks: await closing.remind(review, by), review: shown(need(id)) }
    },

    async close(id, by) {
      const review = need(id)
      if (review.closedAtMs !== null) {
        throw new ReviewError('ERR_REVIEW_STATE', `review \`${id}\` is closed already`, {
          hint: `\`cordon review show ${id}\` says what became of it`,
        })
      }
      const { gone, byHand } = await closing.close(review, by)
      return { review: shown(need(id)), gone, byHand }
    },
  }

  function need(id: string): StoredReview {
    const found = reviewCalled(reader, tenant, id)
    if (found !== undefined) return found
    throw new ReviewError('ERR_REVIEW_UNKNOWN', `there is no review \`${id}\``, {
      hint: '`cordon review list` shows them',
    })
  }

  /** Named, or whoever the thing belongs to; all of them must be able to sign in here. */
  async function reviewersOf(view: EstateView, of: EntityId, asked: readonly string[] | 'owners'): Promise<string[]> {
    const users = new Map(parts.users().map((name) => [name.toLowerCase(), name]))
    const wanted = asked === 'owners' ? await ownersOf(view, of) : asked.map((name) => name.toLowerCase())
    const known = [...new Set(wanted.filter((name) => users.has(name)))].sort()
    const unknown = wanted.filter((name) => !users.has(name))
    if (asked !== 'owners' && unknown.length > 0) {
      throw new ReviewError('ERR_REVIEW_REVIEWER', `\`${unknown.join('`, `')}\` is no user of Cordon`, {
        place: 'reviewers',
        hint: '`cordon user list` shows them, and `cordon user add` adds one',
      })
    }
    if (known.length > 0) return known
    throw new ReviewError('ERR_REVIEW_REVIEWER', `nobody who owns \`${of}\` is a user of Cordon`, {
      place: 'reviewers',
      hint: 'name reviewers, or add the owner as a user by their login or address',
    })
  }

  async function ownersOf(view: EstateView, of: EntityId): Promise<string[]> {
    const owned = (await view.edgesFrom([of], { types: ['OWNED_BY'] })).map(({ dst }) => dst)
    const { owner } = (await view.facts([of])).get(of) ?? {}
    const entities = [...owned, ...(typeof owner === 'string' && isEntityId(owner) ? [owner] : [])]
    const facts = await view.facts(entities)
    return [
      ...entities.flatMap((entity) => called(entity, facts).names),
      ...(typeof owner === 'string' ? [owner.toLowerCase()] : []),
    ]
  }

  async function useByTrim(view: EstateView, group: EntityId): Promise<UseOf> {
    const { proposals, held } = await parts.propose(view, { windowMs: usedWindowMs, withPartly: false })
    const unused = new Map(
      [...held.map((one) => ({ ...one, lastUseMs: null })), ...proposals]
        .filter(({ kind, on }) => kind === 'membership' && on === group)
        .map(({ of, lastUseMs }) => [of, lastUseMs]),
    )
    // Where the group's own rights are proposed, its memberships are not: which of them are used is not told.
    const isWhole = [...proposals, ...held].some(({ kind, of }) => kind === 'grant' && of === group)
    const told = parts.tells().get(authorityOf(group))
    const isTold = !isWhole && told !== undefined && told.logged.length > 0
    return (of) => {
      const lastUseMs = unused.get(of)
      if (lastUseMs !== undefined) return { use: 'unused', lastUseMs }
      return { use: isTold ? 'used' : 'untold', lastUseMs: null }
    }
  }
}

/** Names serve the desk alone. */
function withoutNames(item: StoredItem): Omit<StoredItem, 'names'> {
  const { names: _, ...rest } = item
  return rest
}

const shown = ({ id, of, name, asOf, reviewers, openedBy, openedAtMs, dueAtMs, ...rest }: StoredReview) => ({
  id,
  of,
  name,
  asOf,
  reviewers,
  openedBy,
  openedAtMs,
  dueAtMs,
  onUndecided: rest.onUndecided,
  digest: rest.digest,
  items: rest.items,
  kept: rest.kept,
  taken: rest.taken,
  undecided: rest.undecided,
  remindedAtMs: rest.remindedAtMs,
  closedAtMs: rest.closedAtMs,
  closedBy: rest.closedBy,
  incidents: rest.incidents,
})

/** As text where a leaf has room for it; else its hash, which the store's rows make again. */
function numbersOf(items: readonly number[]): { numbers: string } | { numbersHash: string } {
  const numbers = rangesOf(items)
  return numbers.length <= numbersMax ? { numbers } : { numbersHash: toHex(sha256(numbers)) }
}

/** `1-3,7`: short enough for a leaf. */
export function rangesOf(sorted: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const n of sorted) {
    const last = ranges.at(-1)
    if (last !== undefined && n === last[1] + 1) last[1] = n
    else ranges.push([n, n])
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',')
}
