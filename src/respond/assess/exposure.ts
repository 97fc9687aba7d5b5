import { toSecondsDown, toSecondsUp, unreachable } from '#kit'
import {
  authorityOf,
  isMending,
  kindOf,
  nativeOf,
  type Descendant,
  type EntityId,
  type ExposedCredential,
  type Exposure,
  type ReasonStep,
  type Scope,
  type Trigger,
  type Window,
} from '#model'
import type { EstateView } from '#estate'

import { credentialKindOf } from './credential-kind.ts'
import { assessImpact, type CoverageByAuthority, type ReachedResource } from './impact.ts'
import { joinSame, type Joined } from './join.ts'
import { exposeLease } from './lending.ts'
import { exposeLeaving } from './leaving.ts'
import { findPackages } from './packages.ts'
import { isHardware, machinesOf } from './same-machine.ts'
import { exposeTrim } from './trimming.ts'
import { compareArrivals, exposureEntitiesMax, nodeKey, walkExposure } from './walk.ts'
import type { Arrival, Start, Walked } from './walk.ts'
import { exposeWeakness } from './weakness.ts'

export type ExposeOptions = {
  /** What each authority's sources log; an authority without an entry logs nothing (fail closed). */
  coverage?: CoverageByAuthority
  /** Sentences of the sources the caller knows to be lacking or stale. */
  blindSpots?: readonly string[]
  entitiesMax?: number
  /** What else went bad, each in its own window: one walk from all of it, so that what two of them reach counts once. */
  further?: readonly Scope[]
}

/**
 * Every credential the trigger's scope could have read in the window, what was derived from those, and what they made,
 * until nothing is added (containment.md §2). Pure: the same view, trigger, window and time give the same answer.
 * `window.toMs` bounds when the artefact came or the host was bad; what is held is held until `nowMs`.
 */
export async function expose(
  view: EstateView,
  trigger: Trigger,
  window: Window,
  nowMs: number,
  options: ExposeOptions = {},
): Promise<Exposure> {
  if (trigger.kind === 'offboarding') return exposeLeaving(view, trigger, window, nowMs, options.blindSpots ?? [])
  if (isMending(trigger)) return exposeWeakness(view, trigger, window, nowMs, options.blindSpots ?? [])
  if (trigger.kind === 'lease') return exposeLease(view, trigger, window, options.blindSpots ?? [])
  if (trigger.kind === 'trim') return exposeTrim(view, trigger, window, nowMs, options.blindSpots ?? [])
  const now = toSecondsUp(nowMs)
  const { further = [] } = options
  const scopes: readonly Scope[] = [{ trigger, window }, ...further]
  const whole = coveringWindow(scopes)
  const bounds = {
    from: toSecondsDown(whole.fromMs),
    to: Math.min(now, toSecondsUp(whole.toMs ?? nowMs)),
    now,
    entitiesMax: options.entitiesMax ?? exposureEntitiesMax,
  }
  const starts: Start[] = []
  for (const scope of scopes) starts.push(...(await startsOf(view, scope, nowMs)))
  const sure = await walkExposure(view, starts, { ...bounds, isConditionalIncluded: false })
  const all = sure.metConditional ? await walkExposure(view, starts, { ...bounds, isConditionalIncluded: true }) : sure

  const joined = await joinSame(view, credentialsOf(all), now)
  const credentials = await exposedCredentials(view, sure, all, joined, now)
  const hosts = await exposedHosts(view, sure, now)
  const descendants: Descendant[] = [...sure.made.values()]
    .sort((a, b) => compareArrivals(a, b) || (a.entity < b.entity ? -1 : 1))
    .map((arrival) => ({ entity: arrival.entity, epoch: arrival.since, reason: reasonOf(sure, arrival) }))
  const isTruncated = sure.isTruncated || all.isTruncated
  const impact = await assessImpact({
    view,
    resources: reachedResources(sure, all),
    credentials,
    identities: identitiesOf(sure),
    fromMs: bounds.from * 1000,
    toMs: now * 1000,
    coverage: options.coverage ?? {},
    blindSpots: [
      ...(options.blindSpots ?? []),
      ...scopeBlindSpots(scopes, starts, hosts, sure),
      ...(isTruncated
        ? [`the walk stopped at ${bounds.entitiesMax} entities: what lies beyond them is not counted here`]
        : []),
    ],
  })
  return {
    trigger,
    window: whole,
    ...(further.length === 0 ? {} : { further: [...further] }),
    asOf: view.asOf,
    hosts,
    credentials,
    descendants,
    impact,
    ...(isTruncated ? { truncated: true } : {}),
  }
}

