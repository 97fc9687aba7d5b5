import type { Clock } from '#kit'
import { kindOf, type EntityId, type TenantId } from '#model'
import { entityCalled } from '#access'
import {
  IdentityError,
  likelyOwners,
  meansOf,
  readAsking,
  readIdentities,
  readWords,
  type Asking,
  type Identity,
  type Likely,
  type Words,
} from '#identities'
import { hasEnded, namesOf, readPeople } from '#people'
import { nameOf } from '#posture'
import { paged, type EstateView } from '#estate'
import type { ResponseOf } from '#api/contract'
import type { Source } from '#sources'
import type { Reader } from '#store'

export type ShownIdentity = ResponseOf<'identity.show'>['identity']
export type KnownIdentity = Omit<ShownIdentity, 'means'>
/** All that act, at one moment, with what people said of them. */
export type Looked = {
  asOf: number
  atMs: number
  all: KnownIdentity[]
  byId: ReadonlyMap<EntityId, Identity>
}

/** Who and what acts here, as sources state it and as people said: what every question about them begins with. */
export function createIdentityLook(parts: {
  tenant: TenantId
  clock: Clock
  reader: Reader
  sources(): readonly Source[]
}) {
  const { tenant, clock, reader } = parts

  async function look(view: EstateView): Promise<Looked> {
    const atMs = clock.nowMs()
    const connectors = new Map(parts.sources().map(({ authority, connector }) => [authority, connector]))
    const found = await readIdentities(view, (authority) => connectors.get(authority))
    const words = readWords(reader, tenant)
    const asking = readAsking(reader, tenant)
    const owners = [...found.flatMap(({ owner }) => owner?.owner ?? []), ...ownersIn(words)]
    const gone = await leftOf(view, atMs, owners)
    const facts = await view.facts([...new Set(owners)])
    const nameIn = (owner: EntityId): string | null => nameOf(facts.get(owner) ?? {}) ?? null
    return {
      asOf: view.asOf,
      atMs,
      all: found.map((one) => shown(one, { words, gone, nameIn }, asking.get(one.identity))),
      byId: new Map(found.map((one) => [one.identity, one])),
    }
  }

  async function withMeans(
    view: EstateView,
    { byId, atMs }: Looked,
    page: readonly KnownIdentity[],
  ): Promise<ShownIdentity[]> {
    const all: ShownIdentity[] = []
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

  return { look, withMeans, called }
}
export type IdentityLook = ReturnType<typeof createIdentityLook>

/** What nothing logs in as is nobody's to answer for yet: every namespace of a cluster brings such an account. */
export async function inUse(view: EstateView, all: readonly KnownIdentity[]): Promise<KnownIdentity[]> {
  const names = all.flatMap(({ identity, also }) => [identity, ...also])
  const into = await paged(names, (page) => view.edgesTo(page, { types: ['AUTHENTICATES_AS'] }))
  const entered = new Set(into.map(({ dst }) => dst))
  return all.filter(({ identity, also }) => [identity, ...also].some((one) => entered.has(one)))
}

const ownersIn = (words: Words): EntityId[] => [...words.values()].flatMap(({ owner }) => owner?.owner ?? [])

/** What a person said last counts for more than what a source states; what the source states stays where nobody said anything. */
type Known = { words: Words; gone: ReadonlySet<EntityId>; nameIn(owner: EntityId): string | null }

function shown(one: Identity, { words, gone, nameIn }: Known, asking: Asking | undefined): KnownIdentity {
  const word = words.get(one.identity)
  const said = word?.owner?.owner ?? null
  const stated = one.owner
  // A word ends with its owner: what the source states stands again.
  const isSaid = said !== null && (!gone.has(said) || stated === null)
  const owner = isSaid
    ? {
        owner: said,
        name: nameIn(said),
        way: 'person' as const,
        says: 'somebody said so',
        left: gone.has(said),
        by: word?.owner?.by ?? null,
        atMs: word?.owner?.atMs ?? null,
      }
    : stated === null
      ? null
      : { ...stated, name: nameIn(stated.owner), left: gone.has(stated.owner), by: null, atMs: null }
  const unowned = one.kind !== 'human' && (owner === null || owner.left)
  const purpose = word?.purpose?.purpose ?? one.purpose
  return { ...one, purpose, owner, unowned, asking: unowned ? (asking ?? null) : null }
}

/** Of these owners, who no longer works here: by the register, or since their vendor has switched them off. */
export async function leftOf(view: EstateView, atMs: number, owners: readonly EntityId[]): Promise<Set<EntityId>> {
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
export async function humanCalled(view: EstateView, text: string, atMs: number): Promise<EntityId> {
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

/** Whom to ask about each, the likeliest first: who still works here, and not whom it had before. */
export async function likelyOf(view: EstateView, all: readonly KnownIdentity[], atMs: number) {
  const found: { of: KnownIdentity; likely: Likely[] }[] = []
  for (const of of all) {
    const likely = await likelyOwners(view, of.identity, of.also)
    found.push({ of, likely: likely.filter(({ who }) => who !== of.owner?.owner) })
  }
  const left = await leftOf(
    view,
    atMs,
    found.flatMap(({ likely }) => likely.map(({ who }) => who)),
  )
  return found.map(({ of, likely }) => ({
    identity: of.identity,
    of,
    likely: likely.filter(({ who }) => !left.has(who)),
  }))
}
