import { z } from 'zod'

/**
 * The part of the Hub's records that Cordon keeps. What is not named here never enters the log: the last letters of a
 * token (which match nothing and are no fingerprint), pictures, descriptions.
 */
// A field that changed its kind tells nothing any more; it does not take the row with it. Ids have to be there.
const text = z.string().nullish().catch(null)
const flag = z.boolean().nullish().catch(null)
const texts = z.array(z.string()).nullish().catch(null)

const repo = z.object({
  _id: z.string(),
  /** `organisation/name`: for addresses, and until it is moved. */
  id: z.string(),
  private: flag,
  gated: z
    .union([z.literal(false), z.enum(['auto', 'manual'])])
    .nullish()
    .catch(null),
  disabled: flag,
  sha: text,
  lastModified: text,
  createdAt: text,
  resourceGroup: z.object({ id: z.string() }).nullish().catch(null),
  /** Of Spaces. */
  runtime: z.object({ stage: text }).nullish().catch(null),
})
export type RepoRow = z.output<typeof repo>
const roleOf = z.object({ _id: z.string(), role: text })
const scoped = z.object({
  entity: z.object({ _id: z.string(), type: text }),
  permissions: z.array(z.string()),
})

export const rowSchemas = {
  organization: z.object({ name: z.string(), plan: text, self: z.string() }),
  members: z.object({
    _id: z.string(),
    user: z.string(),
    fullname: text,
    role: text,
    twoFaEnabled: flag,
    verifiedEmail: text,
    isExternalCollaborator: flag,
  }),
  groups: z.object({ id: z.string(), name: text, users: z.array(roleOf).nullish().catch(null) }),
  models: repo,
  datasets: repo,
  spaces: repo,
  tokens: z.object({
    _id: z.string(),
    displayName: text,
    role: text,
    createdAt: text,
    lastUsedAt: text,
    owner: z.object({ _id: text, name: text }),
    authorization: z.object({ status: text }).nullish().catch(null),
    fineGrained: z
      .object({ scoped: z.array(scoped) })
      .nullish()
      .catch(null),
  }),
  accounts: z.object({ _id: z.string(), user: text, name: text, createdAt: text }),
  accountTokens: z.object({
    account: z.string(),
    _id: z.string(),
    displayName: text,
    role: text,
    createdAt: text,
    lastUsedAt: text,
    expiration: text,
    permissions: texts,
    repoIds: texts,
    repoPermissions: texts,
  }),
  secrets: z.object({ space: z.string(), key: z.string(), updatedAt: text }),
} as const
export type RowKind = keyof typeof rowSchemas
export type Rows = { [Kind in RowKind]: z.output<(typeof rowSchemas)[Kind]> }

/** One commit of one repository. `author` is what the writer said, and no proof; `user` the member of that name, if there is one. */
export const commitRow = z.object({
  repo: z.string(),
  repoName: z.string(),
  repoKind: z.string(),
  id: z.string(),
  date: z.string(),
  title: text,
  author: text,
  user: text,
})
export type CommitRow = z.output<typeof commitRow>

/** One entry of the audit log. What `data` holds the Hub publishes no shape of: it is kept for rules, and read by nothing else. */
export const auditRow = z.object({
  _id: z.string(),
  createdAt: z.string(),
  type: z.string(),
  message: text,
  ip: text,
  userAgent: text,
  author: z.object({ _id: text, user: text, type: text }).nullish().catch(null),
  token: z.object({ id: text, role: text, deleted: flag }).nullish().catch(null),
  oauth: z.object({ clientId: text, name: text }).nullish().catch(null),
  location: z.object({ country: text }).nullish().catch(null),
  data: z.json().optional(),
})
export type AuditRow = z.output<typeof auditRow>
