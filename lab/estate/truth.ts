import type { Json } from 'cordon/kit'

import type { Company, Place, Vendor } from './company/model.ts'
import { weaknessKinds, type Noun, type WeaknessKind } from './planted/kinds.ts'

/** A thing at a vendor, by the vendor's own id of it. */
export type Thing = { noun: Noun; native: string }
export type Weakness = Thing & {
  kind: WeaknessKind
  vendor: Vendor
  label: string
  sinceMs: number
  /** Whose it is, by their number in the company. */
  person?: number
  /** Further things that make it weak together with this one. */
  with?: Thing[]
}
/** Looks like this kind at first sight, and is fine. Of other kinds it says nothing. */
export type LookAlike = Thing & { kind: WeaknessKind; vendor: Vendor; label: string; why: string }

/** A secret as it was really given out. `value` opens by itself, or together with what stands in `with`. */
export type Credential = {
  id: string
  vendor: Vendor
  kind:
    | 'api-token'
    | 'client-secret'
    | 'access-key'
    | 'personal-token'
    | 'refresh-token'
    | 'app-password'
    | 'bot-token'
    | 'user-token'
    | 'session'
    | 'password'
    | 'key'
    | 'service-token'
  native: string
  value: string
  with: Record<string, string>
  owner: string
  /** Whose it is, where `owner` is a name of something else. */
  person?: number
  createdMs: number
  lastUsedMs: number | null
  lies: Place[]
}

/**
 * An app that has rights at a vendor or is signed in to there. `ours`: the vendor itself says that the company made it; null:
 * it tells nobody. `letIn`: vendor's ids of those who let it in; null: the vendor does not tell. `publisher`: what its
 * apps have in common; null: nothing is told.
 */
export type AppTruth = {
  vendor: Vendor
  native: string
  label: string
  ours: boolean | null
  publisher: string | null
  letIn: string[] | null
}

/** Who or what acts there, where it is no human: what it really is, whatever it is called. Humans stand in `natives`. */
export type IdentityTruth = Thing & { vendor: Vendor; kind: 'service' | 'agent' | 'app' | 'vendor'; label: string }

/**
 * What sign-in asks of somebody outside who has the password of `native`, on their way to the app `to` (null: to whatever there is).
 * `untold`: it hangs on a risk that nobody can say beforehand.
 */
export type SignInTruth = {
  native: string
  to: string | null
  factor: 'held' | 'open' | 'untold'
  condition: 'held' | 'open'
}

/** What one vendor's part of the estate was filled with. */
export type Fill = {
  vendor: Vendor
  /** What a whole inventory finds, in the vendor's nouns; Cordon's own apps are in it. */
  counts: Record<string, number>
  /** Vendor's id of a person, by their number in the company. */
  natives: Map<number, string>
  apps: AppTruth[]
  identities: IdentityTruth[]
  credentials: Credential[]
  /** How people sign in there, by their number; absent where no prober tries it. */
  logins?: Map<number, Login>
  /** What sign-in asks of whom; absent where no rules of sign-in were planted. */
  signIn?: readonly SignInTruth[]
  weaknesses: Weakness[]
  lookAlikes: LookAlike[]
  /** Names of things at the vendor that a thief would try, by kind. */
  names: Record<string, string[]>
  /** How Cordon connects: for `cordon source add`. */
  source: SourceSetup
}
/** What somebody types; `passCode` where a factor is enrolled. */
export type Login = { username: string; password: string; passCode?: string }
export type SourceSetup = {
  connector: string
  config: Record<string, Json>
  see: Record<string, string>
  contain: Record<string, string>
}

export type TruthLine = { of: string } & Record<string, Json>

/** The ground truth, a line for each thing; nothing in it hangs on ports, clocks or chance. */
export function* truthLines(company: Company, fills: readonly Fill[]): Generator<TruthLine> {
  const { seed, size, name, nowMs, customers, projects } = company
  yield { of: 'estate', version: 2, seed, name, nowMs, size: { ...size } }
  for (const { slug, name } of customers) yield { of: 'customer', slug, name }
  for (const { slug, customer, work, surge } of projects)
    yield {
      of: 'project',
      slug,
      customer: customers[customer]?.slug ?? '',
      work,
      surge: surge === null ? null : { ...surge },
    }
  for (const { vendor, counts } of fills) yield { of: 'counts', vendor, counts }
  for (const person of company.people) {
    const { n, employeeId, email, kind, startMs, endMs } = person
    const at = fills.flatMap(({ vendor, natives }) => {
      const native = natives.get(n)
      return native === undefined ? [] : [[vendor, native] as const]
    })
    yield { of: 'person', n, employeeId, email, kind, startMs, endMs, at: Object.fromEntries(at) }
  }
  for (const { credentials } of fills)
    for (const one of credentials) yield { of: 'credential', ...one, lies: one.lies.map((place) => ({ ...place })) }
  for (const { vendor, signIn = [] } of fills) for (const one of signIn) yield { of: 'sign-in', vendor, ...one }
  for (const { identities } of fills) for (const one of identities) yield { of: 'identity', ...one }
  for (const { apps } of fills) for (const one of apps) yield { of: 'app', ...one }
  for (const { weaknesses } of fills)
    for (const { with: more = [], ...one } of weaknesses)
      yield { of: 'weakness', ...one, with: more.map((thing) => ({ ...thing })), why: weaknessKinds[one.kind] }
  for (const { lookAlikes } of fills) for (const one of lookAlikes) yield { of: 'look-alike', ...one }
}

/** What one vendor's part is being filled into. */
export type Draft = Omit<Fill, 'source' | 'names'>
export const draftOf = (vendor: Vendor): Draft => ({
  vendor,
  counts: {},
  natives: new Map(),
  apps: [],
  identities: [],
  credentials: [],
  weaknesses: [],
  lookAlikes: [],
})
type Plant = Omit<Weakness, 'vendor' | 'kind'>
export const weak = ({ vendor, weaknesses }: Draft, kind: WeaknessKind, plant: Plant): void =>
  void weaknesses.push({ kind, vendor, ...plant })
export const fine = (
  { vendor, lookAlikes }: Draft,
  kind: WeaknessKind,
  plant: Omit<LookAlike, 'vendor' | 'kind'>,
): void => void lookAlikes.push({ kind, vendor, ...plant })
/** `ours` and `publisher` absent: nobody tells. */
export const tellApp = (
  { vendor, apps }: Draft,
  one: Pick<AppTruth, 'native' | 'label' | 'letIn'> & Partial<AppTruth>,
): void => void apps.push({ ours: null, publisher: null, ...one, vendor })
export const tellIdentity = ({ vendor, identities }: Draft, one: Omit<IdentityTruth, 'vendor'>): void =>
  void identities.push({ vendor, ...one })
