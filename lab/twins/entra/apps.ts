import { createHash } from 'node:crypto'

import type { Json, JsonObject } from 'cordon/kit'

import { absent, badRequest, done, listed, made, shown } from './answers.ts'
import type { By, Change } from './audit-log.ts'
import { directoryObject, referenceIn, targetOf } from './directory.ts'
import { appOf, listOf, newGuid, newValue, objectOf, textOf, timeAt, type Row, type State } from './state.ts'
import type { Handler, Handlers, Tenant } from './tenant.ts'

type Holder = 'applications' | 'servicePrincipals'

/** Public keys come on `$select`, and of one object alone; passwords never. */
function withoutKeys(row: Row): Row {
  const keys = listOf(row['keyCredentials']).map((key) => ({ ...key, key: null }))
  return { ...row, keyCredentials: keys }
}
const listShape = (rows: Iterable<Row>): Row[] => [...rows].map(withoutKeys)
const held = (holder: Holder, { state }: Tenant, { params }: Parameters<Handler>[1]): Row | undefined =>
  state[holder].get(params['id'] ?? '')

export const appHandlers: Handlers = {
  listApplications: ({ state }, call) =>
    listed(
      call,
      listShape(state.applications.values()).map((app) => ({
        ...app,
        owners: ownersOf(state, app.id),
        federatedIdentityCredentials: state.federations.get(app.id) ?? [],
      })),
    ),
  getApplication(tenant, call) {
    const app = held('applications', tenant, call)
    const isAsked = call.query.get('$select')?.includes('keyCredentials') === true
    return shown(call, app === undefined || isAsked ? app : withoutKeys(app))
  },
  createApplication(tenant, call, { by, user }) {
    const app = makeApplication(tenant, textOf(call.body, 'displayName'))
    if (user !== null) tenant.state.appOwners.set(app.id, new Set([user]))
    tenant.log.audit('Add application', 'ApplicationManagement', 'Add', by, [appTarget(app)])
    return made(app)
  },
  updateApplication: (tenant, call, { by }) => updated('applications', tenant, call, by),
  addAppPassword: passwordMade('applications'),
  removeAppPassword: passwordGone('applications'),
  listAppOwners: ({ state }, call) => listed(call, ownersOf(state, call.params['id'] ?? '')),
  addAppOwner(tenant, call, { by }) {
    const app = held('applications', tenant, call)
    const owner = referenceIn(call.body)
    if (app === undefined || directoryObject(tenant.state, owner) === undefined) return absent(owner)
    const owners = tenant.state.appOwners.get(app.id) ?? new Set()
    if (owners.has(owner)) return badRequest('One or more added object references already exist')
    tenant.state.appOwners.set(app.id, owners.add(owner))
    tenant.log.audit('Add owner to application', 'ApplicationManagement', 'Assign', by, [
      {
        ...targetOf(tenant.state, owner),
        changes: [
          ['Application.ObjectID', null, app.id],
          ['Application.AppId', null, textOf(app, 'appId')],
        ],
      },
      appTarget(app),
    ])
    return done()
  },
  removeAppOwner(tenant, call, { by }) {
    const app = held('applications', tenant, call)
    const owner = call.params['owner'] ?? ''
    if (app === undefined || tenant.state.appOwners.get(app.id)?.delete(owner) !== true) return absent(owner)
    tenant.log.audit('Remove owner from application', 'ApplicationManagement', 'Unassign', by, [
      targetOf(tenant.state, owner),
      appTarget(app),
    ])
    return done()
  },
  listFederations: (tenant, call) =>
    held('applications', tenant, call) === undefined
      ? absent(call.params['id'])
      : listed(call, tenant.state.federations.get(call.params['id'] ?? '') ?? []),
  createFederation(tenant, call, { by }) {
    const app = held('applications', tenant, call)
    if (app === undefined) return absent(call.params['id'])
    const { name, issuer, subject, audiences, description = null } = objectOf(call.body)
    const there = tenant.state.federations.get(app.id) ?? []
    const isTaken = there.some(
      (one) => one['name'] === name || (one['issuer'] === issuer && one['subject'] === subject),
    )
    if (isTaken) return badRequest('FederatedIdentityCredential with name, or with issuer and subject, already exists.')
    if (there.length >= federationsMax) return badRequest('The maximum number of federated identity credentials is 20.')
    if (!Array.isArray(audiences) || audiences.length !== 1) return badRequest('Property audiences takes one value.')
    const row = addFederation(tenant, app, {
      name: name ?? null,
      issuer: issuer ?? null,
      subject: subject ?? null,
      audiences,
      description,
    })
    tenant.log.audit('Update application', 'ApplicationManagement', 'Update', by, [appTarget(app)])
    return made(row)
  },
  removeFederation(tenant, call, { by }) {
    const app = held('applications', tenant, call)
    const there = tenant.state.federations.get(app?.id ?? '') ?? []
    const rest = there.filter(({ id }) => id !== call.params['federation'])
    if (app === undefined || rest.length === there.length) return absent(call.params['federation'])
    tenant.state.federations.set(app.id, rest)
    tenant.log.audit('Update application', 'ApplicationManagement', 'Update', by, [appTarget(app)])
    return done()
  },
  listServicePrincipals: ({ state }, call) => listed(call, listShape(state.servicePrincipals.values())),
  getServicePrincipal(tenant, call) {
    const sp = held('servicePrincipals', tenant, call)
    const isAsked = call.query.get('$select')?.includes('keyCredentials') === true
    return shown(call, sp === undefined || isAsked ? sp : withoutKeys(sp))
  },
  createServicePrincipal(tenant, call, { by }) {
    const app = appOf(tenant.state, textOf(call.body, 'appId'))
    if (app === undefined) return badRequest('The appId does not reference a valid application object.')
    const sp = makeServicePrincipal(tenant, app)
    tenant.log.audit('Add service principal', 'ApplicationManagement', 'Add', by, [targetOf(tenant.state, sp.id)])
    return made(sp)
  },
  updateServicePrincipal: (tenant, call, { by }) => updated('servicePrincipals', tenant, call, by),
  addSpPassword: passwordMade('servicePrincipals'),
  removeSpPassword: passwordGone('servicePrincipals'),
  listSpOwners: (_, call) => listed(call, []),
}

