import { generateKeyPairSync } from 'node:crypto'

import type { JsonObject } from '#kit'
import { entraConfig, entraConnector, type EntraConfig } from '#connectors/entra'

import { addCertificate, addSecret, makeApplication, makeServicePrincipal } from '../../../lab/twins/entra/apps.ts'
import { makeCertificate, toPem } from '../../../lab/twins/entra/certificate.ts'
import { makeDevice, makeGroup, makeRoleAssignment } from '../../../lab/twins/entra/directory.ts'
import { appRoleIdOf, makeAppRoleAssignment, makeGrant } from '../../../lab/twins/entra/permissions.ts'
import { graphAppId, graphOf, guidOf, textOf, type Row } from '../../../lab/twins/entra/state.ts'
import { payrollAppId } from '../../../lab/twins/entra/tokens.ts'
import { startEntraTwin, type EntraTwin } from '../../../lab/twins/entra/twin.ts'
import { makeUser } from '../../../lab/twins/entra/users.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'

export const passwords = { ada: 'EXAMPLE-ada-1', grace: 'EXAMPLE-grace-1', root: 'EXAMPLE-root-1' }
export const startMs = Date.UTC(2026, 2, 24, 12)
const dayMs = 86_400_000

/** Template ids of built-in roles. */
export const roles = {
  globalAdministrator: '62e90394-69f5-4237-9190-012177145e10',
  privilegedAuthentication: '7be44c8a-adaf-4e2a-84d6-ab2649e08a13',
  applicationAdministrator: '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3',
  userAdministrator: 'fe930be7-5e62-47db-91af-98c3a49a38b1',
} as const

/** A small company at Microsoft: people, groups, apps with secrets and consents, and the two apps Cordon uses. */
export async function foundCompany(over: Partial<EntraConfig> = {}) {
  const clock = new TwinClock(startMs - 40 * dayMs)
  const twin = await startEntraTwin({ clock })
  const { tenant, state } = twin
  makeMicrosoft(twin)
  const person = (name: string, password: string, more: JsonObject = {}): Row => {
    const login = `${name.toLowerCase()}@brightwater.example`
    return makeUser(tenant, { displayName: name, userPrincipalName: login, mail: login, ...more }, password)
  }
  const root = person('Root', passwords.root)
  const ada = person('Ada', passwords.ada)
  const grace = person('Grace', passwords.grace)
  const guest = person('Guest', 'EXAMPLE-guest', { userType: 'Guest', externalUserState: 'Accepted' })
  const engineers = makeGroup(tenant, 'Engineers')
  const admins = makeGroup(tenant, 'Admins', { isAssignableToRole: true })
  state.members.set(engineers.id, new Set([ada.id, grace.id]))
  state.members.set(admins.id, new Set([root.id]))
  makeRoleAssignment(tenant, { principalId: root.id, roleDefinitionId: roles.globalAdministrator })
  makeRoleAssignment(tenant, { principalId: admins.id, roleDefinitionId: roles.userAdministrator })
  makeRoleAssignment(tenant, { principalId: ada.id, roleDefinitionId: roles.globalAdministrator })
  const laptop = makeDevice(tenant, 'LAPTOP-1')

  const registered = (name: string): { app: Row; sp: Row } => {
    const app = makeApplication(tenant, name)
    return { app, sp: makeServicePrincipal(tenant, app) }
  }
  const robot = registered('Robot')
  const robotSecret = addSecret(tenant, robot.app, 'ci')
  state.appOwners.set(robot.app.id, new Set([grace.id]))
  makeAppRoleAssignment(tenant, robot.sp.id, graphOf(state), appRoleIdOf(state, 'User.Read.All'))
  const nightly = registered('Nightly')
  const nightlyKey = certificate('nightly', clock.nowMs())
  addCertificate(tenant, nightly.app, 'kept', certificate('kept', clock.nowMs()).der)
  const nightlyCertificate = addCertificate(tenant, nightly.app, 'nightly', nightlyKey.der)
  // A third party's app: registered elsewhere, let in by Ada.
  const notes = makeServicePrincipal(
    tenant,
    { appId: guidOf('notes'), displayName: 'Meeting Notes AI' },
    { appOwnerOrganizationId: guidOf('another tenant') },
  )
  const consent = {
    clientId: notes.id,
    resourceId: graphOf(state).id,
    scope: 'Mail.Read Files.Read.All offline_access',
  }
  const notesGrant = makeGrant(tenant, { ...consent, consentType: 'Principal', principalId: ada.id })

  const config = (see: string, contain: string): EntraConfig =>
    entraConfig.parse({
      tenantId: state.tenant,
      clientId: see,
      containClientId: contain,
      plan: 'p2',
      loginUrl: twin.url,
      graphUrl: twin.url,
      ...over,
    })
  const cordonApp = (use: 'see' | 'contain') => {
    const { app, sp } = registered(`Cordon (${use})`)
    const key = certificate(`cordon ${use}`, clock.nowMs())
    addCertificate(tenant, app, 'cordon', key.der)
    const needed = entraConnector.role?.(config(textOf(app, 'appId'), guidOf('other')), use)?.scopes ?? []
    for (const { name } of needed) makeAppRoleAssignment(tenant, sp.id, graphOf(state), appRoleIdOf(state, name))
    return { app, sp, pem: key.pem }
  }
  const [sees, acts] = [cordonApp('see'), cordonApp('contain')]
  makeRoleAssignment(tenant, { principalId: acts.sp.id, roleDefinitionId: roles.privilegedAuthentication })
  clock.pass(40 * dayMs)
  return {
    twin,
    clock,
    config: config(textOf(sees.app, 'appId'), textOf(acts.app, 'appId')),
    pems: { see: sees.pem, contain: acts.pem },
    root,
    ada,
    grace,
    guest,
    engineers,
    admins,
    laptop,
    robot,
    robotSecret,
    nightly,
    nightlyKey,
    nightlyCertificate,
    notes,
    notesGrant,
    sees,
    acts,
  }
}
export type Company = Awaited<ReturnType<typeof foundCompany>>

