import { kindOf, type EntityId, type Exposure, type Lease, type UnusedMembership } from '#model'
import type { EstateView } from '#estate'
import type { Member } from '#respond/contract'

type Attributes = Member['attributes']
export type Facts = ReadonlyMap<EntityId, Attributes>

/** A member with the other names and the identity that speak for it. */
export type PlanMember = Member & {
  aliases: readonly EntityId[]
  endedAtMs: number | null
  /** Of what a trim takes. */
  membership?: Pick<UnusedMembership, 'member' | 'group' | 'forGood'>
  /** Of what a lease gives. */
  lease?: Pick<Lease, 'member' | 'thing' | 'forMs'>
}

/**
 * Everything the plan may act on, in the order of the exposure: hosts, credentials, descendants, and the identity, app or
 * accounts that are themselves the trigger. Conditional credentials are left out: nothing is done to them by itself.
 */
export async function membersOf(
  exposure: Exposure,
  view: EstateView,
): Promise<{ members: PlanMember[]; facts: Facts }> {
  const credentials = exposure.credentials.filter(({ conditional }) => !conditional)
  const own = ownOf(exposure)
  const lease = exposure.trigger.kind === 'lease' ? exposure.trigger.lease : undefined
  const names = [
    ...exposure.hosts.flatMap(({ host, sameAs = [] }) => [host, ...sameAs]),
    ...credentials.flatMap(({ credential, aliases = [], identity }) => [
      credential,
      ...aliases,
      ...(identity === null ? [] : [identity]),
    ]),
    ...exposure.descendants.map(({ entity }) => entity),
    ...(exposure.trimmed ?? []).flatMap(({ takes, member }) => [takes, member]),
    ...own,
    ...(lease === undefined ? [] : [lease.gives, lease.member, lease.thing]),
  ]
  const facts = await view.facts([...new Set(names)])
  const bare = (entity: EntityId, role: Member['role'], aliases: readonly EntityId[] = []): PlanMember => ({
    entity,
    role,
    credentialKind: null,
    identity: kindOf(entity) === 'identity' ? entity : null,
    attributes: facts.get(entity) ?? {},
    aliases,
    endedAtMs: null,
  })
  return {
    facts,
    members: [
      // Under each of its names: whoever knows the machine by one may act on it.
      ...exposure.hosts.flatMap(({ host, sameAs = [] }) => {
        const names = [host, ...sameAs]
        return names.map((name) =>
          bare(
            name,
            'host',
            names.filter((other) => other !== name),
          ),
        )
      }),
      ...credentials.map(({ credential, aliases = [], identity, kind, role, endedAtMs }) => ({
        entity: credential,
        role,
        credentialKind: kind,
        identity,
        attributes: { ...whereItLies(aliases, facts), ...facts.get(credential) },
        aliases,
        endedAtMs: endedAtMs ?? null,
      })),
      ...exposure.descendants.map(({ entity }) => bare(entity, 'descendant-entity')),
      ...(exposure.trimmed ?? []).map(({ takes, member, group, forGood }) => ({
        ...bare(takes, forGood === true ? 'trigger' : 'unused'),
        identity: member,
        membership: { member, group, ...(forGood === undefined ? {} : { forGood }) },
      })),
      ...own.map((entity) => bare(entity, 'trigger')),
      ...(lease === undefined ? [] : [{ ...bare(lease.gives, 'lent'), identity: lease.member, lease }]),
    ],
  }
}

/** The beings that are themselves the trigger. */
function ownOf({ trigger, further = [], accounts = [] }: Exposure): EntityId[] {
  const named = [trigger, ...further.map((scope) => scope.trigger)].flatMap((one) => {
    if (one.kind === 'identity') return [one.identity]
    return one.kind === 'app' ? [one.app] : []
  })
  return [...new Set([...named, ...accounts.map(({ account }) => account)])]
}

/** Of what a host says about a fingerprint only the name and the place are taken: they decide nothing. */
function whereItLies(aliases: readonly EntityId[], facts: Facts): Attributes {
  const stated = aliases.map((alias) => facts.get(alias) ?? {})
  return Object.fromEntries(
    ['name', 'path'].flatMap((key) => {
      const value = stated.map((attributes) => attributes[key]).find((value) => value !== undefined)
      return value === undefined ? [] : [[key, value] as const]
    }),
  )
}

/**
 * Whatever of these is never to be cut off forbids the step.
 * INVARIANT: aliases of a credential do not speak here. Hosts state the facts of a fingerprint, and an attacker on one would
 * shield what it stole. Those of a host do: what is never cut off is that under no name.
 */
export const speakersOf = (target: EntityId, serves: readonly PlanMember[]): EntityId[] => [
  target,
  ...serves.flatMap(({ entity, identity, role, aliases, lease }) => [
    entity,
    ...(identity === null ? [] : [identity]),
    ...(lease === undefined ? [] : [lease.thing]),
    ...(role === 'host' ? aliases : []),
  ]),
]

/** What policy is told of a target: its own facts, and the flags that forbid acting from anything the step would hit. */
export function targetAttributes(target: EntityId, serves: readonly PlanMember[], facts: Facts): Attributes {
  const flags: Attributes = {}
  for (const entity of speakersOf(target, serves)) {
    for (const flag of ['breakGlass', 'own'] as const) {
      const value = facts.get(entity)?.[flag]
      if (value !== undefined && value !== null && value !== false) flags[flag] = value
    }
  }
  const { breakGlass: _, own: __, ...stated } = facts.get(target) ?? serves[0]?.attributes ?? {}
  return { ...stated, ...flags }
}
