import type { Policy, Statement } from './policy.ts'

/** `maybe`: it depends on a condition that the given context does not decide. */
export type Verdict = 'allow' | 'maybe' | 'deny'
type Sure = 0 | 1 | 2
const no: Sure = 0
const maybe: Sure = 1
const yes: Sure = 2
const verdicts: readonly Verdict[] = ['deny', 'maybe', 'allow']

export type Request = {
  /** ARN of who asks: a user, or the role behind a session. */
  principal: string
  account: string
  action: string
  resource: string
  /** Values known for condition keys (lower case). A key that is absent here is not decided, never taken as absent. */
  context: Readonly<Record<string, string>>
}

/** All that AWS asks. Absent means that there is none of the kind. */
export type Policies = {
  identity: readonly Policy[]
  boundary?: Policy
  /** One list for the root, each organisational unit and the account: every level has to allow. */
  scps?: readonly (readonly Policy[])[]
  session?: readonly Policy[]
  resource?: Policy
  /** Account of the resource, where it is another: both sides then have to allow. */
  resourceAccount?: string
}

/**
 * Policy evaluation logic of the IAM User Guide: an explicit deny anywhere, then every layer that is there has to allow;
 * in one account either the identity's or the resource's policy does. A trust policy is a resource's that alone decides
 * (`isTrust`). Undecided conditions make `maybe`, never a yes or a no.
 */
export function evaluate(policies: Policies, request: Request, { isTrust = false } = {}): Verdict {
  const { identity, boundary, scps = [], session, resource, resourceAccount = request.account } = policies
  const own = [...identity, ...(boundary === undefined ? [] : [boundary]), ...scps.flat(), ...(session ?? [])]
  const denied = Math.max(
    any(own, 'Deny', request),
    resource === undefined ? no : any([resource], 'Deny', request, true),
  )
  const layers = [
    ...(boundary === undefined ? [] : [any([boundary], 'Allow', request)]),
    ...scps.map((level) => any(level, 'Allow', request)),
    ...(session === undefined ? [] : [any(session, 'Allow', request)]),
  ]
  const byIdentity = any(identity, 'Allow', request)
  const byResource = resource === undefined ? no : any([resource], 'Allow', request, true)
  // A trust policy that names the account leaves it to the account's own policies; one that names the principal decides.
  const isNamed =
    resource !== undefined &&
    any([resource.filter((one) => namesExactly(one, request))], 'Allow', request, true) === yes
  const isOneAccount = resourceAccount === request.account
  const granted = isTrust
    ? isOneAccount && isNamed
      ? byResource
      : Math.min(byResource, byIdentity)
    : isOneAccount
      ? Math.max(byIdentity, byResource)
      : Math.min(byIdentity, byResource)
  return verdicts[Math.min(yes - denied, granted, ...layers)] ?? 'deny'
}

const namesExactly = ({ principals = [] }: Statement, { principal }: Request): boolean => principals.includes(principal)

function any(policies: readonly Policy[], effect: Statement['effect'], request: Request, isResource = false): Sure {
  let most: Sure = no
  for (const policy of policies) {
    for (const statement of policy) {
      if (statement.effect !== effect) continue
      const sure = matches(statement, request, isResource)
      if (sure === yes) return yes
      if (sure > most) most = sure
    }
  }
  return most
}

function matches(statement: Statement, request: Request, isResource: boolean): Sure {
  const { actions, notActions, resources, notResources } = statement
  if (actions !== undefined && !actions.some((one) => like(one.toLowerCase(), request.action.toLowerCase()))) return no
  if (notActions?.some((one) => like(one.toLowerCase(), request.action.toLowerCase())) === true) return no
  if (isResource && !isAddressed(statement, request)) return no
  let sure: Sure = yes
  // A policy variable that is not known makes the pattern undecided.
  const resourceSure = resources === undefined ? yes : best(resources, request)
  if (resourceSure === no) return no
  const notSure = notResources === undefined ? no : best(notResources, request)
  if (notSure === yes) return no
  if (resourceSure === maybe || notSure === maybe) sure = maybe
  const conditions = decide(statement, request)
  return conditions < sure ? conditions : sure
}

