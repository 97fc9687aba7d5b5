import { newId, toSecondsUp, type Clock, type RandomBytes } from '#kit'
import { authorityOf, kindOf, type EntityId, type EntityKind, type TenantId } from '#model'
import { entityCalled } from '#access'
import { usingView, type EstateView } from '#estate'
import { isOver, LeaseError, leaseStateOf, refuseTerm, refuseTooMany, type LeaseTime } from '#leases'
import type { LeaseDesk } from '#api'
import { leaseCalled, leasePage, openLeases, type ResponseCore, type StoredLease } from '#respond'
import type { Reader } from '#store'

import type { Registry } from '../registry.ts'

export type LeaseParts = {
  tenant: TenantId
  clock: Clock
  random: RandomBytes
  reader: Reader
  time: LeaseTime
  view(): Promise<EstateView>
  responder: Pick<ResponseCore, 'open' | 'close' | 'undo' | 'protectedEntities'>
  sources: { list(): readonly { id: string; connector: string; authority: string | null }[] }
  registry: Pick<Registry, 'find'>
}
type Shown = Awaited<ReturnType<LeaseDesk['show']>>
type Lendable = { gives: EntityId; source: string; verb: string }

/** How somebody comes to a group or role. */
const standing = ['MEMBER_OF', 'ASSUMES', 'ACTS_AS'] as const
const things: readonly EntityKind[] = ['identity', 'credential']
const stepsShownMax = 5

/**
 * Rights for a time: asked for here, approved and given as every step is, and ended by `lease-watch.ts`.
 * INVARIANT: break-glass and what is Cordon's own is never lent, nor lent to; what somebody has anyway is refused, for its end
 * would take it away.
 */
