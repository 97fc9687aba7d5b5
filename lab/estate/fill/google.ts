import { startGoogleTwin, type GoogleTwin, type TwinUser } from '../../twins/google/index.ts'
import { dayMs, type Company, type Person } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import type { At, Part } from '../part.ts'
import { plantGoogle } from '../planted/google.ts'
import { isUnused } from '../planted/kinds.ts'
import { draftOf, fine, tellApp, weak, type Draft } from '../truth.ts'
import { useGoogle } from '../use/google.ts'

const lags = {}

/** Workspace: staff alone. What they let in, app passwords, a delegation too wide, documents anyone can open. */
export const google: Part = async (company, at) => {
  const twin = await startGoogleTwin({ clock: at.clock, lags })
  const { customer } = twin.world
  customer.id = `C0${drawOf(company.seed, 'google').hex(7)}`
  customer.customerDomain = company.domain
  const fill = draftOf('google')
  const users = fillPeople(twin, company, fill)
  fillGroups(twin, company, users)
  fillApps(twin, company, users, fill)
  fillAppPasswords(twin, company, users, fill)
  fillLinks(twin, at, company, users, fill)
  plantGoogle({ twin, company, users, fill, clock: at.clock, publicPem: at.keys.see.publicPem })
  const source = await connectCordon(twin, at)
  fill.counts = countsOf(twin)
  const pasts = at.density > 0 ? useGoogle(twin, company, users, at.density) : {}
  return { url: twin.url, fill: { ...fill, source, names: {} }, pasts, close: () => twin.close() }
}

/** Google's scopes by their addresses: `email` and `userinfo.email` say who somebody is, and open no mail. */
const mailOrFiles =
  /^https:\/\/(?:mail\.google\.com\/|www\.googleapis\.com\/auth\/(?:gmail|drive|documents|spreadsheets|presentations)(?:\.|$))/
const isSuper = ({ admin }: Person): boolean => admin === 'owner' || admin === 'apps'

function fillPeople({ people: at }: GoogleTwin, { people, nowMs }: Company, fill: Draft): Map<number, TwinUser> {
  const users = new Map<number, TwinUser>()
  for (const person of people) {
    const { n, kind, given, family, email, startMs, endMs, factor, leftAlive } = person
    if (kind !== 'staff') continue
    const isAlive = endMs === null || leftAlive === 'google'
    const isAdmin = isSuper(person)
    const user = at.hire(`${given} ${family}`, {
      primaryEmail: email,
      isAdmin,
      isEnrolledIn2Sv: factor !== 'none',
      suspended: !isAlive,
      createdAtMs: startMs,
      lastLoginMs: Math.max(startMs, (endMs ?? nowMs) - dayMs),
    })
    users.set(n, user)
    fill.natives.set(n, user.id)
    const plant = { noun: 'user', native: user.id, person: n } as const
    if (endMs !== null && isAlive) weak(fill, 'leaver-alive', { ...plant, label: email, sinceMs: endMs })
    else if (endMs !== null) fine(fill, 'leaver-alive', { ...plant, label: email, why: 'left, and is suspended' })
    if (isAdmin && factor === 'none')
      weak(fill, 'admin-without-strong-factor', {
        ...plant,
        label: `${email}: no second step`,
        sinceMs: startMs,
      })
  }
  return users
}

function fillGroups({ people: at }: GoogleTwin, company: Company, users: ReadonlyMap<number, TwinUser>): void {
  for (const [team, { slug }] of company.teams.entries()) {
    const group = at.group(slug)
    for (const { n, group: own, endMs } of company.people) {
      const user = users.get(n)
      if (user !== undefined && own === team && endMs === null) group.members.set(user.id, { role: 'MEMBER' })
    }
  }
}

function fillApps(
  { world, people: at }: GoogleTwin,
  company: Company,
  users: ReadonlyMap<number, TwinUser>,
  fill: Draft,
): void {
  for (const { vendor, slug, name, scopes, grants } of company.apps) {
    if (vendor !== 'google') continue
    const { client, secret } = at.publish(name)
    const letIn = grants.flatMap(({ person }) => users.get(person)?.id ?? [])
    tellApp(fill, { native: client, label: name, publisher: client.split('-')[0] ?? null, letIn })
    for (const { person, atMs, lastUsedMs } of grants) {
      const user = users.get(person)
      if (user === undefined) continue
      const refresh = world.secret('1//')
      world.grants.set(world.grantKey(user.id, client), { scopes, refresh: new Set([refresh]), nativeApp: false })
      const native = `${user.id}/${client}`
      fill.credentials.push({
        id: `google/refresh/${slug}/${person}`,
        vendor: 'google',
        kind: 'refresh-token',
        native,
        value: refresh,
        with: { client, clientSecret: secret },
        owner: user.primaryEmail,
        createdMs: atMs,
        lastUsedMs,
        lies: [],
      })
      const plant = { noun: 'grant', native, label: name } as const
      const isWide = scopes.some((scope) => mailOrFiles.test(scope))
      if (isWide && isUnused(atMs, lastUsedMs, company.nowMs))
        weak(fill, 'unused-grant', { ...plant, sinceMs: atMs, person })
      else
        fine(fill, 'unused-grant', { ...plant, why: isWide ? 'used within the last days' : 'neither mail nor files' })
    }
  }
}