/** The least window in which all of them lie. */
export const coveringWindow = (scopes: readonly Scope[]): Window => ({
  fromMs: Math.min(...scopes.map(({ window }) => window.fromMs)),
  toMs: scopes.some(({ window }) => window.toMs === null)
    ? null
    : Math.max(...scopes.map(({ window }) => window.toMs ?? 0)),
})

async function startsOf(view: EstateView, { trigger, window }: Scope, nowMs: number): Promise<Start[]> {
  const since = toSecondsDown(window.fromMs)
  const until = Math.min(toSecondsUp(nowMs), toSecondsUp(window.toMs ?? nowMs))
  switch (trigger.kind) {
    case 'artefact': {
      const packages = await findPackages(view, trigger.purl, trigger.versions)
      return packages.map((entity) => ({ entity, standing: 'owned', since, until }))
    }
    case 'host':
      return [{ entity: trigger.host, standing: 'owned', since, until }]
    case 'credential':
      return [{ entity: trigger.credential, standing: 'held', since }]
    case 'identity':
      return [{ entity: trigger.identity, standing: 'owned', since }]
    case 'app': {
      // Consents are stated between a person and a client, not as edges of the app: they name it in their facts.
      const held = await view.find('credential', { client: nativeOf(trigger.app) })
      const grants = held.filter((entity) => authorityOf(entity) === authorityOf(trigger.app)).sort()
      return [trigger.app, ...grants].map((entity) => ({
        entity,
        standing: entity === trigger.app ? 'owned' : 'held',
        since,
      }))
    }
    case 'resource':
      // Whoever acted is not named: nothing is known to be in their hands, and the verdict says that it cannot tell.
      return []
    case 'offboarding':
    case 'weakness':
    case 'pause':
    case 'trim':
    case 'lease':
      // Each is an incident of its own, which nothing joins.
      return []
    default:
      return unreachable(trigger)
  }
}

/** Path from the trigger, first step first. A SAME_AS crossed backwards is given turned, so that the steps join up. */
function reasonOf({ arrivals }: Walked, arrival: Arrival): ReasonStep[] {
  const steps: ReasonStep[] = []
  for (let at: Arrival | undefined = arrival; at?.by; at = arrivals.get(at.by.from)) {
    const { edge, isTurned } = at.by
    const { src, dst, type, validFrom, validTo, evidence } = edge
    const isJoin = isTurned && type === 'SAME_AS'
    steps.push({ src: isJoin ? dst : src, type, dst: isJoin ? src : dst, validFrom, validTo, evidence })
  }
  return steps.toReversed()
}

/** Machines, each under one name. */
async function exposedHosts(view: EstateView, sure: Walked, now: number): Promise<Exposure['hosts']> {
  const owned = [...sure.arrivals.values()]
    .filter(({ entity, standing }) => standing === 'owned' && kindOf(entity) === 'host' && !isHardware(entity))
    .sort(compareArrivals)
  const arrivalOf = new Map(owned.map((arrival) => [arrival.entity, arrival]))
  const machines = await machinesOf(view, [...arrivalOf.keys()], now)
  return machines.flatMap(([host, ...sameAs]) => {
    const arrival = host === undefined ? undefined : arrivalOf.get(host)
    if (host === undefined || arrival === undefined) return []
    const since = Math.min(...[host, ...sameAs].map((name) => arrivalOf.get(name)?.since ?? Infinity))
    return [{ host, since, reason: reasonOf(sure, arrival), ...(sameAs.length === 0 ? {} : { sameAs }) }]
  })
}

const credentialsOf = ({ arrivals }: Walked): EntityId[] =>
  [...arrivals.values()].filter(({ entity }) => kindOf(entity) === 'credential').map(({ entity }) => entity)

async function exposedCredentials(
  view: EstateView,
  sure: Walked,
  all: Walked,
  joined: Joined,
  now: number,
): Promise<ExposedCredential[]> {
  const members = joined.members.filter(
    ({ canonical, aliases }) => !isDead(all, canonical) && !aliases.some((alias) => isDead(all, alias)),
  )
  const names = members.flatMap(({ canonical, aliases }) => [canonical, ...aliases])
  const facts = await view.facts(names)
  const logins = await loginsOf(view, names, now)
  const identityOf = (walked: Walked, arrival: Arrival): EntityId | null => {
    for (let at: Arrival | undefined = arrival; at !== undefined; at = next(walked, at)) {
      const login = logins.get(at.entity)
      if (login !== undefined) return login.identity
    }
    return null
  }
  const exposed = members.flatMap(({ canonical, aliases }): ExposedCredential[] => {
    const key = nodeKey(canonical, 'held')
    const walked = sure.arrivals.has(key) && !isDead(sure, canonical) ? sure : all
    const arrival = walked.arrivals.get(key)
    if (arrival === undefined) return []
    const stated = [canonical, ...aliases].map((name) => facts.get(name)?.['kind'])
    const login = logins.get(canonical)
    const endedAtMs = login === undefined ? endOfSession(arrival, now) : login.endedAtMs
    return [
      {
        credential: canonical,
        kind: credentialKindOf(canonical, stated),
        identity: identityOf(walked, arrival),
        role: arrival.role,
        epoch: arrival.since,
        reason: reasonOf(walked, arrival),
        conditional: walked !== sure,
        ...(aliases.length === 0 ? {} : { aliases }),
        ...(endedAtMs === undefined ? {} : { endedAtMs }),
      },
    ]
  })
  return exposed.sort((a, b) => a.epoch - b.epoch || (a.credential < b.credential ? -1 : 1))
}

