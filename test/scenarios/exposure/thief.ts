import {
  holds,
  issue,
  looksInto,
  open,
  pick,
  startSession,
  tickSeconds,
  type Random,
  type Secret,
  type World,
} from './world.ts'

/** What really happened, known to the thief alone. */
export type Loot = {
  /** Values that opened something while the thief held them, and the second from which. */
  opened: Map<string, number>
  madeAccounts: Set<string>
}

/** A harvester reads all the time: looking less often than things change would call what it read too much. */
const lookEverySeconds = 15

/**
 * The prober: tries every secret it holds on every system, and takes every secret it can see from there. Now and then, on
 * the minute, it logs in, makes itself a key, or an account with a password.
 */
export function steal(world: World, isBad: (version: string) => boolean, stays: boolean, random: Random): Loot {
  const held = new Map<string, number>()
  const loot: Loot = { opened: new Map(), madeAccounts: new Set() }
  const infected = new Set<string>()
  const take = (value: string, at: number): void => {
    if (!held.has(value)) held.set(value, at)
  }
  for (let at = 0; at <= world.now; at += lookEverySeconds) {
    for (const { host, version, span } of world.installs) {
      if (!isBad(version) || span.from > at) continue
      if (stays || holds(span, at)) infected.add(host)
      else infected.delete(host)
    }
    for (const { host, value, span } of world.files) if (infected.has(host) && holds(span, at)) take(value, at)
    const views = new Map<string, Set<string>>()
    for (let round = -1; round < held.size;) {
      round = held.size
      for (const value of held.keys()) {
        for (const { name } of world.systems) {
          const account = open(world, name, value, at)
          if (account === undefined) continue
          if (!loot.opened.has(value)) loot.opened.set(value, at)
          const seen = views.get(account) ?? looksInto(world, account, at)
          views.set(account, seen)
          for (const item of world.items) if (seen.has(item.container) && holds(item.span, at)) take(item.value, at)
        }
      }
    }
    if (at === world.now) break
    if (at % tickSeconds !== 0) continue
    for (const value of Array.from(held.keys())) {
      const used = world.byValue.get(value)
      if (used !== undefined && open(world, used.system, value, at) !== undefined)
        misuse(world, used, at, random, take, loot)
    }
  }
  return loot
}

function misuse(
  world: World,
  used: Secret,
  at: number,
  random: Random,
  take: (value: string, at: number) => void,
  loot: Loot,
): void {
  const system = world.systems.find(({ name }) => name === used.system)
  if (system === undefined || system.reach === 'dark' || world.secrets.length > 250) return
  const dice = random()
  if (dice < 0.01 && used.kind !== 'session') {
    take(startSession(world, system, used, at, at + 100 * tickSeconds).value, at)
  } else if (dice < 0.014) {
    const made = issue(world, used.system, used.account, { from: at, to: Infinity })
    world.creations.push({ at, system: used.system, by: used, made: { value: made.value } })
    take(made.value, at)
  } else if (dice < 0.017) {
    const account = `${used.system}/made-${world.accounts.length}`
    world.accounts.push({ id: account, system: used.system, span: { from: at, to: Infinity } })
    const container = pick(
      random,
      world.containers.filter(({ system }) => system === used.system),
    ).id
    world.rights.push({ account, container, right: 'read', span: { from: at, to: Infinity } })
    world.creations.push({ at, system: used.system, by: used, made: { account } })
    take(issue(world, used.system, account, { from: at, to: Infinity }, 'password').value, at)
    loot.madeAccounts.add(account)
  }
}

/**
 * Sessions opened, and keys made, with a stolen secret after it was stolen: whoever did it showed the same secret, so no
 * vendor and no court can tell them from the thief's own.
 */
export function likeTheThiefs(world: World, { opened }: Loot): Set<string> {
  const since = new Map(opened)
  for (let size = -1; size < since.size;) {
    size = since.size
    for (const { value, parent, span } of world.secrets) {
      const stolen = parent === null ? undefined : since.get(parent)
      if (stolen !== undefined && span.from >= stolen && !since.has(value)) since.set(value, span.from)
    }
    for (const { at, by, made } of world.creations) {
      const stolen = since.get(by.value)
      if (stolen !== undefined && at >= stolen && 'value' in made && !since.has(made.value)) since.set(made.value, at)
    }
  }
  return new Set([...since].filter(([, at]) => at <= world.now).map(([value]) => value))
}
