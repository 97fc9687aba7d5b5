import { z } from 'zod'

/** What is of another kind than it was says nothing; only ids are refused for it. */
const text = z.string().max(512).nullish().catch(null)
/** To the hour: a host that is on would otherwise be another row each time it is read. */
const hour = z
  .string()
  .transform((at) => at.replace(/:\d{2}:\d{2}(?:\.\d+)?Z$/, ':00:00Z'))
  .nullish()
  .catch(null)

/** osquery's tables, and the package URL's type of what stands in them. */
export const packageTypes = {
  npm_packages: 'npm',
  python_packages: 'pypi',
  homebrew_packages: 'brew',
  vscode_extensions: 'vscode-extension',
} as const
const sources = ['npm_packages', 'python_packages', 'homebrew_packages', 'vscode_extensions'] as const

/** Fleet unlocks Linux and Windows by itself. A Mac is unlocked by somebody who types a number. */
export const isUnlockable = (platform: string | null | undefined): boolean =>
  typeof platform === 'string' &&
  platform !== '' &&
  !['darwin', 'ios', 'ipados', 'android', 'chrome'].includes(platform)

const software = z.object({
  name: z.string().min(1).max(255),
  version: z.string().min(1).max(255),
  source: z.enum(sources),
  installed_paths: z.array(z.string()).nullish().catch(null),
})
export type SoftwareRow = z.infer<typeof software>

/** What is kept of a row. Addresses, disks and what else runs there are not. */
export const rowSchemas = {
  self: z.object({ id: z.number() }),
  host: z.object({
    id: z.number(),
    uuid: text,
    hostname: text,
    platform: text,
    os_version: text,
    osquery_version: text,
    hardware_vendor: text,
    hardware_serial: text,
    team_id: z.number().nullish().catch(null),
    created_at: text,
    seen_time: hour,
    /** Who uses it, by several ways of knowing; the way is not kept. */
    device_mapping: z
      .array(z.object({ email: z.string().max(320) }))
      .nullish()
      .catch(null),
    /** Set by this source's `locks`. */
    isLockable: z.boolean().default(false),
    /** Fleet leaves it out where there is none. Entries of other tables, and those without a name or version, name no package. */
    software: z
      .array(z.unknown())
      .transform((rows): SoftwareRow[] => rows.flatMap((row) => software.safeParse(row).data ?? []))
      .nullish(),
  }),
  user: z.object({
    id: z.number(),
    name: text,
    email: text,
    api_only: z.boolean().nullish().catch(null),
    sso_enabled: z.boolean().nullish().catch(null),
    mfa_enabled: z.boolean().nullish().catch(null),
    global_role: text,
    created_at: text,
    teams: z
      .array(z.object({ id: z.number(), role: text }))
      .nullish()
      .catch(null),
    /** Set by Cordon; null: not read. */
    sessions: z.array(z.object({ session_id: z.number(), created_at: text })).nullable(),
  }),
} as const
export type RowKind = keyof typeof rowSchemas
export type Rows = { [Kind in RowKind]: z.infer<(typeof rowSchemas)[Kind]> }
