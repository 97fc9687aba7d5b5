import { z } from 'zod'

import {
  nothingNormalized,
  ocsfEndpoint,
  ocsfEvent,
  type EntityId,
  type Normalized,
  type OcsfEvent,
  type OcsfObject,
} from '#model'
import type { NormalizeInput } from '#sources/contract'

import { nameClient, nameConsole, nameFleet, nameHost, nameRole, nameUser } from './names.ts'
import { rightOf } from './rights.ts'
import { clockMs, close, fact, open, product } from './statements.ts'

const text = z.string().nullish().catch(undefined)
const time = z.union([z.number(), z.string()]).nullish().catch(undefined)
const record = z.object({
  metadata: z.object({ offset: z.number(), eventType: z.string(), eventCreationTime: time }),
  event: z.object({
    OperationName: z.string(),
    ServiceName: text,
    UserId: text,
    UserIp: text,
    Success: z.boolean().nullish().catch(undefined),
    UTCTimestamp: time,
    AuditKeyValues: z
      .array(z.object({ Key: z.string(), ValueString: z.string() }))
      .nullish()
      .catch(undefined),
  }),
})

/** One act, with who did it and upon whom. CrowdStrike names people by address, and by id where it has come to do so. */
type Act = {
  operation: string
  service: string
  uid: string
  atMs: number
  isDone: boolean
  address: string
  origin: string | null
  actor: EntityId | null
  /** API client it was done with. */
  credential: EntityId | null
  target: EntityId | null
  targetAddress: string
  key(name: string): string
}

const signIns: ReadonlySet<string> = new Set([
  'userAuthenticate',
  'twoFactorAuthenticate',
  'saml2Authenticate',
  'saml2Assert',
])
const accounts: Readonly<
  Record<string, 'create' | 'delete' | 'enable' | 'disable' | 'password_change' | 'password_reset'>
> = {
  createUser: 'create',
  deleteUser: 'delete',
  activateUser: 'enable',
  deactivateUser: 'disable',
  changePassword: 'password_change',
  resetAuthSecret: 'password_reset',
  requestResetPassword: 'password_reset',
}

