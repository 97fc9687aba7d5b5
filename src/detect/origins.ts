import type { EntityId, Finding, TenantId, Touch, Trust } from '#model'

import { bounded, dayMs, floorTo, makeFinding } from './finding.ts'
import type { ProjectedEvent } from './types.ts'

const actorsMax = 100_000
/** An actor seen from more origins than this has no habits to differ from. */
const originsPerActorMax = 256
const pendingMax = 500_000

type Act = {
  actor: EntityId
  atMs: number
  origin: string
  offset: number
  trust: Trust
  credential: EntityId | null
  teaches?: true
}
type Making = { src: EntityId; made: EntityId; atMs: number; origin: string | null; offset: number; trust: Trust }
/** Origins of days before `day` are known; those of `day` itself are learnt when it closes. */
type Habits = { firstDay: number; day: number; known: Set<string>; today: Set<string>; strange: Map<string, number> }

const serviceKinds = new Set(['service', 'agent', 'app', 'role'])
const machineKinds = new Set(['key', 'certificate', 'ssh-key'])

/**
 * `identity.first-seen-origin` (weak alone) and `role.created-by-service` (from such an origin). Both ask what was not
 * seen on any closed day before, so they answer behind the watermark, in the order of event time. What an actor is
 * counts from the time at which it was stated, not from when that was heard.
 */
