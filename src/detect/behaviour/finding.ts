import { hashId } from '#kit'
import { shownWeight, type EntityId, type Finding, type TenantId } from '#model'

import { dayMs, triggerOf, trustIn } from '../finding.ts'
import { countedPoints, faded, highFrom, kindMin, type Counted, type Score } from './score.ts'
import type { Profile } from './state/profile.ts'

export const behaviourRule = 'behaviour.unlike-itself'
/**
 * `reasons`: each signal that stands, the strongest first, with its numbers. `signals`: those that a verdict on the finding
 * speaks of: whose own points, without weights, are enough for a kind to count.
 */
export type BehaviourFinding = Finding & { reasons: string[]; signals: string[] }

const entitiesMax = 20
const evidenceMax = 50

/** One finding for a story: the day in which its first signal fell names it. */
export function findingOf(tenant: TenantId, profile: Profile, sum: Counted, atMs: number): BehaviourFinding {
  const { id: actor, scores } = profile
  const strongest = scores.toSorted(
    (a, b) => countedPoints(b, atMs, sum) - countedPoints(a, atMs, sum) || (a.name < b.name ? -1 : 1),
  )
  const fromMs = Math.min(...scores.map((score) => score.fromMs))
  const others = scores.flatMap((score) => score.others)
  const [first] = strongest
  return {
    id: hashId('fnd', tenant, behaviourRule, actor, String(Math.floor(fromMs / dayMs))),
    tenant,
    rule: behaviourRule,
    ruleVersion: 1,
    title: `${actor} behaves unlike itself: ${first?.name ?? ''} and ${scores.length - 1} more signals, ${Math.round(sum.points)} points`,
    severity: sum.points >= highFrom ? 'high' : 'medium',
    entities: [...new Set<EntityId>([actor, ...others])].slice(0, entitiesMax),
    // Actors are credentials, identities and apps: each can be one.
    trigger: triggerOf(actor) ?? { kind: 'identity', identity: actor },
    window: { fromMs, toMs: null },
    trust: trustIn(scores.map(({ trust }) => trust)),
    evidence: [...new Set(scores.map(({ offset }) => offset))].slice(0, evidenceMax).sort((a, b) => a - b),
    atMs,
    reasons: strongest.map((score) => reasonOf(score, atMs, sum)),
    signals: strongest.filter((score) => faded(score, atMs) >= kindMin).map(({ name }) => name),
  }
}

function reasonOf(score: Score, atMs: number, sum: Counted): string {
  const { name, reason, days, weight } = score
  const left = sum.isPlain ? ', left out since it is high without' : ''
  return [
    `${Math.round(countedPoints(score, atMs, sum))} points, ${name}: ${reason}`,
    ...(days > 1 ? [`on ${days} days`] : []),
    ...(weight.judged > 0 ? [`${shownWeight(weight)}${left}`] : []),
  ].join('; ')
}
