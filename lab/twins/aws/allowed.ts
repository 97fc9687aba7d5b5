import { isObject, parseJson, type Json, type JsonObject } from 'cordon/kit'

import type { Caller } from './caller.ts'
import type { AwsState, Scp, Session } from './state.ts'

type Statement = JsonObject
const isStatement = (value: Json | undefined): value is Statement => value !== undefined && isObject(value)
const statementsOf = (document: string): Statement[] => {
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
  const own = [...of.inline.obeyed(nowMs, state.lagMs).values()].flatMap(statementsOf)
  const sessions = session?.policy === undefined ? [] : statementsOf(session.policy)
  const theirs = statementsOf(policyOf(state, resource) ?? '{}').filter((one) => isAbout(one, caller))

  const hits = (effect: 'Allow' | 'Deny', list: readonly Statement[]): boolean =>
    list.some(
      (one) =>
        one['Effect'] === effect &&
        isFor(one['Action'], action) &&
        isFor(one['Resource'] ?? '*', resource) &&
        holds(one['Condition'], of.arn, session, prefix),
    )
  if (hits('Deny', [...own, ...scps, ...rcps, ...sessions, ...theirs])) return false
  if (![scps, rcps, sessions].every((layer) => layer.length === 0 || hits('Allow', layer))) return false
  if (!isInside && policyOf(state, resource) !== undefined) return hits('Allow', own) && hits('Allow', theirs)
  const root = [state.account, `arn:aws:iam::${state.account}:root`]
  const direct = theirs.filter((one) => !namesOf(one).every((name) => root.includes(name)))
  if (resource.startsWith('arn:aws:kms:')) return hits('Allow', theirs) && (hits('Allow', direct) || hits('Allow', own))
  return hits('Allow', own) || hits('Allow', direct)
}

/** The policy of a thing; an object's is its bucket's. */
const policyOf = ({ resourcePolicies }: AwsState, arn: string): string | undefined =>
  resourcePolicies.get(arn) ??
  (arn.startsWith('arn:aws:s3:::') ? resourcePolicies.get(arn.split('/')[0] ?? '') : undefined)

const namesOf = ({ Principal: given }: Statement): string[] => (isObject(given) ? listOf(given['AWS']) : listOf(given))
function isAbout(one: Statement, { of, session }: Caller): boolean {
  const [, , , , account] = of.arn.split(':')
  const acting = `${of.arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${session?.name ?? ''}`
  const whole = ['*', account, `arn:aws:iam::${account}:root`, of.arn, acting]
  return namesOf(one).some((name) => whole.includes(name))
}

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [String(value)])
const isFor = (patterns: unknown, text: string): boolean =>
  listOf(patterns).some(
    (one) => one === '*' || one === text || (one.endsWith('*') && text.startsWith(one.slice(0, -1))),
  )

function holds(condition: unknown, arn: string, session: Session | undefined, prefix = ''): boolean {
  if (!isObject(condition)) return true
  const {
    ArnEquals: arns,
    ArnNotEquals: others,
    DateLessThan: dates,
    Bool: flags,
    StringEquals: words,
    StringLike: patterns,
    ...unknown
  } = condition
  if (Object.keys(unknown).length > 0) throw new Error('a condition that this twin does not know')
  if (isObject(arns) && !listOf(arns['aws:PrincipalArn']).includes(arn)) return false
  if (isObject(others) && listOf(others['aws:PrincipalArn']).includes(arn)) return false
  if (isObject(words) && !listOf(words['identitystore:UserId']).includes(session?.centerUser ?? '')) return false
  if (isObject(patterns) && !isFor(patterns['s3:prefix'], prefix)) return false
  // Loopback stands for the way AWS is come to.
  if (isObject(flags) && listOf(flags['aws:SecureTransport']).includes('false')) return false
  // A long-term key has no time of issue, and a condition on what is absent does not hold.
  if (isObject(dates))
    return session !== undefined && session.issuedMs < Date.parse(String(dates['aws:TokenIssueTime']))
  return true
}
