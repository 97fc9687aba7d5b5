import type { EntityId } from '#model'

import { dayMs, type Told } from '../act.ts'
import type { BehaviourEvent } from './event.ts'

/** Kinds of identities and credentials that no person works with by hand. */
const machineIdentities = new Set(['service', 'agent', 'app', 'role'])
const machineCredentials = new Set(['key', 'token', 'grant', 'certificate', 'ssh-key'])
/** The vendor's word of a last use matters from here on. */
const idleMs = 30 * dayMs
const statementsMax = 10_000

/** Undefined where the event states nothing that behaviour needs. */
export function readTold(event: BehaviourEvent): Told | undefined {
  const { facts, edges, people = [], eventAtMs, arrivedAtMs } = event
  if (facts.length + edges.length + people.length === 0) return undefined
  const machines: EntityId[] = []
  const idle: Told['idle'][number][] = []
  for (const { entity, observedAtMs, attributes } of first(facts)) {
    const { kind, lastUsedAtMs } = attributes
    if (typeof kind === 'string' && isMachine(entity, kind)) machines.push(entity)
    if (typeof lastUsedAtMs === 'number' && observedAtMs - lastUsedAtMs > idleMs && isActor(entity))
      idle.push({ entity, lastUsedMs: lastUsedAtMs })
  }
  const members: Told['members'][number][] = []
  const apps: Told['apps'][number][] = []
  for (const { src, type, dst, op, confidence } of first(edges)) {
    if (confidence === 'inferred') continue
    if (type === 'MEMBER_OF') members.push({ who: src, of: dst, isEnd: op === 'close' })
    else if (type === 'ACTS_AS' && op !== 'close') apps.push({ app: src, actsAs: dst })
  }
  if (machines.length + idle.length + members.length + apps.length + people.length === 0) return undefined
  return {
    kind: 'told',
    timeMs: eventAtMs ?? arrivedAtMs,
    id: `${event.event}/told`,
    offset: event.offset,
    machines,
    members,
    apps,
    idle,
    people: people.map(({ resource, complete, persons }) => ({
      resource,
      complete,
      persons: persons.map(({ person }) => person),
    })),
  }
}

const first = <T>(all: readonly T[]): readonly T[] => (all.length > statementsMax ? all.slice(0, statementsMax) : all)
const isActor = (entity: EntityId): boolean => entity.startsWith('identity:') || entity.startsWith('credential:')
const isMachine = (entity: EntityId, kind: string): boolean =>
  entity.startsWith('identity:') ? machineIdentities.has(kind) : machineCredentials.has(kind) && isActor(entity)
