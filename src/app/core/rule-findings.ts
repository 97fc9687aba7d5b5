import { hashId } from '#kit'
import {
  defaultTenant,
  entityId,
  kindOf,
  type EntityId,
  type Finding,
  type Severity,
  type Trigger,
  type Trust,
  type Urgency,
} from '#model'
import { triggerOf, trustIn } from '#detect'
import type { Habit } from '#detect/behaviour'
import type { CorrelationFinding, SigmaRule } from '#detect/sigma'
import { sigmaPrefix, type ToldFinding } from '#respond/findings'

import type { Scoped } from './projecting.ts'

/** Matches of one rule about one entity within this are one finding. */
const episodeMs = 3_600_000
const entitiesMax = 50
/** Only these open an incident; anything weaker stands in the list, and counts where a correlation joins it. */
const opening = new Set<Severity>(['high', 'critical'])

export type Found = { told: ToldFinding; finding: Finding | null }
type Level = SigmaRule['level']

const opensAt = (level: Level): boolean => opening.has(severityOf(level))
export const severityOf = (level: Level): Severity => (level === null || level === 'informational' ? 'low' : level)

/**
 * `habit`, of a rule that calls somebody unless what it found is one: whether it is; null: nobody was asked. `realm`: whose
 * records they are, as their source knows it.
 */
type Beside = { habit?: Habit | null; realm: string }

/** One rule, one event: the same rule, entity and hour make the same id. */
export function foundByRule(
  rule: SigmaRule,
  { item, trust }: Scoped,
  atMs: number,
  isLate: boolean,
  { habit = null, realm }: Beside,
): Found {
  const entities = entitiesOf([item], opensAt(rule.level), realm)
  const group = entities[0] ?? item.event
  const id = hashId('fnd', defaultTenant, rule.id, group, String(Math.floor(atMs / episodeMs)))
  const actors = actorsOf([item])
  return found(rule, habit, {
    id,
    entities,
    actors,
    trust,
    evidence: [item.offset],
    fromMs: atMs,
    atMs,
    late: isLate,
    group: {},
  })
}

/** `events`: those of its window, as far as they are still in the log. */
export function foundByCorrelation(
  { id, rule, title, level, urgency, group, firstMs, atMs, events: evidence, name, place }: CorrelationFinding & Named,
  events: readonly Scoped[],
  { habit = null, realm }: Beside,
): Found {
  const trust = trustIn(events.map((event) => event.trust))
  const items = events.map(({ item }) => item)
  const entities = entitiesOf(items.toReversed(), opensAt(level), realm)
  const told = {
    id: hashId('fnd', defaultTenant, id),
    entities,
    actors: actorsOf(items),
    trust,
    evidence,
    fromMs: firstMs,
    atMs,
    late: false,
    group,
  }
  return found({ id: rule, name, title, level, urgency, place }, habit, told)
}

type Named = Pick<SigmaRule, 'name' | 'place'>

function found(
  rule: Pick<SigmaRule, 'id' | 'name' | 'title' | 'level' | 'urgency' | 'place'>,
  habit: Habit | null,
  { trust, ...facts }: Omit<ToldFinding, 'rule' | 'title' | 'severity' | 'opens' | 'place'> & { trust: Trust },
): Found {
  const severity = severityOf(rule.level)
  const trigger = triggerIn(facts.entities)
  const opens = trigger !== undefined && opensAt(rule.level)
  const name = `${sigmaPrefix}${rule.name ?? rule.id}`
  const said = urgencyOf(rule.urgency, habit)
  const urgency = said === null ? {} : { urgency: said }
  const reasons = habit === null ? {} : { reasons: [habit.says] }
  const shown = { title: rule.title, severity, opens, place: rule.place }
  const told: ToldFinding = { ...facts, rule: name, ...shown, ...urgency, ...reasons }
  if (!opens) return { told, finding: null }
  const { id, entities, evidence, fromMs, atMs } = facts
  return {
    told,
    finding: {
      id,
      tenant: defaultTenant,
      rule: name,
      ruleVersion: 1,
      title: rule.title,
      severity,
      entities,
      trigger,
      window: { fromMs, toMs: null },
      trust,
      evidence,
      atMs,
      ...urgency,
    },
  }
}

function urgencyOf(said: SigmaRule['urgency'], habit: Habit | null): Urgency | null {
  if (said !== 'unless-habit') return said
  return habit?.isHabit === true ? 'working-hours' : 'now'
}

/**
 * Whom the records are about: what acted first, the narrower before the wider. What is to open an incident and names nobody
 * is about the thing that was touched, else about the realm: it must call somebody all the same.
 */
function entitiesOf(items: readonly Scoped['item'][], opens: boolean, realm: string): EntityId[] {
  const credentials = items.flatMap(({ touches }) => touches.map(({ credential }) => credential))
  const identities = items.flatMap(({ touches }) => touches.map(({ identity }) => identity))
  const named = items.flatMap(({ actors = [] }) => actors)
  const stated = items.flatMap(({ edges }) => edges.map(({ src }) => src)).filter((id) => kindOf(id) !== 'resource')
  const all = [...credentials, ...identities, ...named, ...stated].filter((id) => id !== null)
  const found = [...new Set(all)].slice(0, entitiesMax)
  if (!opens || triggerIn(found) !== undefined) return found
  const [touched] = items.flatMap(({ touches }) => touches.map(({ resource }) => resource))
  return [touched ?? entityId('resource', realm, 'realm'), ...found].slice(0, entitiesMax)
}

/** Who acted in each of them, with what: of what several did, nobody. */
function actorsOf(items: readonly Scoped['item'][]): EntityId[] {
  const [first = new Set<EntityId>(), ...others] = items.map(
    ({ touches, actors = [] }) =>
      new Set(
        [...touches.flatMap(({ credential, identity }) => [credential, identity]), ...actors].filter(
          (id) => id !== null,
        ),
      ),
  )
  return [...first].filter((id) => others.every((one) => one.has(id))).slice(0, entitiesMax)
}

function triggerIn(entities: readonly EntityId[]): Trigger | undefined {
  const named = entities.map(triggerOf).find((trigger) => trigger !== undefined)
  const thing = entities.find((id) => kindOf(id) === 'resource')
  return named ?? (thing === undefined ? undefined : { kind: 'resource', resource: thing })
}
