import type { EdgeStatement, EntityFact, EntityId, Stated } from '#model'
import { isTold, type TakenAt } from '#sources/contract'

import {
  nameApi,
  nameApp,
  nameAppRole,
  nameCertificate,
  nameFederation,
  nameGrant,
  nameOutsider,
  namePrincipal,
  nameRegistration,
  nameSecret,
  nameTenant,
  nameUser,
  principalKind,
  type Holder,
} from './names.ts'
import { evaluateAppRole, evaluateScopes, isEverything, opensOf, type Evaluated } from './rights.ts'
import type { KeyRow, Rows } from './rows.ts'
import { fact, open, timeMs } from './statements.ts'

/** An owner may add a secret to the application and be it: an explicit act, which the log tells. */
export function stateApplication(app: Rows['applications'], { authority, atMs }: TakenAt): Stated {
  const registration = nameRegistration(authority, app.appId)
  const entity = nameApp(authority, app.appId)
  const isSp = app.sp !== null && app.sp !== undefined
  const actsAs = isSp ? namePrincipal(authority, 'sp', app.sp ?? '') : registration
  const owners = (app.owners ?? []).flatMap(({ id, '@odata.type': type }) => {
    const kind = principalKind(type)
    return kind === undefined ? [] : [namePrincipal(authority, kind, id)]
  })
  const own = app.isOwn ? { own: true } : {}
  const createdAtMs = timeMs(app.createdDateTime)
  const keys = keysOf({ authority, atMs }, 'application', app.id, app, actsAs, { client: app.appId, ...own })
  return {
    facts: [
      fact(registration, atMs, { kind: 'app', name: app.displayName, createdAtMs, ...own }),
      fact(entity, atMs, {
        name: app.displayName,
        createdAtMs,
        registration: app.id,
        multiTenant: /Multiple|Personal/.test(app.signInAudience ?? ''),
        domain: app.publisherDomain,
        owner: owners[0],
        owners: owners.length,
        ...own,
      }),
      ...keys.facts,
    ],
    edges: [
      ...(isSp ? [open(registration, 'ASSUMES', actsAs, 0)] : []),
      ...owners.flatMap((owner) => [
        open(owner, 'ASSUMES', registration, 0, { note: 'may add a secret, as an owner' }),
        open(registration, 'OWNED_BY', owner, 0),
      ]),
      ...keys.edges,
    ],
  }
}

type Keys = { passwordCredentials?: KeyRow[] | null | undefined; keyCredentials?: KeyRow[] | null | undefined }

function keysOf(
  { authority, atMs }: TakenAt,
  holder: Holder,
  object: string,
  { passwordCredentials, keyCredentials }: Keys,
  actsAs: EntityId,
  more: EntityFact['attributes'],
): { facts: EntityFact[]; edges: EdgeStatement[] } {
  const out: { facts: EntityFact[]; edges: EdgeStatement[] } = { facts: [], edges: [] }
  const state = (entity: EntityId, kind: 'key' | 'certificate', key: KeyRow): void => {
    const what = kind === 'key' ? 'client secret' : 'certificate'
    out.facts.push(
      fact(entity, atMs, {
        kind,
        name: `${what} ${key.displayName ?? key.keyId}`,
        owner: actsAs,
        createdAtMs: timeMs(key.startDateTime),
        expiresAtMs: timeMs(key.endDateTime),
        ...more,
      }),
    )
    out.edges.push(open(entity, 'AUTHENTICATES_AS', actsAs, timeMs(key.startDateTime) ?? 0))
  }
  for (const key of passwordCredentials ?? []) state(nameSecret(authority, holder, object, key.keyId), 'key', key)
  for (const key of keyCredentials ?? []) {
    state(nameCertificate(authority, holder, object, key.keyId), 'certificate', key)
  }
  return out
}

/** Who outside may become the app: a subject of an issuer, with no secret that anybody here holds. */
export function stateFederation(row: Rows['federations'], { authority, atMs }: TakenAt): Stated {
  const actsAs =
    row.sp === null || row.sp === undefined
      ? nameRegistration(authority, row.appId)
      : namePrincipal(authority, 'sp', row.sp)
  const entity = nameFederation(authority, row.application, row.name)
  const { issuer, subject } = row
  const own = row.isOwn ? { own: true } : {}
  const name = `federated credential ${row.name} of ${row.appName ?? row.appId}`
  const audience = row.audiences?.join(' ')
  const told = fact(entity, atMs, {
    kind: 'grant',
    name,
    owner: actsAs,
    client: row.appId,
    issuer,
    subject,
    audience,
    ...own,
  })
  const trusts = open(entity, 'AUTHENTICATES_AS', actsAs, 0)
  // Without a subject it is an expression that only Microsoft evaluates: somebody of that issuer, not known whom.
  if (!isTold(issuer)) return { facts: [told], edges: [trusts] }
  const outsider = nameOutsider(authority, issuer, isTold(subject) ? subject : '*')
  const note = `by federated credential ${row.name}`
  return {
    facts: [told, fact(outsider, atMs, { kind: 'service', name: subject ?? issuer, external: true, issuer })],
    edges: [trusts, open(outsider, 'ASSUMES', actsAs, 0, { note, conditional: !isTold(subject) })],
  }
}

