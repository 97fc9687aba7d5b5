import { formatTime, type JsonObject } from 'cordon/kit'

import { absent, ok, paged } from './answers.ts'
import { idOf, textOf, type Row, type SignOnPolicy, type State } from './state.ts'
import { type Handler, type Handlers, type Org } from './users.ts'

export type PolicyType = 'OKTA_SIGN_ON' | 'ACCESS_POLICY'
const ruleTypes: Record<PolicyType, string> = { OKTA_SIGN_ON: 'SIGN_ON', ACCESS_POLICY: 'ACCESS_POLICY' }
export const sessionPolicyId = '00pdefault0000000001'
export const appPolicyId = 'rstdefault0000000001'
/** Okta's own come last. */
const lastPriority = 99

const withPolicy =
  (handle: (policy: SignOnPolicy, call: Parameters<Handler>[1]) => ReturnType<Handler>): Handler =>
  ({ state }, call) => {
    const policy = state.policies.get(call.params['policyId'] ?? '')
    return policy === undefined ? absent() : handle(policy, call)
  }

/** Policies of sign-on; those of other kinds the twin has none of. */
export const policyHandlers: Handlers = {
  listPolicies: ({ state }, call) =>
    paged(
      call,
      [...state.policies.values()].flatMap(({ row }) => (row['type'] === call.query.get('type') ? [row] : [])),
    ),
  getPolicy: withPolicy(({ row }) => ok(row)),
  listPolicyRules: withPolicy(({ rules }, call) => paged(call, rules)),
}

/** An app as it is shown: with a link to the policy that decides on sign-in to it. */
export const withPolicyLink = ({ policyOfApp }: State, app: Row, origin: string): Row => ({
  ...app,
  _links: { accessPolicy: { href: `${origin}/api/v1/policies/${policyOfApp.get(app.id) ?? appPolicyId}` } },
})

/** What every org begins with: a session by a password, and of apps whatever has one factor. */
export function makeDefaultPolicies(org: Org): void {
  const session = makeSignOnPolicy(org, 'OKTA_SIGN_ON', 'Default Policy', { id: sessionPolicyId, isSystem: true })
  makeSignOnRule(org, session, 'Default Rule', { signon: sessionOf() }, { id: '0prdefault0000000001', isSystem: true })
  const app = makeSignOnPolicy(org, 'ACCESS_POLICY', 'Any one factor', { id: appPolicyId, isSystem: true })
  const any = { appSignOn: appSignOnOf('1FA') }
  makeSignOnRule(org, app, 'Catch-all Rule', any, { id: 'ruldefault0000000001', isSystem: true })
}

type Given = { id?: string; isSystem?: boolean; conditions?: JsonObject; priority?: number }
const rowOf = ({ state, nowMs }: Org, prefix: string, type: string, name: string, given: Given): Row => ({
  id: given.id ?? idOf(state, prefix),
  type,
  name,
  status: 'ACTIVE',
  priority: given.priority ?? lastPriority,
  system: given.isSystem ?? false,
  created: formatTime(nowMs()),
  lastUpdated: formatTime(nowMs()),
})

/** Next in order, before those that Okta made, unless a priority is given. */
const nextIn = (rows: readonly Row[], { isSystem = false }: Given): number =>
  isSystem ? lastPriority : 1 + rows.filter((row) => row['system'] !== true).length

export function makeSignOnPolicy(org: Org, type: PolicyType, name: string, given: Given = {}): SignOnPolicy {
  const before = [...org.state.policies.values()].flatMap(({ row }) => (row['type'] === type ? [row] : []))
  const priority = given.priority ?? nextIn(before, given)
  const row = rowOf(org, type === 'OKTA_SIGN_ON' ? '00p' : 'rst', type, name, { ...given, priority })
  // The description has no conditions for policies of apps.
  if (type === 'OKTA_SIGN_ON') row['conditions'] = given.conditions ?? { people: { groups: { include: [] } } }
  const policy: SignOnPolicy = { row, rules: [] }
  org.state.policies.set(row.id, policy)
  return policy
}

export function makeSignOnRule(
  org: Org,
  { row: policy, rules }: SignOnPolicy,
  name: string,
  actions: JsonObject,
  given: Given = {},
): Row {
  const isOfApps = textOf(policy, 'type') === 'ACCESS_POLICY'
  const priority = given.priority ?? nextIn(rules, given)
  const type = ruleTypes[isOfApps ? 'ACCESS_POLICY' : 'OKTA_SIGN_ON']
  const row = rowOf(org, isOfApps ? 'rul' : '0pr', type, name, { ...given, priority })
  if (given.conditions !== undefined) row['conditions'] = given.conditions
  row['actions'] = actions
  rules.push(row)
  return row
}

export const sessionOf = (requireFactor = false, access: 'ALLOW' | 'DENY' = 'ALLOW'): JsonObject => ({
  access,
  requireFactor,
  primaryFactor: requireFactor ? 'PASSWORD_IDP' : 'PASSWORD_IDP_ANY_FACTOR',
  ...(requireFactor ? { factorPromptMode: 'ALWAYS', factorLifetime: 15 } : {}),
  rememberDeviceByDefault: false,
  session: { usePersistentCookie: false, maxSessionIdleMinutes: 120, maxSessionLifetimeMinutes: 0 },
})

export const appSignOnOf = (factorMode: '1FA' | '2FA', constraints: JsonObject[] = []): JsonObject => ({
  access: 'ALLOW',
  verificationMethod: { type: 'ASSURANCE', factorMode, reauthenticateIn: 'PT2H', constraints },
})
