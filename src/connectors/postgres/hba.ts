import { z } from 'zod'

import type { SignInAsk } from '#model'

import { isWithin, readNetwork, type Address, type Network } from './networks.ts'

/**
 * Rules of `pg_hba.conf`, as `pg_hba_file_rules` shows them in the order in which the server tries them. Options are not kept
 * (passwords of directories stand among them), but whether a client's certificate is asked for.
 */
export const hbaRow = z.object({
  line: z.int(),
  type: z.string().nullable(),
  databases: z.array(z.string()).nullable(),
  users: z.array(z.string()).nullable(),
  address: z.string().nullable(),
  mask: z.string().nullable(),
  method: z.string().nullable(),
  clientCert: z.boolean(),
  isBroken: z.boolean(),
})
export type HbaRow = z.output<typeof hbaRow>

/** By the names of pg_hba.conf. `groups`: all that it is a member of, by whatever steps, itself among them. */
export type HbaRole = { name: string; groups: ReadonlySet<string> }
/** `address` null: over the server's socket. */
export type HbaTry = { role: HbaRole; database: string; address: Address | null; tls: boolean }

/** `perhaps`: by a pattern, or by names of a kind that is not held against anything here. */
export type HbaMatch = 'yes' | 'no' | 'perhaps'
export type HbaPlace = 'socket' | 'host' | Network | 'all' | 'named'

/** Where the rule is for. `named`: the server's own networks, or a host by name; `host`: the server's own loopback. */
export function placeOf({ type, address, mask }: HbaRow): HbaPlace {
  if (type === 'local') return 'socket'
  if (address === 'all') return 'all'
  const network = readNetwork(address ?? '', mask ?? '')
  if (network === undefined) return 'named'
  return loopback.some((one) => network.family === one.family && network.start >= one.start && network.end <= one.end)
    ? 'host'
    : network
}
const loopback = [
  readNetwork('127.0.0.0', '255.0.0.0'),
  readNetwork('::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'),
].filter((one) => one !== undefined)

/**
 * The rule that decides: the first that matches (PostgreSQL, "The pg_hba.conf File": there is no fall-through). Undefined: none
 * matches, and the server refuses; `perhaps`: nobody can say which.
 */
export function decidingRule(rules: readonly HbaRow[], one: HbaTry): HbaRow | 'perhaps' | undefined {
  for (const rule of rules) {
    const matches = [matchesConnection(rule, one), matchesDatabase(rule, one.database), matchesRole(rule, one.role)]
    if (matches.includes('no')) continue
    return matches.includes('perhaps') || rule.isBroken ? 'perhaps' : rule
  }
  return undefined
}

function matchesConnection(rule: HbaRow, { address, tls }: HbaTry): HbaMatch {
  if (rule.type === null) return 'perhaps'
  if ((rule.type === 'local') !== (address === null)) return 'no'
  if (address === null) return 'yes'
  if (!transportsOf(rule).includes(tls ? 'tls' : 'plain')) return 'no'
  if (rule.address === 'all') return 'yes'
  const network = readNetwork(rule.address ?? '', rule.mask ?? '')
  return network === undefined ? 'perhaps' : isWithin(address, network) ? 'yes' : 'no'
}

export type Transport = 'tls' | 'plain'
const transports: Readonly<Record<string, readonly Transport[]>> = {
  host: ['tls', 'plain'],
  hostssl: ['tls'],
  hostnossl: ['plain'],
  hostnogssenc: ['tls', 'plain'],
  // Under GSSAPI's own encryption, which takes a ticket.
  hostgssenc: [],
}
export const transportsOf = ({ type }: HbaRow): readonly Transport[] => transports[type ?? ''] ?? []

/** `replication` is for the replication protocol alone, and no database. */
export function matchesDatabase({ databases }: HbaRow, database: string): HbaMatch {
  if (databases === null) return 'perhaps'
  if (databases.some((one) => one === 'all' || one === database)) return 'yes'
  return databases.some((one) => isPattern(one) || ['sameuser', 'samerole', 'samegroup'].includes(one))
    ? 'perhaps'
    : 'no'
}

/** `+name` is whoever is a member of it; superusers are not members of everything here. */
export function matchesRole({ users }: HbaRow, { name, groups }: HbaRole): HbaMatch {
  if (users === null) return 'perhaps'
  const isMeant = (user: string): boolean =>
    user === 'all' || (user.startsWith('+') ? groups.has(user.slice(1)) : user === name)
  if (users.some(isMeant)) return 'yes'
  return users.some(isPattern) ? 'perhaps' : 'no'
}
const isPattern = (word: string): boolean => word.startsWith('/')

/** What a method asks of somebody who has a password and nothing else. */
export function asksOf({ method, clientCert, isBroken }: HbaRow): { least: SignInAsk; most: SignInAsk } {
  if (isBroken) return { least: 'nothing', most: 'refused' }
  const asked = asks[method ?? ''] ?? { least: 'nothing', most: 'refused' }
  return clientCert && asked.most !== 'refused' ? { least: 'factor', most: 'factor' } : asked
}
const exactly = (ask: SignInAsk) => ({ least: ask, most: ask })
const asks: Readonly<Record<string, { least: SignInAsk; most: SignInAsk }>> = {
  reject: exactly('refused'),
  trust: exactly('nothing'),
  // Over a network the caller's own machine is asked who they are, and says what it likes.
  ident: exactly('nothing'),
  password: exactly('password'),
  md5: exactly('password'),
  'scram-sha-256': exactly('password'),
  ldap: exactly('password'),
  cert: exactly('factor'),
  // What stands behind these may ask for more than a password, and lies elsewhere.
  pam: { least: 'password', most: 'refused' },
  bsd: { least: 'password', most: 'refused' },
  radius: { least: 'password', most: 'refused' },
  gss: { least: 'password', most: 'refused' },
  sspi: { least: 'password', most: 'refused' },
  oauth: { least: 'password', most: 'refused' },
}

/** As in the file, with the line that it stands in. */
export const ruleInWords = ({ line, type, databases, users, address, mask, method }: HbaRow): string =>
  `pg_hba.conf line ${line}: ${[type, databases?.join(','), users?.join(','), address, mask, method].filter(Boolean).join(' ')}`