/** A derived session whose issuer has stated its end. */
const endOfSession = ({ by }: Arrival, now: number): number | undefined =>
  by?.edge.type === 'DERIVES' && by.edge.validTo !== null && by.edge.validTo < now ? by.edge.validTo * 1000 : undefined

const isDead = (walked: Walked, credential: EntityId): boolean => walked.dead.has(credential)

/** A session without a stated login acts as what it was derived from; a fingerprint as what it is the same as. */
function next(walked: Walked, { by }: Arrival): Arrival | undefined {
  return by?.edge.type === 'DERIVES' || by?.edge.type === 'SAME_AS' ? walked.arrivals.get(by.from) : undefined
}

/** The newest identity of each credential, and when the last of its logins ended if all have. */
async function loginsOf(view: EstateView, credentials: readonly EntityId[], now: number) {
  const logins = new Map<EntityId, { identity: EntityId; from: number; endedAtMs: number | undefined }>()
  const window = { from: 0, to: now }
  for (const edge of await view.edgesFrom(credentials, { types: ['AUTHENTICATES_AS'], window })) {
    const known = logins.get(edge.src)
    const isNewer =
      known === undefined || edge.validFrom > known.from || (edge.validFrom === known.from && edge.dst < known.identity)
    const ends = edge.validTo === null || edge.validTo >= now ? Infinity : edge.validTo * 1000
    const endedAtMs = Math.max(ends, known === undefined ? 0 : (known.endedAtMs ?? Infinity))
    logins.set(edge.src, {
      ...(isNewer ? { identity: edge.dst, from: edge.validFrom } : known),
      endedAtMs: endedAtMs === Infinity ? undefined : endedAtMs,
    })
  }
  return logins
}

function reachedResources(sure: Walked, all: Walked): ReachedResource[] {
  const found = new Map<EntityId, ReachedResource>()
  for (const walked of all === sure ? [sure] : [sure, all]) {
    for (const arrival of [...walked.arrivals.values()].sort(compareArrivals)) {
      const { entity, standing, modes, since } = arrival
      const kind = kindOf(entity)
      if (kind !== 'resource' && (kind !== 'host' || standing === 'owned' || isHardware(entity))) continue
      if (found.has(entity)) continue
      found.set(entity, {
        resource: entity,
        since,
        modes,
        reason: reasonOf(walked, arrival),
        conditional: walked !== sure,
      })
    }
  }
  return [...found.values()].sort((a, b) => (a.resource < b.resource ? -1 : 1))
}

function identitiesOf({ arrivals }: Walked): Map<EntityId, number> {
  const found = new Map<EntityId, number>()
  for (const { entity, since } of arrivals.values()) {
    if (kindOf(entity) !== 'identity') continue
    found.set(entity, Math.min(since, found.get(entity) ?? Infinity))
  }
  return found
}

function scopeBlindSpots(
  scopes: readonly Scope[],
  starts: readonly Start[],
  hosts: Exposure['hosts'],
  { arrivals }: Walked,
): string[] {
  const spots: string[] = []
  const hasPackage = starts.some(({ entity }) => kindOf(entity) === 'package')
  for (const { trigger } of scopes) {
    if (trigger.kind === 'resource')
      spots.push(`no source says who it was at \`${trigger.resource}\`: what else they reached cannot be told`)
    if (trigger.kind !== 'artefact') continue
    if (!hasPackage) {
      spots.push(
        `no source has reported \`${trigger.purl}\` in these versions: hosts that do not report cannot be ruled out`,
      )
    } else if (hosts.length === 0) {
      spots.push(`no source has reported an install of \`${trigger.purl}\` in the window`)
    }
  }
  const readOn = new Set([...arrivals.values()].flatMap(({ by }) => (by?.edge.type === 'STORES' ? [by.edge.src] : [])))
  const silent = hosts.filter(({ host, sameAs = [] }) => ![host, ...sameAs].some((name) => readOn.has(name))).length
  if (silent > 0) spots.push(`${silent} of ${hosts.length} hosts: no report says which credentials lie there`)
  return spots
}
