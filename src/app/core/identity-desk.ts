import { hashId, type Clock } from '#kit'
import type { EntityId, FindingId, IncidentId, SourceId, TenantId, WeakThing } from '#model'
import {
  asksAbout,
  asksSince,
  chainOf,
  choose,
  endQuestionsOf,
  IdentityError,
  keepAsks,
  keepQuestions,
  likelyOwners,
  openQuestions,
  sayOwner,
  type NewQuestion,
} from '#identities'
import { usingView, type EstateView } from '#estate'
import type { IdentityDesk, ReceiptOf } from '#api'
import type { ResponseOf } from '#api/contract'
import type { ResponseCore } from '#respond'
import type { Reader, Writer } from '#store'

import { humanCalled, inUse, likelyOf, type IdentityLook, type Looked } from './identity-look.ts'
import { keepFor, pageOf } from './kept-answers.ts'

/** An incident of asks, by the kind of weakness that it is about. */
const unownedKind = 'unowned-identity'

export type IdentityParts = {
  tenant: TenantId
  clock: Clock
  reader: Reader
  writer: Pick<Writer, 'submit'>
  receipt: ReceiptOf
  view(): Promise<EstateView>
  look: IdentityLook
  responder: Pick<ResponseCore, 'open' | 'tasks' | 'taskDone'>
  /** The output that asks people one by one; null: none does, and questions are tasks alone. */
  asker(): SourceId | null
}

