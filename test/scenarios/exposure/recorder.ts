import { entityId, type Edge, type EdgeType, type EntityFact, type EntityId } from '#model'

import { tickSeconds, type Random, type Secret, type World } from './world.ts'

/** How the world's own records (vendors' logs and inventories, hosts' reports) say what happened in it. */
export const hostId = (host: string): EntityId => entityId('host', 'host', host)
export const accountId = (account: string): EntityId => {
  const [system = '', native = ''] = account.split('/')
  return entityId('identity', system, native)
}
const containerId = (container: string): EntityId => {
  const [system = '', native = ''] = container.split('/')
  return entityId('resource', system, native)
}
const printId = (value: string): EntityId => entityId('credential', 'fp', `k1.${value}`)
export const packageName = 'gateway'
const packageId = (version: string): EntityId => entityId('package', 'pypi', `${packageName}@${version}`)

export type Recorded = {
  edges: Edge[]
  facts: EntityFact[]
  /** The id under which Cordon must name this secret. */
  idOf: (value: string) => EntityId
  secretOf: Map<EntityId, Secret>
}

const reportEverySeconds = 5 * tickSeconds

/** `hides`: hosts whose reports, once infected, leave out what they named before and are dated back before the infection. */
export function record(
  world: World,
  infectedAt: ReadonlyMap<string, number>,
  hides: ReadonlySet<string>,
  random: Random,
): Recorded {
  const edges: Edge[] = []
  const facts: EntityFact[] = []
  const say = (src: EntityId, type: EdgeType, dst: EntityId, from: number, to: number, fields: Partial<Edge> = {}) => {
    if (from > world.now) return
    const number = edges.length + 1
    edges.push({
      edge: number,
      src,
      type,
      dst,
      validFrom: from,
      validTo: to >= world.now ? null : to,
      observedAtMs: from * 1000,
      confidence: 'observed',
      conditional: false,
      note: null,
      evidence: number,
      ...fields,
    })
  }
  const systems = new Map(world.systems.map((system) => [system.name, system]))
  const isDark = (system: string): boolean => systems.get(system)?.reach === 'dark'
  const secretOf = new Map<EntityId, Secret>()
  const secrets = new Map(world.secrets.map((secret, n) => [secret.value, { secret, n }]))
  const idOf = (value: string): EntityId => {
    const known = secrets.get(value)
    if (known === undefined || isDark(known.secret.system)) return printId(value)
    return entityId('credential', known.secret.system, `${known.secret.kind}/${known.n}`)
  }
  for (const secret of world.secrets) {
    const id = idOf(secret.value)
    secretOf.set(id, secret)
    const { from, to } = secret.span
    if (isDark(secret.system)) continue
    say(id, 'AUTHENTICATES_AS', accountId(secret.account), from, to)
    if (secret.kind === 'key') say(printId(secret.value), 'SAME_AS', id, from, to)
    if (secret.parent !== null) say(idOf(secret.parent), 'DERIVES', id, from, to)
    const isSelfContained = secret.kind === 'session' && systems.get(secret.system)?.isSelfContained === true
    facts.push({
      entity: id,
      observedAtMs: from * 1000,
      attributes: {
        kind: secret.kind,
        ...(isSelfContained ? { selfContained: true, expiresAtMs: secret.expiresAt * 1000 } : {}),
      },
    })
  }
  for (const { account, role, isAssumed, span } of world.memberships) {
    say(accountId(account), isAssumed ? 'ASSUMES' : 'MEMBER_OF', accountId(role), span.from, span.to)
  }
  for (const { account, container, right, span } of world.rights) {
    const type = right === 'read' ? 'CAN_READ' : right === 'write' ? 'CAN_WRITE' : 'CAN_ADMIN'
    say(accountId(account), type, containerId(container), span.from, span.to)
  }
  for (const { id, parent } of world.containers) {
    if (parent !== null) say(containerId(parent), 'CONTAINS', containerId(id), 0, Infinity)
  }
  for (const { container, value, span } of world.items) {
    say(containerId(container), 'STORES', printId(value), span.from, span.to)
  }
  for (const { at, system, by, made } of world.creations) {
    const dst = 'account' in made ? accountId(made.account) : idOf(made.value)
    say(
      systems.get(system)?.logsCredential === true ? idOf(by.value) : accountId(by.account),
      'CREATED',
      dst,
      at,
      Infinity,
    )
  }
  for (const { host, version, span } of world.installs) {
    facts.push({
      entity: packageId(version),
      observedAtMs: 0,
      attributes: { type: 'pypi', name: packageName, version },
    })
    say(packageId(version), 'INSTALLED_ON', hostId(host), span.from, span.to)
  }
  for (const { host, value, span } of world.files) {
    const gone = Math.ceil(span.to / reportEverySeconds) * reportEverySeconds
    const bad = infectedAt.get(host)
    const isHidden = bad !== undefined && hides.has(host) && span.from < bad && gone > bad && random() < 0.5
    if (isHidden) {
      const datedBack = Math.max(span.from, bad - 2 * tickSeconds)
      say(hostId(host), 'STORES', printId(value), span.from, datedBack, { endHeardAtMs: (bad + tickSeconds) * 1000 })
    } else {
      say(hostId(host), 'STORES', printId(value), span.from, gone, { endHeardAtMs: gone * 1000 })
    }
  }
  return { edges, facts, idOf, secretOf }
}
