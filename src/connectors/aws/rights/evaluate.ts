import { decide, fill, like } from './conditions.ts'
import type { Policy, Statement } from './policy.ts'
import { maybe, no, verdicts, yes, type Request, type Sure, type Verdict } from './verdict.ts'

export type { Request, Verdict } from './verdict.ts'

/** All that AWS asks. Absent means that there is none of the kind. */
export type Policies = {
  identity: readonly Policy[]
  boundary?: Policy
  /** One list for the root, each organisational unit and the account: every level has to allow. */
  scps?: readonly (readonly Policy[])[]
  session?: readonly Policy[]
  /** Levels as of `scps`, over the resource whoever asks. */
  rcps?: readonly (readonly Policy[])[]
  resource?: Policy
  /** Account of the resource, where it is another: both sides then have to allow. */
  resourceAccount?: string
}

/**
 * Policy evaluation logic of the IAM User Guide: an explicit deny anywhere, then every layer that is there has to allow;
 * in one account either the identity's or the resource's policy does. Without its own policy nobody comes at a role or at a
 * key of KMS (`isTrust`). Undecided conditions make `maybe`, never a yes or a no.
 */
export function evaluate(policies: Policies, request: Request, { isTrust = false } = {}): Verdict {
  const { identity, boundary, scps = [], session, rcps = [], resource } = policies
  const own = [...identity, ...(boundary === undefined ? [] : [boundary]), ...scps.flat(), ...(session ?? [])]
  const theirs = [...rcps.flat(), ...(resource === undefined ? [] : [resource])].map((policy) =>
    boundary === undefined ? policy : policy.map(sparingNobody),
  )
  const denied = Math.max(any(own, 'Deny', request), any(theirs, 'Deny', request, true))
  const outer = [
    ...scps.map((level) => any(level, 'Allow', request)),
    ...rcps.map((level) => any(level, 'Allow', request, true)),
  ]
  const limits = {
    bounded: boundary === undefined ? yes : any([boundary], 'Allow', request),
    inSession: session === undefined ? yes : any(session, 'Allow', request),
  }
  return verdicts[Math.min(yes - denied, grantedBy(policies, request, isTrust, limits), ...outer)] ?? 'deny'
}

function grantedBy(
  { identity, resource = [], resourceAccount }: Policies,
  request: Request,
  isTrust: boolean,
  { bounded, inSession }: { bounded: Sure; inSession: Sure },
): number {
  const allowing = (pick: (name: string) => boolean): Sure =>
    any([resource.map((one) => withPrincipals(one, pick))], 'Allow', request, true)
  const byIdentity = any(identity, 'Allow', request)
  const byResource = allowing(() => true)
  if (resourceAccount !== undefined && resourceAccount !== request.account)
    return Math.min(byIdentity, byResource, bounded, inSession)
  // What names the account leaves it to the account's own policies; what names the principal, or everybody, decides.
  const direct = allowing((name) => !isAccount(name, request.account))
  const granted = isTrust ? Math.max(direct, Math.min(byResource, byIdentity)) : Math.max(byIdentity, direct)
  // A user that is named by its ARN has it whatever its boundary leaves out; a role has not.
  const toUser = request.principal.includes(':user/') ? allowing((name) => name === request.principal) : no
  return Math.min(Math.max(Math.min(granted, bounded), toUser), inSession)
}

/** `NotPrincipal` in a deny spares nobody who has a boundary, whomever it names. */
const sparingNobody = (one: Statement): Statement => {
  const { notPrincipals, ...rest } = one
  return one.effect === 'Deny' && notPrincipals !== undefined ? { ...rest, principals: ['*'] } : one
}
const withPrincipals = (one: Statement, pick: (name: string) => boolean): Statement =>
  one.principals === undefined ? one : { ...one, principals: one.principals.filter(pick) }
const isAccount = (name: string, account: string): boolean =>
  name === account || name === `arn:aws:iam::${account}:root`

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
  let sure: Sure = isResource ? addressed(statement, request) : yes
  if (sure === no) return no
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

/** Whom a statement of a resource's policy is about; `maybe`: one session of the role alone, and which one asks is not known. */
function addressed({ effect, principals, notPrincipals }: Statement, { principal, account }: Request): Sure {
  const sessions = sessionsOf(principal)
  const names = principals ?? notPrincipals ?? []
  const hasSession = sessions !== undefined && names.some((name) => name.startsWith(sessions))
  const hasAccount = names.some((name) => name === '*' || isAccount(name, account))
  if (principals !== undefined) return hasAccount || names.includes(principal) ? yes : hasSession ? maybe : no
  if (notPrincipals === undefined) return no
  if (effect === 'Allow') return hasAccount || names.includes(principal) ? no : yes
  // Naming the account spares its root alone; a role is spared only where its session is named beside it.
  if (names.includes('*')) return no
  if (!names.includes(principal)) return yes
  return sessions === undefined ? no : maybe
}

/** How the ARNs of a role's sessions begin. */
function sessionsOf(principal: string): string | undefined {
  const [, account, role] = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(principal) ?? []
  return role === undefined ? undefined : `arn:aws:sts::${account}:assumed-role/${role}/`
}
