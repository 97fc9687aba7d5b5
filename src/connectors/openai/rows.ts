import { z } from 'zod'

/**
 * The part of OpenAI's records that Cordon keeps. What is not named here never enters the log: redacted values of keys
 * (letters of a secret, which match nothing and are no fingerprint), contents of certificates, instructions of assistants.
 */
// A field that changed its kind tells nothing any more; it does not take the row with it. Ids have to be there.
const text = z.string().nullish().catch(null)
const seconds = z.number().nullish().catch(null)
const flag = z.boolean().nullish().catch(null)
const count = seconds
const texts = z.array(z.string()).nullish().catch(null)
const project = { project: z.string() }
const named = z.object({ id: text, name: text }).nullish().catch(null)

/** Set by Cordon: a key it uses itself. */
const isOwn = z.boolean().default(false)

export const rowSchemas = {
  users: z.object({
    id: z.string(),
    name: text,
    email: text,
    role: text,
    added_at: seconds,
    created: seconds,
    is_service_account: flag,
    is_scim_managed: flag,
    api_key_last_used_at: seconds,
    user: z.object({ enabled: flag, banned: flag }).nullish().catch(null),
  }),
  invites: z.object({
    id: z.string(),
    email: text,
    role: text,
    status: text,
    created_at: seconds,
    expires_at: seconds,
    projects: z
      .array(z.object({ id: z.string(), role: text }))
      .nullish()
      .catch(null),
  }),
  'admin-keys': z.object({
    id: z.string(),
    name: text,
    created_at: seconds,
    last_used_at: seconds,
    expires_at: seconds,
    owner: z.object({ type: text, id: text, name: text, role: text }).nullish().catch(null),
    isOwn,
  }),
  groups: z.object({ id: z.string(), name: text, created_at: seconds, is_scim_managed: flag }),
  'group-users': z.object({ group: z.string(), users: z.array(z.string()) }),
  'group-roles': z.object({
    group: z.string(),
    id: z.string(),
    name: text,
    permissions: texts,
    resource_type: text,
    predefined_role: flag,
    created_at: seconds,
  }),
  certificates: z.object({
    id: z.string(),
    name: text,
    created_at: seconds,
    active: flag,
    certificate_details: z.object({ expires_at: seconds }).nullish().catch(null),
  }),
  projects: z.object({
    id: z.string(),
    name: text,
    created_at: seconds,
    archived_at: seconds,
    status: text,
    external_key_id: text,
  }),
  'project-users': z.object({ ...project, id: z.string(), role: text, added_at: seconds }),
  'project-groups': z.object({ ...project, group_id: z.string(), group_name: text, created_at: seconds }),
  'service-accounts': z.object({ ...project, id: z.string(), name: text, role: text, created_at: seconds }),
  keys: z.object({
    ...project,
    id: z.string(),
    name: text,
    created_at: seconds,
    last_used_at: seconds,
    owner_project_access: text,
    isOwn,
    owner: z
      .object({
        type: text,
        user: z.object({ id: text, role: text }).nullish().catch(null),
        service_account: z.object({ id: text, role: text }).nullish().catch(null),
      })
      .nullish()
      .catch(null),
  }),
  files: z.object({
    ...project,
    id: z.string(),
    filename: text,
    purpose: text,
    bytes: count,
    created_at: seconds,
    expires_at: seconds,
  }),
  'vector-stores': z.object({
    ...project,
    id: z.string(),
    name: text,
    usage_bytes: count,
    status: text,
    created_at: seconds,
    expires_at: seconds,
    last_active_at: seconds,
    file_counts: z.object({ total: count }).nullish().catch(null),
  }),
  assistants: z.object({
    ...project,
    id: z.string(),
    name: text,
    model: text,
    created_at: seconds,
    tool_resources: z
      .object({
        code_interpreter: z.object({ file_ids: texts }).nullish().catch(null),
        file_search: z.object({ vector_store_ids: texts }).nullish().catch(null),
      })
      .nullish()
      .catch(null),
  }),
  'fine-tuning-jobs': z.object({
    ...project,
    id: z.string(),
    model: text,
    status: text,
    fine_tuned_model: text,
    training_file: text,
    validation_file: text,
    created_at: seconds,
    finished_at: seconds,
  }),
} as const
export type RowKind = keyof typeof rowSchemas
export type Rows = { [Kind in RowKind]: z.infer<(typeof rowSchemas)[Kind]> }

/** What one key of one project did within one minute, added up by OpenAI. */
export const usageRow = z.object({
  kind: z.string(),
  start_time: z.number(),
  end_time: z.number(),
  num_model_requests: count,
  input_tokens: count,
  output_tokens: count,
  project_id: text,
  user_id: text,
  api_key_id: text,
})

const party = z.object({ id: text, email: text }).nullish().catch(null)
/** One entry of the audit log. Its details stand under the name of its type, with a dot or, from some, with an underscore. */
export const auditRow = z
  .object({
    id: z.string(),
    type: z.string(),
    effective_at: z.number(),
    project: named,
    actor: z
      .object({
        type: text,
        session: z.object({ user: party, ip_address: text, user_agent: text }).nullish().catch(null),
        api_key: z
          .object({ id: text, type: text, user: party, service_account: z.object({ id: text }).nullish().catch(null) })
          .nullish()
          .catch(null),
      })
      .nullish()
      .catch(null),
  })
  .catchall(z.unknown())
export type AuditRow = z.infer<typeof auditRow>

/** The fields of details that are read; everything else stays in the raw record. */
export const auditDetail = z.object({
  id: text,
  name: text,
  data: z
    .object({
      role: text,
      email: text,
      name: text,
      title: text,
      group_name: text,
      scopes: texts,
      fine_tuned_model_checkpoint: text,
    })
    .nullish()
    .catch(null),
  changes_requested: z.object({ role: text, scopes: texts }).nullish().catch(null),
  principal_id: text,
  principal_type: text,
  resource_id: text,
  resource_type: text,
  error_code: text,
})
export type AuditDetail = z.infer<typeof auditDetail>
