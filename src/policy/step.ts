import { authorityOf, kindOf } from '#model'

import type { Cedar } from './cedar.ts'
import type { StepDecision, StepRequest } from './types.ts'

/** Targets of one verb on one connector within `capWindowMs` before two approvals are asked for, whatever policy says. */
export const capTargetsMax = 25
export const capWindowMs = 10 * 60_000

const levels = [0, 1, 2] as const

/**
 * The rules that no policy can lift. `null`: never. A number: approvals at the least.
 * INVARIANT: an attribute that is set to anything but a clear no counts as set.
 */
const rulesInCode: readonly {
  id: string
  floor: 1 | 2 | null
  says: string
  holds: (request: StepRequest) => boolean
}[] = [
  {
    id: 'code.break-glass',
    floor: null,
    says: 'the target is a break-glass identity or one of its credentials: Cordon never acts on it',
    holds: ({ targetAttributes }) => isSet(targetAttributes['breakGlass']),
  },
  {
    id: 'code.own-credential',
    floor: null,
    says: 'the target is what Cordon itself signs in with: Cordon never acts on it',
    holds: ({ targetAttributes }) => isSet(targetAttributes['own']),
  },
  {
    id: 'code.cap',
    floor: 2,
    says: `more than ${capTargetsMax} targets of this verb in ${capWindowMs / 60_000} minutes: two approvals`,
    holds: ({ verb, recentOfVerb }) => verb !== 'manual.task' && !(recentOfVerb <= capTargetsMax),
  },
  {
    id: 'code.confinement',
    floor: 1,
    says: 'all that speaks for this step could have been written by the exposed scope, and the target lies outside it',
    holds: ({ trust, insideConfinement }) => trust.confinedTo !== null && !insideConfinement,
  },
  {
    id: 'code.ladder',
    floor: 1,
    says: 'this connector and verb are not yet trusted to run by themselves',
    holds: ({ ladder }) => ladder !== 'auto',
  },
]

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && value !== 'false' && value !== 0

export const codeRules: ReadonlyMap<string, string> = new Map(rulesInCode.map(({ id, says }) => [id, says]))

/** Approvals needed: the least number, not below the floor of the code rules, at which the policies permit. */
export function decideStep(cedar: Cedar, request: StepRequest): StepDecision {
  const holding = rulesInCode.filter(({ holds }) => holds(request))
  const forbidding = holding.filter(({ floor }) => floor === null)
  if (forbidding.length > 0) return { level: null, decidedBy: forbidding.map(({ id }) => id), errors: [] }
  const floor = holding.reduce((most, { floor }) => Math.max(most, floor ?? 0), 0)
  const raising = holding.filter((rule) => rule.floor === floor).map(({ id }) => id)

  const refusedBy = new Set<string>()
  for (const level of levels) {
    const { allowed, reasons, errors } = cedar.ask(asCedar(request, level))
    if (errors.length > 0) return { level: null, decidedBy: ['code.error'], errors }
    if (!allowed) for (const id of reasons) refusedBy.add(id)
    else if (level >= floor) return { level, decidedBy: [...raising, ...reasons, ...[...refusedBy].sort()], errors: [] }
  }
  const decidedBy = refusedBy.size > 0 ? [...refusedBy].sort() : ['code.no-permit']
  return { level: null, decidedBy, errors: [] }
}

function asCedar(request: StepRequest, approvals: number): Parameters<Cedar['ask']>[0] {
  const { connector, verb, phase, target, reversible, cutsOff, recentOfVerb, severity, trust, ladder } = request
  const resource = { type: 'Target', id: target }
  const { lentForMs } = request
  return {
    principal: { type: 'Automation', id: 'cordon' },
    action: lentForMs === undefined ? 'step.run' : 'lease.grant',
    resource,
    context:
      lentForMs === undefined
        ? {
            connector,
            verb,
            phase,
            reversible,
            cutsOff,
            recentOfVerb,
            severity,
            trustOrigin: trust.origin,
            confined: trust.confinedTo !== null,
            insideConfinement: request.insideConfinement,
            ladder,
            approvals,
          }
        : { connector, verb, minutes: Math.ceil(lentForMs / 60_000), recentOfVerb, ladder, approvals },
    entities: [
      {
        uid: resource,
        attrs: { kind: kindOf(target), authority: authorityOf(target) },
        parents: [],
        tags: asTags(request.targetAttributes),
      },
    ],
  }
}

/** Attributes as Cedar tags: text, those without a value left out. */
export function asTags(attributes: Readonly<Record<string, string | number | boolean | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  )
}
