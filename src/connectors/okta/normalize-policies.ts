import { networksOfRange } from '#kit'
import {
  mergeNormalized,
  nothingNormalized,
  placeOfNetworks,
  stateSignInPolicy,
  stateSignInRule,
  signInList,
  type EntityId,
  type SignInPlace,
  type SignInRule,
  type Stated,
} from '#model'
import type { TakenAt } from '#sources/contract'

import { nameApi, nameOrg, namePolicy, namePolicyRule, nameSignIn, nameZone } from './names.ts'
import { asksOf, untold } from './policy-asks.ts'
import { conditionsOf } from './policy-conditions.ts'
import type { Rows } from './rows.ts'
import { fact, open, timeMs } from './statements.ts'

// Global session policies are one chain: policies by priority, their rules by priority, and the first that matches decides.
// Each app has one policy besides, whose rules are a chain of their own. To come in takes what both ask for (Okta Identity Engine,
// "Okta policies and rules"; developer.okta.com, "Policies": evaluation).

export function statePolicy(policy: Rows['policies'], at: TakenAt): Stated {
  const { authority, atMs } = at
  const entity = namePolicy(authority, policy.id)
  const isOfApps = policy.policyType === 'ACCESS_POLICY'
  // The policy that Okta made is for everybody, and cannot be narrowed.
  const isForAll = policy.system === true && !isOfApps
  return kept(
    entity,
    at,
    policy,
    stateSignInPolicy(entity, atMs, {
      name: policy.name ?? policy.id,
      enabled: policy.status === 'ACTIVE',
      ...(isForAll ? {} : conditionsOf(policy, authority)),
      // Of which apps it is, each app says.
      ...(isOfApps ? { on: { of: 'named' as const } } : {}),
    }),
  )
}

export function statePolicyRule(rule: Rows['policy-rules'], at: TakenAt): Stated {
  const { authority, atMs } = at
  const entity = namePolicyRule(authority, rule.policy, rule.id)
  const isOfApps = rule.policyType === 'ACCESS_POLICY'
  const signIn: SignInRule = {
    name: `${rule.policyName ?? rule.policy}: ${rule.name ?? rule.id}`,
    chain: isOfApps ? rule.policy : 'session',
    order: isOfApps
      ? orderOf(rule.priority)
      : orderOf(rule.policyPriority) * (lastPriority + 1) + orderOf(rule.priority),
    policy: namePolicy(authority, rule.policy),
    enabled: rule.status === 'ACTIVE',
    asks: asksOf(rule.actions, isOfApps),
    otherwise: isOfApps ? 'nothing' : 'password',
    ...conditionsOf(rule, authority),
  }
  return kept(entity, at, rule, stateSignInRule(entity, atMs, signIn))
}

/** The Admin Console is an app too: whoever comes in there reaches all that their roles open. */
export function statePolicyApp({ id, catalog, policy }: Rows['policy-apps'], at: TakenAt): Stated {
  const { authority, atMs } = at
  const entity = policy === null ? namePolicyRule(authority, 'none', 'none') : namePolicy(authority, policy)
  const decidesOn = [nameSignIn(authority, id), ...(catalog === 'saasure' ? [nameOrg(authority)] : [])]
  const edges = decidesOn.map((one) => open(one, 'NAMED_IN', signInList(entity, 'on', false), 0))
  if (policy !== null) return { edges }
  const unread: SignInRule = {
    name: 'policies of apps that are not read',
    chain: 'none',
    order: 0,
    policy: null,
    enabled: true,
    asks: untold,
    otherwise: 'nothing',
    isDefault: true,
    on: { of: 'named' },
  }
  const out = nothingNormalized()
  mergeNormalized(out, stateSignInRule(entity, atMs, unread))
  out.edges.push(...edges, open(nameApi(authority, 'okta.policies'), 'CONTAINS', entity, 0))
  return out
}

export function stateZone(zone: Rows['zones'], { authority, atMs }: TakenAt): Stated {
  const entity = nameZone(authority, zone.id)
  return {
    facts: [
      fact(entity, atMs, {
        name: zone.name,
        zoneType: zone.type,
        usage: zone.usage,
        enabled: zone.status === 'ACTIVE',
        where: placeOf(zone),
      }),
    ],
    edges: [open(nameApi(authority, 'okta.networkZones'), 'CONTAINS', entity, 0)],
  }
}

type Policy = Pick<Rows['policies'], 'conditions' | 'others' | 'status' | 'created' | 'lastUpdated'>

function kept(entity: EntityId, { authority, atMs }: TakenAt, row: Policy, stated: Stated): Stated {
  const out = nothingNormalized()
  mergeNormalized(out, stated)
  out.facts.push(
    fact(entity, atMs, {
      status: row.status,
      createdAtMs: timeMs(row.created),
      changedAtMs: timeMs(row.lastUpdated),
    }),
  )
  out.edges.push(open(nameApi(authority, 'okta.policies'), 'CONTAINS', entity, 0))
  return out
}

/** Okta counts from 1, and its own come last; one without a priority comes last as well. */
const lastPriority = 9_999
const orderOf = (priority: number | null | undefined): number => Math.min(priority ?? lastPriority, lastPriority)

/** In a country, or behind a service that hides who somebody is, is whoever likes; whose an autonomous system is nobody says. */
function placeOf({ type, status, gateways, asns }: Rows['zones']): SignInPlace {
  if (status !== 'ACTIVE') return 'untold'
  if (type === 'IP') return placeOfNetworks((gateways ?? []).flatMap(({ value }) => networksOfRange(value ?? '')))
  if (type !== 'DYNAMIC' && type !== 'DYNAMIC_V2') return 'untold'
  if (asns === 'untold') return 'untold'
  const some = Array.isArray(asns) ? asns : asns?.include
  return (some ?? []).length > 0 ? 'untold' : 'anyone'
}
