import type { JsonObject } from 'cordon/kit'
import { formatTime } from 'cordon/kit'

import { makeApp, makeGrant, makeKey, makeSecret } from '../../twins/okta/apps.ts'
import { makeApiToken, makeAssignment, makeGroup, makeZone } from '../../twins/okta/directory.ts'
import { idOf, textOf, valueOf, type Row } from '../../twins/okta/state.ts'
import { startOktaTwin, type OktaTwin } from '../../twins/okta/twin.ts'
import { makeFactor, makeUser, type Org } from '../../twins/okta/users.ts'
import { dayMs, type Admin, type Company, type Person, type Service } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import type { At, Part } from '../part.ts'
import { isOld, isUnused } from '../planted/kinds.ts'
import { plantOkta } from '../planted/okta.ts'
import { plantOktaPolicies } from '../planted/okta-policies.ts'
import { draftOf, fine, tellApp, tellIdentity, weak, type Credential, type Draft, type Login } from '../truth.ts'
import { useOkta } from '../use/okta.ts'
import { fillServers } from './okta-servers.ts'

/** A lab has no use for a minute's wait; the twin still counts. */
const callsPerMinute = 1_000_000
const roles: Record<Admin, string> = {
  owner: 'SUPER_ADMIN',
  identity: 'USER_ADMIN',
  helpdesk: 'HELP_DESK_ADMIN',
  apps: 'APP_ADMIN',
}

const oauthApp = (label: string, method: string, grants: string[]): JsonObject => ({
  name: 'oidc_client',
  label,
  signOnMode: 'OPENID_CONNECT',
  credentials: { oauthClient: { token_endpoint_auth_method: method } },
  settings: { oauthClient: { grant_types: grants, application_type: 'service', response_types: ['token'] } },
})

/** Everybody who works or worked for the company, their groups, sign-ins and apps. */
export const okta: Part = async (company, at) => {
  const twin = await startOktaTwin({ clock: at.clock, org: `00o${drawOf(company.seed, 'okta').hex(17)}` })
  twin.settings.allowance = { management: callsPerMinute, logs: callsPerMinute }
  const fill = draftOf('okta')
  const users = fillPeople(twin, company, fill)
  fillGroups(twin, company, users, fill)
  fillAdmins(twin, company, users, fill)
  const clients = fillServices(twin, company, fill)
  const servers = fillServers({ twin, company, users, fill, clients }, oauthApp)
  fillConsents(twin, company, users, fill)
  plantOkta({ twin, company, users, fill, clock: at.clock })
  const signIn = plantOktaPolicies(twin, company)
  const source = await connectCordon(twin, at, users.get(0))
  fill.counts = countsOf(twin)
  fill.logins = loginsOf(twin, company, users)
  const pasts = at.density > 0 ? useOkta(twin, company, users, at.density) : {}
  return {
    url: twin.url,
    fill: { ...fill, signIn, source, names: servers },
    pasts,
    close: () => twin.close(),
  }
}

/** The org as it was then: what is made there carries that time. */
const then = ({ org }: OktaTwin, ms: number): Org => ({ ...org, nowMs: () => ms })

function fillPeople(twin: OktaTwin, { people, nowMs }: Company, fill: Draft): Map<number, Row> {
  const users = new Map<number, Row>()
  for (const person of people) {
    const { n, email, given, family, kind, startMs, endMs, leftAlive } = person
    const profile = {
      login: email,
      email,
      firstName: given,
      lastName: family,
      userType: kind === 'staff' ? 'employee' : 'contractor',
    }
    const user = makeUser(then(twin, startMs), profile, `EXAMPLE-${n}`)
    if (endMs !== null && leftAlive === 'okta') {
      weak(fill, kind === 'staff' ? 'leaver-alive' : 'ended-contractor-alive', {
        noun: 'user',
        native: user.id,
        label: email,
        sinceMs: endMs,
        person: n,
      })
    } else if (endMs !== null) {
      user['status'] = 'DEPROVISIONED'
      user['statusChanged'] = formatTime(endMs)
    }
    user['lastLogin'] = formatTime(Math.max(startMs, (endMs ?? nowMs) - dayMs))
    enrol(twin, person, user)
    users.set(n, user)
    fill.natives.set(n, user.id)
  }
  return users
}

function enrol(twin: OktaTwin, { factor, startMs }: Person, user: Row): void {
  const at = then(twin, startMs + 600_000)
  if (factor === 'strong') makeFactor(at, user.id, 'webauthn', 'FIDO')
  if (factor === 'weak') makeFactor(at, user.id, 'sms', 'OKTA')
}