/** What Microsoft brings: Graph with its permissions, the roles, and an API of the company's own. */
function makeMicrosoft({ tenant, state }: EntraTwin): void {
  const permissions = new Set(
    ['see', 'contain'].flatMap((use) => {
      const config = entraConfig.parse({ tenantId: state.tenant, clientId: guidOf('a'), containClientId: guidOf('b') })
      const found = entraConnector.role?.(config, use === 'see' ? 'see' : 'contain')?.scopes ?? []
      return found.map(({ name }) => name)
    }),
  )
  for (const more of ['Mail.ReadWrite', 'Sites.FullControl.All', 'Directory.ReadWrite.All']) permissions.add(more)
  const appRoles = [...permissions].map((value) => ({
    id: guidOf(`role ${value}`),
    value,
    displayName: value,
    isEnabled: true,
    allowedMemberTypes: ['Application'],
  }))
  const microsoft = { appOwnerOrganizationId: 'f8cdef31-a31e-4b4a-93e4-5f571e91255a' }
  makeServicePrincipal(tenant, { appId: graphAppId, displayName: 'Microsoft Graph' }, { ...microsoft, appRoles })
  makeServicePrincipal(tenant, { appId: payrollAppId, displayName: 'Payroll' })
  const names: Record<string, string> = {
    [roles.globalAdministrator]: 'Global Administrator',
    [roles.privilegedAuthentication]: 'Privileged Authentication Administrator',
    [roles.applicationAdministrator]: 'Application Administrator',
    [roles.userAdministrator]: 'User Administrator',
  }
  for (const [id, displayName] of Object.entries(names)) {
    const rolePermissions = [{ allowedResourceActions: ['microsoft.directory/users/create'] }]
    state.roleDefinitions.set(id, {
      id,
      templateId: id,
      displayName,
      isBuiltIn: true,
      isEnabled: true,
      rolePermissions,
    })
  }
  const policy = { id: guidOf('policy'), displayName: 'Require MFA', state: 'enabled', createdDateTime: null }
  state.policies.set(policy.id, policy)
  const location = { '@odata.type': '#microsoft.graph.ipNamedLocation', id: guidOf('office'), displayName: 'Office' }
  state.locations.set(location.id, location)
}

type Certificate = { pem: string; der: Buffer }
const certificates = new Map<string, Certificate>()
/** `pem`: private key and certificate, as an administrator hands them over. */
export function certificate(name: string, nowMs: number): Certificate {
  const known = certificates.get(name)
  if (known !== undefined) return known
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const der = makeCertificate(name, pair, nowMs - dayMs, nowMs + 400 * dayMs)
  const key = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const made = { pem: `${toPem(der)}${key}`, der }
  certificates.set(name, made)
  return made
}
