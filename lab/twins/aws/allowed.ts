import { isObject, parseJson, type Json, type JsonObject } from 'cordon/kit'

import type { Caller } from './caller.ts'
import type { AwsState, Scp } from './state.ts'

type Statement = JsonObject
const isStatement = (value: Json | undefined): value is Statement => value !== undefined && isObject(value)
export const statementsOf = (document: string): Statement[] => {
  const policy = parseJson(document)
  const list = isStatement(policy) ? policy['Statement'] : []
  return (Array.isArray(list) ? list : [list]).filter(isStatement)
}

/**
 * Deny anywhere, then allow in every layer of the organisation and the session; in the thing's own account its policy or the
 * caller's, across accounts both; of an encryption key always its own. `resource`: ARN of what it is asked for; `*`: of
 * nothing by name. `prefix`: of the keys that are to be listed.
 */
export function isAllowed(
  state: AwsState,
  caller: Caller,
  action: string,
  nowMs: number,
  resource = '*',
  prefix?: string,
): boolean {
  const { of, session } = caller
  const isInside = of.arn.includes(`::${state.account}:`)
  const over = (kind: Scp['kind']): Statement[] =>
    [...state.scps.values()]
      .filter((one) => one.kind === kind && one.targets.obeyed(nowMs, state.lagMs).has(state.account))
      .flatMap(({ content }) => statementsOf(content.obeyed(nowMs, state.lagMs)))
  const scps = isInside ? over('SERVICE_CONTROL_POLICY') : []
  const rcps = /^(s3|sts|kms|sqs|secretsmanager):/.test(action) ? over('RESOURCE_CONTROL_POLICY') : []
  const attached = 'attached' in of ? [...of.attached.obeyed(nowMs, state.lagMs)] : []
  const documents = attached.map((arn) => state.managed.get(arn) ?? '{}')
  const own = [...of.inline.obeyed(nowMs, state.lagMs).values(), ...documents].flatMap(statementsOf)
  const sessions = session?.policy === undefined ? [] : statementsOf(session.policy)
  const theirs = statementsOf(policyOf(state, resource) ?? '{}').filter((one) => isAbout(one, caller))

  const context = {
    'aws:PrincipalArn': of.arn,
    'aws:userid': session === undefined || of.id.startsWith('AIDA') ? of.id : `${of.id}:${session.name}`,
    'identitystore:UserId': session?.centerUser,
    's3:prefix': prefix ?? '',
    // Loopback stands for the way AWS is come to.
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': isoTime(nowMs),
    // A long-term key has no time of issue.
    'aws:TokenIssueTime': session === undefined ? undefined : isoTime(session.issuedMs),
  }
  const hits = (effect: 'Allow' | 'Deny', list: readonly Statement[]): boolean =>
    list.some(
      (one) =>
        one['Effect'] === effect &&
        isFor(one['Action'], action) &&
        isFor(one['Resource'] ?? '*', resource) &&
        meets(one['Condition'], context),
    )
  if (hits('Deny', [...own, ...scps, ...rcps, ...sessions, ...theirs])) return false
  if (![scps, rcps, sessions].every((layer) => layer.length === 0 || hits('Allow', layer))) return false
  if (!isInside && policyOf(state, resource) !== undefined) return hits('Allow', own) && hits('Allow', theirs)
  const root = [state.account, `arn:aws:iam::${state.account}:root`]
  const direct = theirs.filter((one) => !principalsOf(one).every((name) => root.includes(name)))
  if (resource.startsWith('arn:aws:kms:')) return hits('Allow', theirs) && (hits('Allow', direct) || hits('Allow', own))
  return hits('Allow', own) || hits('Allow', direct)
}

/** The policy of a thing; an object's is its bucket's. */
const policyOf = ({ resourcePolicies }: AwsState, arn: string): string | undefined =>
  resourcePolicies.get(arn) ??
  (arn.startsWith('arn:aws:s3:::') ? resourcePolicies.get(arn.split('/')[0] ?? '') : undefined)

export const principalsOf = ({ Principal: given }: Statement): string[] =>
  isObject(given) ? listOf(given['AWS']) : listOf(given)
function isAbout(one: Statement, { of, session }: Caller): boolean {
  const [, , , , account] = of.arn.split(':')
  const acting = `${of.arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${session?.name ?? ''}`
  const whole = ['*', account, `arn:aws:iam::${account}:root`, of.arn, acting]
  return principalsOf(one).some((name) => whole.includes(name))
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [String(value)])
const isFor = (patterns: unknown, text: string): boolean =>
  listOf(patterns).some(
    (one) => one === '*' || one === text || (one.endsWith('*') && text.startsWith(one.slice(0, -1))),
  )

const isoTime = (ms: number): string => new Date(ms).toISOString()
type Held = string | undefined
/** Is what is held the one that is wanted? */
const comparisons: Readonly<Record<string, (held: string, wanted: string) => boolean>> = {
  ArnEquals: (held, wanted) => held === wanted,
  ArnNotEquals: (held, wanted) => held === wanted,
  StringEquals: (held, wanted) => held === wanted,
  StringLike: (held, wanted) => isFor(wanted, held),
  Bool: (held, wanted) => held === wanted,
  DateLessThan: (held, wanted) => Date.parse(held) < Date.parse(wanted),
  DateGreaterThanEquals: (held, wanted) => Date.parse(held) >= Date.parse(wanted),
}

/** All operators and keys hold, one of the values of each. What is absent holds for a negated one alone. */
export function meets(condition: unknown, context: Readonly<Record<string, Held>>): boolean {
  if (!isObject(condition)) return true
  return Object.entries(condition).every(([operator, keys]) => {
    const compare = comparisons[operator]
    if (compare === undefined || !isObject(keys)) throw new Error('a condition that this twin does not know')
    return Object.entries(keys).every(([key, wanted]) => {
      const held = context[key]
      const hits = held !== undefined && listOf(wanted).some((one) => compare(held, one))
      return operator === 'ArnNotEquals' ? !hits : hits
    })
  })
}