function loginsOf({ state }: OktaTwin, { people }: Company, users: ReadonlyMap<number, Row>): Map<number, Login> {
  const codes = new Map([...state.factors.values()].map(({ user, passCode }) => [user, passCode]))
  return new Map(
    people.flatMap(({ n, email }) => {
      const user = users.get(n)?.id ?? ''
      const [password, passCode] = [state.passwords.get(user), codes.get(user)]
      if (password === undefined) return []
      return [[n, { username: email, password, ...(passCode === undefined ? {} : { passCode }) }] as const]
    }),
  )
}

const groupNames = { staff: 'Staff', crew: 'Contractors' } as const

function fillGroups(twin: OktaTwin, company: Company, users: ReadonlyMap<number, Row>, fill: Draft): void {
  const { teams, projects, people, yearMs } = company
  const at = then(twin, yearMs - 900 * dayMs)
  const staff = makeGroup(at, groupNames.staff)
  const crew = makeGroup(at, groupNames.crew)
  const ofTeam = teams.map(({ name }) => makeGroup(at, name))
  const ofProject = projects.map(({ slug }) => makeGroup(at, `Crew ${slug}`))
  for (const { id } of [staff, crew, ...ofTeam, ...ofProject]) twin.state.members.set(id, new Set())
  for (const { n, kind, group, endMs, leftAlive } of people) {
    const user = users.get(n)
    if (user === undefined || (endMs !== null && leftAlive !== 'okta')) continue
    const [all, own] = kind === 'staff' ? [staff, ofTeam[group]] : [crew, ofProject[group]]
    for (const one of [all, own]) twin.state.members.get(one?.id ?? '')?.add(user.id)
  }
  const open = (label: string, groups: readonly Row[]): void => {
    const name = label.toLowerCase().replaceAll(' ', '_')
    const app = makeApp(at, { name, label, signOnMode: 'SAML_2_0' })
    tellApp(fill, { native: app.id, label, publisher: name, letIn: null })
    twin.state.appGroups.set(app.id, new Map(groups.map(({ id }) => [id, { id, priority: 0 }])))
  }
  open('Labelling Desk', [staff, crew])
  open(
    'Code Forge',
    ofTeam.filter((_, n) => teams[n]?.engineers === true),
  )
  open('Team Chat', [staff])
  open(
    'Payroll',
    ofTeam.filter((_, n) => teams[n]?.slug === 'finance' || teams[n]?.slug === 'people'),
  )
  makeZone(at, 'Offices')
}

function fillAdmins(twin: OktaTwin, company: Company, users: ReadonlyMap<number, Row>, fill: Draft): void {
  const tokenOwners: { n: number; user: Row }[] = []
  for (const { n, admin, startMs } of company.people) {
    const user = users.get(n)
    if (admin === null || user === undefined) continue
    makeAssignment(then(twin, startMs + dayMs), user.id, roles[admin])
    tokenOwners.push({ n, user })
  }
  for (const [at, { n, user }] of tokenOwners.slice(0, 3 + company.size.weaknesses).entries()) {
    const name = ['directory-export', 'hr-sync', 'siem'][at % 3] ?? 'script'
    const createdMs = company.nowMs - (20 + at * 7) * dayMs
    const { row, value } = makeApiToken(then(twin, createdMs), user.id, `${name}-${at}`)
    row['expiresAt'] = formatTime(company.nowMs + 29 * dayMs)
    row['lastUpdated'] = formatTime(company.nowMs - dayMs)
    fill.credentials.push({
      id: `okta/api-token/${name}-${at}`,
      vendor: 'okta',
      kind: 'api-token',
      native: row.id,
      value,
      with: {},
      owner: company.people[n]?.email ?? '',
      createdMs,
      lastUsedMs: company.nowMs - dayMs,
      lies: [{ at: 'host', host: company.hosts[at % company.hosts.length]?.id ?? '', path: `srv/${name}/.env` }],
    })
  }
}

function fillServices(twin: OktaTwin, company: Company, fill: Draft): Row[] {
  const clients: Row[] = []
  for (const service of company.services) {
    if (service.vendor !== 'okta') continue
    const { slug, keyMs, lies, lastUsedMs } = service
    const at = then(twin, keyMs)
    const app = makeApp(at, oauthApp(slug, 'client_secret_basic', ['client_credentials']))
    const secret = makeSecret(at, app.id)
    tellApp(fill, { native: app.id, label: slug, letIn: null })
    tellIdentity(fill, { kind: 'app', noun: 'app', native: app.id, label: slug })
    const native = `${app.id}/${secret.id}`
    fill.credentials.push(clientSecret(service, app, secret, native, { createdMs: keyMs, lastUsedMs, lies }))
    const plant = { noun: 'client-secret', native, label: slug } as const
    if (isOld(keyMs, company.nowMs)) weak(fill, 'old-key', { ...plant, sinceMs: keyMs })
    else fine(fill, 'old-key', { ...plant, why: 'made within the last year' })
    clients.push(app)
  }
  return clients
}

