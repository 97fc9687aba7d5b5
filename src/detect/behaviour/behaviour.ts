import { parseOwnJson } from '#kit'
import type { EntityId, Exposure, IncidentId, TenantId, WeightStep } from '#model'

import { Watermark } from '../sigma/watermark.ts'
import type { BehaviourFinding } from './finding.ts'
import { habitOf, type Habit } from './habit.ts'
import type { BehaviourEvent } from './read/event.ts'
import { readEvent } from './read/read.ts'
import { Realm, type RealmBounds } from './realm.ts'
import { listActors, showActor, type ActorSummary, type ShownActor } from './show.ts'
import { restoreLine, snapshotRealm, type RealmLine } from './snapshot.ts'
import { Weights } from './state/weights.ts'

/** A stream that tells what happened, of a realm (a source's authority), and how late its events may come. */
export type BehaviourStream = { name: string; realm: string; latenessMs: number }
export type BehaviourInput = { realm: string; stream: string; event: BehaviourEvent }
export type BehaviourCounts = { late: number; hurried: number; evicted: number; frozenDays: number }

/** Over all realms together; each has its share. Measured: about 1.5 kB an actor with two months of days. */
export const actorsMaxDefault = 200_000
const pairsMax = 4_000_000
const heldMax = 500_000
const historyMax = 200_000
/** Nothing waits longer for a slow stream: what comes later is judged when it comes, and counted. */
export const latenessMaxMs = 3_600_000
/** Before the log of a backfill counts as whole. */
const historyQuietMs = 600_000
/** Incidents that a state on disk names, and of which nobody speaks for so long, were closed meanwhile. */
const unconfirmedMs = 600_000
const frozenPerIncidentMax = 20_000

/**
 * What identities, credentials, apps and agents usually do, and what they do now. Streaming, in event time, without clock
 * or I/O: the same events in any order within the lateness, with restarts from snapshots anywhere, give the same findings
 * with the same ids. Backfill teaches and is never judged.
 */
export interface Behaviour {
  /** Sources that came or went; what is known of a realm stays. */
  setStreams(streams: readonly BehaviourStream[]): void
  observe(input: BehaviourInput): void
  /** Judges what no earlier event can change any more. */
  advance(nowMs: number): BehaviourFinding[]
  /** Whether whoever did these things did just such on enough other days. Changes nothing. */
  habit(inputs: readonly Pick<BehaviourInput, 'realm' | 'event'>[]): Habit
  /** Of an open incident: whoever it exposes teaches nothing until it is over. */
  watch(incident: IncidentId, exposure: Pick<Exposure, 'trigger' | 'credentials' | 'descendants'>): void
  unwatch(incident: IncidentId): void
  /** What people said of signals, in the order they said it. It weighs on acts from then on, and on none before. */
  weigh(steps: readonly WeightStep[]): void
  /** As each realm knows it; none: nobody does. */
  show(entity: EntityId, nowMs: number): ShownActor[]
  /** Those that stand out most first. */
  list(max: number, nowMs: number): ActorSummary[]
  snapshot(): Iterable<string>
  /** Into one that has seen nothing. */
  restore(lines: Iterable<string>, nowMs: number): void
  readonly counts: BehaviourCounts
  readonly size: { realms: number; actors: number; warm: number; pairs: number; waiting: number }
}

const snapshotVersion = 1
type StateLine =
  | { kind: 'behaviour'; version: number; frozen: [IncidentId, EntityId[]][] }
  | { kind: 'realm'; name: string }
  | RealmLine
type Standing = { realm: Realm; watermark: Watermark; backfilledAtMs: number | null }

