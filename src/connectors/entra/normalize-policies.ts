import {
  mergeNormalized,
  nothingNormalized,
  placeOfNetworks,
  signInAsks,
  stateSignInRule,
  type EntityId,
  type SignInAsk,
  type SignInConditions,
  type SignInNames,
  type SignInPlace,
  type SignInRule,
  type Stated,
} from '#model'
import type { TakenAt } from '#sources/contract'

import { graphAppId } from './client.ts'
import { nameApi, nameLocation, namePolicy, namePrincipal, nameRole } from './names.ts'
import type { PolicyRow, Rows } from './rows.ts'
import { fact, open, timeMs } from './statements.ts'

/** All policies that are about somebody have to be met: each is a chain of its own, beside what holds without any. */
export function statePolicy(policy: PolicyRow, { authority, atMs }: TakenAt): Stated {
  const entity = namePolicy(authority, policy.id)
  const out = nothingNormalized()
  mergeNormalized(
    out,
    stateSignInRule(entity, atMs, {
      name: policy.displayName ?? policy.id,
      chain: policy.id,
      order: 0,
      policy: null,
      // One that only reports asks nobody for anything.
      enabled: policy.state === 'enabled',
      asks: asksOf(policy.grantControls),
      otherwise: 'nothing',
      ...conditionsOf(policy, authority),
    }),
  )
  out.facts.push(
    fact(entity, atMs, {
      status: policy.state,
      createdAtMs: timeMs(policy.createdDateTime),
      changedAtMs: timeMs(policy.modifiedDateTime),
    }),
  )
  out.edges.push(open(nameApi(authority, graphAppId, 'Policy'), 'CONTAINS', entity, 0))
  return out
}

/**
 * What holds where no policy does: a password. Security defaults may ask for more, at times that Microsoft chooses; they cannot be
 * on while a policy is (Microsoft Entra, "Security defaults").
 */
export function stateDefault({ isAnyEnabled }: Rows['sign-in-default'], { authority, atMs }: TakenAt): Stated {
  const entity = namePolicy(authority, 'none')
  const rule: SignInRule = {
    name: 'no policy',
    chain: 'none',
    order: 0,
    policy: null,
    enabled: true,
    asks: { least: 'password', most: isAnyEnabled ? 'password' : 'factor' },
    otherwise: 'password',
    isDefault: true,
    // Named, so that there is a way by each of them though no policy may speak of it.
    ways: { clients: ['browser', 'mobileAppsAndDesktopClients', 'exchangeActiveSync', '*'] },
  }
  const out = nothingNormalized()
  mergeNormalized(out, stateSignInRule(entity, atMs, rule))
  out.edges.push(open(nameApi(authority, graphAppId, 'Policy'), 'CONTAINS', entity, 0))
  return out
}

export function stateLocation(location: Rows['locations'], { authority, atMs }: TakenAt): Stated {
  const entity = nameLocation(authority, location.id)
  return {
    facts: [fact(entity, atMs, { name: location.displayName, trusted: location.isTrusted, where: placeOf(location) })],
    edges: [open(nameApi(authority, graphAppId, 'Policy'), 'CONTAINS', entity, 0)],
  }
}

/** Whoever likes is in a country. */
function placeOf({ '@odata.type': type, ipRanges }: Rows['locations']): SignInPlace {
  if (type === '#microsoft.graph.countryNamedLocation') return 'anyone'
  return placeOfNetworks((ipRanges ?? []).map(({ cidrAddress }) => cidrAddress ?? ''))
}

type Asks = { least: SignInAsk; most: SignInAsk }
const levelOf = (ask: SignInAsk): number => signInAsks.indexOf(ask)
const askAt = (level: number): SignInAsk => signInAsks[level] ?? 'refused'

/** All controls, or any one of them. Without any a policy asks for nothing: it shortens sessions. */
function asksOf(controls: PolicyRow['grantControls']): Asks {
  if (controls === null || controls === undefined) return { least: 'nothing', most: 'nothing' }
  const { builtInControls, customAuthenticationFactors, termsOfUse, authenticationStrength, operator } = controls
  const each = [
    ...(builtInControls ?? []).map((control) => built[control] ?? untold),
    ...(customAuthenticationFactors ?? []).map(() => untold),
    ...(termsOfUse ?? []).map(() => exactly('nothing')),
    ...(authenticationStrength === null || authenticationStrength === undefined
      ? []
      : [authenticationStrength.requirementsSatisfied === 'mfa' ? exactly('factor') : untold]),
  ]
  if (each.length === 0) return exactly('nothing')
  const pick = operator === 'OR' ? Math.min : Math.max
  return {
    least: askAt(pick(...each.map(({ least }) => levelOf(least)))),
    most: askAt(pick(...each.map(({ most }) => levelOf(most)))),
  }
}
const exactly = (ask: SignInAsk): Asks => ({ least: ask, most: ask })
const untold: Asks = { least: 'nothing', most: 'refused' }
const built: Readonly<Record<string, Asks>> = {
  block: exactly('refused'),
  mfa: exactly('factor'),
  // Somebody outside has no device that the company manages.
  compliantDevice: exactly('refused'),
  domainJoinedDevice: exactly('refused'),
}