const appTarget = (app: Row) => ({
  id: app.id,
  type: 'Application',
  displayName: textOf(app, 'displayName'),
  appId: textOf(app, 'appId'),
})
const ownersOf = (state: State, app: string): Row[] =>
  [...(state.appOwners.get(app) ?? [])].flatMap((id) => directoryObject(state, id) ?? [])

/** Who may change an application: by permission, or an app that owns it. */
function updated(holder: Holder, tenant: Tenant, call: Parameters<Handler>[1], by: By) {
  const row = held(holder, tenant, call)
  if (row === undefined) return absent(call.params['id'])
  const { keyCredentials, ...rest } = objectOf(call.body)
  const wasOn = row['accountEnabled']
  Object.assign(row, rest)
  if (keyCredentials !== undefined) {
    const before = describeKeys(row)
    // What is named by its id stays as it is; what is new brings its certificate.
    const known = listOf(row['keyCredentials'])
    const next = listOf(keyCredentials).map(
      (key) => known.find((one) => one['keyId'] === key['keyId']) ?? newKey(tenant, key),
    )
    if (next.some((key) => key['key'] === null || key['key'] === undefined))
      return badRequest('Property key is required.')
    row['keyCredentials'] = next
    auditKeys(tenant, holder, row, before, by)
  }
  const isOn = row['accountEnabled']
  const type = holder === 'applications' ? 'application' : 'service principal'
  if (wasOn !== isOn || Object.keys(rest).length > 0) {
    const activity = wasOn === isOn ? `Update ${type}` : isOn === true ? `Enable ${type}` : `Disable ${type}`
    const changes: Change[] = wasOn === isOn ? [] : [['AccountEnabled', [wasOn ?? true], [isOn ?? true]]]
    const target = holder === 'applications' ? appTarget(row) : targetOf(tenant.state, row.id)
    tenant.log.audit(activity, 'ApplicationManagement', 'Update', by, [{ ...target, changes }])
  }
  if (holder === 'servicePrincipals') tenant.state.changes.push({ list: holder, id: row.id })
  return done()
}

const newKey = ({ state, nowMs }: Tenant, key: JsonObject): JsonObject => ({
  keyId: newGuid(state),
  startDateTime: timeAt(nowMs()),
  endDateTime: timeAt(nowMs() + 365 * 86_400_000),
  customKeyIdentifier: null,
  ...key,
})

function passwordMade(holder: Holder): Handler {
  return (tenant, call, { by }) => {
    const row = held(holder, tenant, call)
    if (row === undefined) return absent(call.params['id'])
    const before = describeKeys(row)
    const name = textOf(objectOf(call.body)['passwordCredential'], 'displayName')
    const { key, value } = addSecret(tenant, row, name)
    auditKeys(tenant, holder, row, before, by)
    // The one answer that holds the value.
    return { status: 200, body: { ...key, secretText: value } }
  }
}

