import { z } from 'zod'

/** Parts of GitHub's rows that Cordon reads (GitHub's own OpenAPI description names the rest). */
const time = z.string().nullish()
export const accountRow = z.object({ id: z.number(), login: z.string(), type: z.string().optional() })
export type AccountRow = z.infer<typeof accountRow>

export const orgRow = z.object({
  id: z.number(),
  login: z.string(),
  default_repository_permission: z.string().nullish(),
  two_factor_requirement_enabled: z.boolean().nullish(),
  members_can_create_public_repositories: z.boolean().nullish(),
  members_can_invite_outside_collaborators: z.boolean().nullish(),
  plan: z.object({ name: z.string() }).optional(),
})
export type OrgRow = z.infer<typeof orgRow>

const teamFields = { id: z.number(), slug: z.string(), name: z.string() }
export const teamRow = z.object({ ...teamFields, parent: z.object({ id: z.number() }).nullish() })
export const teamWithMembers = z.object({ team: teamRow, members: z.array(accountRow) })

/** `permissions` carries the base role even where `role_name` is a custom one. */
const roleFields = {
  role_name: z.string().optional(),
  permission: z.string().optional(),
  permissions: z.record(z.string(), z.boolean()).optional(),
}
export type RoleFields = {
  role_name?: string | undefined
  permission?: string | undefined
  permissions?: Record<string, boolean> | undefined
}
export const collaboratorRow = accountRow.extend(roleFields)
export const repoTeamRow = z.object({ ...teamFields, ...roleFields })

export const installationRow = z.object({
  id: z.number(),
  app_id: z.number(),
  app_slug: z.string(),
  repository_selection: z.string(),
  permissions: z.record(z.string(), z.string()),
  created_at: time,
  suspended_at: time,
  is_own: z.boolean().default(false),
})
export type InstallationRow = z.infer<typeof installationRow>

export const grantRow = z.object({
  id: z.number(),
  owner: accountRow,
  repository_selection: z.string(),
  permissions: z.object({
    organization: z.record(z.string(), z.string()).optional(),
    repository: z.record(z.string(), z.string()).optional(),
  }),
  access_granted_at: time,
  token_id: z.number(),
  token_name: z.string(),
  token_expired: z.boolean(),
  token_expires_at: time,
  token_last_used_at: time,
})
export const grantWithRepositories = z.object({
  grant: grantRow,
  /** Null: not a list of its own (all, or none). */
  repositories: z.array(z.number()).nullable(),
})

export const authorizationRow = z.object({
  login: z.string(),
  /** Put there by the stream; null for one who is no longer a member. */
  user_id: z.number().nullable(),
  credential_id: z.number(),
  credential_type: z.string(),
  token_last_eight: z.string().nullish(),
  fingerprint: z.string().nullish(),
  credential_authorized_at: time,
  credential_accessed_at: time,
  authorized_credential_id: z.number().nullish(),
  authorized_credential_title: z.string().nullish(),
  authorized_credential_note: z.string().nullish(),
  authorized_credential_expires_at: time,
  scopes: z.array(z.string()).nullish(),
})
export type AuthorizationRow = z.infer<typeof authorizationRow>

export const hookRow = z.object({
  id: z.number(),
  active: z.boolean(),
  events: z.array(z.string()).default([]),
  /** Behind `reduced`, the origin alone: the rest of such an address is often a secret of its own. */
  config: z
    .object({ url: z.string().optional(), insecure_ssl: z.union([z.string(), z.number()]).optional() })
    .default({}),
  created_at: time,
})
export type HookRow = z.infer<typeof hookRow>

export const secretRow = z.object({ name: z.string(), created_at: time, updated_at: time })
export type SecretRow = z.infer<typeof secretRow>
export const orgSecretRow = secretRow.extend({
  visibility: z.enum(['all', 'private', 'selected']),
  repositories: z.array(z.number()).nullable().default(null),
  /** Of the configuration's `places` those that it is part of. */
  places: z.array(z.string()).default([]),
})
export const runnerRow = z.object({
  id: z.number(),
  name: z.string(),
  os: z.string(),
  status: z.string(),
  busy: z.boolean(),
  ephemeral: z.boolean().optional(),
})
export type RunnerRow = z.infer<typeof runnerRow>

export const alertRow = z.object({
  number: z.number(),
  state: z.string(),
  created_at: time,
  secret_type: z.string(),
  /** Put there by the stream in place of the secret: `sha256:` at GitHub's door, `fp:` behind the intake. */
  secret_sha256: z.string().nullable(),
  publicly_leaked: z.boolean().nullish(),
  validity: z.string().nullish(),
  repository: z.object({ id: z.number() }).optional(),
  first_location_detected: z.object({ path: z.string().optional() }).nullish(),
})

export const keyRow = z.object({
  id: z.number(),
  key: z.string(),
  title: z.string(),
  read_only: z.boolean(),
  created_at: time,
  last_used: time,
  added_by: z.string().nullish(),
  enabled: z.boolean().optional(),
})
export const environmentRow = z.object({
  name: z.string(),
  protection_rules: z.array(z.object({ type: z.string() })).optional(),
  secrets: z.array(secretRow).default([]),
})
export const workflowRow = z.object({
  id: z.number(),
  path: z.string(),
  state: z.string(),
  created_at: time,
  /** Read out of the file by the stream; the text itself is not kept. */
  uses: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  forOutsiders: z.boolean().default(false),
  runsTheirs: z.boolean().default(false),
})
export const repoRow = z.object({
  id: z.number(),
  name: z.string(),
  full_name: z.string(),
  visibility: z.string().optional(),
  private: z.boolean(),
  archived: z.boolean().default(false),
  fork: z.boolean().default(false),
  created_at: time,
  pushed_at: time,
})
export type RepoRow = z.infer<typeof repoRow>
export const repoWithParts = z.object({
  repository: repoRow,
  collaborators: z.array(collaboratorRow),
  teams: z.array(repoTeamRow),
  keys: z.array(keyRow),
  hooks: z.array(hookRow),
  secrets: z.array(secretRow),
  /** Names of the organisation's secrets that its jobs may ask for. */
  orgSecrets: z.array(z.string()),
  environments: z.array(environmentRow),
  /** Of the configuration's `places` those of this repository. */
  places: z.array(z.string()).default([]),
  runners: z.array(runnerRow),
  workflows: z.array(workflowRow),
  /** Package URLs of the dependency graph. */
  packages: z.array(z.string()),
})
export type RepoWithParts = z.infer<typeof repoWithParts>