const clientSecret = (
  { slug }: Service,
  app: Row,
  secret: Row,
  native: string,
  rest: Pick<Credential, 'createdMs' | 'lastUsedMs' | 'lies'>,
): Credential => ({
  id: `okta/client/${slug}`,
  vendor: 'okta',
  kind: 'client-secret',
  native,
  value: textOf(secret, 'client_secret'),
  with: { client: app.id },
  owner: slug,
  ...rest,
})

/** Apps that people let in themselves: a consent for each scope, and a refresh token. */
function fillConsents(twin: OktaTwin, company: Company, users: ReadonlyMap<number, Row>, fill: Draft): void {
  const { state } = twin
  for (const { vendor, slug, name, scopes, grants } of company.apps) {
    if (vendor !== 'okta') continue
    const app = makeApp(
      then(twin, company.yearMs - 200 * dayMs),
      oauthApp(name, 'none', ['authorization_code', 'refresh_token']),
    )
    const letIn = grants.flatMap(({ person }) => users.get(person)?.id ?? [])
    tellApp(fill, { native: app.id, label: name, letIn })
    for (const { person, atMs, lastUsedMs } of grants) {
      const user = users.get(person)
      if (user === undefined) continue
      const given = scopes.map((scopeId) =>
        makeGrant(then(twin, atMs), app, { scopeId, issuer: twin.url, user: user.id, by: user.id }),
      )
      const row: Row = {
        id: idOf(state, 'oar'),
        status: 'ACTIVE',
        created: formatTime(atMs),
        lastUpdated: formatTime(lastUsedMs ?? atMs),
        expiresAt: formatTime(company.nowMs + 60 * dayMs),
        issuer: twin.url,
        clientId: app.id,
        userId: user.id,
        scopes: [...scopes, 'offline_access'],
      }
      const value = valueOf(state, 'rt')
      state.refreshTokens.set(row.id, { row, value })
      fill.credentials.push({
        id: `okta/refresh/${slug}/${person}`,
        vendor: 'okta',
        kind: 'refresh-token',
        native: `${user.id}/${app.id}/${row.id}`,
        value,
        with: { client: app.id },
        owner: company.people[person]?.email ?? '',
        createdMs: atMs,
        lastUsedMs,
        lies: [],
      })
      for (const grant of given) {
        const plant = {
          noun: 'grant',
          native: `${user.id}/${grant.id}`,
          label: `${name}: ${textOf(grant, 'scopeId')}`,
        } as const
        if (isUnused(atMs, lastUsedMs, company.nowMs)) weak(fill, 'unused-grant', { ...plant, sinceMs: atMs, person })
        else fine(fill, 'unused-grant', { ...plant, why: 'used within the last days' })
      }
    }
  }
}

async function connectCordon(twin: OktaTwin, { roles: rolesOf, keys }: At, root: Row | undefined) {
  const draft = { orgUrl: twin.url, clientId: 'see', containClientId: 'contain' }
  const clients: Record<string, string> = {}
  for (const use of ['see', 'contain'] as const) {
    const app = makeApp(twin.org, oauthApp(`Cordon (${use})`, 'private_key_jwt', ['client_credentials']))
    makeAssignment(twin.org, app.id, use === 'see' ? 'READ_ONLY_ADMIN' : 'SUPER_ADMIN')
    for (const scopeId of await rolesOf('okta', draft, use))
      makeGrant(twin.org, app, { scopeId, issuer: twin.url, user: null, by: root?.id ?? app.id })
    makeKey(twin.org, app.id, keys[use].jwk)
    clients[use] = app.id
  }
  return {
    connector: 'okta',
    config: { orgUrl: twin.url, clientId: clients['see'] ?? '', containClientId: clients['contain'] ?? '' },
    see: { privateKey: keys.see.privatePem },
    contain: { privateKey: keys.contain.privatePem },
  }
}

function countsOf({ state }: OktaTwin): Record<string, number> {
  const shown = [...state.users.values()].filter(({ status }) => status !== 'DEPROVISIONED')
  const isShown = new Set(shown.map(({ id }) => id))
  return {
    users: shown.length,
    groups: state.groups.size,
    apps: state.apps.size,
    'api-tokens': state.apiTokens.size,
    'client-secrets': [...state.secrets.values()].flat().length,
    grants: state.grants.size,
    'refresh-tokens': state.refreshTokens.size,
    factors: [...state.factors.values()].filter(({ user }) => isShown.has(user)).length,
    memberships: [...state.members.values()].reduce((sum, { size }) => sum + size, 0),
  }
}
