import { formatTime, hashId, toSecondsUp, type Clock, type Diagnose } from '#kit'
import {
  entityId,
  trimmedMembershipsMax,
  weakThingsMax,
  type EntityId,
  type FindingId,
  type Incident,
  type IncidentId,
  type TenantId,
  type UnusedMembership,
  type WeakThing,
} from '#model'
import { subjectOf } from '#access'
import { usingView, type EstateView } from '#estate'
import {
  closeReview,
  itemsPage,
  noteApplied,
  noteReminded,
  reviewsUnderWay,
  undecidedOf,
  wayTo,
  type StoredItem,
  type StoredReview,
} from '#reviews'
import type { ReceiptOf } from '#api'
import type { ResponseCore } from '#respond'
import type { Reader, Writer } from '#store'

import { automationName } from './automation.ts'
import { wayToTake, type TakingParts } from './taking-rights.ts'
import { isStage } from './trim-stages.ts'

const dayMs = 86_400_000
/** Reviewers are reminded so long before the due day, or half way where that is later. */
const remindBeforeMs = 3 * dayMs
const pageItems = 1_000
const undecidedRule = 'review.undecided'
const takenRule = 'review.taken'

type Taking = { memberships: UnusedMembership[]; things: WeakThing[]; gone: number; byHand: number }
export type ReviewClosing = ReturnType<typeof createReviewClosing>

/**
 * Reminders as tasks, and what becomes of a review at its end. INVARIANT: a closed review is planned until the store has its
 * incidents: a crash in between plans it again, and the same rights make the same steps, which run once.
 */