function best(patterns: readonly string[], request: Request): Sure {
  let most: Sure = no
  for (const pattern of patterns) {
    const filled = fill(pattern, request)
    if (filled === undefined) {
      // Whatever it stands for: what the rest of the pattern rules out stays ruled out.
      if (like(pattern.replace(/\$\{[^}]*\}/g, '*'), request.resource)) most = maybe
    } else if (like(filled, request.resource)) return yes
  }
  return most
}

function fill(pattern: string, request: Request): string | undefined {
  if (!pattern.includes('${')) return pattern
  let isKnown = true
  const filled = pattern.replace(/\$\{([^}]*)\}/g, (_, key: string) => {
    const literal = /^[*?$]$/.test(key) ? key : undefined
    const value = literal ?? request.context[key.toLowerCase()]
    if (value === undefined) isKnown = false
    return value ?? ''
  })
  return isKnown ? filled : undefined
}

function isAddressed({ principals, notPrincipals }: Statement, { principal, account }: Request): boolean {
  const isOne = (name: string): boolean =>
    name === '*' || name === principal || name === account || name === `arn:aws:iam::${account}:root`
  if (principals !== undefined) return principals.some(isOne)
  return notPrincipals !== undefined && !notPrincipals.some(isOne)
}

/** All conditions hold (yes), one of them surely does not (no), or it cannot be told. */
function decide({ conditions }: Statement, { context }: Request): Sure {
  let sure: Sure = yes
  for (const [operator, keys] of Object.entries(conditions)) {
    for (const [key, values] of Object.entries(keys)) {
      const one = test(operator, context[key], values)
      if (one === no) return no
      if (one < sure) sure = one
    }
  }
  return sure
}

const comparisons: Readonly<Record<string, (held: string, wanted: string) => boolean>> = {
  StringEquals: (held, wanted) => held === wanted,
  StringEqualsIgnoreCase: (held, wanted) => held.toLowerCase() === wanted.toLowerCase(),
  StringLike: (held, wanted) => like(wanted, held),
  ArnEquals: (held, wanted) => like(wanted, held),
  ArnLike: (held, wanted) => like(wanted, held),
  Bool: (held, wanted) => held.toLowerCase() === wanted.toLowerCase(),
  NumericEquals: (held, wanted) => Number(held) === Number(wanted),
  NumericLessThan: (held, wanted) => Number(held) < Number(wanted),
  NumericLessThanEquals: (held, wanted) => Number(held) <= Number(wanted),
  NumericGreaterThan: (held, wanted) => Number(held) > Number(wanted),
  NumericGreaterThanEquals: (held, wanted) => Number(held) >= Number(wanted),
  DateLessThan: (held, wanted) => Date.parse(held) < Date.parse(wanted),
  DateLessThanEquals: (held, wanted) => Date.parse(held) <= Date.parse(wanted),
  DateGreaterThan: (held, wanted) => Date.parse(held) > Date.parse(wanted),
  DateGreaterThanEquals: (held, wanted) => Date.parse(held) >= Date.parse(wanted),
}

/** Sets (`ForAnyValue:`), `Null` and address ranges are not decided: they ask what only the request itself can tell. */
function test(operator: string, held: string | undefined, values: readonly string[]): Sure {
  const name = operator.replace(/IfExists$/, '')
  const positive = name.replace(/^(String|Arn|Numeric|Date)Not/, '$1')
  const compare = comparisons[positive]
  if (compare === undefined || held === undefined || values.some((one) => one.includes('${'))) return maybe
  const holds = values.some((wanted) => compare(held, wanted))
  return holds === (positive === name) ? yes : no
}

/**
 * `*` any run, `?` any one character; everything else is itself. Goes back to the last `*` alone, so that a pattern made
 * by an attacker costs no more than its length times the text's.
 */
export function like(pattern: string, text: string): boolean {
  let [at, from, starAt, resumeAt] = [0, 0, -1, 0]
  while (from < text.length) {
    const wanted = pattern[at]
    if (wanted === '*') {
      starAt = at++
      resumeAt = from
    } else if (wanted === '?' || wanted === text[from]) {
      at++
      from++
    } else if (starAt >= 0) {
      at = starAt + 1
      from = ++resumeAt
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
