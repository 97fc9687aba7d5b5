import { hashId, type Clock } from '#kit'
import { kindOf, type EntityId, type FindingId, type TenantId, type WeakThing } from '#model'
import { entityCalled } from '#access'
import {
  asksSince,
  chainOf,
  choose,
  IdentityError,
  keepAsks,
  likelyOwners,
  meansOf,
  readIdentities,
  readWords,
  sayOwner,
  type Identity,
  type Words,
} from '#identities'
import { hasEnded, namesOf, readPeople } from '#people'
import { paged, usingView, type EstateView } from '#estate'
import type { IdentityDesk, ReceiptOf } from '#api'
import type { ResponseOf } from '#api/contract'
import type { ResponseCore } from '#respond'
import type { Source } from '#sources'
import type { Reader, Writer } from '#store'

import { keepFor, pageOf } from './kept-answers.ts'

type Shown = ResponseOf<'identity.show'>['identity']
type Known = Omit<Shown, 'means'>
type Looked = { asOf: number; atMs: number; all: Known[]; byId: ReadonlyMap<EntityId, Identity> }

/** An incident of asks, by the kind of weakness that it is about. */
const unownedKind = 'unowned-identity'

export type IdentityParts = {
  tenant: TenantId
  clock: Clock
  reader: Reader
  writer: Pick<Writer, 'submit'>
  receipt: ReceiptOf
  view(): Promise<EstateView>
  sources(): readonly Source[]
  responder: Pick<ResponseCore, 'open' | 'tasks' | 'taskDone'>
}

