import { formatTime, type JsonObject } from 'cordon/kit'

import { makeZone } from '../../twins/okta/directory.ts'
import { appSignOnOf, makeSignOnPolicy, makeSignOnRule, sessionOf } from '../../twins/okta/policies.ts'
import { textOf, type SignOnPolicy } from '../../twins/okta/state.ts'
import type { OktaTwin } from '../../twins/okta/twin.ts'
import { objectOf } from '../../twins/okta/users.ts'
import { dayMs, type Company } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import type { SignInTruth } from '../truth.ts'

const apps = ['Labelling Desk', 'Code Forge', 'Team Chat', 'Payroll'] as const
type AppName = (typeof apps)[number]

/**
 * Policies of sign-on with holes: a session by a password alone, and apps that ask for more or do not. The desk leaves a group
 * out, and has rules that seem to mend it (in the office, on phones, at a risk); the forge asks for a passkey; the chat's second
 * factor is switched off; payroll lets in from the office alone, but for those who travel. Who is of which group says what
 * holds for them; no policy is read for that. Ids come of names: nothing else in the org moves.
 */
export function plantOktaPolicies(twin: OktaTwin, company: Company): SignInTruth[] {
  const { state } = twin
  const org = { ...twin.org, nowMs: () => company.yearMs - 300 * dayMs }
  const draw = drawOf(company.seed, 'okta sign-on')
  const idOf = (prefix: string, name: string): string =>
    `${prefix}${drawOf(company.seed, `okta sign-on ${prefix} ${name}`).hex(20 - prefix.length)}`
  const nameOf = (id: string): string => textOf(objectOf(state.groups.get(id)?.['profile']), 'name')
  const groupId = (name: string): string => [...state.groups.keys()].find((id) => nameOf(id) === name) ?? ''
  const membersOf = (name: string): string[] => [...(state.members.get(groupId(name)) ?? [])]
  const appOf = (name: AppName): string =>
    [...state.apps.values()].find((app) => textOf(app, 'label') === name)?.id ?? ''
  const staff = membersOf('Staff')
  const crew = membersOf('Contractors')

  const group = (name: string, from: readonly string[], share: number): { id: string; has: ReadonlySet<string> } => {
    const id = idOf('00g', name)
    const has = new Set(from.filter(() => draw.chance(share)))
    const made = formatTime(org.nowMs())
    state.groups.set(id, { id, type: 'OKTA_GROUP', created: made, lastUpdated: made, profile: { name } })
    state.members.set(id, new Set(has))
    return { id, has }
  }
  const strong = group('Stronger sessions', staff, 0.15)
  const exempt = group('Desk without a second factor', [...staff, ...crew], 0.25)
  const trial = group('Risk trial', [...exempt.has], 0.2)
  const pilots = group('Device pilots', staff, 0.2)
  const travellers = group('Travellers', staff, 0.3)
  const zone = (name: string, given: JsonObject): string => makeZone(org, name, { id: idOf('nzo', name), ...given }).id
  const office = zone('Head office', { gateways: [{ type: 'RANGE', value: '198.51.100.16-198.51.100.40' }] })
  const country = zone('Head office country', {
    type: 'DYNAMIC',
    locations: [{ country: 'DE' }],
    asns: [],
    proxyType: 'null',
  })
  const inZone = (id: string): JsonObject => ({ network: { connection: 'ZONE', include: [id], exclude: [] } })
  const isOf = (...ids: string[]): JsonObject => ({ people: { groups: { include: ids, exclude: [] } } })
  const phones = { platform: { include: [{ type: 'MOBILE', os: { type: 'ANY' } }], exclude: [] } }

  const rule = (
    policy: SignOnPolicy,
    name: string,
    actions: JsonObject,
    conditions?: JsonObject,
    status = 'ACTIVE',
  ) => {
    const id = idOf(actions['signon'] === undefined ? 'rul' : '0pr', `${textOf(policy.row, 'name')} ${name}`)
    makeSignOnRule(org, policy, name, actions, { id, ...(conditions === undefined ? {} : { conditions }) })['status'] =
      status
  }
  const sessions = (name: string, include: string[]): SignOnPolicy =>
    makeSignOnPolicy(org, 'OKTA_SIGN_ON', name, {
      id: idOf('00p', name),
      conditions: { people: { groups: { include } } },
    })
  rule(sessions('Stronger sessions', [strong.id]), 'Second factor', { signon: sessionOf(true) })
  const contractors = sessions('Contractors', [groupId('Contractors')])
  rule(contractors, 'In the office', { signon: sessionOf() }, inZone(office))
  rule(contractors, 'Elsewhere', { signon: sessionOf(false, 'DENY') }, undefined, 'INACTIVE')

  const policyOf = (app: AppName): SignOnPolicy => {
    const policy = makeSignOnPolicy(org, 'ACCESS_POLICY', app, { id: idOf('rst', app) })
    state.policyOfApp.set(appOf(app), policy.row.id)
    return policy
  }
  const [one, two] = [{ appSignOn: appSignOnOf('1FA') }, { appSignOn: appSignOnOf('2FA') }]
  const deny = { appSignOn: { access: 'DENY' } }
  const passkey = { possession: { deviceBound: 'REQUIRED', phishingResistant: 'REQUIRED', required: true } }
  const desk = policyOf('Labelling Desk')
  rule(desk, 'Second factor', two, { people: { groups: { include: [], exclude: [exempt.id] } } })
  rule(desk, 'In the office', one, inZone(office))
  rule(desk, 'On phones', two, phones)
  rule(desk, 'At a risk', two, { ...isOf(trial.id), riskScore: { level: 'HIGH' } })
  rule(desk, 'Catch-all Rule', one)
  const forge = policyOf('Code Forge')
  rule(forge, 'On our devices', two, { ...isOf(pilots.id), device: { registered: true, managed: true } })
  rule(forge, 'On no other', deny, isOf(pilots.id))
  rule(forge, 'Catch-all Rule', { appSignOn: appSignOnOf('1FA', [passkey]) })
  const chat = policyOf('Team Chat')
  rule(chat, 'Second factor', two, undefined, 'INACTIVE')
  rule(chat, 'Catch-all Rule', one)
  const payroll = policyOf('Payroll')
  rule(payroll, 'On the road', two, { ...isOf(travellers.id), ...inZone(country) })
  rule(payroll, 'In the office', two, inZone(office))
  rule(payroll, 'Catch-all Rule', deny)

  const asked: Record<AppName, (user: string) => Pick<SignInTruth, 'factor' | 'condition'>> = {
    'Labelling Desk': (user) => ({
      factor: strong.has.has(user) || !exempt.has.has(user) ? 'held' : trial.has.has(user) ? 'untold' : 'open',
      condition: 'open',
    }),
    'Code Forge': (user) => ({ factor: 'held', condition: pilots.has.has(user) ? 'held' : 'open' }),
    'Team Chat': (user) => ({ factor: strong.has.has(user) ? 'held' : 'open', condition: 'open' }),
    Payroll: (user) => ({ factor: 'held', condition: travellers.has.has(user) ? 'open' : 'held' }),
  }
  return apps.flatMap((name) => {
    const to = appOf(name)
    const assigned = new Set(
      [...(state.appGroups.get(to)?.keys() ?? [])].flatMap((id) => [...(state.members.get(id) ?? [])]),
    )
    return [...assigned].map((native) => ({ native, to, ...asked[name](native) }))
  })
}
