import { formatTime } from 'cordon/kit'

import { makeApp, makeGrant } from '../../twins/okta/apps.ts'
import { actorOf } from '../../twins/okta/caller.ts'
import { makeApiToken, makeAssignment } from '../../twins/okta/directory.ts'
import { idOf, textOf, valueOf, type Row } from '../../twins/okta/state.ts'
import type { OktaTwin } from '../../twins/okta/twin.ts'
import { makeFactor, makeUser, objectOf, type Org } from '../../twins/okta/users.ts'
import { dayMs, type Company } from '../company/model.ts'
import type { EstateClock } from '../clock.ts'
import { fine, tellApp, weak, type Draft } from '../truth.ts'
import { dormantMs } from './kinds.ts'

type World = { twin: OktaTwin; company: Company; users: ReadonlyMap<number, Row>; fill: Draft; clock: EstateClock }

/** Accounts and apps that are weak, and such as look like it. */
export function plantOkta(world: World): void {
  for (let n = 1; n <= world.company.size.weaknesses; n++) {
    plantEmergency(world, n)
    plantRobots(world, n)
    plantRetired(world, n)
    plantShared(world, n)
    plantToxic(world, n)
  }
  plantEndedContracts(world)
  tellAdministrators(world)
  tellDormant(world)
}

const at = ({ twin: { org } }: World, ms: number): Org => ({ ...org, nowMs: () => ms })
const daysAgo = ({ company: { nowMs } }: World, days: number): number => nowMs - days * dayMs
const loginOf = (user: Row): string => textOf(objectOf(user['profile']), 'login')

function account(world: World, login: string, userType: string, days: number, lastDays: number): Row {
  const email = `${login}@${world.company.domain}`
  const profile = { login: email, email, firstName: login, lastName: 'Account', userType }
  const user = makeUser(at(world, daysAgo(world, days)), profile, `EXAMPLE-${login}`)
  user['lastLogin'] = formatTime(daysAgo(world, lastDays))
  return user
}

function signIn({ twin: { log, state }, clock }: World, user: Row, ms: number, ip: string): void {
  const by = { actor: actorOf(state, user.id), external: idOf(state, 'idx'), ip, agent: 'Mozilla/5.0', client: null }
  clock.during(ms, () => log.record({ eventType: 'user.session.start', by: { ...by, apiToken: null }, targets: [] }))
}

function plantEmergency(world: World, n: number): void {
  const { fill } = world
  const made = daysAgo(world, 500)
  for (const isDaily of [true, false]) {
    const user = account(world, `break-glass-${isDaily ? 'a' : 'b'}${n}`, 'break-glass', 500, isDaily ? 1 : 40)
    makeAssignment(at(world, made), user.id, 'SUPER_ADMIN')
    makeFactor(at(world, made), user.id, 'webauthn', 'FIDO')
    const days = isDaily ? Array.from({ length: 15 }, (_, day) => 15 - day) : [40]
    for (const day of days) signIn(world, user, daysAgo(world, day), '198.51.100.201')
    const plant = { noun: 'user', native: user.id, label: loginOf(user) } as const
    if (isDaily) weak(fill, 'break-glass-daily', { ...plant, sinceMs: daysAgo(world, 15) })
    else fine(fill, 'break-glass-daily', { ...plant, why: 'used once, in an exercise 40 days ago' })
  }
  const everyday = account(world, `duty-${n}`, 'employee', 500, 1)
  makeFactor(at(world, made), everyday.id, 'webauthn', 'FIDO')
  for (let day = 15; day >= 1; day--) signIn(world, everyday, daysAgo(world, day), '198.51.100.202')
  fine(fill, 'break-glass-daily', {
    noun: 'user',
    native: everyday.id,
    label: loginOf(everyday),
    why: 'used every day, and meant to be',
  })
}

function plantRobots(world: World, n: number): void {
  const { fill } = world
  for (const [role, why] of [
    ['SUPER_ADMIN', undefined],
    ['READ_ONLY_ADMIN', 'reads alone'],
    ['GROUP_MEMBERSHIP_ADMIN', 'one area alone'],
  ] as const) {
    const slug = `automation-${role.toLowerCase().replaceAll('_', '-')}-${n}`
    const app = makeApp(at(world, daysAgo(world, 100)), service(slug, 'private_key_jwt', ['client_credentials']))
    makeAssignment(at(world, daysAgo(world, 100)), app.id, role)
    tellApp(fill, { native: app.id, label: slug, letIn: null })
    const plant = { noun: 'app', native: app.id, label: slug } as const
    if (why === undefined) weak(fill, 'human-size-rights', { ...plant, sinceMs: daysAgo(world, 100) })
    else fine(fill, 'human-size-rights', { ...plant, why })
  }
}

