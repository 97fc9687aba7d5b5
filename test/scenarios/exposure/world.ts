/**
 * A small world of hosts and systems that lives through time, for the ground truth of exposure. Nothing here or in
 * `thief.ts` comes from Cordon: what a secret opens is decided by the systems of this file, second by second.
 */
export type Random = () => number
/** A 32-bit linear congruential generator, so that not even the dice are Cordon's. */
export function dice(seed: number): Random {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}
export const pick = <T>(random: Random, from: readonly T[]): T => {
  const item = from[Math.floor(random() * from.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

/** True from the first second to the last, both counted. */
export type Span = { from: number; to: number }
export const holds = (span: Span, at: number): boolean => span.from <= at && at <= span.to

/** `contained`: known and can be acted on · `watched`: known only · `dark`: nobody looks at it. */
export type System = {
  name: string
  reach: 'contained' | 'watched' | 'dark'
  /** Sessions that carry their own proof cannot be ended, only wait for their end. */
  isSelfContained: boolean
  logsCredential: boolean
}
export type Secret = {
  value: string
  system: string
  account: string
  kind: 'key' | 'session' | 'password'
  span: Span
  expiresAt: number
  parent: string | null
}
export type World = {
  now: number
  systems: System[]
  hosts: string[]
  accounts: { id: string; system: string; span: Span }[]
  secrets: Secret[]
  byValue: Map<string, Secret>
  memberships: { account: string; role: string; isAssumed: boolean; span: Span }[]
  containers: { id: string; system: string; parent: string | null }[]
  rights: { account: string; container: string; right: 'read' | 'write' | 'admin'; span: Span }[]
  items: { container: string; value: string; span: Span }[]
  files: { host: string; path: string; value: string; span: Span }[]
  installs: { host: string; version: string; span: Span }[]
  creations: { at: number; system: string; by: Secret; made: { account: string } | { value: string } }[]
}

/** The system's own gate: whose account this value opens at that second; undefined when it is refused. */
export function open(world: World, system: string, value: string, at: number): string | undefined {
  const secret = world.byValue.get(value)
  if (secret?.system !== system || !holds(secret.span, at) || at > secret.expiresAt) return undefined
  const account = world.accounts.find(({ id }) => id === secret.account)
  // A session that carries its own proof outlives even its account.
  const isSelfContained = world.systems.find(({ name }) => name === system)?.isSelfContained === true
  if (secret.kind === 'session' && isSelfContained) return account?.id
  return account !== undefined && holds(account.span, at) ? account.id : undefined
}

/** Containers an account may look into at that second: its own rights, its roles', and everything inside. */
export function looksInto(world: World, account: string, at: number): Set<string> {
  const acts = [account]
  for (const who of acts) {
    for (const { account, role, span } of world.memberships) {
      if (account === who && holds(span, at) && !acts.includes(role)) acts.push(role)
    }
  }
  const open = world.rights.filter(({ account, span }) => acts.includes(account) && holds(span, at))
  const inside = open.map(({ container }) => container)
  for (const outer of inside) {
    for (const { id, parent } of world.containers) if (parent === outer && !inside.includes(id)) inside.push(id)
  }
  return new Set(inside)
}

export const tickSeconds = 60
const ticks = 120
const forever = Infinity

/** What happens to a world without a thief: keys, rotations, files, roles, sessions of honest work. */
export function makeWorld(random: Random): World {
  const world: World = {
    now: ticks * tickSeconds,
    systems: [],
    hosts: [],
    accounts: [],
    secrets: [],
    byValue: new Map(),
    memberships: [],
    containers: [],
    rights: [],
    items: [],
    files: [],
    installs: [],
    creations: [],
  }
  const chance = (odds: number): boolean => random() < odds
  /** Honest changes fall between the thief's seconds. */
  const moment = (fromTick = 0): number => (fromTick + Math.floor(random() * (ticks - fromTick))) * tickSeconds + 30
  const count = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1))
  const spanFrom = (from: number, oddsOfEnd: number): Span => ({
    from,
    to: chance(oddsOfEnd) ? Math.min(from + count(20, 90) * tickSeconds, forever) : forever,
  })

  for (let n = 0; n < count(3, 5); n++) {
    world.systems.push({
      name: `system-${n}`,
      reach: n === 0 ? 'contained' : pick(random, ['contained', 'contained', 'watched', 'dark']),
      isSelfContained: chance(0.3),
      logsCredential: chance(0.7),
    })
  }
  for (let n = 0; n < count(4, 8); n++) world.hosts.push(`host-${n}`)
  for (const { name, reach } of world.systems) {
    const own = Array.from({ length: count(4, 7) }, (_, n) => `${name}/account-${n}`)
    const roles = Array.from({ length: count(1, 3) }, (_, n) => `${name}/role-${n}`)
    for (const id of [...own, ...roles]) world.accounts.push({ id, system: name, span: { from: 0, to: forever } })
    const containers = Array.from({ length: count(3, 6) }, (_, n) => `${name}/container-${n}`)
    containers.forEach((id, n) =>
      world.containers.push({ id, system: name, parent: n > 0 && chance(0.5) ? (containers[n - 1] ?? null) : null }),
    )
    for (const account of own) {
      for (let n = 0; n < count(1, 2); n++) issue(world, name, account, spanFrom(chance(0.7) ? 0 : moment(), 0.25))
      if (reach !== 'dark' && chance(0.5)) {
        world.memberships.push({ account, role: pick(random, roles), isAssumed: chance(0.3), span: spanFrom(0, 0.2) })
      }
    }
    if (reach === 'dark') continue
    for (const account of [...own, ...roles]) {
      if (!chance(0.45)) continue
      world.rights.push({
        account,
        container: pick(random, containers),
        right: pick(random, ['read', 'write', 'admin']),
        span: spanFrom(chance(0.6) ? 0 : moment(), 0.2),
      })
    }
    const [first, second] = roles
    if (second !== undefined && first !== undefined) {
      world.memberships.push({ account: second, role: first, isAssumed: false, span: spanFrom(0, 0.2) })
    }
  }
  const keys = [...world.secrets]
  for (const { value, span } of keys) {
    for (const host of world.hosts) {
      if (!chance(0.12)) continue
      const from = Math.max(span.from, chance(0.6) ? 0 : moment())
      world.files.push({ host, path: `/srv/${value}`, value, span: spanFrom(from, 0.3) })
    }
    const shelf = pick(random, world.containers)
    const isDark = world.systems.find(({ name }) => name === shelf.system)?.reach === 'dark'
    if (!isDark && chance(0.12)) {
      world.items.push({
        container: shelf.id,
        value,
        span: spanFrom(Math.max(span.from, chance(0.6) ? 0 : moment()), 0.3),
      })
    }
  }
  for (const secret of keys) {
    const system = world.systems.find(({ name }) => name === secret.system)
    if (system === undefined || system.reach === 'dark' || !chance(0.3)) continue
    for (let n = 0; n < count(1, 2); n++) {
      const from = Math.max(secret.span.from, moment())
      if (from <= secret.span.to)
        startSession(world, system, secret, from, Math.min(from + count(3, 20) * tickSeconds, secret.span.to))
    }
    if (chance(0.1)) {
      const at = Math.max(secret.span.from, moment())
      const made = issue(world, secret.system, secret.account, { from: at, to: forever })
      world.creations.push({ at, system: secret.system, by: secret, made: { value: made.value } })
    }
  }
  return world
}

export function issue(world: World, system: string, account: string, span: Span, kind: Secret['kind'] = 'key'): Secret {
  const value = `EXAMPLE-${kind}-${world.secrets.length}`
  const secret: Secret = { value, system, account, kind, span, expiresAt: forever, parent: null }
  world.secrets.push(secret)
  world.byValue.set(value, secret)
  return secret
}

export function startSession(world: World, system: System, parent: Secret, from: number, to: number): Secret {
  const session = issue(
    world,
    system.name,
    parent.account,
    { from, to: system.isSelfContained ? forever : to },
    'session',
  )
  session.parent = parent.value
  if (system.isSelfContained) session.expiresAt = to
  return session
}