/** Who and what acts here, with the people who answer for it: as sources state it, and as somebody said. */
export function createIdentityDesk(parts: IdentityParts): IdentityDesk {
  const { tenant, clock, reader, writer, receipt, responder } = parts
  const kept = keepFor<Looked>(clock)

  async function look(view: EstateView): Promise<Looked> {
    const atMs = clock.nowMs()
    const connectors = new Map(parts.sources().map(({ authority, connector }) => [authority, connector]))
    const found = await readIdentities(view, (authority) => connectors.get(authority))
    const words = readWords(reader, tenant)
    const gone = await leftOf(view, atMs, [...found.flatMap(({ owner }) => owner?.owner ?? []), ...ownersIn(words)])
    return {
      asOf: view.asOf,
      atMs,
      all: found.map((one) => shown(one, words, gone)),
      byId: new Map(found.map((one) => [one.identity, one])),
    }
  }

  async function withMeans(view: EstateView, { byId, atMs }: Looked, page: readonly Known[]): Promise<Shown[]> {
    const all: Shown[] = []
    for (const one of page) {
      const of = byId.get(one.identity)
      if (of === undefined) continue
      const { lastUsedAtMs, ...means } = await meansOf(view, of, atMs)
      all.push({ ...one, lastUsedAtMs: one.lastUsedAtMs ?? lastUsedAtMs, means })
    }
    return all
  }

  /** Of those that are known as one of the list: an app's own identity names the app. */
  async function called(view: EstateView, { byId }: Looked, text: string): Promise<Identity> {
    const entity = await entityCalled(view, text, ['identity', 'app'], 'identity')
    const found = byId.get(entity) ?? [...byId.values()].find(({ also }) => also.includes(entity))
    if (found !== undefined) return found
    throw new IdentityError('ERR_IDENTITY_OWNER', `\`${entity}\` is a role, a group, Cordon’s own, or is gone`, {
      place: 'identity',
      hint: '`cordon identity list` shows what acts here',
    })
  }

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
      await writer.submit(
        sayOwner({ tenant, word: { identity, owner, purpose, by, atMs } }),
        receipt(
          'identity.owned',
          { owner: owner !== null, purpose: purpose !== null },
          { identity, by, ...(owner === null ? {} : { owner }), ...(purpose === null ? {} : { purpose }) },
        ),
      )
      const tasksDone = owner === null ? 0 : await finish(identity, owner, by)
      return { identity, owner, purpose, tasksDone }
    },

    ask: ({ dryRun, max }, by) =>
      usingView(parts.view(), async (view) => {
        const looked = await look(view)
        const atMs = looked.atMs
        const wanted = []
        for (const of of await inUse(
          view,
          looked.all.filter((one) => one.unowned),
        )) {
          const gone = of.owner === null ? [] : [of.owner.owner]
          const likely = (await likelyOwners(view, of.identity, of.also)).filter(({ who }) => !gone.includes(who))
          wanted.push({ identity: of.identity, likely, of })
        }
        const left = await leftOf(
          view,
          atMs,
          wanted.flatMap(({ likely }) => likely.map(({ who }) => who)),
        )
        const here = wanted.map((one) => ({ ...one, likely: one.likely.filter(({ who }) => !left.has(who)) }))
        const { asked, waiting, beyond } = choose(here, asksSince(reader, tenant, atMs), atMs, max)
        const told = asked.map(({ of, identity, who }) => {
          const why = here.find((one) => one.identity === identity)?.likely.find((one) => one.who === who)?.why
          return { identity, name: of.name, who: who === null || why === undefined ? null : { who, why } }
        })
        const incident = dryRun || told.length === 0 ? null : await open(told, by, atMs)
        return { incident, asked: told, waiting, beyond }
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
      receipt('identity.asked', { incident: id, asked: asked.length }, { by }),
    )
    return id
  }

  /** Each ask is one of its own, also the second one about the same. */
  function findingOf(identity: EntityId, atMs: number): FindingId {
    return hashId('fnd', tenant, unownedKind, identity, String(atMs))
  }

  /** Who answers ends the tasks that asked. */
  async function finish(identity: EntityId, owner: EntityId, by: string): Promise<number> {
    const asks = asksSince(reader, tenant, clock.nowMs()).filter((ask) => ask.identity === identity)
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

/** What nothing logs in as is nobody's to answer for yet: every namespace of a cluster brings such an account. */
async function inUse(view: EstateView, all: readonly Known[]): Promise<Known[]> {
  const names = all.flatMap(({ identity, also }) => [identity, ...also])
  const into = await paged(names, (page) => view.edgesTo(page, { types: ['AUTHENTICATES_AS'] }))
  const entered = new Set(into.map(({ dst }) => dst))
  return all.filter(({ identity, also }) => [identity, ...also].some((one) => entered.has(one)))
}

const ownersIn = (words: Words): EntityId[] => [...words.values()].flatMap(({ owner }) => owner?.owner ?? [])

/** What a person said last counts for more than what a source states; what the source states stays where nobody said anything. */
function shown(one: Identity, words: Words, gone: ReadonlySet<EntityId>): Known {
  const word = words.get(one.identity)
  const said = word?.owner?.owner ?? null
  const stated = one.owner
  // A word ends with its owner: what the source states stands again.
  const isSaid = said !== null && (!gone.has(said) || stated === null)
  const owner = isSaid
    ? {
        owner: said,
        way: 'person' as const,
        says: 'somebody said so',
        left: gone.has(said),
        by: word?.owner?.by ?? null,
        atMs: word?.owner?.atMs ?? null,
      }
    : stated === null
      ? null
      : { ...stated, left: gone.has(stated.owner), by: null, atMs: null }
  const unowned = one.kind !== 'human' && (owner === null || owner.left)
  return { ...one, purpose: word?.purpose?.purpose ?? one.purpose, owner, unowned }
}

/** Of these owners, who no longer works here: by the register, or since their vendor has switched them off. */
async function leftOf(view: EstateView, atMs: number, owners: readonly EntityId[]): Promise<Set<EntityId>> {
  const names = [...new Set(owners)]
  if (names.length === 0) return new Set()
  const { register, join } = await readPeople(view, atMs)
  const ended = register.people.filter((person) => hasEnded(person, atMs))
  const gone = new Set(ended.flatMap(({ person }) => [person, ...namesOf(join.of.get(person) ?? [])]))
  const facts = await view.facts(names)
  return new Set(
    names.filter((one) => {
      const { enabled, status } = facts.get(one) ?? {}
      return gone.has(one) || enabled === false || status === 'deleted'
    }),
  )
}

/** Somebody who works here: by account, login, or work address. INVARIANT: no program answers for a program. */
async function humanCalled(view: EstateView, text: string, atMs: number): Promise<EntityId> {
  const { register } = await readPeople(view, atMs)
  const lower = text.toLowerCase()
  const people = register.people.filter(({ person, mail }) => person === text || mail === lower)
  const [only] = people
  const entity =
    only !== undefined && people.length === 1
      ? only.person
      : await entityCalled(view, text, ['identity', 'person'], 'owner')
  const [left, facts] = [await leftOf(view, atMs, [entity]), (await view.facts([entity])).get(entity) ?? {}]
  const isHuman = kindOf(entity) === 'person' || facts['kind'] === 'human' || only !== undefined
  if (isHuman && !left.has(entity)) return entity
  throw new IdentityError('ERR_IDENTITY_OWNER', `\`${text}\` ${isHuman ? 'no longer works here' : 'is no human'}`, {
    place: 'owner',
    hint: 'name somebody who works here: `cordon people list` shows them',
  })
}

async function namesIn(view: EstateView, links: readonly { src: EntityId; dst: EntityId }[]) {
  const names: Record<string, string> = {}
  const all = [...new Set(links.flatMap(({ src, dst }) => [src, dst]))]
  for (const [entity, { name }] of await view.facts(all)) if (typeof name === 'string') names[entity] = name
  return names
}