export function createReviewClosing(
  parts: TakingParts & {
    tenant: TenantId
    clock: Clock
    reader: Reader
    writer: Pick<Writer, 'submit'>
    receipt: ReceiptOf
    view(): Promise<EstateView>
    responder: Pick<ResponseCore, 'open' | 'close' | 'list'>
    diagnose: Diagnose
  },
) {
  const { tenant, clock, reader, writer, receipt, responder } = parts

  async function remind(review: StoredReview, by: string): Promise<number> {
    const waiting = undecidedOf(reader, tenant, review.id)
    const things = waiting.map(({ reviewer }): WeakThing => {
      // Of what all reviewers have themselves, whoever opened it is told: somebody else must be named.
      const who = entityId('identity', 'cordon', `user/${reviewer ?? review.openedBy.toLowerCase()}`)
      const does = `decide about rights to ${review.name ?? review.of} by ${formatTime(review.dueAtMs)}: cordon review show ${review.id}`
      const finding = findingOf(undecidedRule, review, who)
      return { finding, target: who, mending: 'task', does: does.slice(0, 500), owner: who }
    })
    for (const one of reminding(review)) await responder.close(tenant, one.id, by, 'reminded anew')
    for (let at = 0; at < things.length; at += weakThingsMax) {
      const some = things.slice(at, at + weakThingsMax)
      await open({ title: 'a review waits for decisions', weakness: undecidedRule, things: some }, by)
    }
    await writer.submit(noteReminded({ tenant, review: review.id, atMs: clock.nowMs() }))
    return things.length
  }

  async function close(review: StoredReview, by: string): Promise<{ gone: number; byHand: number }> {
    const { id, kept, taken, undecided, onUndecided } = review
    const facts = { review: id, kept, taken, undecided, onUndecided }
    await writer.submit(
      closeReview({ tenant, review: id, by, atMs: clock.nowMs() }),
      receipt('review.closed', facts, { by }),
    )
    for (const one of reminding(review)) await responder.close(tenant, one.id, by, 'the review is closed')
    return apply(review, by)
  }

  /** Whoever closes it and whoever looks what is due may come at the same moment: one of them plans. */
  const planning = new Map<string, Promise<{ gone: number; byHand: number }>>()
  const apply = (review: StoredReview, by: string): Promise<{ gone: number; byHand: number }> => {
    const mine = planning.get(review.id) ?? plan(review, by).finally(() => planning.delete(review.id))
    planning.set(review.id, mine)
    return mine
  }

  /** What was taken, as plans: memberships as a stage of a trim takes them, the rest as fixes of weak things. */
  async function plan(review: StoredReview, by: string): Promise<{ gone: number; byHand: number }> {
    const { memberships, things, gone, byHand } = await usingView(parts.view(), (view) => takings(view, review))
    const incidents: IncidentId[] = []
    const before = responder.list(tenant).filter(isStage)
    let number = Math.max(0, ...before.map(({ trigger }) => trigger.stage.number))
    for (let at = 0; at < memberships.length; at += trimmedMembershipsMax) {
      const known = before.find(({ trigger }) => trigger.memberships[0]?.right === memberships[at]?.right)
      if (known !== undefined) {
        incidents.push(known.id)
        continue
      }
      number++
      const { id } = await responder.open({
        tenant,
        title: `memberships that a review took, ${review.name ?? review.of}`.slice(0, 200),
        severity: 'low',
        trigger: {
          kind: 'trim',
          memberships: memberships.slice(at, at + trimmedMembershipsMax),
          stage: { number, waitMs: 0, most: null },
        },
        ...opening(by),
      })
      incidents.push(id)
    }
    for (let at = 0; at < things.length; at += weakThingsMax) {
      const some = things.slice(at, at + weakThingsMax)
      incidents.push(await open({ title: 'rights that a review took', weakness: takenRule, things: some }, by))
    }
    await writer.submit(
      noteApplied({ tenant, review: review.id, incidents }),
      receipt('review.planned', { review: review.id, incidents: incidents.length, gone, byHand }, {}),
    )
    return { gone, byHand }
  }

  async function takings(view: EstateView, review: StoredReview): Promise<Taking> {
    const found: Taking = { memberships: [], things: [], gone: 0, byHand: 0 }
    const decisions = review.onUndecided === 'take' ? (['take', 'none'] as const) : (['take'] as const)
    const seen = new Set<EntityId>()
    const hops = { types: ['MEMBER_OF', 'ASSUMES', 'ACTS_AS'], at: toSecondsUp(clock.nowMs()) } as const
    const members = new Set((await view.edgesTo([review.of], hops)).map(({ src }) => src))
    for (const decision of decisions)
      for (let after = 0; ;) {
        const page = itemsPage(reader, tenant, review.id, { after, max: pageItems, decision })
        const last = page.at(-1)
        if (last === undefined) break
        for (const item of page) await takingOf(view, review, item, found, { seen, members })
        after = last.n
      }
    return found
  }

  /** By the way that somebody has it now: whoever has it no more is passed over. */
  async function takingOf(
    view: EstateView,
    review: StoredReview,
    item: StoredItem,
    found: Taking,
    { seen, members }: { seen: Set<EntityId>; members: ReadonlySet<EntityId> },
  ) {
    const { of, on, kind } = item
    const hop = await hopOf(view, item, members)
    if (hop === undefined && kind !== 'credential') return void found.gone++
    const [member, group] = hop ?? [of, on]
    const way = kind === 'credential' ? undefined : await wayToTake(parts, view, member, group)
    if (way !== undefined && 'takes' in way) {
      const { takes } = way
      if (seen.has(takes)) return
      seen.add(takes)
      return void found.memberships.push({ right: hashId('trm', tenant, review.id, takes), member, group, takes })
    }
    const target = kind === 'credential' ? of : member
    if (seen.has(target)) return
    seen.add(target)
    if (kind !== 'credential') found.byHand++
    const does =
      way === undefined
        ? `end this grant of ${on}`
        : `take ${on} from ${of}, who has it as ${member} in ${group} (${way.why})`
    found.things.push({
      finding: findingOf(takenRule, review, target),
      target,
      mending: kind === 'credential' ? 'revoke' : 'task',
      does: `${does}: review ${review.id} decided so`.slice(0, 500),
      owner: null,
    })
  }

  /** The step to take: a membership that an action takes, on the way that stands now; else the last of the way. */
  async function hopOf(
    view: EstateView,
    { kind, of, on }: StoredItem,
    members: ReadonlySet<EntityId>,
  ): Promise<[EntityId, EntityId] | undefined> {
    if (kind === 'credential') return undefined
    if (kind === 'membership') return members.has(of) ? [of, on] : undefined
    const path = await wayTo(view, of, await subjectOf(view, on, { atMs: null }), clock.nowMs())
    for (const { src, dst } of path) if ('takes' in (await wayToTake(parts, view, src, dst))) return [src, dst]
    const last = path.at(-1)
    return last === undefined ? undefined : [last.src, last.dst]
  }

  const findingOf = (rule: string, review: StoredReview, target: EntityId): FindingId =>
    hashId('fnd', tenant, rule, review.id, target)

  const opening = (by: string) => ({
    window: { fromMs: clock.nowMs(), toMs: null },
    trust: { origin: 'person' as const, sources: [by], confinedTo: null },
    findings: [],
    containBy: by,
  })
  async function open(
    { title, weakness, things }: { title: string; weakness: string; things: WeakThing[] },
    by: string,
  ): Promise<IncidentId> {
    const trigger = { kind: 'weakness', weakness, things } as const
    return (await responder.open({ tenant, title, severity: 'low', trigger, ...opening(by) })).id
  }

  /** Open incidents that remind of it. */
  function reminding(review: StoredReview): Incident[] {
    return responder
      .list(tenant, ['open', 'containing', 'contained'])
      .filter(
        ({ trigger }) =>
          trigger.kind === 'weakness' &&
          trigger.weakness === undecidedRule &&
          trigger.things.some(({ does }) => does.endsWith(review.id)),
      )
  }

  return {
    remind,
    close,
    /** What is due by time: reminders, the end, and plans that a crash kept from being opened. */
    async run(): Promise<void> {
      for (const review of reviewsUnderWay(reader, tenant)) {
        const nowMs = clock.nowMs()
        const { openedAtMs, dueAtMs, closedAtMs, closedBy, remindedAtMs, undecided } = review
        try {
          if (closedAtMs !== null) await apply(review, closedBy ?? automationName)
          else if (nowMs >= dueAtMs) await close(review, automationName)
          else if (
            remindedAtMs === null &&
            undecided > 0 &&
            nowMs >= Math.max(dueAtMs - remindBeforeMs, (openedAtMs + dueAtMs) / 2)
          )
            await remind(review, automationName)
        } catch (error) {
          parts.diagnose('error', 'review.failed', {
            review: review.id,
            error: error instanceof Error ? error.message.slice(0, 300) : 'unknown',
          })
        }
      }
    },
  }
}
