import { parseNetwork } from '#kit'

import type { EdgeStatement } from './edge.ts'
import { authorityOf, entityId, kindOf, nativeOf, type EntityFact, type EntityId } from './entity.ts'
import { openEdge, toldFact, type Stated } from './statement.ts'

/**
 * What a vendor's rules of sign-in ask of somebody outside: on no network of one's own, on no device that is known, who holds
 * a password. From least to most; `refused`: they do not come in at all.
 */
export const signInAsks = ['nothing', 'password', 'factor', 'refused'] as const
export type SignInAsk = (typeof signInAsks)[number]

/**
 * Who or what a condition names. `all`: it has no such condition; `named`: those named, and nobody else; `untold`: what it
 * means nobody can say. `not`: whom it leaves out even so.
 */
export type SignInNames = { of: 'all' | 'named' | 'untold'; named?: readonly EntityId[]; not?: readonly EntityId[] }

/** Conditions of a rule, or of the policy that it stands in: all of both have to hold. */
export type SignInConditions = {
  /** Identities: users, and groups and roles whose members are meant. */
  who?: SignInNames
  /** Accounts of other organisations, beside `who`. `untold`: some kinds of them. */
  guests?: 'in' | 'not' | 'untold'
  /** Resources that are opened. */
  on?: SignInNames
  /** Places (`SignInPlace`) that somebody signs in from. */
  at?: SignInNames
  /** Platforms and kinds of clients, which whoever signs in chooses; absent: all. `*`: those that no rule names. No word holds a space. */
  ways?: { platforms?: readonly string[]; notPlatforms?: readonly string[]; clients?: readonly string[] }
  /** Whether somebody outside meets what else it asks for: never (a device of one's own); or nobody can say (a risk). */
  outsider?: 'never' | 'untold'
}

/**
 * One rule of sign-in. Rules of a `chain` are tried in `order` and the first that matches decides; where none does, it asks
 * `otherwise`. To come in takes what the strictest of all chains asks.
 */
export type SignInRule = SignInConditions & {
  name: string
  chain: string
  order: number
  /** The policy it stands in; null: its conditions are all there are. */
  policy: EntityId | null
  /** False: it is switched off, or only reports. */
  enabled: boolean
  /** At least and at most: they differ where nobody can say. */
  asks: { least: SignInAsk; most: SignInAsk }
  otherwise: SignInAsk
  /** What holds where no rule was made: it is no rule that could be changed. */
  isDefault?: boolean
}

/** Whether somebody outside can be there: `own` networks, and `anyone` (a country, a range as wide as the Internet). */
export type SignInPlace = 'own' | 'anyone' | 'untold'

export const signInLists = ['who', 'on', 'at'] as const
export type SignInList = (typeof signInLists)[number]
/** What a condition names stands in a list of its own: an edge NAMED_IN leads to it. */
export const signInList = (of: EntityId, list: SignInList, isLeftOut: boolean): EntityId =>
  entityId(kindOf(of), authorityOf(of), `${nativeOf(of)}/${isLeftOut ? 'not-' : ''}${list}`)

export const signInRuleKind = 'sign-in-rule'
export const signInPolicyKind = 'sign-in-policy'

/** What a connector states of a rule. Every attribute is told each time: one that is left out would be remembered. */
export function stateSignInRule(entity: EntityId, atMs: number, rule: SignInRule): Stated {
  const { name, chain, order, policy, enabled, asks, otherwise, isDefault = false } = rule
  const { attributes, edges } = conditionsOf(entity, rule)
  return {
    facts: [
      toldFact(entity, atMs, {
        kind: signInRuleKind,
        name,
        chain,
        order,
        policy: policy ?? '',
        enabled,
        asksLeast: asks.least,
        asksMost: asks.most,
        otherwise,
        isDefault,
        ...attributes,
      }),
    ],
    edges,
  }
}

/** Of a policy with rules inside it. */
export function stateSignInPolicy(
  entity: EntityId,
  atMs: number,
  { name, enabled, ...conditions }: SignInConditions & { name: string; enabled: boolean },
): Stated {
  const { attributes, edges } = conditionsOf(entity, conditions)
  return { facts: [toldFact(entity, atMs, { kind: signInPolicyKind, name, enabled, ...attributes })], edges }
}

function conditionsOf(
  entity: EntityId,
  { who, on, at, guests, ways, outsider }: SignInConditions,
): { attributes: EntityFact['attributes']; edges: EdgeStatement[] } {
  const edges: EdgeStatement[] = []
  for (const [list, names] of [
    ['who', who],
    ['on', on],
    ['at', at],
  ] as const) {
    for (const [isLeftOut, some] of [
      [false, names?.of === 'named' ? names.named : []],
      [true, names?.not],
    ] as const)
      for (const one of some ?? []) edges.push(openEdge(one, 'NAMED_IN', signInList(entity, list, isLeftOut), 0))
  }
  return {
    attributes: {
      who: who?.of ?? 'all',
      on: on?.of ?? 'all',
      at: at?.of ?? 'all',
      guests: guests ?? 'plain',
      platforms: ways?.platforms?.join(' ') ?? 'all',
      notPlatforms: ways?.notPlatforms?.join(' ') ?? '',
      clients: ways?.clients?.join(' ') ?? 'all',
      outsider: outsider ?? 'may',
    },
    edges,
  }
}

/** As much of the Internet as nobody has to themselves: wider than 10.0.0.0/8, or than the largest IPv6 allocations. */
const ownBitsMin = { v4: 8, v6: 16 } as const

/**
 * Networks together, each `198.51.100.0/24`, `2001:db8::/32` or one address: one that anybody is in lets anybody in, and so do
 * many that together are as wide.
 */
export function placeOfNetworks(networks: readonly string[]): SignInPlace {
  const known = networks.map((text) => parseNetwork(text.trim()))
  // By so many bits each is wider than what somebody has to themselves.
  const wider = known.flatMap((one) => (one === undefined ? [] : [(one.v6 ? ownBitsMin.v6 : ownBitsMin.v4) - one.bits]))
  if (wider.some((bits) => bits > 0)) return 'anyone'
  if (known.length === 0 || known.includes(undefined)) return 'untold'
  const share = wider.reduce((sum, bits) => sum + 2 ** bits, 0)
  return share > 2 ? 'anyone' : 'own'
}
