import { z } from 'zod'

import { secureOrigin } from '#sources/contract'

export const githubIssuesConfig = z.strictObject({
  /** `https://api.github.com`; of GitHub Enterprise Cloud with data residency `https://api.NAME.ghe.com`. */
  apiUrl: secureOrigin.default('https://api.github.com'),
  owner: z.string().regex(/^[A-Za-z\d](?:[A-Za-z\d-]{0,37}[A-Za-z\d])?$/, 'the name of an owner'),
  repository: z
    .string()
    .regex(/^(?!\.{1,2}$)[\w.-]{1,100}$/, 'the name of a repository')
    .describe('one that only those may read who may know of incidents'),
  /** By it issues of Cordon are found; no other tool may set it. */
  label: z
    .string()
    .min(1)
    .max(50)
    .regex(/^[\w-]+$/, 'letters, digits, dashes')
    .default('cordon'),
  /** What issues say of entities: of what kind they are, or which ones. */
  entities: z.enum(['kinds', 'ids']).default('kinds'),
})
export type GithubIssuesConfig = z.output<typeof githubIssuesConfig>

export const githubIssuesOrigins = ({ apiUrl }: GithubIssuesConfig): string[] => [new URL(apiUrl).origin]