export function createLeaseDesk(parts: LeaseParts): LeaseDesk {
  const { tenant, clock, random, reader, time, responder } = parts
  const stateOf = (stored: StoredLease) => leaseStateOf(stored, time.nowMs())
  // One after the other: two that ask at once would both find room for one.
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }

  return {
    ask: ({ of, what, forMs, why }, by) =>
      inTurn(() =>
        usingView(parts.view(), async (view) => {
          refuseTerm(forMs)
          const thing = await entityCalled(view, what, things, 'what')
          const member = await memberCalled(view, of, thing)
          const { gives } = lendableOf(member, thing)
          await refuseProtected(view, [member, thing])
          await refuseHeld(view, member, thing)
          refuseOpen(member, gives)
          const lease = {
            id: newId('lse', random),
            member,
            thing,
            gives,
            forMs,
            why,
            askedBy: by,
            notBy: [...new Set([by, ...(await namesOf(view, member))].map((name) => name.toLowerCase()))].sort(),
          }
          await responder.open({
            tenant,
            title: 'a right is lent for a time',
            severity: 'low',
            trigger: { kind: 'lease', lease },
            window: { fromMs: clock.nowMs(), toMs: null },
            trust: { origin: 'person', sources: [by], confinedTo: null },
            findings: [],
            containBy: by,
          })
          return shown(view, need(lease.id))
        }),
      ),

    list: ({ open, after, max }) =>
      usingView(parts.view(), async (view) => {
        const last = after === undefined ? undefined : need(after)
        const before = last === undefined ? null : { askedAtMs: last.askedAtMs, incident: last.incident }
        const page =
          open === 'true'
            ? openLeases(reader, tenant).filter(
                (one) =>
                  last === undefined ||
                  one.askedAtMs > last.askedAtMs ||
                  (one.askedAtMs === last.askedAtMs && one.incident > last.incident),
              )
            : leasePage(reader, tenant, { before, max })
        return { leases: await Promise.all(page.slice(0, max).map((one) => shown(view, one))) }
      }),

    show: (id) => usingView(parts.view(), (view) => shown(view, need(id))),

    async end(id, reason, by) {
      const stored = need(id)
      const state = stateOf(stored)
      if (isOver(state)) {
        throw new LeaseError('ERR_LEASE_STATE', `lease \`${id}\` is over already: ${state}`, {
          hint: `\`cordon lease show ${id}\` says since when, and by which proof`,
        })
      }
      if (stored.action?.isSent === true) {
        if (stored.action.state === 'executing') {
          throw new LeaseError('ERR_LEASE_STATE', `lease \`${id}\` is being given this moment`, {
            hint: 'ask again in a minute',
            retryable: true,
          })
        }
        await responder.undo(tenant, stored.action.id, by)
      }
      await responder.close(tenant, stored.incident, by, reason)
      return usingView(parts.view(), (view) => shown(view, need(id)))
    },
  }

  function need(id: string): StoredLease {
    const found = leaseCalled(reader, tenant, id)
    if (found !== undefined) return found
    throw new LeaseError('ERR_LEASE_UNKNOWN', `there is no lease \`${id}\``, { hint: '`cordon lease list` shows them' })
  }

  /** By its id, or by a name that one identity has where the thing is. */
  async function memberCalled(view: EstateView, text: string, thing: EntityId): Promise<EntityId> {
    const realm = authorityOf(thing)
    const named = new Set<EntityId>()
    for (const key of ['login', 'mail', 'name']) {
      for (const one of await view.find('identity', { [key]: text })) if (authorityOf(one) === realm) named.add(one)
    }
    const [only] = named
    return only !== undefined && named.size === 1 ? only : entityCalled(view, text, ['identity'], 'of')
  }

  function lendableOf(member: EntityId, thing: EntityId): Lendable {
    const verbs: string[] = []
    for (const { id: source, connector, authority } of parts.sources.list()) {
      if (authority !== authorityOf(thing)) continue
      for (const action of parts.registry.find(connector)?.lends ?? []) {
        verbs.push(action.verb)
        const gives = action.lends?.(member, thing)
        if (gives !== undefined) return { gives, source, verb: action.verb }
      }
    }
    throw new LeaseError('ERR_LEASE_UNLEASABLE', `nothing can lend \`${thing}\` to \`${member}\``, {
      place: 'what',
      hint:
        verbs.length === 0
          ? 'lease a group, a team or a role of a connected source, or a key of Cordon: `cordon access who` says which one opens a data set'
          : `there is ${verbs.join(', ')}: name a group, team or role there, and an account of the same source`,
    })
  }

  async function refuseProtected(view: EstateView, entities: readonly EntityId[]): Promise<void> {
    const facts = await view.facts([...entities])
    const named = new Set(responder.protectedEntities(tenant).map(({ entity }) => entity))
    for (const entity of entities) {
      const { breakGlass, own } = facts.get(entity) ?? {}
      if (!named.has(entity) && breakGlass !== true && own !== true) continue
      throw new LeaseError('ERR_LEASE_PROTECTED', `\`${entity}\` is break-glass, or Cordon's own: it is never lent`)
    }
  }

  async function refuseHeld(view: EstateView, member: EntityId, thing: EntityId): Promise<void> {
    const isKey = kindOf(thing) === 'credential'
    // Now by the clock: what the estate heard last may be that it ended.
    const at = toSecondsUp(time.nowMs())
    const path = isKey
      ? await view.explain(thing, member, { types: ['AUTHENTICATES_AS'], at })
      : await view.explain(member, thing, { types: [...standing], at })
    if (path !== undefined) {
      const through = path.slice(0, -1).map(({ dst }) => dst)
      const way = through.length === 0 ? 'directly' : `through ${through.slice(0, stepsShownMax).join(', ')}`
      throw new LeaseError('ERR_LEASE_HELD', `\`${member}\` has \`${thing}\` already, ${way}`, {
        place: 'what',
        hint: isKey ? 'kill the key first: then it is alive for leases alone' : 'there is nothing to lend',
      })
    }
    if (!isKey) return
    const { owner } = (await view.facts([thing])).get(thing) ?? {}
    if (typeof owner === 'string' && owner !== member) {
      throw new LeaseError('ERR_LEASE_UNLEASABLE', `\`${thing}\` is a key of \`${owner}\``, {
        place: 'of',
        hint: 'a key is lent to its owner alone',
      })
    }
  }

  function refuseOpen(member: EntityId, gives: EntityId): void {
    const open = openLeases(reader, tenant)
    const same = open.find(({ lease }) => lease.gives === gives)
    if (same !== undefined) {
      throw new LeaseError('ERR_LEASE_OPEN', `\`${same.lease.id}\` is about the same right already`, {
        hint: `\`cordon lease show ${same.lease.id}\``,
      })
    }
    refuseTooMany(
      open.map(({ lease }) => lease),
      member,
    )
  }

  async function namesOf(view: EstateView, entity: EntityId): Promise<string[]> {
    const facts = (await view.facts([entity])).get(entity) ?? {}
    return [entity, ...['name', 'login', 'mail'].flatMap((key) => (typeof facts[key] === 'string' ? [facts[key]] : []))]
  }

  async function shown(view: EstateView, stored: StoredLease): Promise<Shown> {
    const { lease, incident, plan, askedAtMs, action } = stored
    const { id, member, thing, gives, forMs, why, askedBy } = lease
    const facts = await view.facts([member, thing])
    const nameOf = (entity: EntityId): string | null => {
      const name = facts.get(entity)?.['name']
      return typeof name === 'string' ? name : null
    }
    return {
      id,
      state: stateOf(stored),
      member,
      memberName: nameOf(member),
      thing,
      thingName: nameOf(thing),
      gives,
      forMs,
      why,
      askedBy,
      askedAtMs,
      incident,
      plan,
      source: action?.source ?? null,
      verb: action?.verb ?? null,
      action: action?.id ?? null,
      approvals: action?.level ?? null,
      decidedBy: action?.decidedBy ?? [],
      startedAtMs: action?.startedAtMs ?? null,
      untilMs: action?.untilMs ?? null,
      proof: action?.proof ?? null,
      lastError: action?.lastError ?? null,
    }
  }
}
