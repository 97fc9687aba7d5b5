import type { ResponseOf } from 'cordon/contract'

type Report = ResponseOf<'incident.show'>
type Interval = { atLeast: number; atMost: number }

/** What Cordon says of an incident, in the lab's own names for things. */
export type ContainmentView = {
  state: string
  exposed: string[]
  hosts: string[]
  plan: string | null
  approvals: { by: string; atMs: number }[]
  steps: { phase: string; verb: string; target: string; state: string; proof: string | null; tookMs: number | null }[]
  dead: { name: string; proof: string; says: string; tookMs: number | null }[]
  survivors: { name: string; why: string; next: string; expiresAtMs: number | null }[]
  impact: { reach: Interval; touched: Interval; changed: Interval; unknown: Interval; customers: string[] } | null
  blindSpots: string[]
}

/** `nameOf` answers undefined for entities the lab did not plant: those keep their id. */
export function viewOf(report: Report, nameOf: (entity: string) => string | undefined): ContainmentView {
  const { incident, assessment, actions } = report
  const name = (entity: string): string => nameOf(entity) ?? shortId(entity)
  const exposure = assessment?.exposure
  const impact = report.impactNow?.impact ?? exposure?.impact
  const steps = assessment?.plan.steps ?? []
  const actionOf = new Map(actions.map((action) => [`${action.verb} ${action.target}`, action]))
  return {
    state: incident.state,
    exposed: unique((exposure?.credentials ?? []).map(({ credential }) => name(credential))),
    hosts: (exposure?.hosts ?? []).map(({ host }) => name(host)),
    plan: incident.plan,
    approvals: report.approvals.map(({ approver, atMs }) => ({ by: approver, atMs })),
    steps: steps.map(({ phase, verb, target, serves }) => {
      const action = actionOf.get(`${verb} ${target}`)
      return {
        phase,
        verb,
        target: nameOf(target) ?? unique(serves.flatMap((entity) => nameOf(entity) ?? []))[0] ?? shortId(target),
        state: action?.state ?? 'planned',
        proof: action?.proof?.kind ?? null,
        tookMs: between(action?.approvedAtMs ?? action?.proposedAtMs, action?.provenAtMs),
      }
    }),
    dead: uniqueBy(
      report.dead.map(({ credential, proof, fromApprovalMs, fromApplyMs }) => ({
        name: name(credential),
        proof: proof?.kind ?? 'unproven',
        says: proof?.says ?? '',
        tookMs: fromApprovalMs ?? fromApplyMs,
      })),
    ),
    survivors: uniqueBy(
      report.survivors.map(({ credential, why, next, expiresAtMs }) => ({
        name: name(credential),
        why,
        next,
        expiresAtMs,
      })),
    ),
    impact:
      impact === undefined
        ? null
        : {
            reach: impact.people.couldReach,
            touched: impact.people.didTouch,
            changed: impact.people.didChange,
            unknown: impact.people.unknown,
            customers: impact.customers.map(({ customer }) => name(customer)),
          },
    blindSpots: report.blindSpots,
  }
}

const between = (from: number | null | undefined, to: number | null | undefined): number | null =>
  from == null || to == null ? null : to - from
const unique = (names: readonly string[]): string[] => [...new Set(names)]
const uniqueBy = <Item extends { name: string }>(items: readonly Item[]): Item[] => [
  ...new Map(items.map((item) => [item.name, item])).values(),
]

/** Last part of an entity id, long ones shortened in the middle. */
export function shortId(entity: string): string {
  const native = decodeURIComponent(entity.split(':').slice(2).join(':')) || entity
  return native.length <= 24 ? native : `${native.slice(0, 12)}…${native.slice(-8)}`
}