export function createOriginRules(tenant: TenantId, warmUpDays: number, counts: { late: number; dropped: number }) {
  const onDrop = (): void => void counts.dropped++
  const serviceSince = bounded<EntityId, number>(actorsMax, onDrop)
  const loginOf = bounded<EntityId, { identity: EntityId; sinceMs: number }>(actorsMax, onDrop)
  const habits = bounded<EntityId, Habits>(actorsMax, onDrop)
  let acts: Act[] = []
  let makings: Making[] = []
  let watermarkMs = -Infinity

  const isService = (actor: EntityId, atMs: number): boolean => (serviceSince.get(actor) ?? Infinity) <= atMs
  const habitsOf = (actor: EntityId, day: number): Habits => {
    const state = habits.get(actor) ?? { firstDay: day, day, known: new Set(), today: new Set(), strange: new Map() }
    if (day > state.day) {
      for (const origin of state.today) if (state.known.size < originsPerActorMax) state.known.add(origin)
      state.today = new Set()
      state.strange = new Map()
      state.day = day
    }
    habits.set(actor, state)
    return state
  }
  const isStrange = ({ firstDay, day, known }: Habits, origin: string): boolean =>
    day - firstDay >= warmUpDays * dayMs && known.size < originsPerActorMax && !known.has(origin)

  /** History counts as days lived: an actor's warm-up begins with its first act there. */
  const learn = ({ actor, atMs, origin }: Act): void => {
    const day = floorTo(atMs, dayMs)
    const state = habitsOf(actor, day)
    state.firstDay = Math.min(state.firstDay, day)
    if (state.known.size < originsPerActorMax) state.known.add(origin)
  }
  const judgeAct = ({ actor, atMs, origin, offset, trust, credential }: Act): Finding[] => {
    const day = floorTo(atMs, dayMs)
    const state = habitsOf(actor, day)
    const isNew = isStrange(state, origin) && !state.strange.has(origin)
    if (state.day === day) state.today.add(origin)
    if (!isNew) return []
    state.strange.set(origin, atMs)
    if (!isService(actor, atMs)) return []
    return [
      makeFinding(tenant, `${actor} ${origin}`, day, {
        rule: 'identity.first-seen-origin',
        ruleVersion: 1,
        title: `${actor} acted from an origin it was never seen at`,
        severity: 'low',
        entities: credential === null ? [actor] : [actor, credential],
        trigger: triggerFor(credential ?? actor),
        window: { fromMs: atMs, toMs: null },
        trust,
        evidence: [offset],
        atMs,
      }),
    ]
  }
  const judgeMaking = ({ src, made, atMs, origin, offset, trust }: Making): Finding[] => {
    const login = loginOf.get(src)
    const actor = login !== undefined && login.sinceMs <= atMs ? login.identity : src
    const day = floorTo(atMs, dayMs)
    const state = habitsOf(actor, day)
    const fromStrange = origin === null ? state.strange.size > 0 : isStrange(state, origin)
    if (!fromStrange || !isService(actor, atMs)) return []
    return [
      makeFinding(tenant, `${actor} ${made}`, day, {
        rule: 'role.created-by-service',
        ruleVersion: 1,
        title: `${actor} made ${made} from an origin it was never seen at`,
        severity: 'high',
        entities: [...new Set([actor, src, made])],
        trigger: triggerFor(src),
        window: { fromMs: state.strange.values().next().value ?? atMs, toMs: null },
        trust,
        evidence: [offset],
        atMs,
      }),
    ]
  }
  return {
    observe({ touches, edges, facts, offset, trust, backfill }: ProjectedEvent): void {
      for (const { entity, observedAtMs, attributes } of facts) {
        const kind = attributes['kind']
        const set = entity.startsWith('identity:') ? serviceKinds : machineKinds
        if (typeof kind !== 'string' || !set.has(kind)) continue
        serviceSince.set(entity, Math.min(observedAtMs, serviceSince.get(entity) ?? Infinity))
      }
      for (const touch of touches) {
        const act = actOf(touch, offset, trust)
        if (act === undefined) continue
        if (backfill === true) act.teaches = true
        else if (act.atMs <= watermarkMs) counts.late++
        acts.push(act)
      }
      for (const edge of edges) {
        if (edge.op === 'close' || edge.confidence === 'inferred') continue
        const atMs = edge.op === 'span' ? edge.fromMs : edge.atMs
        if (edge.type === 'AUTHENTICATES_AS') {
          const known = loginOf.get(edge.src)
          const isOlder = known === undefined || atMs < known.sinceMs
          const isTie = known !== undefined && atMs === known.sinceMs && edge.dst < known.identity
          if (isOlder || isTie) loginOf.set(edge.src, { identity: edge.dst, sinceMs: atMs })
        }
        if (edge.type !== 'CREATED' || atMs <= watermarkMs || backfill === true) continue
        const origin = touches.find((touch) => touch.origin !== null)?.origin ?? null
        makings.push({ src: edge.src, made: edge.dst, atMs, origin, offset, trust })
      }
      while (acts.length + makings.length > pendingMax) {
        acts.shift()
        onDrop()
      }
    },
    advance(toMs: number): Finding[] {
      const wasMs = watermarkMs
      watermarkMs = Math.max(watermarkMs, toMs)
      const due = acts.filter(({ atMs }) => atMs <= watermarkMs).sort((a, b) => a.atMs - b.atMs)
      const dueMakings = makings.filter(({ atMs }) => atMs <= watermarkMs).sort(byTimeThenCredential)
      acts = acts.filter(({ atMs }) => atMs > watermarkMs)
      makings = makings.filter(({ atMs }) => atMs > watermarkMs)
      const found: Finding[] = []
      let next = 0
      const actsUntil = (atMs: number): void => {
        for (let act = due[next]; act !== undefined && act.atMs <= atMs; act = due[++next]) {
          // A late act only teaches: what it would have found was already judged without it.
          if (act.teaches === true) learn(act)
          else if (act.atMs <= wasMs) habits.get(act.actor)?.known.add(act.origin)
          else found.push(...judgeAct(act))
        }
      }
      for (const making of dueMakings) {
        actsUntil(making.atMs)
        found.push(...judgeMaking(making))
      }
      actsUntil(Infinity)
      return found
    },
  }
}

const triggerFor = (entity: EntityId): Finding['trigger'] =>
  entity.startsWith('credential:') ? { kind: 'credential', credential: entity } : { kind: 'identity', identity: entity }

/** Of two makers of one thing at one time the credential comes first: it is the narrower trigger. */
const byTimeThenCredential = (a: Making, b: Making): number =>
  a.atMs - b.atMs || Number(b.src.startsWith('credential:')) - Number(a.src.startsWith('credential:'))

function actOf({ identity, credential, origin, atMs }: Touch, offset: number, trust: Trust): Act | undefined {
  const actor = identity ?? credential
  return actor === null || origin === null ? undefined : { actor, atMs, origin, offset, trust, credential }
}
