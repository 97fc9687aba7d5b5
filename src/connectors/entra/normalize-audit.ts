import { nothingNormalized, type EdgeStatement, type EntityId, type Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { activityKey, activityOf, areaOf } from './activities.ts'
import { changed, detail, keysAdded, principalOf, targetOf } from './audit-changes.ts'
import { graphAppId } from './client.ts'
import { describeAudit } from './describe.ts'
import {
  nameApi,
  nameApp,
  nameAppRole,
  nameByTime,
  nameCertificate,
  nameDevice,
  nameDomain,
  nameGrant,
  nameLocation,
  nameMembership,
  nameMethod,
  nameOwnership,
  namePassword,
  namePolicy,
  namePrincipal,
  nameRegistration,
  nameRole,
  nameRoleAssignment,
  nameSecret,
  nameUser,
} from './names.ts'
import { auditRow, type Audit } from './rows.ts'
import { close, fact, merge, open, timeMs } from './statements.ts'

type Stated = Partial<Normalized>
type Told = { audit: Audit; atMs: number; authority: string; actor: EntityId | null }

/** Rows of the audit log → OCSF, and what they change in the estate. */
export function normalizeAudit({ raw, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = auditRow.safeParse(raw)
  if (!parsed.success) return { ...out, unmapped: 'audit' }
  const audit = parsed.data
  const atMs = timeMs(audit.activityDateTime) ?? eventAtMs ?? arrivedAtMs
  const activity = activityOf(audit.activityDisplayName)
  out.ocsf.push(describeAudit(audit, activity, atMs))
  if (activity === undefined) return { ...out, unmapped: audit.activityDisplayName }
  // What failed changed nothing; that it was tried stands in the event.
  if (audit.result !== null && audit.result !== undefined && audit.result !== 'success') return out
  const told: Told = { audit, atMs, authority, actor: actorOf(audit, authority) }
  merge(out, states[activityKey(audit.activityDisplayName)]?.(told) ?? {})
  merge(out, stateTouch(told))
  return out
}

function actorOf({ initiatedBy }: Audit, authority: string): EntityId | null {
  const user = initiatedBy?.user?.id
  if (user !== null && user !== undefined && user !== '') return nameUser(authority, user)
  const sp = initiatedBy?.app?.servicePrincipalId
  return sp === null || sp === undefined || sp === '' ? null : namePrincipal(authority, 'sp', sp)
}

/** With which token or session it was done the log does not tell: whoever acted made it. */
const created = ({ actor, atMs }: Told, entity: EntityId): EdgeStatement[] =>
  actor === null || actor === entity ? [] : [open(actor, 'CREATED', entity, atMs)]

const states: Record<string, (told: Told) => Stated> = {
  'add user': stateUserMade,
  'invite external user': stateUserMade,
  'create guest user': stateUserMade,
  'enable account': (told) => stateEnabled(told, true),
  'disable account': (told) => stateEnabled(told, false),
  'delete user': (told) => stateEnabled(told, false),
  'reset user password': stateReset,
  'user registered security info': stateMethod,
  'admin registered security info': stateMethod,
  'create temporary access pass method for user': stateMethod,
  'add member to group': (told) => stateMembership(told, true),
  'remove member from group': (told) => stateMembership(told, false),
  'add member to role': (told) => stateRole(told, true),
  'add eligible member to role': (told) => stateRole(told, true),
  'remove member from role': (told) => stateRole(told, false),
  'add application': stateApplication,
  'add service principal': stateServicePrincipal,
  'enable service principal': (told) => stateSpEnabled(told, true),
  'disable service principal': (told) => stateSpEnabled(told, false),
  'update application - certificates and secrets management': (told) => stateKeys(told, 'application'),
  'add service principal credentials': (told) => stateKeys(told, 'sp'),
  'add owner to application': stateOwner,
  'add app role assignment to service principal': (told) => stateAppRole(told, true),
  'remove app role assignment from service principal': (told) => stateAppRole(told, false),
  'add delegated permission grant': (told) => stateGrant(told, true),
  'remove delegated permission grant': (told) => stateGrant(told, false),
  'add device': stateDevice,
  'register device': stateDevice,
  'add conditional access policy': (told) => stateThing(told, namePolicy),
  'update conditional access policy': (told) => stateThing(told, namePolicy, true),
  'delete conditional access policy': (told) => stateThing(told, namePolicy, true),
  'add named location': (told) => stateThing(told, nameLocation),
  'update named location': (told) => stateThing(told, nameLocation, true),
  'set domain authentication': stateFederation,
  'set federation settings on domain': stateFederation,
}

function stateUserMade(told: Told): Stated {
  const { audit, atMs, authority } = told
  const user = targetOf(audit, 'User')
  if (user?.id === null || user?.id === undefined || user.id === '') return {}
  const identity = nameUser(authority, user.id)
  const name = user.displayName ?? user.userPrincipalName
  const attributes = { kind: 'human', name, login: user.userPrincipalName, createdAtMs: atMs }
  return { facts: [fact(identity, atMs, attributes)], edges: created(told, identity) }
}

function stateEnabled({ audit, atMs, authority }: Told, enabled: boolean): Stated {
  const user = targetOf(audit, 'User')?.id
  if (user === null || user === undefined) return {}
  const identity = nameUser(authority, user)
  return {
    facts: [fact(identity, atMs, { enabled })],
    edges: enabled ? [] : [close(namePassword(authority, user), 'AUTHENTICATES_AS', identity, atMs)],
  }
}

/** Who sets a password knows it: the account is theirs from then on. */
function stateReset(told: Told): Stated {
  const { audit, atMs, authority } = told
  const user = targetOf(audit, 'User')?.id
  if (user === null || user === undefined || nameUser(authority, user) === told.actor) return {}
  const password = namePassword(authority, user)
  return {
    facts: [fact(password, atMs, { kind: 'password', createdAtMs: atMs })],
    edges: [open(password, 'AUTHENTICATES_AS', nameUser(authority, user), atMs), ...created(told, password)],
  }
}

/** The log names no method, but when one was registered: the action finds it by that. */
function stateMethod(told: Told): Stated {
  const { audit, atMs, authority } = told
  const user = targetOf(audit, 'User')?.id
  if (user === null || user === undefined) return {}
  const method = nameMethod(authority, user, nameByTime(atMs))
  const owner = nameUser(authority, user)
  const name = audit.resultReason === '' ? 'factor' : (audit.resultReason ?? 'factor')
  return {
    facts: [fact(method, atMs, { kind: 'key', name, owner, createdAtMs: atMs })],
    edges: [open(method, 'OWNED_BY', owner, atMs), ...created(told, method)],
  }
}

function stateMembership(told: Told, isMember: boolean): Stated {
  const { audit, atMs, authority } = told
  const member = principalOf(audit)
  const [first] = audit.targetResources ?? []
  const group = targetOf(audit, 'Group')?.id ?? changed(first, 'Group.ObjectID')
  if (member === undefined || group === undefined || group === null || member.id === group) return {}
  const holder = namePrincipal(authority, member.kind, member.id)
  const to = namePrincipal(authority, 'group', group)
  if (!isMember) return { edges: [close(holder, 'MEMBER_OF', to, atMs)] }
  const entity = nameMembership(authority, group, member.id)
  const name = `membership of ${member.name ?? member.id} in ${changed(first, 'Group.DisplayName') ?? group}`
  return {
    facts: [fact(entity, atMs, { name, owner: holder, createdAtMs: atMs })],
    edges: [open(holder, 'MEMBER_OF', to, atMs), ...created(told, entity)],
  }
}

function stateRole(told: Told, isGiven: boolean): Stated {
  const { audit, atMs, authority } = told
  const member = principalOf(audit)
  const [first] = audit.targetResources ?? []
  const template = changed(first, 'Role.TemplateId') ?? detail(audit, 'TemplateId')
  if (member === undefined || template === undefined) return {}
  const holder = namePrincipal(authority, member.kind, member.id)
  const role = nameRole(authority, template)
  if (!isGiven) return { edges: [close(holder, 'MEMBER_OF', role, atMs)] }
  const entity = nameRoleAssignment(authority, member.id, template)
  const label = changed(first, 'Role.DisplayName') ?? targetOf(audit, 'Role')?.displayName ?? 'a role'
  const isEligible = activityKey(audit.activityDisplayName).includes('eligible')
  return {
    facts: [
      fact(entity, atMs, { name: `${label} of ${member.name ?? member.id}`, owner: holder, createdAtMs: atMs }),
      fact(role, atMs, { kind: 'role', name: label, admin: true }),
      fact(holder, atMs, isEligible ? { eligibleAdmin: true } : { admin: true }),
    ],
    edges: [open(holder, 'MEMBER_OF', role, atMs, { conditional: isEligible }), ...created(told, entity)],
  }
}

function stateApplication(told: Told): Stated {
  const { audit, atMs, authority, actor } = told
  const app = targetOf(audit, 'Application')
  const appId = detail(audit, 'AppId') ?? changed(app, 'AppId')
  if (appId === undefined) return {}
  const entity = nameApp(authority, appId)
  const attributes = { name: app?.displayName, registration: app?.id, createdAtMs: atMs, owner: actor }
  return { facts: [fact(entity, atMs, attributes)], edges: created(told, entity) }
}

function stateServicePrincipal(told: Told): Stated {
  const { audit, atMs, authority } = told
  const sp = targetOf(audit, 'ServicePrincipal')
  if (sp?.id === null || sp?.id === undefined) return {}
  const entity = namePrincipal(authority, 'sp', sp.id)
  return {
    facts: [fact(entity, atMs, { kind: 'app', name: sp.displayName, createdAtMs: atMs })],
    edges: created(told, entity),
  }
}

function stateSpEnabled({ audit, atMs, authority }: Told, enabled: boolean): Stated {
  const sp = targetOf(audit, 'ServicePrincipal')?.id
  return sp === null || sp === undefined ? {} : { facts: [fact(namePrincipal(authority, 'sp', sp), atMs, { enabled })] }
}

/** A secret or a certificate was added: by its id it is known from the first minute. The app itself was there before. */
function stateKeys(told: Told, holder: 'application' | 'sp'): Stated {
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

function stateOwner(told: Told): Stated {
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
function stateAppRole(told: Told, isGiven: boolean): Stated {
  const { audit, atMs, authority } = told
  const api = targetOf(audit, 'ServicePrincipal')
  const role = changed(api, 'AppRole.Id')
  const principal = changed(api, 'ServicePrincipal.ObjectID')
  if (!isGiven || api?.id === null || api?.id === undefined || role === undefined || principal === undefined) return {}
  const entity = nameAppRole(authority, principal, api.id, role)
  const value = changed(api, 'AppRole.Value') ?? role
  const name = `${value} of ${changed(api, 'ServicePrincipal.DisplayName') ?? principal}`
  const attributes = { name, owner: namePrincipal(authority, 'sp', principal), scopes: value, createdAtMs: atMs }
  return { facts: [fact(entity, atMs, attributes)], edges: created(told, entity) }
}

function stateGrant(told: Told, isGiven: boolean): Stated {
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

function stateDevice(told: Told): Stated {
  const { audit, atMs, authority } = told
  const device = targetOf(audit, 'Device')
  if (device?.id === null || device?.id === undefined) return {}
  const entity = nameDevice(authority, device.id)
  return {
    facts: [fact(entity, atMs, { name: device.displayName, createdAtMs: atMs })],
    edges: created(told, entity),
  }
}

/** A policy or a location; one that was changed or deleted stands as what somebody must put back. */
function stateThing(told: Told, name: typeof namePolicy, isChange = false): Stated {
  const { audit, atMs, authority } = told
  const target = targetOf(audit, 'Policy', 'NamedLocation', 'Other') ?? audit.targetResources?.[0]
  if (target?.id === null || target?.id === undefined) return {}
  const entity = name(authority, target.id)
  const attributes = isChange ? { changedAtMs: atMs } : { createdAtMs: atMs }
  return {
    facts: [fact(entity, atMs, { name: target.displayName, ...attributes })],
    edges: isChange ? [] : created(told, entity),
  }
}

/** Whoever federates a domain signs in as anybody in it, administrators too: it counts as made by whoever set it. */
function stateFederation(told: Told): Stated {
  const { audit, atMs, authority } = told
  const domain = audit.targetResources?.[0]?.displayName ?? audit.targetResources?.[0]?.id
  if (domain === null || domain === undefined || domain === '') return {}
  const entity = nameDomain(authority, domain)
  return {
    facts: [fact(entity, atMs, { name: `sign-in settings of ${domain}`, changedAtMs: atMs })],
    edges: created(told, entity),
  }
}

/** Every change is an administrator's touch of what it is about. */
function stateTouch({ audit, atMs, authority, actor }: Told): Stated {
  if (actor === null) return {}
  const resource = nameApi(authority, graphAppId, areaOf(audit.category))
  const origin = audit.initiatedBy?.user?.ipAddress ?? null
  return {
    touches: [
      {
        identity: actor,
        credential: null,
        resource,
        verb: 'admin',
        atMs,
        records: null,
        origin: origin === '' ? null : origin,
      },
    ],
  }
}
