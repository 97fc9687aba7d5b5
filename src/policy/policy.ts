import { canonicalJson } from '#kit'

import { authorize } from './access.ts'
import { loadCedar, type Cedar } from './cedar.ts'
import { builtInPolicies, type PolicyText } from './defaults.ts'
import { policySchema } from './schema.ts'
import { codeRules, decideStep } from './step.ts'
import type { AccessRequest, Policy, StepRequest } from './types.ts'

/** Answers kept by request; emptied when full. */
const cachedDecisionsMax = 4_096

/** Which policies decided and what they say, in plain words, first line the decision itself. */
export interface ExplainingPolicy extends Policy {
  explain(request: { step: StepRequest } | { access: AccessRequest }): string[]
  /** Every policy in force, by id. */
  list(): { id: string; effect: 'permit' | 'forbid'; says: string | null; place: string }[]
}

/**
 * Loads and checks policies against the schema; throws PolicyError with place and hint. `policies` stand in place of the
 * built-in ones: to add to them, give `[builtInPolicies, yours]`. Pure afterwards: same request, same decision.
 */
export function createPolicy(options: { policies?: readonly PolicyText[]; schema?: string } = {}): ExplainingPolicy {
  const { schema = policySchema, policies } = options
  const cedar =
    policies === undefined && schema === policySchema ? loadBuiltIn() : loadCedar(schema, policies ?? [builtInPolicies])
  const policy: Policy = {
    version: cedar.version,
    decideStep: cached((request) => decideStep(cedar, request)),
    authorize: cached((request) => authorize(cedar, request)),
  }
  const says = (id: string): string => {
    const words = codeRules.get(id) ?? fixedWords[id] ?? cedar.policies.get(id)?.says ?? 'it says nothing of itself'
    return `${id}: ${words}`
  }
  return {
    ...policy,
    explain(request) {
      if ('access' in request) {
        const { action, principal } = request.access
        const { allowed, decidedBy, errors } = policy.authorize(request.access)
        return [`${principal.id} ${allowed ? 'may' : 'may not'} ${action}`, ...decidedBy.map(says), ...errors]
      }
      const { verb, target } = request.step
      const { level, decidedBy, errors } = policy.decideStep(request.step)
      return [`${verb} on ${target} ${levelWords[String(level)] ?? ''}`, ...decidedBy.map(says), ...errors]
    },
    list: () => [...cedar.policies.values()].map(({ id, effect, says, place }) => ({ id, effect, says, place })),
  }
}

let builtIn: Cedar | undefined
/** Loaded once for all who ask. */
const loadBuiltIn = (): Cedar => (builtIn ??= loadCedar(policySchema, [builtInPolicies]))

const levelWords: Record<string, string> = {
  '0': 'runs by itself',
  '1': 'needs one approval',
  '2': 'needs two approvals',
  null: 'is never run by Cordon',
}
const fixedWords: Record<string, string> = {
  'code.no-permit': 'no policy permits it',
  'code.error': 'a policy could not be evaluated, so it holds',
  'code.unknown-action': 'no route has this action',
}

function cached<Request, Answer>(decide: (request: Request) => Answer): (request: Request) => Answer {
  const known = new Map<string, Answer>()
  return (request) => {
    const shape = canonicalJson(request)
    const before = known.get(shape)
    if (before !== undefined) return structuredClone(before)
    if (known.size >= cachedDecisionsMax) known.clear()
    const answer = decide(request)
    known.set(shape, answer)
    return structuredClone(answer)
  }
}
