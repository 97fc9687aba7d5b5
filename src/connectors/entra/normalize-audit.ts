import { nothingNormalized, type EntityId, type Normalized, type Stated } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { activityKey, activityOf, areaOf } from './activities.ts'
import { created, targetOf, type Told } from './audit-changes.ts'
import { graphAppId } from './client.ts'
import { describeAudit } from './describe.ts'
import { nameApi, nameDevice, nameDomain, nameLocation, namePolicy, namePrincipal, nameUser } from './names.ts'
import {
  stateAppRole,
  stateApplication,
  stateGrant,
  stateKeys,
  stateOwner,
  stateServicePrincipal,
  stateSpEnabled,
} from './normalize-audit-apps.ts'
import {
  stateEnabled,
  stateMembership,
  stateMethod,
  stateReset,
  stateRole,
  stateUserMade,
} from './normalize-audit-people.ts'
import { auditRow, type Audit } from './rows.ts'
import { fact, merge, timeMs } from './statements.ts'

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
  'add app role assignment to service principal': stateAppRole,
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
