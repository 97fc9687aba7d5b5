import { hashId } from '#kit'
import type { EntityId, Finding, TenantId } from '#model'

import { dayMs, triggerOf, trustIn } from '../finding.ts'
import { faded, type Score, type Sum } from './score.ts'
import type { Profile } from './state/profile.ts'

export const behaviourRule = 'behaviour.unlike-itself'
/** `reasons`: each signal that stands, the strongest first, with its numbers. */
export type BehaviourFinding = Finding & { reasons: string[] }

/** From here on it is no longer a matter of looking when there is time. */
const highFrom = 140
const entitiesMax = 20
const evidenceMax = 50

/** One finding for a story: the day in which its first signal fell names it. */
export function findingOf(tenant: TenantId, profile: Profile, sum: Sum, atMs: number): BehaviourFinding {
  const { id: actor, scores } = profile
  const strongest = scores.toSorted((a, b) => faded(b, atMs) - faded(a, atMs) || (a.name < b.name ? -1 : 1))
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
    reasons: strongest.map((score) => reasonOf(score, atMs)),
  }
}

const reasonOf = (score: Score, atMs: number): string =>
  `${Math.round(faded(score, atMs))} points, ${score.name}: ${score.reason}${score.days > 1 ? `; on ${score.days} days` : ''}`
