import { CordonError } from '#kit'
import { isMending, kindOf, type EntityId, type Exposure, type Trigger } from '#model'
import type { EstateView } from '#estate'

/** How far back use before the attacker's counts as "in use". */
const recentUseMs = 30 * 24 * 3_600_000
const batchEntitiesMax = 500
/** Who leaves, or does not use it, is cut off on purpose; and who is given something is not cut off at all. */
const calm: ReadonlySet<Trigger['kind']> = new Set(['offboarding', 'trim', 'lease'])

export type Disruption = {
  /** Consumers outside the scope that state they cannot work without this. */
  dependants(entities: readonly EntityId[]): EntityId[]
  /** Identities seen using this before the attacker could. */
  users(entities: readonly EntityId[]): EntityId[]
}

/** Who is cut off when these entities die: from DEPENDS_ON and from real use. What the attacker owns does not count. */
export async function disruptionOf(
  view: EstateView,
  exposure: Exposure,
  entities: readonly EntityId[],
  nowMs: number,
): Promise<Disruption> {
  // What is weak is nobody's yet: its own use counts.
  const isMended = isMending(exposure.trigger)
  const attackers = new Set<EntityId>(
    isMended
      ? []
      : [
          ...exposure.hosts.flatMap(({ host, sameAs = [] }) => [host, ...sameAs]),
          ...exposure.descendants.map(({ entity }) => entity),
          ...exposure.credentials.filter(({ role }) => role === 'descendant').map(({ credential }) => credential),
        ],
  )
  const names = [...new Set(entities)].sort()
  const dependants = new Map<EntityId, Set<EntityId>>()
  const users = new Map<EntityId, Set<EntityId>>()
  const note = (found: Map<EntityId, Set<EntityId>>, entity: EntityId, who: EntityId): void => {
    if (attackers.has(who)) return
    const known = found.get(entity) ?? new Set()
    found.set(entity, known.add(who))
  }
  // Of what nobody uses, everybody who has it is cut off from it.
  for (const { takes, member, holders } of exposure.trimmed ?? [])
    for (const one of holders ?? [member]) note(users, takes, one)
  const at = Math.ceil(nowMs / 1000)
  const { fromMs } = exposure.window
  for (let start = 0; start < names.length; start += batchEntitiesMax) {
    const batch = names.slice(start, start + batchEntitiesMax)
    for (const { src, dst } of await view.edgesTo(batch, { types: ['DEPENDS_ON'], at })) note(dependants, dst, src)
    // Their own use of their own accounts says nothing of others.
    if (calm.has(exposure.trigger.kind)) continue
    for (const kind of ['credential', 'identity'] as const) {
      const known = new Set(batch.filter((entity) => kindOf(entity) === kind))
      if (known.size === 0) continue
      for (const { identity, credential } of await usesBefore(view, kind, [...known], fromMs)) {
        const used = kind === 'credential' ? credential : identity
        if (used !== null && known.has(used)) note(users, used, identity ?? used)
      }
    }
  }
  const union = (found: Map<EntityId, Set<EntityId>>) => (entities: readonly EntityId[]) =>
    [...new Set(entities.flatMap((entity) => [...(found.get(entity) ?? [])]))].sort()
  return { dependants: union(dependants), users: union(users) }
}

type Use = { identity: EntityId | null; credential: EntityId | null }

/** Too many acts to read is an answer too: those entities are in use. */
async function usesBefore(
  view: EstateView,
  kind: 'credential' | 'identity',
  entities: readonly EntityId[],
  beforeMs: number,
): Promise<Use[]> {
  const by = kind === 'credential' ? { credentials: entities } : { identities: entities }
  try {
    return await view.touches({ ...by, fromMs: beforeMs - recentUseMs, toMs: beforeMs - 1 })
  } catch (error) {
    if (!(error instanceof CordonError) || error.code !== 'ERR_ESTATE_TOO_MANY') throw error
    if (entities.length === 1) {
      return entities.map((entity) => ({
        identity: kind === 'identity' ? entity : null,
        credential: kind === 'credential' ? entity : null,
      }))
    }
    const half = entities.length >> 1
    return [
      ...(await usesBefore(view, kind, entities.slice(0, half), beforeMs)),
      ...(await usesBefore(view, kind, entities.slice(half), beforeMs)),
    ]
  }
}