const service = (label: string, method: string, grants: string[]) => ({
  name: 'oidc_client',
  label,
  signOnMode: 'OPENID_CONNECT',
  credentials: { oauthClient: { token_endpoint_auth_method: method } },
  settings: { oauthClient: { grant_types: grants, application_type: 'service', response_types: ['token'] } },
})

/** Refresh tokens that are good for months to come, of an app last used long ago. */
function plantRetired(world: World, n: number): void {
  const { fill, twin, users, company } = world
  const owners = company.people.filter(({ kind, endMs }) => kind === 'staff' && endMs === null).slice(0, 2)
  for (const [word, lastDays, why] of [
    ['retired', [400, 380], undefined],
    ['seldom', [400, 20], 'one of its two users used it last month'],
    ['quiet', [60, 50], 'used within the quarter'],
  ] as const) {
    const label = `${word} hours sync ${n}`
    const app = makeApp(at(world, daysAgo(world, 600)), service(label, 'none', ['authorization_code', 'refresh_token']))
    tellApp(fill, { native: app.id, label, letIn: owners.flatMap(({ n: person }) => users.get(person)?.id ?? []) })
    for (const [index, { n: person }] of owners.entries()) {
      const user = users.get(person)
      if (user === undefined) continue
      const lastMs = daysAgo(world, lastDays[index] ?? 0)
      const givenMs = lastMs - 30 * dayMs
      const grant = makeGrant(at(world, givenMs), app, {
        scopeId: 'openid',
        issuer: twin.url,
        user: user.id,
        by: user.id,
      })
      const row: Row = {
        id: idOf(twin.state, 'oar'),
        status: 'ACTIVE',
        created: formatTime(givenMs),
        lastUpdated: formatTime(lastMs),
        expiresAt: formatTime(daysAgo(world, -200)),
        issuer: twin.url,
        clientId: app.id,
        userId: user.id,
        scopes: ['openid', 'offline_access'],
      }
      twin.state.refreshTokens.set(row.id, { row, value: valueOf(twin.state, 'rt') })
      fine(fill, 'unused-grant', {
        noun: 'grant',
        native: `${user.id}/${grant.id}`,
        label,
        why: 'it tells who somebody is, and opens nothing',
      })
    }
    const plant = { noun: 'app', native: app.id, label } as const
    if (why === undefined) weak(fill, 'retired-integration', { ...plant, sinceMs: daysAgo(world, 380) })
    else fine(fill, 'retired-integration', { ...plant, why })
  }
}

/** Signed in from the places of five at the same hour, or of one who travels. */
function plantShared(world: World, n: number): void {
  const { fill } = world
  const desk = account(world, `label-desk-${n}`, 'employee', 300, 1)
  for (const day of [1, 2, 3])
    for (let place = 0; place < 5; place++)
      signIn(world, desk, daysAgo(world, day) + place * 300_000, placeAt(n, place))
  weak(fill, 'shared-identity', { noun: 'user', native: desk.id, label: loginOf(desk), sinceMs: daysAgo(world, 300) })
  for (const [word, places] of [
    ['traveller', 3],
    ['homeworker', 2],
  ] as const) {
    const user = account(world, `${word}-${n}`, 'employee', 300, 1)
    for (const day of [1, 2, 3]) signIn(world, user, daysAgo(world, day), placeAt(n, day % places))
    fine(fill, 'shared-identity', {
      noun: 'user',
      native: user.id,
      label: loginOf(user),
      why: 'from several places, one a day',
    })
  }
  const commuter = account(world, `commuter-${n}`, 'employee', 300, 1)
  const flyer = account(world, `flyer-${n}`, 'employee', 300, 1)
  for (const day of [1, 2, 3])
    for (let place = 0; place < 3; place++)
      signIn(world, commuter, daysAgo(world, day) + place * 900_000, placeAt(n, place))
  for (let place = 0; place < 5; place++) signIn(world, flyer, daysAgo(world, 2) + place * 300_000, placeAt(n, place))
  for (const [user, why] of [
    [commuter, 'a laptop, a phone and a line at home, within an hour each day'],
    [flyer, 'five places within an hour, on one day of travel'],
  ] as const)
    fine(fill, 'shared-identity', { noun: 'user', native: user.id, label: loginOf(user), why })
}

/** Lines of different providers, in the range for tests of networks (RFC 2544). */
const placeAt = (n: number, place: number): string => `198.18.${(n * 8 + place) % 256}.7`

