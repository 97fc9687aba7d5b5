import type { Stated } from '#model'

import { changed, created, detail, keysAdded, principalOf, targetOf, type Told } from './audit-changes.ts'
import {
  nameApp,
  nameAppRole,
  nameCertificate,
  nameGrant,
  nameOwnership,
  namePrincipal,
  nameRegistration,
  nameSecret,
  nameUser,
} from './names.ts'
import { close, fact, open } from './statements.ts'

export function stateApplication(told: Told): Stated {
  const { audit, atMs, authority, actor } = told
  const app = targetOf(audit, 'Application')
  const appId = detail(audit, 'AppId') ?? changed(app, 'AppId')
  if (appId === undefined) return {}
  const entity = nameApp(authority, appId)
  const attributes = { name: app?.displayName, registration: app?.id, createdAtMs: atMs, owner: actor }
  return { facts: [fact(entity, atMs, attributes)], edges: created(told, entity) }
}

export function stateServicePrincipal(told: Told): Stated {
  const { audit, atMs, authority } = told
  const sp = targetOf(audit, 'ServicePrincipal')
  if (sp?.id === null || sp?.id === undefined) return {}
  const entity = namePrincipal(authority, 'sp', sp.id)
  return {
    facts: [fact(entity, atMs, { kind: 'app', name: sp.displayName, createdAtMs: atMs })],
    edges: created(told, entity),
  }
}

export function stateSpEnabled({ audit, atMs, authority }: Told, enabled: boolean): Stated {
  const sp = targetOf(audit, 'ServicePrincipal')?.id
  return sp === null || sp === undefined ? {} : { facts: [fact(namePrincipal(authority, 'sp', sp), atMs, { enabled })] }
}

/** A secret or a certificate was added: by its id it is known from the first minute. The app itself was there before. */
export function stateKeys(told: Told, holder: 'application' | 'sp'): Stated {
  const { audit, atMs, authority } = told
  const target = targetOf(audit, holder === 'sp' ? 'ServicePrincipal' : 'Application')
  const object = target?.id
  if (object === null || object === undefined) return {}
  const appId = detail(audit, 'AppId')
  const actsAs =
    holder === 'sp'
      ? namePrincipal(authority, 'sp', object)
      : appId === undefined
        ? undefined
        : nameRegistration(authority, appId)
  const keys = keysAdded(target).map(({ keyId, isSecret, name }) => {
    const entity = (isSecret ? nameSecret : nameCertificate)(authority, holder, object, keyId)
    const what = `${isSecret ? 'client secret' : 'certificate'} ${name}`.trim()
    const kind = isSecret ? 'key' : 'certificate'
    const told = { kind, name: `${what} of ${target?.displayName ?? object}`, client: appId, createdAtMs: atMs }
    return { entity, told }
  })
  return {
    facts: keys.map(({ entity, told: attributes }) => fact(entity, atMs, { ...attributes, owner: actsAs })),
    edges: keys.flatMap(({ entity }) => [
      ...(actsAs === undefined ? [] : [open(entity, 'AUTHENTICATES_AS', actsAs, atMs)]),
      ...created(told, entity),
    ]),
  }
}

export function stateOwner(told: Told): Stated {
  const { audit, atMs, authority } = told
  const owner = principalOf(audit)
  const [first] = audit.targetResources ?? []
  const app = targetOf(audit, 'Application')?.id ?? changed(first, 'Application.ObjectID')
  if (owner === undefined || app === null || app === undefined) return {}
  const holder = namePrincipal(authority, owner.kind, owner.id)
  const entity = nameOwnership(authority, app, owner.id)
  const appId = changed(first, 'Application.AppId') ?? detail(audit, 'AppId')
  const note = 'may add a secret, as an owner'
  return {
    facts: [fact(entity, atMs, { name: `${owner.name ?? owner.id} as an owner`, owner: holder, createdAtMs: atMs })],
    edges: [
      ...(appId === undefined ? [] : [open(holder, 'ASSUMES', nameRegistration(authority, appId), atMs, { note })]),
      ...created(told, entity),
    ],
  }
}

/** What it opens the next inventory states, which knows the API by its client id. */
export function stateAppRole(told: Told): Stated {
  const { audit, atMs, authority } = told
  const api = targetOf(audit, 'ServicePrincipal')
  const role = changed(api, 'AppRole.Id')
  const principal = changed(api, 'ServicePrincipal.ObjectID')
  if (api?.id === null || api?.id === undefined || role === undefined || principal === undefined) return {}
  const entity = nameAppRole(authority, principal, api.id, role)
  const value = changed(api, 'AppRole.Value') ?? role
  const name = `${value} of ${changed(api, 'ServicePrincipal.DisplayName') ?? principal}`
  const attributes = { name, owner: namePrincipal(authority, 'sp', principal), scopes: value, createdAtMs: atMs }
  return { facts: [fact(entity, atMs, attributes)], edges: created(told, entity) }
}

export function stateGrant(told: Told, isGiven: boolean): Stated {
  const { audit, atMs, authority } = told
  const api = targetOf(audit, 'ServicePrincipal')
  const client = changed(api, 'ServicePrincipal.ObjectID')
  if (api?.id === null || api?.id === undefined || client === undefined) return {}
  const isAll = changed(api, 'DelegatedPermissionGrant.ConsentType') === 'AllPrincipals'
  const user = changed(api, 'User.ObjectID') ?? (isAll ? undefined : (audit.initiatedBy?.user?.id ?? undefined))
  if (!isAll && user === undefined) return {}
  const entity = nameGrant(authority, client, isAll ? 'all' : (user ?? ''), api.id)
  const holder = isAll ? namePrincipal(authority, 'sp', client) : nameUser(authority, user ?? '')
  if (!isGiven) return { edges: [close(entity, 'AUTHENTICATES_AS', holder, atMs)] }
  const scopes = (changed(api, 'DelegatedPermissionGrant.Scope') ?? '').trim()
  const appId = changed(api, 'ServicePrincipal.AppId')
  const name = `${scopes} for ${appId ?? client}`
  const consentedBy = isAll ? 'administrator' : 'user'
  return {
    facts: [
      fact(entity, atMs, { kind: 'grant', name, scopes, client: appId, owner: holder, consentedBy, createdAtMs: atMs }),
    ],
    edges: [open(entity, 'AUTHENTICATES_AS', holder, atMs), ...created(told, entity)],
  }
}