/** Rows of the Event Streams that tell acts. Operations are many and grow: those that say nothing about rights stay acts. */
export function normalizeActivity({ raw, authority, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = record.safeParse(raw)
  if (!parsed.success) {
    const type = z.object({ metadata: z.object({ eventType: z.string() }) }).safeParse(raw)
    const unmapped = type.success ? type.data.metadata.eventType : 'activity'
    return {
      ...out,
      ocsf: [ocsfEvent('base_event', 'other', arrivedAtMs, product, { activity_name: unmapped })],
      unmapped,
    }
  }
  const act = actOf(parsed.data, authority, arrivedAtMs)
  out.ocsf.push(eventOf(act))
  // What was refused changed nothing; that it was tried stands in the event.
  if (!act.isDone) return out
  const { actor, credential, atMs, origin } = act
  const touch = { identity: actor, credential, atMs, records: null, origin }
  if (signIns.has(act.operation)) {
    out.touches.push({ ...touch, resource: nameConsole(authority), verb: 'login' })
    if (actor !== null) out.facts.push(fact(actor, atMs, { lastUsedAtMs: atMs }))
  }
  const host = /^[0-9a-f]{32}$/.exec(act.key('device_id') || act.key('agent_id') || act.key('host_id'))?.[0]
  if (host !== undefined) out.touches.push({ ...touch, resource: nameHost(authority, host), verb: 'admin' })
  stateChange(act, authority, out)
  return out
}

function actOf({ metadata, event }: z.output<typeof record>, authority: string, arrivedAtMs: number): Act {
  const keys = new Map((event.AuditKeyValues ?? []).map(({ Key, ValueString }) => [Key, ValueString]))
  const key = (name: string): string => keys.get(name) ?? ''
  const user = (id: string): EntityId | null => (/^[0-9a-f-]{36}$/i.test(id) ? nameUser(authority, id) : null)
  const { OperationName: operation, UserId: address } = event
  const target = user(key('target_user_uuid') || key('target_uuid'))
  // Who signs in does so as themselves.
  const isOwnAct = signIns.has(operation) || operation === 'changePassword'
  const client = /^api-client-id:([0-9a-f]{32})$/.exec(address ?? '')?.[1]
  return {
    operation,
    service: event.ServiceName ?? '',
    uid: String(metadata.offset),
    atMs: clockMs(event.UTCTimestamp) ?? clockMs(metadata.eventCreationTime) ?? arrivedAtMs,
    isDone: event.Success !== false,
    address: client === undefined ? (address ?? '') : '',
    origin: event.UserIp ?? null,
    actor: user(key('actor_user_uuid')) ?? (isOwnAct ? target : null),
    credential: client === undefined ? null : nameClient(authority, client),
    target,
    targetAddress: key('target_name') || key('action_target_name'),
    key,
  }
}

function stateChange(act: Act, authority: string, out: Normalized): void {
  const { operation, atMs, actor, credential, target } = act
  const made = (entity: EntityId): void => {
    for (const by of [actor, credential])
      if (by !== null && by !== entity) out.edges.push(open(by, 'CREATED', entity, atMs))
  }
  if (target !== null && operation === 'createUser') {
    made(target)
    out.facts.push(fact(target, atMs, { kind: 'human', email: act.targetAddress || undefined, createdAtMs: atMs }))
  }
  if (
    target !== null &&
    (operation === 'deleteUser' || operation === 'deactivateUser' || operation === 'activateUser')
  ) {
    out.facts.push(fact(target, atMs, { enabled: operation === 'activateUser' }))
  }
  if (target !== null && (operation === 'grantUserRoles' || operation === 'revokeUserRoles')) {
    for (const name of rolesIn(act.key('roles'))) {
      const role = nameRole(authority, name)
      if (operation === 'revokeUserRoles') out.edges.push(close(target, 'MEMBER_OF', role, atMs))
      else {
        const right = rightOf(name)
        out.edges.push(open(target, 'MEMBER_OF', role, atMs))
        if (right !== undefined) out.edges.push(open(role, right.edge, nameFleet(authority), atMs, right))
      }
    }
  }
  const id = /^[0-9a-f]{32}$/.exec(act.key('APIClientID') || act.key('id'))?.[0]
  if (id === undefined || !act.service.endsWith('API Client')) return
  const client = nameClient(authority, id)
  if (/^CreateAPIClients?$/i.test(operation)) {
    made(client)
    const scopes = act.key('scope(s)') || undefined
    out.facts.push(fact(client, atMs, { kind: 'key', name: `API client ${id}`, scopes, createdAtMs: atMs }))
    const more = { note: 'what its scopes allow there', conditional: true }
    out.edges.push(open(client, 'CAN_ADMIN', nameFleet(authority), atMs, more))
  }
  if (/^DeleteAPIClients?$/i.test(operation)) out.facts.push(fact(client, atMs, { enabled: false }))
}

/** `a,b` or `[a b]`. */
const rolesIn = (text: string): string[] => text.split(/[\s,[\]]+/).filter((role) => /^\w{1,64}$/.test(role))

function eventOf(act: Act): OcsfEvent {
  const { operation, uid, atMs, isDone, origin } = act
  const shared = { uid, src_endpoint: ocsfEndpoint(origin), status_id: isDone ? 1 : 2 } as const
  const by = userOf(act.actor, act.address, act.credential)
  const target = userOf(act.target, act.targetAddress, null)
  if (signIns.has(operation)) {
    return ocsfEvent('authentication', 'logon', atMs, product, {
      ...shared,
      user: by,
      service: { name: 'Falcon console' },
    })
  }
  const change = accounts[operation]
  if (change !== undefined) {
    return ocsfEvent('account_change', change, atMs, product, { ...shared, user: target, actor: { user: by } })
  }
  if (operation === 'grantUserRoles' || operation === 'revokeUserRoles') {
    const privileges = rolesIn(act.key('roles'))
    return ocsfEvent(
      'user_access',
      operation === 'grantUserRoles' ? 'assign_privileges' : 'revoke_privileges',
      atMs,
      product,
      { ...shared, user: target, actor: { user: by }, privileges: privileges.length > 0 ? privileges : ['unknown'] },
    )
  }
  return ocsfEvent('api_activity', 'other', atMs, product, {
    ...shared,
    activity_name: operation,
    actor: { user: by },
    api: { operation, ...(act.service === '' ? {} : { service: { name: act.service } }) },
  })
}

/** OCSF wants a user's id or name: an address, or the API client, stands in where CrowdStrike tells neither. */
function userOf(entity: EntityId | null, address: string, client: EntityId | null): OcsfObject<'user'> {
  const named = entity ?? client
  const user: OcsfObject<'user'> = named === null ? {} : { uid: named.slice(named.lastIndexOf('/') + 1) }
  if (/^[^@\s]+@[^@\s]+$/.test(address)) user.email_addr = address
  if (address !== '' || named === null) user.name = address === '' ? 'unknown' : address
  return user
}