function passwordGone(holder: Holder): Handler {
  return (tenant, call, { by }) => {
    const row = held(holder, tenant, call)
    const keyId = textOf(call.body, 'keyId')
    if (row === undefined) return absent(call.params['id'])
    const keys = listOf(row['passwordCredentials'])
    if (!keys.some((key) => key['keyId'] === keyId)) {
      return badRequest('No password credential found with keyId.')
    }
    const before = describeKeys(row)
    row['passwordCredentials'] = keys.filter((key) => key['keyId'] !== keyId)
    auditKeys(tenant, holder, row, before, by)
    return done()
  }
}

/** As the log writes a holder's keys. */
const describeKeys = (row: Row): string[] => [
  ...listOf(row['keyCredentials']).map((key) => describeKey(key, 'AsymmetricX509Cert')),
  ...listOf(row['passwordCredentials']).map((key) => describeKey(key, 'Password')),
]
const describeKey = (key: JsonObject, type: string): string =>
  `[KeyIdentifier=${textOf(key, 'keyId')},KeyType=${type},KeyUsage=Verify,DisplayName=${textOf(key, 'displayName')}]`

function auditKeys(tenant: Tenant, holder: Holder, row: Row, before: Json, by: By): void {
  const isApp = holder === 'applications'
  const isMore = Array.isArray(before) && describeKeys(row).length > before.length
  const activity = isApp
    ? 'Update application – Certificates and secrets management '
    : isMore
      ? 'Add service principal credentials'
      : 'Remove service principal credentials'
  const target = isApp ? appTarget(row) : targetOf(tenant.state, row.id)
  tenant.log.audit(activity, 'ApplicationManagement', 'Update', by, [
    {
      ...target,
      changes: [
        ['KeyDescription', before, describeKeys(row)],
        ['Included Updated Properties', null, 'KeyDescription'],
      ],
    },
  ])
}

export function makeApplication({ state, nowMs }: Tenant, displayName: string): Row {
  const app: Row = {
    id: newGuid(state),
    appId: newGuid(state),
    displayName,
    createdDateTime: timeAt(nowMs()),
    signInAudience: 'AzureADMyOrg',
    publisherDomain: 'brightwater.example',
    passwordCredentials: [],
    keyCredentials: [],
  }
  state.applications.set(app.id, app)
  return app
}

export function makeServicePrincipal(
  { state }: Tenant,
  { appId = null, displayName = null }: JsonObject,
  fields: JsonObject = {},
): Row {
  const sp: Row = {
    id: newGuid(state),
    appId,
    displayName,
    appOwnerOrganizationId: state.tenant,
    accountEnabled: true,
    servicePrincipalType: 'Application',
    appRoleAssignmentRequired: false,
    passwordCredentials: [],
    keyCredentials: [],
    appRoles: [],
    oauth2PermissionScopes: [],
    tags: [],
    verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
    ...fields,
  }
  state.servicePrincipals.set(sp.id, sp)
  state.changes.push({ list: 'servicePrincipals', id: sp.id })
  return sp
}

export function addSecret({ state, nowMs }: Tenant, row: Row, displayName: string): { key: JsonObject; value: string } {
  const value = newValue(state, 'Xq8Q~')
  const key: JsonObject = {
    keyId: newGuid(state),
    displayName,
    hint: value.slice(0, 3),
    startDateTime: timeAt(nowMs()),
    endDateTime: timeAt(nowMs() + 730 * 86_400_000),
    customKeyIdentifier: null,
    secretText: null,
  }
  row['passwordCredentials'] = [...listOf(row['passwordCredentials']), key]
  state.secretValues.set(textOf(key, 'keyId'), value)
  return { key, value }
}

/** Of one application, by Microsoft's own bound. */
const federationsMax = 20
export function addFederation({ state }: Tenant, app: Row, fields: JsonObject): Row {
  const row: Row = { id: newGuid(state), ...fields }
  state.federations.set(app.id, [...(state.federations.get(app.id) ?? []), row])
  return row
}

export function addCertificate(tenant: Tenant, row: Row, displayName: string, der: Buffer): JsonObject {
  const key = newKey(tenant, {
    displayName,
    type: 'AsymmetricX509Cert',
    usage: 'Verify',
    key: der.toString('base64'),
    customKeyIdentifier: createHash('sha1').update(der).digest('hex').toUpperCase(),
  })
  row['keyCredentials'] = [...listOf(row['keyCredentials']), key]
  return key
}
