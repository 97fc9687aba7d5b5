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

import { nameHost, nameServer, nameUser } from './names.ts'
import { open, product, timeMs } from './statements.ts'

const text = z.string().nullish().catch(null)
const number = z.number().nullish().catch(null)
const activity = z.object({
  id: z.number(),
  created_at: z.string(),
  type: z.string(),
  actor_id: number,
  actor_full_name: text,
  actor_email: text,
  details: z
    .looseObject({
      public_ip: text,
      email: text,
      user_id: number,
      user_email: text,
      role: text,
      host_id: number,
    })
    .nullish()
    .catch(null),
})
type Activity = z.infer<typeof activity>

/** Acts that reach into a host. */
const onHost =
  /^(?:ran_script|locked_host|unlocked_host|wiped_host|installed_software|uninstalled_software|deleted_host)$/

/** What people and Fleet itself did on the server. Types are many and grow: those that say nothing about rights stay acts. */
export function normalizeActivity({ raw, authority, stream, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = activity.safeParse(raw)
  const atMs = timeMs(parsed.data?.created_at)
  if (!parsed.success || atMs === undefined) {
    const event = ocsfEvent('base_event', 'other', arrivedAtMs, product, { activity_name: stream })
    return { ...out, ocsf: [event], unmapped: stream }
  }
  const one = parsed.data
  const { details } = one
  const actor = idOf(one.actor_id) === undefined ? null : nameUser(authority, one.actor_id ?? 0)
  out.ocsf.push(eventOf(one, atMs))
  const touch = { identity: actor, credential: null, atMs, records: null, origin: details?.public_ip ?? null }
  if (one.type === 'user_logged_in') out.touches.push({ ...touch, resource: nameServer(authority), verb: 'login' })
  const host = idOf(details?.host_id)
  if (onHost.test(one.type) && host !== undefined) {
    out.touches.push({ ...touch, resource: nameHost(authority, host), verb: 'admin' })
  }
  const user = idOf(details?.user_id)
  if (one.type === 'created_user' && actor !== null && user !== undefined) {
    out.edges.push(open(actor, 'CREATED', nameUser(authority, user), atMs))
  }
  if (one.type === 'deleted_user' && user !== undefined) out.facts.push(ended(nameUser(authority, user), atMs))
  return out
}

const ended = (entity: EntityId, observedAtMs: number) => ({ entity, observedAtMs, attributes: { enabled: false } })
/** Fleet writes 0 or nothing for itself. */
const idOf = (id: number | null | undefined): number | undefined =>
  id === null || id === undefined || id <= 0 ? undefined : id

function eventOf(one: Activity, atMs: number): OcsfEvent {
  const { details, type } = one
  const uid = String(one.id)
  const by = userOf(one.actor_id, one.actor_email, one.actor_full_name)
  const subject = userOf(details?.user_id, details?.user_email, null)
  const src_endpoint = ocsfEndpoint(details?.public_ip)
  if (type === 'user_logged_in') {
    return ocsfEvent('authentication', 'logon', atMs, product, {
      uid,
      user: by,
      src_endpoint,
      status_id: 1,
      ...service,
    })
  }
  if (type === 'user_failed_login') {
    const user = userOf(null, details?.email, null)
    return ocsfEvent('authentication', 'logon', atMs, product, { uid, user, src_endpoint, status_id: 2, ...service })
  }
  const actor = { user: by }
  if (type === 'created_user' || type === 'deleted_user') {
    const activityName = type === 'created_user' ? 'create' : 'delete'
    return ocsfEvent('account_change', activityName, atMs, product, { uid, user: subject, actor, profiles: ['host'] })
  }
  if (/^(?:changed|deleted)_user_(?:global|team)_role$/.test(type)) {
    return ocsfEvent(
      'user_access',
      type.startsWith('changed') ? 'assign_privileges' : 'revoke_privileges',
      atMs,
      product,
      {
        uid,
        user: subject,
        actor,
        privileges: [details?.role ?? 'unknown'],
        profiles: ['host'],
      },
    )
  }
  return ocsfEvent('api_activity', 'other', atMs, product, {
    uid,
    activity_name: type,
    actor,
    api: { operation: type },
    src_endpoint,
  })
}

const service = { service: { name: 'Fleet' } }

/** OCSF wants a user's id or name: an address stands in where Fleet tells neither. */
function userOf(id: number | null | undefined, email: string | null | undefined, name: string | null | undefined) {
  const uid = idOf(id)
  const user: OcsfObject<'user'> = uid === undefined ? {} : { uid: String(uid) }
  if (typeof email === 'string' && /^[^@\s]+@[^@\s]+$/.test(email)) user.email_addr = email
  if (typeof name === 'string' && name !== '') user.name = name
  else if (uid === undefined) user.name = user.email_addr ?? 'unknown'
  return user
}
