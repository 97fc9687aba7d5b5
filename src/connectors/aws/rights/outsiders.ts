import { policyOf, type Policy, type Statement } from './policy.ts'
import type { Principal } from '../principals.ts'
import { evaluate, type Policies, type Request, type Verdict } from './evaluate.ts'
import type { Row } from '../rows.ts'
import { inside, kinds, taken, thingKinds, type Organization, type Things } from './things.ts'

/** What another account gives its own is not ours to know: taken as given. */
const anything: Policy = policyOf({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }) ?? []
/** Stands for everybody: no account has this number. */
const anybody = { principal: 'arn:aws:iam::000000000000:user/anybody', account: '000000000000' }

/** Conditions that say of everybody who it is after all. */
const narrowing = new Set(['aws:principalaccount', 'aws:principalarn', 'kms:calleraccount'])

/** Who is let in by an allow and is not of this account: other accounts and theirs, services, federations, everybody. */
function outsidersIn(account: string, policy: Policy): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { effect, principals = [], notPrincipals, conditions } of policy) {
    if (effect !== 'Allow') continue
    const keys = Object.values(conditions).flatMap((one) => Object.keys(one))
    const named = notPrincipals === undefined ? principals : ['*']
    for (const principal of named.flatMap((name) => (name === '*' ? narrowed(conditions) : [name]))) {
      if (accountOf(principal) === account) continue
      found.set(principal, [...(found.get(principal) ?? []), ...keys])
    }
  }
  return found
}

function narrowed(conditions: Statement['conditions']): string[] {
  for (const [operator, keys] of Object.entries(conditions)) {
    if (!/^(String|Arn)(Equals|Like)/.test(operator)) continue
    for (const [key, values] of Object.entries(keys)) if (narrowing.has(key)) return values
  }
  return ['*']
}

const accountOf = (principal: string): string =>
  /^\d{12}$/.test(principal) ? principal : (/^arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):/.exec(principal)?.[1] ?? '')

function requestBy(principal: string, action: string, resource: string): Request {
  const account = accountOf(principal)
  if (principal === '*') return { ...anybody, action, resource, context: taken }
  const context = {
    ...taken,
    ...(account === ''
      ? {}
      : { 'aws:principalaccount': account, 'kms:calleraccount': account, 'aws:principalarn': principal }),
  }
  return { principal, account, action, resource, context }
}

const noteOf = (keys: readonly string[], verdict: Verdict): string =>
  verdict === 'maybe' && keys.length > 0 ? `if ${[...new Set(keys)].join(', ')}` : 'always'

/** Whom a role's trust policy lets in from outside, net of what it and the organisation deny. */
export function trustsOf(account: string, role: Principal, rcps: Organization['rcps'] = []): Row<'trust'>[] {
  const { trust = [] } = role
  const policies: Policies = { identity: [anything], resource: trust, resourceAccount: account, rcps }
  return [...outsidersIn(account, trust)].flatMap(([principal, keys]) => {
    const verdict = evaluate(policies, requestBy(principal, actionFor(principal, trust), role.arn), { isTrust: true })
    if (verdict === 'deny') return []
    return [
      {
        role: role.id,
        principal,
        conditional: verdict === 'maybe',
        note: noteOf(keys, verdict),
        ...jobsOf(principal, trust),
      },
    ]
  })
}

const jobsHost = 'token.actions.githubusercontent.com'
/** Jobs of GitHub come as `repo:OWNER/NAME:…` (GitHub's documentation of OIDC with AWS); asked for no subject, all may come. */
function jobsOf(principal: string, trust: readonly Statement[]): { jobs?: string } {
  if (!principal.endsWith(`:oidc-provider/${jobsHost}`)) return {}
  const jobs = trust
    .filter(({ effect, principals = [] }) => effect === 'Allow' && principals.includes(principal))
    .flatMap(({ conditions }) => {
      const asked = Object.entries(conditions).flatMap(([operator, keys]) =>
        /^(ForAnyValue:)?String(Equals|Like)(IgnoreCase)?$/.test(operator) ? (keys[`${jobsHost}:sub`] ?? []) : [],
      )
      return asked.length > 0 ? asked : ['*']
    })
  return { jobs: jobs.join(' ') }
}

const assuming = ['sts:AssumeRole', 'sts:AssumeRoleWithSAML', 'sts:AssumeRoleWithWebIdentity'] as const
/** Federations come in by an action of their own. */
const actionFor = (principal: string, trust: readonly Statement[]): string => {
  if (!principal.startsWith('federated:')) return assuming[0]
  const named = trust.flatMap(({ principals = [], actions = [] }) => (principals.includes(principal) ? actions : []))
  return (
    assuming.find((action) => named.includes(action)) ??
    (principal.includes(':saml-provider/') ? assuming[1] : assuming[2])
  )
}

/** What the policies of buckets, secrets and keys give to others than this account, net of what they deny. */
export function sharesOf(account: string, { rcps }: Pick<Organization, 'rcps'>, things: Things): Row<'share'>[] {
  return thingKinds.flatMap((kind) =>
    things[kind].flatMap((thing) => {
      const { arn, policy = [], isClosed = false } = thing
      const policies: Policies = { identity: [anything], resource: policy, resourceAccount: account, rcps }
      return [...outsidersIn(account, policy)].flatMap(([principal, keys]) =>
        principal === '*' && isClosed
          ? []
          : kinds[kind].flatMap((way) => {
              const ask = (object: string): Verdict => evaluate(policies, requestBy(principal, way.action, object))
              const verdict = inside(way, thing, { identity: [], resource: policy }, ask)
              const note = `${way.action}, ${noteOf(keys, verdict)}`
              return verdict === 'deny'
                ? []
                : [{ principal, type: way.type, to: arn, conditional: verdict === 'maybe', note }]
            }),
      )
    }),
  )
}