const parts = ['outsider', 'role', 'no-factor', 'old-secret'] as const
/** Four things that are bad together; and the same account with one of them as it should be. */
function plantToxic(world: World, n: number): void {
  const { fill } = world
  for (const lacking of [undefined, ...parts]) {
    const has = (part: (typeof parts)[number]): boolean => part !== lacking
    const name = `vendor-${lacking ?? 'all'}-${n}`
    const user = account(world, name, has('outsider') ? 'vendor' : 'employee', 450, 1)
    if (has('role')) makeAssignment(at(world, daysAgo(world, 440)), user.id, 'USER_ADMIN')
    if (!has('no-factor')) makeFactor(at(world, daysAgo(world, 449)), user.id, 'webauthn', 'FIDO')
    const createdMs = daysAgo(world, has('old-secret') ? 430 : 30)
    const { row, value } = makeApiToken(at(world, createdMs), user.id, `report-${name}`)
    row['expiresAt'] = formatTime(daysAgo(world, -29))
    row['lastUpdated'] = formatTime(daysAgo(world, 1))
    fill.credentials.push({
      id: `okta/api-token/report-${name}`,
      vendor: 'okta',
      kind: 'api-token',
      native: row.id,
      value,
      with: {},
      owner: loginOf(user),
      createdMs,
      lastUsedMs: daysAgo(world, 1),
      lies: [],
    })
    const token = { noun: 'api-token', native: row.id } as const
    const plant = { noun: 'user', native: user.id, label: loginOf(user) } as const
    if (has('old-secret')) weak(fill, 'old-key', { ...token, label: `report-${name}`, sinceMs: createdMs })
    else fine(fill, 'old-key', { ...token, label: `report-${name}`, why: 'made a month ago' })
    if (lacking === undefined) weak(fill, 'toxic-combination', { ...plant, sinceMs: createdMs, with: [token] })
    else fine(fill, 'toxic-combination', { ...plant, why: `all but one: ${lacking}` })
  }
}

/** Beside the accounts of ended contracts that nobody switched off: such as somebody did. */
function plantEndedContracts({ company, users, fill }: World): void {
  const ended = company.people.filter(
    ({ kind, endMs, leftAlive }) => kind === 'contractor' && endMs !== null && leftAlive === null,
  )
  for (const { n, email } of ended.slice(0, 2 * company.size.weaknesses)) {
    const user = users.get(n)
    if (user === undefined) continue
    user['status'] = 'SUSPENDED'
    fine(fill, 'ended-contractor-alive', {
      noun: 'user',
      native: user.id,
      label: email,
      why: 'the contract ended, and the account is suspended',
    })
  }
}

/** Whoever administers without a strong factor, planted or not; and whose weak factor matters less. */
function tellAdministrators({ twin: { state }, fill, company, users }: World): void {
  const strong = new Set<string>()
  const any = new Set<string>()
  for (const { row, user } of state.factors.values()) {
    any.add(user)
    if (textOf(row, 'factorType') === 'webauthn') strong.add(user)
  }
  const told = new Set<string>()
  for (const { assignee } of state.assignments.values()) {
    const user = state.users.get(assignee)
    if (user === undefined || told.has(user.id) || user['status'] !== 'ACTIVE') continue
    told.add(user.id)
    const plant = { noun: 'user', native: user.id, label: loginOf(user) } as const
    const person = company.people.find(({ n }) => users.get(n) === user)?.n
    const isOf = person === undefined ? {} : { person }
    if (!strong.has(user.id))
      weak(fill, 'admin-without-strong-factor', { ...plant, ...isOf, sinceMs: Date.parse(textOf(user, 'created')) })
    else fine(fill, 'admin-without-strong-factor', { ...plant, why: 'a security key is enrolled' })
  }
  const plain = [...state.users.values()].filter(
    ({ id, status }) => status === 'ACTIVE' && any.has(id) && !strong.has(id) && !told.has(id),
  )
  for (const user of plain.slice(0, company.size.weaknesses))
    fine(fill, 'admin-without-strong-factor', {
      noun: 'user',
      native: user.id,
      label: loginOf(user),
      why: 'a code by SMS, and no administrator',
    })
}

/** Planted as leavers, ended contracts and more: whoever meets the rule is told. */
function tellDormant(world: World): void {
  const { twin, fill, company } = world
  for (let n = 1; n <= company.size.weaknesses; n++) {
    account(world, `asleep-${n}`, 'employee', 700, 250 + n)
    const frozen = account(world, `frozen-${n}`, 'employee', 700, 250 + n)
    frozen['status'] = 'SUSPENDED'
    fine(fill, 'dormant-identity', { noun: 'user', native: frozen.id, label: loginOf(frozen), why: 'suspended' })
    const fresh = account(world, `fresh-${n}`, 'employee', 3, 0)
    fresh['lastLogin'] = null
    fine(fill, 'dormant-identity', {
      noun: 'user',
      native: fresh.id,
      label: loginOf(fresh),
      why: 'never signed in, and three days old',
    })
  }
  for (const user of twin.state.users.values()) {
    const lastMs = Date.parse(textOf(user, 'lastLogin'))
    if (user['status'] !== 'ACTIVE' || Number.isNaN(lastMs) || company.nowMs - lastMs <= dormantMs) continue
    weak(fill, 'dormant-identity', { noun: 'user', native: user.id, label: loginOf(user), sinceMs: lastMs + dormantMs })
  }
}
