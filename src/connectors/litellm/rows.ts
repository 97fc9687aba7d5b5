import { z } from 'zod'

import { parseJson, type Json } from '#kit'
import { VendorError } from '#sources/contract'

/**
 * The part of LiteLLM's records that Cordon keeps. INVARIANT: what is not named here never enters the log: prompts and
 * answers, tool arguments, free metadata, error texts (they quote prompts), the masked ends of upstream keys.
 */
// A field that changed its kind tells nothing any more; it does not take the row with it. Ids have to be there.
const text = z.string().nullish().catch(null)
const texts = z.array(z.string()).nullish().catch(null)
const flag = z.boolean().nullish().catch(null)
const amount = z.number().nullish().catch(null)

/** The gateway itself, and what of it is Cordon's own. */
export const selfRow = z.object({
  version: text,
  hosts: z.array(z.string()),
  ownUsers: z.array(z.string()),
  hasDatabase: z.boolean(),
})
/** `hash` is the key's name at LiteLLM; `sha256` the same for the intake, which puts our fingerprint in its place. */
export const keyRow = z.object({
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  sha256: z.string(),
  key_alias: text,
  user_id: text,
  team_id: text,
  org_id: text,
  models: texts,
  allowed_routes: texts,
  key_type: text,
  blocked: flag,
  expires: text,
  created_at: text,
  created_by: text,
  last_active: text,
  last_rotation_at: text,
  auto_rotate: flag,
  spend: amount,
  max_budget: amount,
  budget_reset_at: text,
  /** Set by Cordon: of one of its own users. */
  isOwn: z.boolean(),
})
export const userRow = z.object({
  user_id: z.string(),
  user_alias: text,
  user_email: text,
  user_role: text,
  sso_user_id: text,
  teams: texts,
  models: texts,
  created_at: text,
  spend: amount,
  max_budget: amount,
  key_count: amount,
  isOwn: z.boolean(),
})
const member = z.object({ user_id: text, role: text })
export const teamRow = z.object({
  team_id: z.string(),
  team_alias: text,
  organization_id: text,
  members_with_roles: z.array(member).nullish().catch(null),
  models: texts,
  blocked: flag,
  created_at: text,
  spend: amount,
  max_budget: amount,
})
export const organizationRow = z.object({
  organization_id: z.string(),
  organization_alias: text,
  models: texts,
  created_at: text,
  created_by: text,
  spend: amount,
  members: z
    .array(z.object({ user_id: text, user_role: text }))
    .nullish()
    .catch(null),
})
/** `host`: of the provider's address; the address itself may carry a secret. */
export const deploymentRow = z.object({
  id: z.string(),
  model_name: z.string(),
  model: text,
  provider: text,
  host: text,
  credential: text,
  isStored: z.boolean(),
  blocked: flag,
  team_id: text,
  access_groups: texts,
  created_at: text,
  created_by: text,
})
/** `fields`: names of what is stored, none of the values. */
export const credentialRow = z.object({ name: z.string(), provider: text, fields: z.array(z.string()) })
export const mcpRow = z.object({
  server_id: z.string(),
  server_name: text,
  host: text,
  transport: text,
  auth_type: text,
  allow_all_keys: flag,
  available_on_public_internet: flag,
  status: text,
  created_at: text,
  created_by: text,
  /** Headers and environment variables it is started with: names alone. */
  fields: z.array(z.string()),
})
export const guardrailRow = z.object({
  id: z.string(),
  name: text,
  provider: text,
  mode: text,
  isDefault: flag,
})

/** Kinds of rows by name, as the inventory puts them into its records. */
export const rowSchemas = {
  self: selfRow,
  keys: keyRow,
  users: userRow,
  teams: teamRow,
  organizations: organizationRow,
  deployments: deploymentRow,
  credentials: credentialRow,
  mcp: mcpRow,
  guardrails: guardrailRow,
} as const
export type RowKind = keyof typeof rowSchemas
export type Rows = { [Kind in RowKind]: z.infer<(typeof rowSchemas)[Kind]> }

/** One call of a model, as both the spend logs and the pushed records tell it once they are cut to this. */
export const requestRow = z.object({
  id: z.string(),
  /** ISO 8601. */
  startedAt: z.string(),
  endedAt: text,
  call_type: text,
  status: text,
  hash: text,
  user: text,
  team_id: text,
  organization_id: text,
  end_user: text,
  model: text,
  model_group: text,
  model_id: text,
  provider: text,
  host: text,
  prompt_tokens: amount,
  completion_tokens: amount,
  total_tokens: amount,
  spend: amount,
  ip: text,
  agent: text,
  session_id: text,
  tool: text,
  error: text,
  error_code: text,
})
export type RequestRow = z.infer<typeof requestRow>

/** Of the row before and behind the change: who it belongs to and what it may do. */
const changed = z
  .object({
    user_id: text,
    user_role: text,
    team_id: text,
    key_alias: text,
    team_alias: text,
    model_name: text,
    models: texts,
    blocked: flag,
    allowed_routes: texts,
    expires: text,
  })
  .nullish()
  .catch(null)
export const auditRow = z.object({
  id: z.string(),
  updated_at: z.string(),
  changed_by: text,
  byHash: text,
  action: z.string(),
  table_name: z.string(),
  object_id: z.string(),
  before_value: changed,
  updated_values: changed,
})
export type AuditRow = z.infer<typeof auditRow>

/** INVARIANT: nothing of an entry goes on but what its shape names. `what`: the list it stands in. */
export function readEntry<Shape extends z.ZodType>(shape: Shape, entry: unknown, what: string): z.output<Shape> {
  const read = shape.safeParse(entry)
  if (read.success) return read.data
  throw new VendorError('ERR_VENDOR_SHAPE', `${what} holds an entry in a shape that was not expected`, {
    place: (read.error.issues[0]?.path ?? []).map(String).join('.'),
    hint: 'the vendor may have changed its API: see whether a newer Cordon reads it',
  })
}
/** As it enters the log; what was not told is left out. */
export const recordOf = (entry: RequestRow | AuditRow): Json => parseJson(JSON.stringify(entry))

/** Host of an address, without what else stands in it. */
export function hostOf(address: unknown): string | null {
  if (typeof address !== 'string' || !URL.canParse(address)) return null
  const { host } = new URL(address)
  return host === '' ? null : host
}
