import { nothingNormalized, type EntityId, type Normalized, type TouchVerb } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { activityRow, one, parametersOf, profileOf, type ActivityRow } from './activity-row.ts'
import { activityTypeOf, type ActivityType } from './activity-types.ts'
import { describe } from './describe.ts'
import type { Act } from './act.ts'
import { effects } from './effects.ts'
import { delegateOf, isMail, mailTouch, mailType, mailTypeText } from './mail.ts'
import {
  nameActing,
  nameAdmin,
  nameData,
  nameDelegation,
  nameDriveOf,
  nameGrant,
  nameSessions,
  nameSharedDrive,
  nameSignIn,
  nameUser,
} from './names.ts'
import { fact, merge, open, timeMs, type Stated } from './statements.ts'

/** Activities of the Reports API → OCSF, and what they change in the estate. */
export function normalizeActivity({ raw, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const result = activityRow.safeParse(raw)
  if (!result.success) return { ...out, unmapped: 'activity' }
  const row = result.data
  const atMs = timeMs(row.id.time) ?? eventAtMs ?? arrivedAtMs
  merge(out, stateDelegated(row, authority, atMs))
  const { applicationName } = row.id
  const delegate = delegateOf(row, authority)
  // A delegate signs in as themselves: what the owner signs in with has no part in it.
  const [actor, credential] =
    delegate === undefined ? [actorOf(row, authority), credentialOf(row, authority)] : [delegate, null]
  const actors = [credential, actor].filter((id) => id !== null)
  if (actors.length > 0) out.actors = actors
  for (const [n, event] of row.events.entries()) {
    const parameters = parametersOf(event)
    const mail = isMail(row) && event.name === 'delivery' ? mailType(parameters) : undefined
    const type: ActivityType | undefined =
      mail === undefined
        ? activityTypeOf(applicationName, event.name)
        : { class: 'email_activity', activity: mail.activity }
    const uid = `${row.id.uniqueQualifier ?? String(atMs)}${n === 0 ? '' : `/${n}`}`
    out.ocsf.push(describe({ row, event, parameters, atMs, uid }, type))
    if (type === undefined) {
      out.unmapped = isMail(row) ? mailTypeText(event.name, parameters) : `${applicationName} ${event.name}`
      continue
    }
    const act: Act = { row, name: event.name, parameters, atMs, authority, actor, credential }
    const effect = effects[`${applicationName} ${event.name}`]
    if (effect !== undefined) merge(out, effect(act))
    merge(out, touch(act, applicationName, type.class))
  }
  return out
}

const actorOf = (row: ActivityRow, authority: string): EntityId | null => {
  const id = profileOf(row)
  return id === undefined ? null : nameUser(authority, id)
}

/** What the act was done with: an app's grant, a client's delegation, or one of the user's web sessions. */
function credentialOf(row: ActivityRow, authority: string): EntityId | null {
  const user = profileOf(row)
  const { oauthClientId: client, impersonation } = row.actor?.applicationInfo ?? {}
  if (client !== null && client !== undefined && client !== '') {
    if (impersonation === true) return nameDelegation(authority, client)
    return user === undefined ? null : nameGrant(authority, user, client)
  }
  return user === undefined ? null : nameSessions(authority, user)
}

/** No API lists the clients that may act as anybody: one is known by its being let in, or, as here, by its first use. */
function stateDelegated(row: ActivityRow, authority: string, atMs: number): Stated {
  const { oauthClientId: client, impersonation, applicationName } = row.actor?.applicationInfo ?? {}
  if (impersonation !== true || client === null || client === undefined || client === '') return {}
  const delegation = nameDelegation(authority, client)
  return {
    facts: [
      fact(delegation, atMs, {
        kind: 'grant',
        client,
        name: `delegation of ${applicationName ?? client}`,
        lastUsedAtMs: atMs,
      }),
    ],
    edges: [open(delegation, 'AUTHENTICATES_AS', nameActing(authority, 'all', client), atMs)],
  }
}

function touch(act: Act, application: string, kind: string): Stated {
  const { actor, credential, atMs, row, authority, parameters, name } = act
  if (actor === null) return {}
  const origin = row.ipAddress ?? null
  const whole = { identity: actor, credential, atMs, records: null, origin }
  if (application === 'token') {
    const found = name === 'activity' ? apiTouch(act) : undefined
    return found === undefined ? {} : { touches: [{ ...whole, ...found }] }
  }
  if (application === 'gmail') {
    const found = mailTouch(act)
    return found === undefined ? {} : { touches: [{ ...whole, ...found }] }
  }
  if (application === 'drive') return { touches: [{ ...whole, resource: driveOf(act), verb: driveVerb(name) }] }
  if (name === 'login_success') {
    const app = one(parameters, 'application_name')
    return { touches: [{ ...whole, resource: nameSignIn(authority, app ?? 'google'), verb: 'login' }] }
  }
  if (application !== 'admin') return {}
  const area =
    kind === 'group_management'
      ? 'groups'
      : kind === 'account_change'
        ? 'accounts'
        : kind === 'user_access'
          ? 'roles'
          : 'security'
  return {
    touches: [{ ...whole, resource: nameAdmin(authority, area), verb: kind === 'api_activity' ? 'read' : 'admin' }],
  }
}

const buckets: Record<string, string> = { GMAIL: 'mail', DRIVE: 'drive', CALENDAR: 'calendar', CONTACTS: 'contacts' }

/** What an app did in a user's name; Google tells the method, and not the objects. */
function apiTouch({ row, parameters, authority }: Act) {
  const user = profileOf(row)
  const client = one(parameters, 'client_id')
  if (user === undefined || client === undefined) return undefined
  const bucket = one(parameters, 'product_bucket') ?? ''
  const area = buckets[bucket] ?? (bucket === '' ? 'other' : bucket.toLowerCase())
  return {
    identity: nameActing(authority, user, client),
    credential: nameGrant(authority, user, client),
    resource: bucket === 'GSUITE_ADMIN' ? nameAdmin(authority, 'accounts') : nameData(authority, user, area),
    verb: methodVerb(one(parameters, 'method_name') ?? ''),
  }
}

/** `gmail.users.messages.list`. */
function methodVerb(method: string): TouchVerb {
  if (/permissions\.(create|insert|update)|\.acl\.|sharing|delegates|forwarding/i.test(method)) return 'share'
  const last = method.split('.').at(-1) ?? ''
  if (/^(delete|batchdelete|trash|remove|clear|empty)/i.test(last)) return 'delete'
  return /^(get|list|search|watch|export|download|query|count|batchget|freebusy|about)/i.test(last) ? 'read' : 'write'
}

/** Containers, not files: a company has them by the hundred million. */
function driveOf({ row, parameters, authority }: Act): EntityId {
  const shared = one(parameters, 'shared_drive_id', 'team_drive_id')
  if (shared !== undefined) return nameSharedDrive(authority, shared)
  const owner = one(parameters, 'owner')?.toLowerCase()
  const user = profileOf(row)
  if (user !== undefined && (owner === undefined || owner === row.actor?.email?.toLowerCase())) {
    return nameData(authority, user, 'drive')
  }
  return nameDriveOf(authority, owner ?? 'unknown')
}

function driveVerb(name: string): TouchVerb {
  if (/^(view|download|preview|print|copy|source_copy|sync_item_content|access_)/.test(name)) return 'read'
  if (/^(delete|trash|empty_trash)/.test(name)) return 'delete'
  if (/access|visibility|owner|membership|acl|publish|email_as/.test(name)) return 'share'
  return 'write'
}
