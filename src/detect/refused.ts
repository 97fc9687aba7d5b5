import {
  authorityOf,
  type Exposure,
  type Finding,
  type IncidentId,
  type Refusal,
  type TenantId,
  type Trust,
} from '#model'

import { bounded, floorTo, makeFinding } from './finding.ts'
import type { ProjectedEvent } from './types.ts'

/** Refusals remembered for memberships still to be taken. */
const refusalsKeptMax = 20_000
/** Refusals of one person at one thing within this are one finding. */
const refusedTimespanMs = 60_000
export const refusedRule = 'trim.use-refused'

type Seen = Refusal & { offset: number; trust: Trust }
type Trimmed = NonNullable<Exposure['trimmed']>[number]

/**
 * `trim.use-refused`: somebody was refused at a thing that a membership opened to them until a trim took it. It opens no
 * incident: the membership is given back. `entities`: member, group, who was refused, and the thing, in this order.
 */
export function createRefusedRule(tenant: TenantId, onDrop: () => void) {
  const watched = new Map<IncidentId, readonly Trimmed[]>()
  const seen = bounded<string, Seen>(refusalsKeptMax, onDrop)
  const match = (trimmed: readonly Trimmed[], refusal: Seen): Finding[] =>
    trimmed
      .filter((one) => isTheirs(one, refusal))
      .map(({ right, member, group, epoch }) => {
        const { identity, resource, atMs, offset, trust } = refusal
        return makeFinding(tenant, `${right} ${epoch} ${identity} ${resource}`, floorTo(atMs, refusedTimespanMs), {
          rule: refusedRule,
          ruleVersion: 1,
          title: `${identity} was refused at ${resource}, which ${group} opened to them`,
          severity: 'low',
          entities: [member, group, identity, resource],
          trigger: { kind: 'identity', identity },
          window: { fromMs: atMs, toMs: null },
          trust,
          evidence: [offset],
          atMs,
        })
      })
  return {
    observe({ refusals = [], offset, trust }: ProjectedEvent): Finding[] {
      const found: Seen[] = refusals.map((refusal) => ({ ...refusal, offset, trust }))
      for (const one of found) seen.set(`${one.identity} ${one.resource} ${floorTo(one.atMs, refusedTimespanMs)}`, one)
      return found.flatMap((one) => [...watched.values()].flatMap((trimmed) => match(trimmed, one)))
    },
    watch(incident: IncidentId, { trimmed = [] }: Exposure): Finding[] {
      if (trimmed.length > 0) watched.set(incident, trimmed)
      return [...seen.values()].flatMap((one) => match(trimmed, one))
    },
    unwatch: (incident: IncidentId): void => void watched.delete(incident),
  }
}

function isTheirs({ holders, opens, group, epoch }: Trimmed, { identity, resource, atMs }: Refusal): boolean {
  if (atMs < epoch * 1000) return false
  const isThing = opens === null ? authorityOf(resource) === authorityOf(group) : opens.includes(resource)
  return isThing && (holders === null || holders.includes(identity))
}
