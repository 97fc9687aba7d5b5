import { kindOf, nativeOf, type EntityFact, type EntityId } from '#model'

type Attributes = EntityFact['attributes']

/** Somebody who works for the company, as a register of people says. Times in ms UTC. */
export type Person = {
  /** `person:` of a people source; `identity:` where an identity provider provisions people by SCIM. */
  person: EntityId
  worker: 'staff' | 'contractor' | null
  name: string | null
  /** Work address, lower case; never compared by a part of it. */
  mail: string | null
  /** The employer's own number, where it stands beside the key. */
  number: string | null
  project: string | null
  customer: string | null
  manager: string | null
  startAtMs: number | null
  endAtMs: number | null
  status: string | null
  /** Not in the newest whole export of a register that once named them. */
  isVanished: boolean
  /** What the register itself says somebody is called elsewhere: login or id, by authority. */
  accounts: ReadonlyMap<string, string>
}

/** Of an attribute: `account@<authority>` holds what somebody is called there. */
export const accountAttribute = 'account@'

export const textOf = (facts: Attributes, key: string): string | null => {
  const value = facts[key]
  return typeof value === 'string' && value !== '' ? value : null
}
export const msOf = (facts: Attributes, key: string): number | null => {
  const value = facts[key]
  return typeof value === 'number' ? value : null
}

/** Undefined for an entity that no register names as a worker. */
export function personFrom(person: EntityId, facts: Attributes, isVanished: boolean): Person | undefined {
  const worker = facts['worker']
  if (worker !== 'staff' && worker !== 'contractor' && worker !== 'unknown') return undefined
  return {
    person,
    worker: worker === 'unknown' ? null : worker,
    name: textOf(facts, 'name'),
    mail: textOf(facts, 'email')?.toLowerCase() ?? null,
    number: textOf(facts, 'employeeNumber') ?? (kindOf(person) === 'person' ? nativeOf(person) : null),
    project: textOf(facts, 'project'),
    customer: textOf(facts, 'customer'),
    manager: textOf(facts, 'manager'),
    startAtMs: msOf(facts, 'startAtMs'),
    endAtMs: msOf(facts, 'endAtMs'),
    status: textOf(facts, 'status'),
    isVanished,
    accounts: new Map(
      Object.entries(facts).flatMap(([key, value]) =>
        key.startsWith(accountAttribute) && typeof value === 'string' && value !== ''
          ? [[key.slice(accountAttribute.length), value] as const]
          : [],
      ),
    ),
  }
}

/** Over by its date, by the word of the register, or by having gone from it. */
export const hasEnded = ({ endAtMs, status, isVanished }: Person, atMs: number): boolean =>
  isVanished || status === 'ended' || (endAtMs !== null && endAtMs <= atMs)
