import type { EntityId } from '#model'

import { Distinct, exactMax, hash32 } from './distinct.ts'

/** A resource of so few people is taken as all of them when it is read. */
const fewMax = 64

type Held = { people: Distinct; few: Distinct | undefined; count: number }

/** Whose data a resource holds, as sources state it: sketches, so that a table of millions costs a kilobyte. */
export class Holdings {
  evicted = 0
  private readonly resourcesMax: number
  private readonly byResource = new Map<EntityId, Held>()

  constructor(resourcesMax: number) {
    this.resourcesMax = resourcesMax
  }

  state(resource: EntityId, complete: boolean, persons: readonly EntityId[]): void {
    const people = (complete ? undefined : this.byResource.get(resource)?.people) ?? new Distinct()
    for (const person of persons) people.add(hash32(person))
    this.put(resource, people)
  }

  /** A person is a resource of one: themselves. */
  of(resource: EntityId): Pick<Held, 'few' | 'count'> | undefined {
    if (!resource.startsWith('person:')) return this.byResource.get(resource)
    const one = new Distinct()
    one.add(hash32(resource))
    return { few: one, count: 1 }
  }

  get size(): number {
    return this.byResource.size
  }

  *all(): Iterable<readonly [EntityId, ReturnType<Distinct['toJson']>]> {
    for (const [resource, { people }] of this.byResource) yield [resource, people.toJson()]
  }

  restore(resource: EntityId, json: ReturnType<Distinct['toJson']>): void {
    this.put(resource, Distinct.fromJson(json))
  }

  private put(resource: EntityId, people: Distinct): void {
    if (!this.byResource.has(resource) && this.byResource.size >= this.resourcesMax) {
      const [oldest] = this.byResource.keys()
      if (oldest !== undefined) this.byResource.delete(oldest)
      this.evicted++
    }
    const count = people.size
    this.byResource.set(resource, { people, count, few: count <= Math.min(fewMax, exactMax) ? people : undefined })
  }
}
