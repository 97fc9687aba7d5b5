import { authorityOf, nativeOf, type EntityFact, type EntityId } from '#model'

import { hasEnded, textOf, type Person } from './person.ts'

/** A human's account at one vendor. */
export type Account = {
  account: EntityId
  /** Addresses its vendor shows of it, lower case. */
  mails: readonly string[]
  /** The employer's number, where the vendor keeps one. */
  number: string | null
  /** Names it goes by inside its own authority: id, last part of the id, login. Lower case. */
  handles: readonly string[]
  enabled: boolean | null
}

/** How an account was joined: the person is it, the register names it, by number, by the whole address. */
export type JoinWay = 'same' | 'register' | 'number' | 'mail'

/** `ambiguous`: which people an account could be of, and why nobody says; such an account is nobody's. */
export type AccountJoin = {
  of: ReadonlyMap<EntityId, readonly { account: Account; way: JoinWay }[]>
  ambiguous: readonly { account: EntityId; people: readonly EntityId[]; why: string }[]
}

export function accountOf(account: EntityId, facts: EntityFact['attributes']): Account | undefined {
  if (facts['kind'] !== 'human') return undefined
  const [mail, login] = [textOf(facts, 'email'), textOf(facts, 'login')]
  const native = nativeOf(account)
  // A vendor that says that nobody has proven the address says nothing of whose it is.
  const mails = facts['emailVerified'] === false ? [] : [mail, login].filter(isAddress)
  const handles = [native, native.slice(native.lastIndexOf('/') + 1), login ?? textOf(facts, 'name')]
  const enabled = facts['enabled']
  return {
    account,
    mails: unique(mails.map((one) => one.toLowerCase())),
    number: textOf(facts, 'employeeNumber'),
    handles: unique(handles.filter((one) => one !== null).map((one) => one.toLowerCase())),
    enabled: typeof enabled === 'boolean' ? enabled : null,
  }
}

const isAddress = (text: string | null): text is string => text !== null && /^[^\s@]+@[^\s@]+$/.test(text)
const unique = <Value>(values: readonly Value[]): Value[] => [...new Set(values)]

/**
 * Whose each account is. Whole addresses, numbers and names that the register gives are compared, never a person's name
 * nor a part of an address. INVARIANT: what leads to two people is neither's: it is said, and nothing is done to it.
 */
export function joinAccounts(people: readonly Person[], accounts: readonly Account[], atMs: number): AccountJoin {
  const byMail = index(people, ({ mail }) => (mail === null ? [] : [mail]))
  const byNumber = index(people, ({ number }) => (number === null ? [] : [number]))
  const byHandle = index(people, ({ accounts: told }) =>
    [...told].map(([authority, handle]) => handleKey(authority, handle)),
  )
  const byId = new Map(people.map((person) => [person.person, person]))
  const of = new Map<EntityId, { account: Account; way: JoinWay }[]>()
  const ambiguous: { account: EntityId; people: readonly EntityId[]; why: string }[] = []
  const claimed = claimedTwice(people, accounts)
  for (const account of accounts) {
    const self = byId.get(account.account)
    const authority = authorityOf(account.account)
    const ways: readonly (readonly [JoinWay, readonly Person[]])[] = [
      ['same', self === undefined ? [] : [self]],
      ['register', account.handles.flatMap((handle) => byHandle.get(handleKey(authority, handle)) ?? [])],
      ['number', account.number === null ? [] : (byNumber.get(account.number) ?? [])],
      ['mail', account.mails.flatMap((mail) => byMail.get(mail) ?? [])],
    ]
    const found = unique(ways.flatMap(([, some]) => some))
    const [only] = found
    if (only === undefined) continue
    const again = found.length > 1 ? newest(found, atMs) : only
    if (again === undefined || claimed.has(account.account)) {
      const why = claimed.has(account.account)
        ? 'the register gives a name there that several accounts bear'
        : `its ${ways.flatMap(([way, some]) => (some.length > 0 ? [way] : [])).join(' and ')} leads to ${found.length} people`
      ambiguous.push({ account: account.account, people: found.map(({ person }) => person), why })
      continue
    }
    const way = ways.find(([, some]) => some.includes(again))?.[0] ?? 'mail'
    const known = of.get(again.person)
    if (known === undefined) of.set(again.person, [{ account, way }])
    else known.push({ account, way })
  }
  return { of, ambiguous }
}

/**
 * The same human in two registers, or hired again under another key: one address, and the same number or one of them
 * gone. Who is still there decides; two who are there, or two who are not, with different numbers, are two people.
 */
function newest(found: readonly Person[], atMs: number): Person | undefined {
  const mail = found[0]?.mail ?? null
  if (mail === null || found.some((person) => person.mail !== mail)) return undefined
  const numbers = unique(found.map(({ number }) => number))
  const here = found.filter((person) => !hasEnded(person, atMs))
  if (here.length === 1) return here[0]
  return numbers.length === 1 ? (here[0] ?? found[0]) : undefined
}

const handleKey = (authority: string, handle: string): string => `${authority} ${handle.toLowerCase()}`

/** Accounts behind a name of the register that more than one account bears: a login may be given anew. */
function claimedTwice(people: readonly Person[], accounts: readonly Account[]): Set<EntityId> {
  const told = new Set(people.flatMap((one) => [...one.accounts].map(([at, handle]) => handleKey(at, handle))))
  const bearers = new Map<string, EntityId[]>()
  if (told.size === 0) return new Set()
  for (const { account, handles } of accounts) {
    for (const handle of handles) {
      const key = handleKey(authorityOf(account), handle)
      if (told.has(key)) bearers.set(key, [...(bearers.get(key) ?? []), account])
    }
  }
  return new Set([...bearers.values()].filter(({ length }) => length > 1).flat())
}

function index(people: readonly Person[], keysOf: (person: Person) => readonly string[]): Map<string, Person[]> {
  const found = new Map<string, Person[]>()
  for (const person of people) {
    for (const key of keysOf(person)) {
      const known = found.get(key)
      if (known === undefined) found.set(key, [person])
      else known.push(person)
    }
  }
  return found
}
