import { networksOfRange } from '#kit'
import {
  mergeNormalized,
  nothingNormalized,
  placeOfNetworks,
  stateSignInPolicy,
  stateSignInRule,
  signInList,
  type EntityId,
  type SignInAsk,
  type SignInConditions,
  type SignInNames,
  type SignInPlace,
  type SignInRule,
  type Stated,
} from '#model'
import type { TakenAt } from '#sources/contract'

import { nameApi, nameIdentity, nameOrg, namePolicy, namePolicyRule, nameSignIn, nameZone } from './names.ts'
import type { Actions, Conditions, Platform } from './policy-rows.ts'
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

type Asks = SignInRule['asks']
const exactly = (ask: SignInAsk): Asks => ({ least: ask, most: ask })
const untold: Asks = { least: 'nothing', most: 'refused' }

function asksOf(actions: Rows['policy-rules']['actions'], isOfApps: boolean): Asks {
  if (actions === 'untold' || actions === null || actions === undefined) return untold
  const { signon, appSignOn } = actions
  const access = isOfApps ? appSignOn?.access : signon?.access
  if (access === 'DENY') return exactly('refused')
  if (access !== 'ALLOW') return untold
  if (isOfApps) return asksOfMethod(appSignOn?.verificationMethod)
  // Whether the device is remembered makes no difference to somebody on another one.
  return exactly(signon?.requireFactor === true ? 'factor' : 'password')
}

type Method = NonNullable<NonNullable<Actions['appSignOn']>['verificationMethod']>

/** By one of the constraints, all of which it has to meet; without any, by whatever has so many factors. */
function asksOfMethod(method: Method | null | undefined): Asks {
  if (method?.type !== 'ASSURANCE') return untold
  if (method.factorMode === '2FA') return exactly('factor')
  if (method.factorMode !== '1FA') return untold
  const each = (method.constraints ?? []).map(({ knowledge, possession }): Asks => {
    // Whatever it is that they have to have, it is more than a password.
    if (isThere(possession) && possession.required !== false) return exactly('factor')
    return !isThere(knowledge) || isByPassword(knowledge) ? exactly('password') : { least: 'password', most: 'factor' }
  })
  if (each.length === 0 || each.some(({ most }) => most === 'password')) return exactly('password')
  return each.find(({ least }) => least === 'password') ?? exactly('factor')
}

type Knowledge = NonNullable<NonNullable<Method['constraints']>[number]['knowledge']>
function isByPassword({ types, methods, authenticationMethods, excludedAuthenticationMethods }: Knowledge): boolean {
  const keys = (some: Knowledge['authenticationMethods']): string[] => (some ?? []).map(({ key }) => key)
  const allowed = [...(types ?? []), ...(methods ?? []), ...keys(authenticationMethods)]
  const isPassword = (word: string): boolean => /^(okta_)?password$/i.test(word)
  return (allowed.length === 0 || allowed.some(isPassword)) && !keys(excludedAuthenticationMethods).some(isPassword)
}

function conditionsOf(
  { conditions, others }: Pick<Policy, 'conditions' | 'others'>,
  authority: string,
): SignInConditions {
  if (conditions === 'untold') return { outsider: 'untold' }
  if (conditions === null || conditions === undefined) return others.length > 0 ? { outsider: 'untold' } : {}
  const { people, network, device, platform, authContext } = conditions
  const ways = waysOf(platform)
  // By RADIUS and LDAP nobody comes into apps; devices that are known somebody outside has none of.
  const isBeside = ![null, undefined, 'ANY'].includes(authContext?.authType)
  const isOnKnownDevice =
    device?.managed === true || device?.registered === true || (device?.assurance?.include ?? []).length > 0
  return {
    who: whoOf(people, authority),
    at: placesOf(network, authority),
    ...(ways === 'untold' ? {} : { ways }),
    ...(isBeside || isOnKnownDevice
      ? { outsider: 'never' as const }
      : others.length > 0 || ways === 'untold'
        ? { outsider: 'untold' as const }
        : {}),
  }
}

function whoOf(people: Conditions['people'], authority: string): SignInNames {
  const [users, groups] = [people?.users, people?.groups]
  const named = [users?.include ?? [], groups?.include ?? []].map((some) =>
    some.map((id) => nameIdentity(authority, id)),
  )
  const not = [...(users?.exclude ?? []), ...(groups?.exclude ?? [])].map((id) => nameIdentity(authority, id))
  if (named.every((some) => some.length === 0)) return { of: 'all', not }
  // The page that they are set on asks for both, and the description of the API does not say.
  if (named.every((some) => some.length > 0)) return { of: 'untold', not }
  return { of: 'named', named: named.flat(), not }
}

function placesOf(network: Conditions['network'], authority: string): SignInNames {
  if (!isThere(network) || network.connection === 'ANYWHERE') return { of: 'all' }
  if (network.connection !== 'ZONE') return { of: 'untold' }
  const [named, not] = [network.include, network.exclude].map((some) =>
    (some ?? []).map((id) => nameZone(authority, id)),
  )
  return { of: (named ?? []).length > 0 ? 'named' : 'all', named: named ?? [], not: not ?? [] }
}

const mobile = ['IOS', 'ANDROID', 'MOBILE']
const desktop = ['WINDOWS', 'MACOS', 'CHROMEOS', 'LINUX', 'DESKTOP']
const systems: readonly string[] = [...mobile, ...desktop]

/** Platforms as words: a system, or `MOBILE`, `DESKTOP` and `OTHER` for those without a name. Undefined: any. */
function waysOf(platforms: Conditions['platform']): NonNullable<SignInConditions['ways']> | 'untold' {
  const words = (some: readonly Platform[] | null | undefined): string[] | 'any' | 'untold' => {
    const each = (some ?? []).map(({ type, os }) => wordsOf(type ?? 'ANY', os?.type ?? 'ANY'))
    return each.includes('any') ? 'any' : each.includes('untold') ? 'untold' : each.flat()
  }
  const [included, excluded] = [words(platforms?.include), words(platforms?.exclude)]
  if (included === 'untold' || typeof excluded === 'string') return 'untold'
  const isAny = included === 'any' || included.length === 0
  return { ...(isAny ? {} : { platforms: included }), notPlatforms: excluded }
}

function wordsOf(type: string, os: string): string[] | 'any' | 'untold' {
  if (systems.includes(os)) return [os]
  if (os !== 'ANY' && os !== 'OTHER') return 'untold'
  if (type === 'ANY') return os === 'ANY' ? 'any' : 'untold'
  if (type === 'OTHER') return ['OTHER']
  if (type !== 'MOBILE' && type !== 'DESKTOP') return 'untold'
  return os === 'OTHER' ? [type] : type === 'MOBILE' ? mobile : desktop
}

/** In a country, or behind a service that hides who somebody is, is whoever likes; whose an autonomous system is nobody says. */
function placeOf({ type, status, gateways, asns }: Rows['zones']): SignInPlace {
  if (status !== 'ACTIVE') return 'untold'
  if (type === 'IP') return placeOfNetworks((gateways ?? []).flatMap(({ value }) => networksOfRange(value ?? '')))
  if (type !== 'DYNAMIC' && type !== 'DYNAMIC_V2') return 'untold'
  if (asns === 'untold') return 'untold'
  const some = Array.isArray(asns) ? asns : asns?.include
  return (some ?? []).length > 0 ? 'untold' : 'anyone'
}

const isThere = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined
