import type { SignInConditions, SignInNames } from '#model'

import { nameIdentity, nameZone } from './names.ts'
import type { Conditions, Platform } from './policy-rows.ts'
import type { Rows } from './rows.ts'

/** Of whom a policy or a rule is, from where and on what they come. */
export function conditionsOf(
  { conditions, others }: Pick<Rows['policies'], 'conditions' | 'others'>,
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
  if (network === null || network === undefined || network.connection === 'ANYWHERE') return { of: 'all' }
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
