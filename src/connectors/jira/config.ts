import { z } from 'zod'

import { secureOrigin } from '#sources/contract'

export const jiraConfig = z.strictObject({
  /** Of Jira Cloud, like `https://brightwater.atlassian.net`. */
  site: secureOrigin,
  /** Whose API token it is. */
  email: z.email().max(254),
  project: z.string().regex(/^[A-Z][A-Z0-9_]{1,9}$/, 'the key of a project, in capitals'),
  /** Of issues that are made; it may ask for no other field than summary and description. */
  issueType: z.string().min(1).max(60).default('Task'),
  /** What issues say of entities: of what kind they are, or which ones. */
  entities: z.enum(['kinds', 'ids']).default('kinds'),
})
export type JiraConfig = z.output<typeof jiraConfig>

export const jiraOrigins = ({ site }: JiraConfig): string[] => [new URL(site).origin]
