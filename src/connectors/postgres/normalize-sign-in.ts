import {
  mergeNormalized,
  nothingNormalized,
  openEdge,
  placeOfNetworks,
  stateSignInRule,
  toldFact,
  type EntityId,
  type Normalized,
  type SignInNames,
} from '#model'
import type { SnapshotPart } from '#sources/contract'

import {
  asksOf,
  decidingRule,
  matchesDatabase,
  matchesRole,
  placeOf,
  ruleInWords,
  transportsOf,
  type HbaRow,
} from './hba.ts'
import { databaseId, hbaId, hbaNetworkId, roleId } from './ids.ts'
import { addressIn, everywhere, isWithin, writeNetwork, type Address, type Network } from './networks.ts'
import { signInPart, type MembershipRow, type RoleRow } from './rows.ts'

type Part = Extract<ReturnType<typeof signInPart.parse>, { kind: 'sign-in' }>

/** Rules of `pg_hba.conf` → rules of sign-in in one chain, and the networks that they tell apart. */
export function normalizeSignIn(authority: string, snapshot: SnapshotPart['snapshot'], rows: unknown): Normalized {
  const out: Normalized = { ...nothingNormalized(), snapshot }
  const part = signInPart.parse(rows)
  if (part.kind === 'unseen') return out
  const atMs = snapshot.takenAtMs
  const networks = networksIn(part.rules)
  for (const { network } of networks) {
    const text = writeNetwork(network)
    const entity = hbaNetworkId(authority, text)
    mergeNormalized(out, {
      facts: [toldFact(entity, atMs, { kind: 'network', name: text, where: placeOfNetworks([text]) })],
    })
  }
  const file = hbaId(authority)
  out.facts.push(toldFact(file, atMs, { kind: 'file', name: 'pg_hba.conf' }))
  for (const [oid, comesBy] of comings(part, networks)) {
    out.facts.push(toldFact(roleId(authority, oid), atMs, { comesBy }))
  }
  const whoOf = rolesMeant(authority, part)
  for (const [order, rule] of part.rules.entries()) {
    const entity = hbaId(authority, order)
    mergeNormalized(
      out,
      stateSignInRule(entity, atMs, {
        name: ruleInWords(rule),
        chain: 'pg_hba',
        policy: null,
        enabled: true,
        asks: asksOf(rule),
        otherwise: 'refused',
        ...(rule.isBroken
          ? // The server takes no file that has an error in it: by which one it goes nobody can say.
            { order: -1, outsider: 'untold' }
          : {
              order,
              who: whoOf(rule),
              on: databasesOf(authority, rule, part),
              at: placesOf(authority, rule, networks),
              ways: { clients: transportsOf(rule).filter((one) => one === 'plain' || part.tls) },
            }),
      }),
    )
    out.edges.push(openEdge(file, 'CONTAINS', entity, 0))
  }
  return out
}

/** In a file with more rules it would take too long to say of each login. */
const comingsRulesMax = 200
const comingsShownMax = 20

/** Of each login the networks it may come from, each with the method that decides there: `10.0.0.0/8 scram-sha-256 (TLS)`. */
function comings(
  { rules, roles, memberships, databases, tls }: Part,
  networks: readonly { network: Network; address: Address }[],
): [oid: number, words: string][] {
  if (rules.length > comingsRulesMax) return []
  const groupsOf = membershipsOf(roles, memberships)
  // A database that no rule names is like any other such.
  const named = new Set(rules.flatMap((rule) => rule.databases ?? []))
  const inOne = databases.find(({ name }) => !named.has(name))?.name
  const tried = [
    ...databases.map(({ name }) => name).filter((name) => named.has(name)),
    ...(inOne === undefined ? [] : [inOne]),
  ]
  const alike = new Map<string, string>()
  return roles.flatMap(({ oid, name, canLogin }) => {
    if (!canLogin) return []
    const role = { name, groups: groupsOf(oid) }
    const key = rules.map((rule) => matchesRole(rule, role)[0]).join('')
    const known =
      alike.get(key) ??
      inWords(
        networks.flatMap(({ network, address }) => {
          const by = (isTls: boolean): string[] =>
            tried.flatMap((database) => {
              const rule = decidingRule(rules, { role, database, address, tls: isTls })
              if (rule === 'perhaps') return ['nobody can say how']
              return rule === undefined || rule.method === 'reject' ? [] : [rule.method ?? '']
            })
          const plain = new Set(by(false))
          return [...new Set([...plain, ...(tls ? by(true) : [])])].map(
            (method) => `${writeNetwork(network)} ${method}${plain.has(method) ? '' : ' (TLS)'}`,
          )
        }),
      )
    alike.set(key, known)
    return [[oid, known] as const]
  })
}
const inWords = (ways: readonly string[]): string =>
  [
    ...ways.slice(0, comingsShownMax),
    ...(ways.length > comingsShownMax ? [`and ${ways.length - comingsShownMax} more`] : []),
  ].join('; ')