function fillAppPasswords(
  { people: at }: GoogleTwin,
  company: Company,
  users: ReadonlyMap<number, TwinUser>,
  fill: Draft,
): void {
  const owners = [...users].filter(([n, { suspended }]) => !suspended && company.people[n]?.endMs === null)
  const draw = drawOf(company.seed, 'google/app-passwords')
  for (const [n, user] of draw.some(owners, 1 + company.size.weaknesses)) {
    const createdMs = company.nowMs - (40 + draw.int(200)) * dayMs
    const { code, value } = at.appPassword(user, 'mail client')
    const held = user.appPasswords.get(code)
    if (held !== undefined) Object.assign(held, { createdAtMs: createdMs, lastUsedMs: company.nowMs - dayMs })
    fill.credentials.push({
      id: `google/app-password/${n}`,
      vendor: 'google',
      kind: 'app-password',
      native: `${user.id}/${code}`,
      value,
      with: { login: user.primaryEmail },
      owner: user.primaryEmail,
      createdMs,
      lastUsedMs: company.nowMs - dayMs,
      lies: [],
    })
  }
}

/** Documents whose link opens for anybody: told by the log of Drive, once. */
function fillLinks(
  { people: at }: GoogleTwin,
  { clock }: At,
  company: Company,
  users: ReadonlyMap<number, TwinUser>,
  fill: Draft,
): void {
  const draw = drawOf(company.seed, 'google/links')
  for (const { n, owner, name, visibility } of company.documents) {
    const user = users.get(owner)
    if (visibility !== 'anyone' || user === undefined) continue
    const native = `doc-${company.seed}-${n}`
    const atMs = company.nowMs - (5 + draw.int(30)) * dayMs
    clock.during(atMs, () => at.share(user, { id: native, title: name, type: 'spreadsheet' }, { role: 'reader' }))
    weak(fill, 'link-anyone', {
      noun: 'document',
      native: `${user.id}/${native}`,
      label: name,
      sinceMs: atMs,
      person: owner,
    })
  }
}

async function connectCordon({ people: at, url, world }: GoogleTwin, { roles, keys }: At) {
  const account = (use: 'see' | 'contain') => {
    const subject = at.hire(`Cordon ${use}`, {
      isAdmin: true,
      primaryEmail: `cordon-${use}@${world.customer.customerDomain}`,
    }).primaryEmail
    const client = use === 'see' ? '700000001' : '700000002'
    return { serviceAccount: `cordon-${use}@brightwater.iam.gserviceaccount.com`, clientId: client, subject }
  }
  const accounts = { see: account('see'), contain: account('contain') }
  const config = { ...accounts, apiUrl: url, driveUrl: url, tokenUrl: `${url}/token` }
  const secretOf = async (use: 'see' | 'contain'): Promise<Record<string, string>> => {
    const { serviceAccount, clientId: client } = accounts[use]
    at.delegate({ client, serviceAccount, publicKey: keys[use].publicPem }, await roles('google', config, use))
    const key = {
      type: 'service_account',
      private_key_id: `key-${use}`,
      client_email: serviceAccount,
      client_id: client,
    }
    return { key: JSON.stringify({ ...key, private_key: keys[use].privatePem }) }
  }
  return { connector: 'google', config, see: await secretOf('see'), contain: await secretOf('contain') }
}

function countsOf({ world }: GoogleTwin): Record<string, number> {
  const users = [...world.users.values()]
  return {
    users: users.length,
    groups: world.groups.size,
    memberships: [...world.groups.values()].reduce((sum, { members }) => sum + members.size, 0),
    grants: world.grants.size,
    'app-passwords': users.reduce((sum, { appPasswords }) => sum + appPasswords.size, 0),
    administrators: users.filter(({ isAdmin }) => isAdmin).length,
    delegations: world.delegations.size,
  }
}