function conditionsOf({ conditions }: PolicyRow, authority: string): SignInConditions {
  if (conditions === null || conditions === undefined) return { outsider: 'untold' }
  const { users, applications, locations, platforms, clientAppTypes, clientApplications } = conditions
  // Programs sign in by policies of their own; a flow that somebody outside need not take binds them to nothing.
  const isForPrograms = (clientApplications?.includeServicePrincipals ?? []).length > 0
  const isForFlow = !['none', undefined, null].includes(conditions.authenticationFlows?.transferMethods)
  const dependsOnRisk = [conditions.signInRiskLevels, conditions.userRiskLevels].some((some) => (some ?? []).length > 0)
  const isUntold = dependsOnRisk || isThere(conditions.insiderRiskLevels) || isThere(conditions.devices?.deviceFilter)
  const guests = guestsOf(users)
  return {
    who: {
      of: users?.includeUsers?.includes('All') === true ? 'all' : 'named',
      named: peopleOf(authority, users?.includeUsers, users?.includeGroups, users?.includeRoles),
      not: peopleOf(authority, users?.excludeUsers, users?.excludeGroups, users?.excludeRoles),
    },
    ...(guests === undefined ? {} : { guests }),
    on: appsOf(authority, applications),
    at: placesOf(authority, locations),
    ways: {
      ...(isAny(platforms?.includePlatforms) ? {} : { platforms: platforms?.includePlatforms ?? [] }),
      notPlatforms: (platforms?.excludePlatforms ?? []).filter((one) => one !== 'all'),
      // What is none of the others is `other`: old protocols.
      ...(isAny(clientAppTypes) ? {} : { clients: (clientAppTypes ?? []).map((one) => (one === 'other' ? '*' : one)) }),
    },
    ...(isForPrograms || isForFlow ? { outsider: 'never' as const } : isUntold ? { outsider: 'untold' as const } : {}),
  }
}
const isAny = (some: Ids): boolean => (some ?? []).length === 0 || some?.includes('all') === true
const isThere = (value: unknown): boolean => value !== null && value !== undefined

const words: ReadonlySet<string> = new Set(['All', 'None', 'GuestsOrExternalUsers'])
type Ids = readonly string[] | null | undefined
const peopleOf = (authority: string, users: Ids, groups: Ids, roles: Ids): EntityId[] => [
  ...(users ?? []).filter((one) => !words.has(one)).map((id) => namePrincipal(authority, 'user', id)),
  ...(groups ?? []).map((id) => namePrincipal(authority, 'group', id)),
  ...(roles ?? []).map((id) => nameRole(authority, id)),
]

/** Of guests of several kinds those who were invited are the ones that the directory lists. */
function guestsOf(users: NonNullable<PolicyRow['conditions']>['users']): SignInConditions['guests'] {
  const kinds = (of: { guestOrExternalUserTypes?: string | null | undefined } | null | undefined): string[] =>
    of?.guestOrExternalUserTypes?.split(',').filter((kind) => kind !== 'none') ?? []
  const [included, excluded] = [kinds(users?.includeGuestsOrExternalUsers), kinds(users?.excludeGuestsOrExternalUsers)]
  const isInvited = (some: readonly string[]): boolean => some.includes('b2bCollaborationGuest')
  if (users?.excludeUsers?.includes('GuestsOrExternalUsers') === true || isInvited(excluded)) return 'not'
  if (excluded.length > 0) return 'untold'
  if (users?.includeUsers?.includes('GuestsOrExternalUsers') === true || isInvited(included)) return 'in'
  return included.length > 0 ? 'untold' : undefined
}

/** Resources by the client id of their app. Sets of apps that Microsoft keeps, filters and contexts stand for nobody knows which. */
function appsOf(authority: string, apps: NonNullable<PolicyRow['conditions']>['applications']): SignInNames {
  const { includeApplications, excludeApplications, includeUserActions } = apps ?? {}
  const contexts = apps?.includeAuthenticationContextClassReferences ?? []
  const isSet = (id: string): boolean => !/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(id)
  const named = (ids: Ids): EntityId[] => (ids ?? []).filter((id) => !isSet(id)).map((id) => nameApi(authority, id))
  if ((includeUserActions ?? []).length > 0) return { of: 'named', named: [] }
  const isAll = includeApplications?.includes('All') === true
  const sets = (includeApplications ?? []).filter((id) => isSet(id) && !['All', 'None'].includes(id))
  const isUntold =
    contexts.length > 0 ||
    isThere(apps?.applicationFilter) ||
    sets.length > 0 ||
    (excludeApplications ?? []).some(isSet)
  if (isUntold) return { of: 'untold', not: named(excludeApplications) }
  return { of: isAll ? 'all' : 'named', named: named(includeApplications), not: named(excludeApplications) }
}

/** `AllTrusted` are networks that the company called its own. */
function placesOf(authority: string, locations: NonNullable<PolicyRow['conditions']>['locations']): SignInNames {
  if (locations === null || locations === undefined) return { of: 'all' }
  const named = (ids: Ids): EntityId[] =>
    (ids ?? []).filter((id) => id !== 'All' && id !== 'AllTrusted').map((id) => nameLocation(authority, id))
  const { includeLocations, excludeLocations } = locations
  const isAll = (includeLocations ?? ['All']).includes('All')
  return { of: isAll ? 'all' : 'named', named: named(includeLocations), not: named(excludeLocations) }
}