/** Who and what acts here, with the people who answer for it: as sources state it, and as somebody said. */
export function createIdentityDesk(parts: IdentityParts): IdentityDesk {
  const { tenant, clock, reader, writer, receipt, responder } = parts
  const { look, withMeans, called } = parts.look
  const kept = keepFor<Looked>(clock)

  return {
    list: ({ kind, state, after, max }) =>
      usingView(parts.view(), async (view) => {
        const looked = await kept('all', after === undefined, () => look(view))
        const rows = looked.all.filter(
          (one) =>
            (kind === undefined || (kind === 'not-human' ? one.kind !== 'human' : one.kind === kind)) &&
            (state === 'all' || one.unowned),
        )
        const counts: ResponseOf<'identity.list'>['counts'] = {}
        for (const one of looked.all) counts[one.kind] = (counts[one.kind] ?? 0) + 1
        const page = pageOf(rows, ({ identity }) => identity, after, max)
        const identities = await withMeans(view, looked, page)
        const alone = looked.all.filter((one) => one.unowned).length
        return { asOf: looked.asOf, atMs: looked.atMs, identities, counts, unowned: alone }
      }),

    show: (text) =>
      usingView(parts.view(), async (view) => {
        const looked = await look(view)
        const { identity, also } = await called(view, looked, text)
        const [one] = await withMeans(
          view,
          looked,
          looked.all.filter((known) => known.identity === identity),
        )
        if (one === undefined) throw new IdentityError('ERR_IDENTITY_OWNER', `\`${identity}\` is gone`)
        const chain = await chainOf(view, identity, also, looked.atMs)
        const ask = asksSince(reader, tenant, looked.atMs).find((known) => known.identity === identity)
        return {
          asOf: looked.asOf,
          identity: one,
          likely: one.unowned ? await likelyOwners(view, identity, also) : [],
          chain: { ...chain, names: await namesIn(view, chain.links) },
          asked: ask === undefined ? null : { atMs: ask.atMs, who: ask.who, incident: ask.incident },
        }
      }),

    async own({ identity: text, owner: ownerText, purpose = null }, by) {
      const atMs = clock.nowMs()
      const { identity, owner } = await usingView(parts.view(), async (view) => {
        const looked = await look(view)
        const found = await called(view, looked, text)
        return {
          identity: found.identity,
          owner: ownerText === undefined ? null : await humanCalled(view, ownerText, atMs),
        }
      })
      // Tasks first: whoever dies in between is asked by its open question again, and the word is kept once.
      const tasksDone = owner === null ? 0 : await finish(identity, owner, by)
      await writer.submit(
        sayOwner({ tenant, word: { identity, owner, purpose, by, atMs } }),
        ...(owner === null ? [] : [endQuestionsOf({ tenant, identity, atMs })]),
        receipt(
          'identity.owned',
          { owner: owner !== null, purpose: purpose !== null },
          { identity, by, ...(owner === null ? {} : { owner }), ...(purpose === null ? {} : { purpose }) },
        ),
      )
      return { identity, owner, purpose, tasksDone }
    },

    ask: ({ dryRun, max }, by, onlyLikely = false) =>
      usingView(parts.view(), async (view) => {
        const looked = await look(view)
        const atMs = looked.atMs
        const alone = await inUse(
          view,
          looked.all.filter((one) => one.unowned),
        )
        const isAsked = new Set(openQuestions(reader, tenant).map(({ identity }) => identity))
        const quiet = alone.filter(({ identity }) => !isAsked.has(identity))
        const all = await likelyOf(view, quiet, atMs)
        const here = onlyLikely ? all.filter(({ likely }) => likely.length > 0) : all
        const { asked, waiting, beyond } = choose(here, asksSince(reader, tenant, atMs), atMs, max)
        const told = asked.map(({ of, identity, who }) => {
          const why = here.find((one) => one.identity === identity)?.likely.find((one) => one.who === who)?.why
          return { identity, name: of.name, who: who === null || why === undefined ? null : { who, why } }
        })
        const incident = dryRun || told.length === 0 ? null : await open(told, by, atMs)
        return { incident, asked: told, waiting: waiting + alone.length - quiet.length, beyond, through: parts.asker() }
      }),
  }

  /** Tasks of people go where tasks go: to the list, and to the trackers and receivers that are connected. */
  async function open(asked: ResponseOf<'identity.ask'>['asked'], by: string, atMs: number) {
    const things = asked.map(({ identity, who }): WeakThing => {
      const whose = who === null ? '' : `; likely ${who.who}, who ${who.why}`
      return {
        finding: findingOf(identity, atMs),
        target: identity,
        mending: 'task',
        does: `say who answers for it: \`cordon identity own ${identity} --owner …\`${whose}`,
        owner: who?.who ?? null,
      }
    })
    const { id } = await responder.open({
      tenant,
      title: things.length === 1 ? 'something that nobody answers for' : `${things.length} that nobody answers for`,
      severity: 'low',
      trigger: { kind: 'weakness', weakness: unownedKind, things },
      window: { fromMs: atMs, toMs: null },
      trust: { origin: 'person', sources: [by], confinedTo: null },
      findings: [],
      containBy: by,
    })
    await writer.submit(
      keepAsks({
        tenant,
        asks: asked.map(({ identity, who }) => ({ identity, who: who?.who ?? null, incident: id, atMs })),
      }),
      keepQuestions({ tenant, questions: questionsOf(asked, id, atMs), after: null, atMs }),
      receipt('identity.asked', { incident: id, asked: asked.length }, { by }),
    )
    return id
  }

  function questionsOf(asked: ResponseOf<'identity.ask'>['asked'], incident: IncidentId, atMs: number) {
    const source = parts.asker()
    return asked.flatMap(({ identity, who }): NewQuestion[] => {
      if (source === null || who === null) return []
      const id = hashId('qst', tenant, identity, who.who, String(atMs))
      return [{ id, identity, ...who, incident, source, atMs }]
    })
  }

  /** Each ask is one of its own, also the second one about the same. */
  function findingOf(identity: EntityId, atMs: number): FindingId {
    return hashId('fnd', tenant, unownedKind, identity, String(atMs))
  }

  /** Who answers ends the tasks that asked. */
  async function finish(identity: EntityId, owner: EntityId, by: string): Promise<number> {
    const asks = asksAbout(reader, tenant, identity)
    let count = 0
    for (const incident of new Set(asks.map((ask) => ask.incident))) {
      for (const { action, target, done } of responder.tasks(tenant, incident)) {
        if (target !== identity || done !== null) continue
        await responder.taskDone(tenant, action, by, `owner: ${owner}`)
        count++
      }
    }
    return count
  }
}

async function namesIn(view: EstateView, links: readonly { src: EntityId; dst: EntityId }[]) {
  const names: Record<string, string> = {}
  const all = [...new Set(links.flatMap(({ src, dst }) => [src, dst]))]
  for (const [entity, { name }] of await view.facts(all)) if (typeof name === 'string') names[entity] = name
  return names
}
