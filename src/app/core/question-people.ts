import type { EntityId } from '#model'
import type { People } from '#people'

// Whom an address is of, and the other way about. Pure.

/** One name for one human, whichever account of theirs is meant: their own in the register, else their address. */
export function personOf({ register, join }: People, who: EntityId): string {
  for (const [person, all] of join.of)
    if (person === who || all.some(({ account }) => account.account === who)) return person
  return register.accounts.find(({ account }) => account === who)?.mails[0] ?? who
}

/** Where somebody is written to: what the register says of them, else what the vendor shows of the account. */
export function mailOf({ register, join }: People, who: EntityId): string | null {
  const named = [...join.of].find(
    ([person, all]) => person === who || all.some(({ account }) => account.account === who),
  )?.[0]
  const person = register.people.find((one) => one.person === (named ?? who))
  return person?.mail ?? register.accounts.find(({ account }) => account === who)?.mails[0] ?? null
}

/** Somebody here who bears the address: a person of the register, else an account that is not switched off; null: nobody. */
export function whoBears({ register }: People, mail: string): EntityId | null {
  const lower = mail.toLowerCase()
  const people = register.people.filter((one) => one.mail === lower)
  const [person] = people
  if (person !== undefined && people.length === 1) return person.person
  const accounts = register.accounts.filter(({ mails, enabled }) => enabled !== false && mails.includes(lower))
  return accounts.map(({ account }) => account).sort()[0] ?? null
}