/** Each network that rules name, with an address in it that no narrower one holds. Those of the server's own host are none. */
function networksIn(rules: readonly HbaRow[]): { network: Network; address: Address }[] {
  const named = new Map<string, Network>()
  for (const one of [everywhere(4), everywhere(6)]) named.set(writeNetwork(one), one)
  for (const rule of rules) {
    const place = placeOf(rule)
    if (typeof place === 'object') named.set(writeNetwork(place), place)
  }
  const all = [...named.values()]
  return all.flatMap((network) => {
    const address = addressIn(network, all)
    return address === undefined ? [] : [{ network, address }]
  })
}

/** A host by name, and the server's own networks, hold nobody who is in one of the networks named. */
function placesOf(
  authority: string,
  rule: HbaRow,
  networks: readonly { network: Network; address: Address }[],
): SignInNames {
  const place = placeOf(rule)
  if (place === 'all') return { of: 'all' }
  const some = typeof place === 'object' ? networks.filter(({ address }) => isWithin(address, place)) : []
  return { of: 'named', named: some.map(({ network }) => hbaNetworkId(authority, writeNetwork(network))) }
}

function databasesOf(authority: string, rule: HbaRow, { databases }: Part): SignInNames {
  if (rule.databases?.includes('all') === true) return { of: 'all' }
  const is = (match: string) => databases.filter(({ name }) => matchesDatabase(rule, name) === match)
  if (is('perhaps').length > 0) return { of: 'untold' }
  return { of: 'named', named: is('yes').map(({ oid }) => databaseId(authority, oid)) }
}

function rolesMeant(authority: string, { roles, memberships }: Part): (rule: HbaRow) => SignInNames {
  const groupsOf = membershipsOf(roles, memberships)
  const logins = roles.filter(({ canLogin }) => canLogin)
  return (rule) => {
    if (rule.users?.includes('all') === true) return { of: 'all' }
    const named: EntityId[] = []
    for (const { oid, name } of logins) {
      const match = matchesRole(rule, { name, groups: groupsOf(oid) })
      if (match === 'perhaps') return { of: 'untold' }
      if (match === 'yes') named.push(roleId(authority, oid))
    }
    return { of: 'named', named }
  }
}

/** Names of all that a role is a member of, by whatever steps and whether or not it inherits; itself among them. */
export function membershipsOf(
  roles: readonly RoleRow[],
  memberships: readonly MembershipRow[],
): (oid: number) => ReadonlySet<string> {
  const names = new Map(roles.map(({ oid, name }) => [oid, name]))
  const above = Map.groupBy(memberships, ({ member }) => member)
  const known = new Map<number, ReadonlySet<string>>()
  return (oid) => {
    const found = known.get(oid)
    if (found !== undefined) return found
    const seen = new Set([oid])
    for (const one of seen) for (const { role } of above.get(one) ?? []) seen.add(role)
    const groups = new Set([...seen].flatMap((one) => names.get(one) ?? []))
    known.set(oid, groups)
    return groups
  }
}
