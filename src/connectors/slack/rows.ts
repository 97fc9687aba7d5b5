import { z } from 'zod'

/**
 * The part of Slack's records that Cordon keeps. What is not named here never enters the log: phone numbers, pictures,
 * status texts, topics, and the addresses that channels take mail at.
 */
// A field that changed its kind tells nothing any more; it does not take the row with it. Ids have to be there.
const text = z.string().nullish().catch(null)
const texts = z.array(z.string()).nullish().catch(null)
const flag = z.boolean().nullish().catch(null)
const seconds = z.number().nullish().catch(null)

export const selfRow = z.object({ user_id: z.string(), team: text, enterprise_id: text, apps: z.array(z.string()) })
/** `admin.users.list`, and `users.list` once it is put into the same shape. */
export const userRow = z.object({
  id: z.string(),
  email: text,
  username: text,
  full_name: text,
  is_active: flag,
  is_bot: flag,
  is_admin: flag,
  is_owner: flag,
  is_primary_owner: flag,
  is_restricted: flag,
  is_ultra_restricted: flag,
  /** Of another organisation: in a shared channel only. */
  is_stranger: flag,
  has_2fa: flag,
  has_sso: flag,
  date_created: seconds,
  last_active_ts: seconds,
  expiration_ts: seconds,
  workspaces: texts,
  /** App behind a bot. */
  app: text,
})
export const teamRow = z.object({ id: z.string(), name: text, discoverability: text })
/** Something of a workspace that its owner did not let the token see. */
export const unseenRow = z.object({ team: z.string(), what: z.string() })
export const appRow = z.object({
  app: z.object({ id: z.string(), name: text, is_internal: flag, is_app_directory_approved: flag }),
  scopes: z
    .array(z.object({ name: z.string(), token_type: text, is_sensitive: flag }))
    .nullish()
    .catch(null),
  date_updated: seconds,
  last_resolved_by: z.object({ actor_id: text }).nullish().catch(null),
  resolution: z.enum(['approved', 'restricted']),
})
export const channelRow = z.object({
  id: z.string(),
  name: text,
  is_private: flag,
  is_archived: flag,
  is_ext_shared: flag,
  is_pending_ext_shared: flag,
  created: seconds,
  creator_id: text,
  member_count: seconds,
  external_user_count: seconds,
  /** Organisations in it that are not ours. */
  connected_team_ids: texts,
  /** Set by Cordon: of these, the ones that its settings do not name as partners. */
  strangers: z.array(z.string()).default([]),
  internal_team_ids: texts,
})
export const usergroupRow = z.object({
  id: z.string(),
  team: text,
  name: text,
  handle: text,
  is_external: flag,
  is_idp_group: flag,
  date_create: seconds,
  date_delete: seconds,
  created_by: text,
  users: texts,
})
const device = z
  .object({ device_hardware: text, os: text, os_version: text, ip: text, slack_client_version: text })
  .nullish()
  .catch(null)
export const sessionRow = z.object({
  user_id: z.string(),
  team_id: text,
  session_id: z.union([z.number(), z.string()]).transform(String),
  created: device,
  recent: device,
})

export const rowSchemas = {
  self: selfRow,
  users: userRow,
  teams: teamRow,
  unseen: unseenRow,
  apps: appRow,
  channels: channelRow,
  usergroups: usergroupRow,
  sessions: sessionRow,
} as const
export type RowKind = keyof typeof rowSchemas

const party = z.object({ id: text, name: text, email: text, team: text }).nullish().catch(null)
const app = z
  .object({
    id: text,
    name: text,
    is_distributed: flag,
    is_directory_approved: flag,
    scopes: texts,
    scopes_bot: texts,
    creator: text,
  })
  .nullish()
  .catch(null)
const thing = z.object({ id: text, name: text, type: text, domain: text }).nullish().catch(null)

/** One entry of the audit log. Details differ by action: those read are named, the others pass to `unmapped` by no name. */
export const auditRow = z.object({
  id: text,
  action: z.string(),
  date_create: z.union([z.number(), z.string()]).nullish().catch(null),
  actor: z.object({ type: text, user: party }).nullish().catch(null),
  entity: z
    .object({
      type: text,
      user: party,
      app,
      usergroup: thing,
      workspace: thing,
      enterprise: thing,
      file: z.object({ id: text, name: text, title: text, filetype: text }).nullish().catch(null),
      channel: z
        .object({ id: text, name: text, privacy: text, is_shared: flag, teams_shared_with: texts })
        .nullish()
        .catch(null),
      role: thing,
      account_type_role: thing,
      workflow: thing,
      workflow_v2: thing,
      barrier: thing,
      huddle: thing,
    })
    .nullish()
    .catch(null),
  context: z
    .object({
      session_id: z.union([z.number(), z.string()]).nullish().catch(null),
      location: thing,
      ua: text,
      ip_address: text,
      app,
    })
    .nullish()
    .catch(null),
  details: z
    .object({
      reason: z
        .union([z.string(), z.array(z.string())])
        .nullish()
        .catch(null),
      new_scopes: texts,
      previous_scopes: texts,
      scopes: texts,
      bot_scopes: texts,
      is_internal_integration: flag,
      installer_user_id: text,
      app_owner_id: text,
      external_organization_id: text,
      external_organization_name: text,
      target_user: text,
      subteam: text,
      idp_config_id: text,
    })
    .nullish()
    .catch(null),
})
export type AuditRow = z.infer<typeof auditRow>

/** One line of a workspace's integration log. */
export const integrationRow = z.object({
  app_id: text,
  app_type: text,
  service_id: z.union([z.number(), z.string()]).nullish().catch(null),
  service_type: text,
  user_id: text,
  user_name: text,
  channel: text,
  date: z.union([z.number(), z.string()]),
  change_type: text,
  reason: text,
  scope: text,
})
export type IntegrationRow = z.infer<typeof integrationRow>

/** Slack writes seconds as numbers and as text; others who pass its log on write out the time. */
export function timeOf(date: number | string | null | undefined): number | undefined {
  if (date === null || date === undefined || date === '') return undefined
  const seconds = Number(date)
  if (Number.isFinite(seconds)) return seconds > 0 ? Math.round(seconds * 1000) : undefined
  const [, day = '', time = ''] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)Z?$/.exec(date.toString()) ?? []
  const ms = Date.parse(`${day}T${time}Z`)
  return Number.isNaN(ms) ? undefined : ms
}