export function createBehaviour(options: {
  tenant: TenantId
  streams: readonly BehaviourStream[]
  startedMs: number
  actorsMax?: number
}): Behaviour {
  const { tenant, startedMs, actorsMax = actorsMaxDefault } = options
  const realms = new Map<string, Standing>()
  const weights = new Weights()
  const bounds: RealmBounds = { actorsMax, pairsMax, heldMax, historyMax }
  const frozenBy = new Map<EntityId, Set<IncidentId>>()
  const frozen = new Map<IncidentId, EntityId[]>()
  let unconfirmed = new Set<IncidentId>()
  let restoredMs = -Infinity

  const share = (): void => {
    const many = Math.max(1, realms.size)
    bounds.actorsMax = Math.ceil(actorsMax / many)
    bounds.pairsMax = Math.ceil(pairsMax / many)
    bounds.heldMax = Math.ceil(heldMax / many)
    bounds.historyMax = Math.ceil(historyMax / many)
  }
  const realmNamed = (name: string, streams: readonly BehaviourStream[] = []): Standing => {
    const known = realms.get(name)
    if (known !== undefined) return known
    const made: Standing = {
      realm: new Realm(tenant, name, bounds, {
        isFrozen: (actor) => frozenBy.has(actor),
        weightAt: (signal, atMs) => weights.at(signal, atMs),
      }),
      watermark: new Watermark(bounded(streams), startedMs),
      backfilledAtMs: null,
    }
    realms.set(name, made)
    share()
    return made
  }
  const setStreams = (streams: readonly BehaviourStream[]): void => {
    for (const [name, mine] of Map.groupBy(streams, ({ realm }) => realm)) {
      realmNamed(name, mine).watermark = new Watermark(bounded(mine), startedMs)
    }
  }
  const unfreeze = (incident: IncidentId): void => {
    for (const entity of frozen.get(incident) ?? []) {
      const by = frozenBy.get(entity)
      by?.delete(incident)
      if (by?.size === 0) frozenBy.delete(entity)
    }
    frozen.delete(incident)
  }
  const freeze = (incident: IncidentId, entities: readonly EntityId[]): void => {
    unfreeze(incident)
    frozen.set(incident, [...entities])
    for (const entity of entities) frozenBy.set(entity, (frozenBy.get(entity) ?? new Set()).add(incident))
  }
  setStreams(options.streams)

  return {
    setStreams,
    observe({ realm: name, stream, event }) {
      const standing = realmNamed(name)
      const { eventAtMs, arrivedAtMs, backfill } = event
      if (backfill === true) standing.backfilledAtMs = arrivedAtMs
      else standing.watermark.see(stream, eventAtMs ?? arrivedAtMs, arrivedAtMs)
      for (const item of readEvent(event)) standing.realm.observe(item)
    },
    advance(nowMs) {
      if (unconfirmed.size > 0 && nowMs - restoredMs > unconfirmedMs) {
        for (const incident of unconfirmed) unfreeze(incident)
        unconfirmed = new Set()
      }
      const found: BehaviourFinding[] = []
      for (const standing of realms.values()) {
        const { realm, watermark, backfilledAtMs } = standing
        if (backfilledAtMs !== null && nowMs - backfilledAtMs > historyQuietMs) {
          realm.learnHistory()
          standing.backfilledAtMs = null
        }
        found.push(...realm.advance(Math.min(watermark.at(nowMs), nowMs)))
      }
      return found
    },
    habit(inputs) {
      const [first] = inputs
      const standing = first === undefined ? undefined : realms.get(first.realm)
      const isOne = inputs.every(({ realm }) => realm === first?.realm)
      return habitOf(
        standing?.realm,
        isOne ? inputs.map(({ event }) => readEvent(event).filter((item) => item.kind === 'act')) : [],
      )
    },
    watch(incident, exposure) {
      unconfirmed.delete(incident)
      freeze(incident, entitiesIn(exposure))
    },
    unwatch(incident) {
      unconfirmed.delete(incident)
      unfreeze(incident)
    },
    weigh: (steps) => weights.take(steps),
    show: (entity, nowMs) =>
      [...realms.values()].flatMap(({ realm }) =>
        showActor(realm, entity, nowMs, [...(frozenBy.get(entity) ?? [])].sort()),
      ),
    list: (max, nowMs) =>
      [...realms.values()]
        .flatMap(({ realm }) => listActors(realm, max, nowMs))
        .toSorted((a, b) => b.points - a.points || b.lastSeenMs - a.lastSeenMs || (a.entity < b.entity ? -1 : 1))
        .slice(0, max),
    *snapshot() {
      const line = (one: StateLine): string => JSON.stringify(one)
      yield line({ kind: 'behaviour', version: snapshotVersion, frozen: [...frozen] })
      for (const { realm } of realms.values()) {
        yield line({ kind: 'realm', name: realm.name })
        yield* snapshotRealm(realm)
      }
    },
    restore(lines, nowMs) {
      let realm: Realm | undefined
      for (const line of lines) {
        const said = parseOwnJson<StateLine>(line)
        if (said.kind === 'behaviour') {
          if (said.version !== snapshotVersion) return
          for (const [incident, entities] of said.frozen) freeze(incident, entities)
          unconfirmed = new Set(frozen.keys())
        } else if (said.kind === 'realm') realm = realmNamed(said.name).realm
        else if (realm !== undefined) restoreLine(realm, said)
      }
      for (const standing of realms.values()) if (standing.realm.history.size > 0) standing.backfilledAtMs = nowMs
      restoredMs = nowMs
    },
    get counts() {
      const counts = { late: 0, hurried: 0, evicted: 0, frozenDays: 0 }
      for (const { realm } of realms.values()) {
        counts.late += realm.counts.late
        counts.hurried += realm.counts.hurried
        counts.frozenDays += realm.counts.frozenDays
        counts.evicted += realm.evicted
      }
      return counts
    },
    get size() {
      const size = { realms: realms.size, actors: 0, warm: 0, pairs: 0, waiting: 0 }
      for (const { realm } of realms.values()) {
        size.actors += realm.actors.size
        size.warm += realm.warm
        size.pairs += realm.pairs.size
        size.waiting += realm.waiting.held
      }
      return size
    },
  }
}

const bounded = (streams: readonly BehaviourStream[]): BehaviourStream[] =>
  streams.map((stream) => ({ ...stream, latenessMs: Math.min(latenessMaxMs, stream.latenessMs) }))

/** What may be in other hands: what a condition leaves open goes on teaching, or half a company would stop. */
function entitiesIn({ trigger, credentials, descendants }: Pick<Exposure, 'trigger' | 'credentials' | 'descendants'>) {
  const mine = trigger.kind === 'identity' ? [trigger.identity] : trigger.kind === 'app' ? [trigger.app] : []
  const own = trigger.kind === 'credential' ? [trigger.credential] : mine
  const exposed = credentials.flatMap(({ credential, aliases = [], identity, conditional }) =>
    conditional ? [] : [credential, ...aliases, ...(identity === null ? [] : [identity])],
  )
  return [...new Set([...own, ...exposed, ...descendants.map(({ entity }) => entity)])].slice(0, frozenPerIncidentMax)
}
