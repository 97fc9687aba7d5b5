import type { Json } from 'cordon/kit'

import type { Company, Place, Vendor } from './company/model.ts'

/** What is wrong in the estate by design. Posture, detection and least privilege are measured on it. */
export type WeaknessKind =
  | 'unused-grant'
  | 'unused-key'
  | 'leaver-alive'
  | 'shared-key'
  | 'link-anyone'
  | 'old-key'
  | 'secret-in-repository'
  | 'fork-readable-secret'
  | 'domain-wide-delegation'
  | 'admin-without-strong-factor'
export type Weakness = {
  kind: WeaknessKind
  vendor: Vendor
  /** The vendor's own id of the thing that is weak. */
  native: string
  label: string
  sinceMs: number
  /** Whose it is, by their number in the company. */
  person?: number
}

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
  native: string
  value: string
  with: Record<string, string>
  owner: string
  createdMs: number
  lastUsedMs: number | null
  lies: Place[]
}

/** What one vendor's part of the estate was filled with. */
export type Fill = {
  vendor: Vendor
  /** What a whole inventory finds, in the vendor's nouns; Cordon's own apps are in it. */
  counts: Record<string, number>
  /** Vendor's id of a person, by their number in the company. */
  natives: Map<number, string>
  credentials: Credential[]
  weaknesses: Weakness[]
  /** Names of things at the vendor that a thief would try, by kind. */
  names: Record<string, string[]>
  /** How Cordon connects: for `cordon source add`. */
  source: SourceSetup
}
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
  yield { of: 'estate', version: 1, seed, name, nowMs, size: { ...size } }
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
  for (const { weaknesses } of fills) for (const one of weaknesses) yield { of: 'weakness', ...one }
}