/** An app as this tenant knows it; one that another organisation registered is a third party's. */
export function stateServicePrincipal(sp: Rows['sps'], { authority, atMs }: TakenAt): Stated {
  const identity = namePrincipal(authority, 'sp', sp.id)
  const isThirdParty = sp.appOwnerOrganizationId !== authority && sp.servicePrincipalType === 'Application'
  const own = sp.isOwn ? { own: true } : {}
  const shared = {
    name: sp.displayName,
    enabled: sp.accountEnabled !== false,
    external: isThirdParty,
    vendorTenant: isThirdParty ? sp.appOwnerOrganizationId : undefined,
    microsoft: microsoftTenants.has(sp.appOwnerOrganizationId ?? '') ? true : undefined,
    verified: (sp.verifiedPublisher?.displayName ?? null) !== null,
    publisher: sp.verifiedPublisher?.displayName,
    createdAtMs: timeMs(sp.createdDateTime),
    ...own,
  }
  const keys = keysOf({ authority, atMs }, 'sp', sp.id, sp, identity, { client: sp.appId, ...own })
  return {
    facts: [
      fact(identity, atMs, {
        kind: sp.servicePrincipalType === 'ManagedIdentity' ? 'service' : 'app',
        client: sp.appId,
        spType: sp.servicePrincipalType,
        agent: agentTypes.has(sp['@odata.type'] ?? '') ? true : undefined,
        ...shared,
      }),
      fact(nameApp(authority, sp.appId), atMs, { ...shared, servicePrincipal: sp.id }),
      ...keys.facts,
    ],
    edges: [open(nameApp(authority, sp.appId), 'ACTS_AS', identity, 0), ...keys.edges],
  }
}
/** https://learn.microsoft.com/en-us/graph/api/resources/agentidentity and …/agentidentityblueprintprincipal */
const agentTypes = new Set(['#microsoft.graph.agentIdentity', '#microsoft.graph.agentIdentityBlueprintPrincipal'])
/** Tenants that Microsoft's own apps are registered in. */
const microsoftTenants = new Set(['f8cdef31-a31e-4b4a-93e4-5f571e91255a', '72f988bf-86f1-41af-91ab-2d7cd011db47'])

export const rightEdges = (
  at: TakenAt,
  from: EntityId,
  { rights, conditional }: Evaluated,
  apiAppId: string,
  fromMs: number,
): EdgeStatement[] =>
  rights.flatMap(({ type, area, note }) => {
    const to = area === null ? nameTenant(at.authority) : nameApi(at.authority, apiAppId, area)
    const inside = area === null ? [] : [open(nameApi(at.authority, apiAppId), 'CONTAINS', to, 0)]
    return [open(from, type, to, fromMs, { note, conditional }), ...inside]
  })

/** A role of an API, given to an app, a user or a group. Given to an app it is an application permission. */
export function stateAppRole(row: Rows['app-roles'], at: TakenAt): Stated {
  const { authority, atMs } = at
  const kind = principalKind(row.principalType)
  const api = row.resourceAppId
  if (kind === undefined || api === null || api === undefined) return {}
  const holder = namePrincipal(authority, kind, row.principalId)
  const fromMs = timeMs(row.createdDateTime) ?? 0
  const entity = nameAppRole(authority, row.principalId, row.resourceId, row.appRoleId)
  const name = row.value ?? 'default access'
  const told = fact(entity, atMs, {
    name: `${name} of ${row.principalDisplayName ?? row.principalId}`,
    owner: holder,
    scopes: name,
    ...(kind === 'sp' && isEverything(name) ? { everything: true } : {}),
    createdAtMs: timeMs(row.createdDateTime),
  })
  if (kind !== 'sp') {
    // What a role means in an app the app alone knows: that they may use it is what stands here.
    const edge = open(holder, 'CAN_READ', nameApi(authority, api), fromMs, { note: name, conditional: true })
    return { facts: [told], edges: [edge] }
  }
  return { facts: [told], edges: rightEdges(at, holder, evaluateAppRole(name, api), api, fromMs) }
}

export function stateGrant(grant: Rows['grants'], at: TakenAt): Stated {
  const { authority, atMs } = at
  const isAll = grant.consentType === 'AllPrincipals'
  const user = grant.principalId ?? ''
  if (!isAll && user === '') return {}
  const entity = nameGrant(authority, grant.clientId, isAll ? 'all' : user, grant.resourceId)
  const client = namePrincipal(authority, 'sp', grant.clientId)
  const holder = isAll ? client : nameUser(authority, user)
  const scope = (grant.scope ?? '').trim()
  const api = grant.resourceAppId ?? grant.resourceId
  return {
    facts: [
      fact(entity, atMs, {
        kind: 'grant',
        name: `${scope} for ${grant.clientAppId ?? grant.clientId}`,
        scopes: scope,
        opens: opensOf(scope),
        client: grant.clientAppId,
        owner: holder,
        consentedBy: isAll ? 'administrator' : 'user',
      }),
    ],
    edges: [
      open(entity, 'AUTHENTICATES_AS', holder, 0),
      ...(isAll || grant.clientAppId === null || grant.clientAppId === undefined
        ? []
        : [open(nameApp(authority, grant.clientAppId), 'ACTS_AS', holder, 0)]),
      ...rightEdges(at, entity, evaluateScopes(scope), api, 0),
    ],
  }
}
