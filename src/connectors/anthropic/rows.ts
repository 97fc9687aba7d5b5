import { z } from 'zod'

/**
 * The part of Anthropic's records that Cordon keeps. What is not named here never enters the log: the hint of a key (letters
 * of a secret, which match nothing and are no fingerprint).
 */
// A field that changed its kind tells nothing any more; it does not take the row with it. Ids have to be there.
const text = z.string().nullish().catch(null)
const time = text
const count = z.number().nullish().catch(null)
const texts = z.array(z.string()).nullish().catch(null)

export const rowSchemas = {
  organization: z.object({ id: z.string(), name: text }),
  users: z.object({ id: z.string(), email: text, name: text, role: text, added_at: time }),
  invites: z.object({
    id: z.string(),
    email: z.string(),
    role: text,
    status: text,
    invited_at: time,
    expires_at: time,
  }),
  keys: z.object({
    id: z.string(),
    name: text,
    status: text,
    created_at: time,
    expires_at: time,
    created_by: z.object({ id: text, type: text }).nullish().catch(null),
    principal: z.object({ type: text, user_id: text, service_account_id: text }).nullish().catch(null),
    scope: z.object({ type: text, workspace_id: text }).nullish().catch(null),
    workspace_id: text,
    /** Set by Cordon: a key it uses itself. */
    isOwn: z.boolean().default(false),
  }),
  workspaces: z.object({ id: z.string(), name: text, created_at: time, archived_at: time, external_key_id: text }),
  members: z.object({ workspace: z.string(), user_id: z.string(), workspace_role: text }),
  files: z.object({
    workspace: z.string(),
    id: z.string(),
    filename: text,
    mime_type: text,
    size_bytes: count,
    created_at: time,
    expires_at: time,
  }),
} as const
export type RowKind = keyof typeof rowSchemas
export type Rows = { [Kind in RowKind]: z.infer<(typeof rowSchemas)[Kind]> }

/** What one key did within one minute, added up by Anthropic. */
export const usageRow = z.object({
  starting_at: z.string(),
  ending_at: z.string(),
  api_key_id: text,
  workspace_id: text,
  uncached_input_tokens: count,
  cache_read_input_tokens: count,
  output_tokens: count,
})

/** One activity. Each type has fields of its own beside these: those that are read have a name here. */
export const activityRow = z.object({
  id: z.string(),
  type: z.string(),
  created_at: z.string(),
  organization_id: text,
  organization_uuid: text,
  actor: z
    .object({
      type: text,
      user_id: text,
      email_address: text,
      api_key_id: text,
      admin_api_key_id: text,
      service_account_id: text,
      unauthenticated_email_address: text,
      subject: text,
      ip_address: text,
      user_agent: text,
    })
    .nullish()
    .catch(null),
  api_key_id: text,
  admin_api_key_id: text,
  api_key_name: text,
  scopes: texts,
  updates: z
    .array(z.object({ type: text, current_value: z.unknown(), previous_value: z.unknown() }))
    .nullish()
    .catch(null),
  invite_id: text,
  invited_email: text,
  invited_role: text,
  deleted_user_id: text,
  user_id: text,
  workspace_id: text,
  service_account_id: text,
  file_id: text,
  filename: text,
  group_id: text,
  group_name: text,
  member_ids: texts,
  role: text,
  target_id: text,
  resource_type: text,
  resource_id: text,
  mcp_server_id: text,
  mcp_server_name: text,
  federation_issuer_id: text,
  federation_rule_id: text,
})
export type ActivityRow = z.infer<typeof activityRow>
