import { makeServicePrincipal } from '../../twins/entra/apps.ts'
import { makeGroup, makeRoleAssignment } from '../../twins/entra/directory.ts'
import { graphAppId, guidOf, textOf, type Row } from '../../twins/entra/state.ts'
import { startEntraTwin, type EntraTwin } from '../../twins/entra/twin.ts'
import { makeMethod, makeUser } from '../../twins/entra/users.ts'
import { dayMs, type Person } from '../company/model.ts'
import { standing, type Part } from '../part.ts'
import { plantEntra } from '../planted/entra.ts'
import { plantEntraPolicies } from '../planted/entra-policies.ts'
import { draftOf, fine, tellApp, tellIdentity, weak } from '../truth.ts'
import { useEntra } from '../use/entra.ts'
import { registerApp, type EntraWorld } from './entra-apps.ts'

const globalAdministrator = '62e90394-69f5-4237-9190-012177145e10'
const roles: Readonly<Record<string, string>> = {
  [globalAdministrator]: 'Global Administrator',
  '7be44c8a-adaf-4e2a-84d6-ab2649e08a13': 'Privileged Authentication Administrator',
}
const privilegedAuthentication = '7be44c8a-adaf-4e2a-84d6-ab2649e08a13'
const moreRoles = ['Directory.ReadWrite.All', 'User.Read.All', 'Group.Read.All']

/** A tenant for the office: staff, guests, registered apps with secrets, and apps of others that people let in. */
export const entra: Part = async (company, at) => {
  const twin = await startEntraTwin({ clock: at.clock, tenant: guidOf(`tenant ${company.seed}`) })
  twin.settings.allowance = { directory: 1_000_000, reports: 1_000_000 }
  const fill = draftOf('entra')
  const world = { twin, at, company, fill, users: new Map<number, Row>() }
  const draft = { tenantId: twin.state.tenant, clientId: guidOf('see'), containClientId: guidOf('contain') }
  const needed = {
    see: await at.roles('entra', draft, 'see'),
    contain: await at.roles('entra', draft, 'contain'),
  }
  makeMicrosoft(twin, [...needed.see, ...needed.contain, ...moreRoles])
  fillPeople(world)
  plantEntra(world)
  fillAgents(world)
  const signIn = plantEntraPolicies(world)
  const source = connectCordon(world, needed)
  const pasts = at.density > 0 ? useEntra(twin, company, world.users, fill.credentials, at.density) : {}
  const { state } = twin
  fill.counts = { users: state.users.size, groups: state.groups.size, apps: state.servicePrincipals.size }
  return {
    url: twin.url,
    fill: { ...fill, signIn, source, names: { tenant: [state.tenant] } },
    pasts,
    ...standing(twin),
  }
}

/** One that Microsoft says is an agent's, and an app that is only called so. */
function fillAgents({ twin, company, fill, at }: EntraWorld): void {
  for (const [name, kind, more] of [
    ['Ticket Sorter', 'agent', { '@odata.type': '#microsoft.graph.agentIdentity' }],
    ['AI Agent Handbook', 'app', {}],
  ] as const) {
    const appId = guidOf(`${name} ${company.seed}`)
    at.clock.during(company.yearMs, () => makeServicePrincipal(twin.tenant, { appId, displayName: name }, more))
    tellApp(fill, { native: appId, label: name, ours: true, letIn: null })
    tellIdentity(fill, { kind, noun: 'app', native: appId, label: name })
  }
}

/** What Microsoft brings: Graph with its permissions, and the roles. */
function makeMicrosoft({ tenant, state }: EntraTwin, permissions: readonly string[]): void {
  const appRoles = [...new Set(permissions)].map((value) => ({
    id: guidOf(`role ${value}`),
    value,
    displayName: value,
    isEnabled: true,
    allowedMemberTypes: ['Application'],
  }))
  const microsoft = { appOwnerOrganizationId: 'f8cdef31-a31e-4b4a-93e4-5f571e91255a', appRoles }
  makeServicePrincipal(tenant, { appId: graphAppId, displayName: 'Microsoft Graph' }, microsoft)
  for (const [id, displayName] of Object.entries(roles))
    state.roleDefinitions.set(id, {
      id,
      templateId: id,
      displayName,
      isBuiltIn: true,
      isEnabled: true,
      rolePermissions: [{ allowedResourceActions: ['microsoft.directory/users/create'] }],
    })
}

function fillPeople(world: EntraWorld & { users: Map<number, Row> }): void {
  const { twin, at, company, fill, users } = world
  const { tenant, state } = twin
  const staff = company.people.filter(({ kind }) => kind === 'staff')
  const everyone = at.clock.during(company.yearMs, () => makeGroup(tenant, 'Staff'))
  for (const person of staff) {
    const { n, email, given, family, startMs, endMs, leftAlive } = person
    const isAlive = endMs === null || leftAlive === 'entra'
    const user = at.clock.during(startMs, () => {
      const shown = { displayName: `${given} ${family}`, userPrincipalName: email, mail: email }
      return makeUser(tenant, { ...shown, accountEnabled: isAlive }, `EXAMPLE-${n}`)
    })
    users.set(n, user)
    fill.natives.set(n, user.id)
    if (isAlive) state.members.get(everyone.id)?.add(user.id)
    const plant = { noun: 'user', native: user.id, label: email } as const
    if (endMs !== null && isAlive) weak(fill, 'leaver-alive', { ...plant, sinceMs: endMs, person: n })
    else if (endMs !== null) fine(fill, 'leaver-alive', { ...plant, why: 'left, and is disabled' })
    administer(world, person, user)
  }
}

function administer({ twin, at, fill }: EntraWorld, { n, admin, factor, email, startMs }: Person, user: Row): void {
  const { tenant } = twin
  at.clock.during(startMs + dayMs, () => {
    if (factor !== 'none') makeMethod(tenant, user.id, factor === 'strong' ? 'fido2' : 'phone')
    if (admin !== 'owner' && admin !== 'identity' && admin !== 'apps') return
    makeRoleAssignment(tenant, { principalId: user.id, roleDefinitionId: globalAdministrator })
  })
  if (admin !== 'owner' && admin !== 'identity' && admin !== 'apps') return
  const plant = { noun: 'user', native: user.id, label: email } as const
  if (factor !== 'strong') weak(fill, 'admin-without-strong-factor', { ...plant, sinceMs: startMs + dayMs, person: n })
  else fine(fill, 'admin-without-strong-factor', { ...plant, why: 'a security key is enrolled' })
}

function connectCordon(world: EntraWorld, needed: { see: string[]; contain: string[] }) {
  const { twin, company } = world
  const owner = [...world.users.values()][0]
  const own = (use: 'see' | 'contain') => {
    const createdMs = company.nowMs - 30 * dayMs
    const made = registerApp(world, `Cordon (${use})`, {
      createdMs,
      permissions: needed[use],
      lastUsedMs: company.nowMs,
      isKept: false,
    })
    twin.state.appOwners.set(made.app.id, new Set([owner?.id ?? '']))
    return { id: textOf(made.app, 'appId'), sp: made.sp, value: made.value }
  }
  const [see, contain] = [own('see'), own('contain')]
  makeRoleAssignment(twin.tenant, { principalId: contain.sp.id, roleDefinitionId: privilegedAuthentication })
  return {
    connector: 'entra',
    config: {
      tenantId: twin.state.tenant,
      clientId: see.id,
      containClientId: contain.id,
      proof: 'secret',
      plan: 'p2',
      loginUrl: twin.url,
      graphUrl: twin.url,
    },
    see: { credential: see.value },
    contain: { credential: contain.value },
  }
}
