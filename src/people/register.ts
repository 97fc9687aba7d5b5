import { authorityOf, nativeOf, type EntityId } from '#model'
import { pagedFacts, type EstateView } from '#estate'

import { accountOf, joinAccounts, type Account, type AccountJoin } from './join.ts'
import { personFrom, type Person } from './person.ts'

/** People and accounts that are read at once; more is refused by the estate, never cut. */
export const entitiesMax = 1_000_000

/** Everybody whom registers of people have named, and every account of a human that any source knows. */
export type Register = { people: Person[]; accounts: Account[] }

/** Of a people source, what stands for its list: `resource:<authority>:people`, of this kind. */
export const registerKind = 'people-register'

export async function readRegister(view: EstateView): Promise<Register> {
  const registers = await view.find('resource', { kind: registerKind })
  const realms = new Set(registers.map(authorityOf))
  const present = new Set<EntityId>()
  for (const numbers of (await view.people(registers)).values()) {
    for (const person of await view.personsOf(numbers)) present.add(person)
  }
  const people: Person[] = []
  const accounts: Account[] = []
  if (realms.size > 0) {
    const named = (await view.find('person', {}, entitiesMax)).filter((person) => realms.has(authorityOf(person)))
    for await (const [person, facts] of pagedFacts(view, named)) {
      const one = personFrom(person, facts, !present.has(person))
      if (one !== undefined) people.push(one)
    }
  }
  for await (const [identity, facts] of pagedFacts(view, await view.find('identity', {}, entitiesMax))) {
    const provisioned = personFrom(identity, facts, false)
    if (provisioned !== undefined) people.push(provisioned)
    // Provisioned under an id of Cordon's own, somebody is a person here and has no account by it.
    const isShadow = provisioned !== undefined && nativeOf(identity).startsWith('scim/')
    const account = isShadow ? undefined : accountOf(identity, facts)
    if (account !== undefined) accounts.push(account)
  }
  return { people, accounts }
}

/** Everybody, and whose each account is. */
export type People = { register: Register; join: AccountJoin }

export async function readPeople(view: EstateView, atMs: number): Promise<People> {
  const register = await readRegister(view)
  return { register, join: joinAccounts(register.people, register.accounts, atMs) }
}
