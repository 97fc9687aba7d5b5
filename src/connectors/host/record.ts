import { z } from 'zod'

import { hostIdShape } from './config.ts'

/** Rows read from one record; what lies beyond is counted as dropped. */
export const rowsMax = 200_000

const text = z.string().min(1).max(4096)
const ms = z.number().int().nonnegative()
/** The reporter sends `sha256:`; the intake has already turned it into a fingerprint. */
const fingerprint = z.string().regex(/^fp:[A-Za-z0-9]+\.[A-Za-z0-9_-]{20,}$/)

export const packageRow = z.object({
  ecosystem: z.string().regex(/^[a-z][a-z0-9.-]{0,31}$/),
  name: text,
  version: text,
  path: text.optional(),
  installedAtMs: ms.nullish(),
  state: z.enum(['installed', 'cached']).default('installed'),
  from: z.literal('earlier-report').optional(),
})
export type PackageRow = z.infer<typeof packageRow>

export const credentialRow = z.object({
  kind: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
  path: text,
  name: z.string().max(64).optional(),
  mode: z.string().max(8).nullish(),
  readableBy: z.enum(['owner', 'group', 'everyone']).optional(),
  modifiedAtMs: ms.nullish(),
  createdAtMs: ms.nullish(),
  sha256: fingerprint.optional().catch(undefined),
  keyId: z
    .string()
    .regex(/^[A-Za-z0-9]{4,64}$/)
    .optional(),
  accessKeyId: z
    .string()
    .regex(/^[A-Z0-9]{16,32}$/)
    .optional(),
  jwt: z.object({ exp: z.number().optional() }).optional(),
  from: z.literal('earlier-report').optional(),
})
export type CredentialRow = z.infer<typeof credentialRow>

/** A report or one part of it: `HostReport` of the reporter, read as a stranger's text. */
const number = z.string().max(128).optional().catch(undefined)
export const reportShape = z.object({
  version: z.literal(1),
  host: z.object({ id: z.string().regex(hostIdShape) }),
  hardware: z
    .object({ uuid: number, serial: number, manufacturer: number, instance: number })
    .optional()
    .catch(undefined),
  takenAtMs: ms,
  complete: z.boolean(),
  packages: z.array(z.unknown()).default([]),
  credentials: z.array(z.unknown()).default([]),
})

export const snapshotShape = z.object({
  snapshot: z.object({ id: z.string().max(256), part: z.number().int(), complete: z.boolean(), takenAtMs: ms }),
  rows: z.unknown(),
})

/** A listing some other tool made, with the host it speaks of. */
export const listingFormats = ['cyclonedx', 'npm-lock', 'pip-freeze', 'pip-list', 'uv-lock', 'poetry-lock'] as const
export type ListingFormat = (typeof listingFormats)[number]
export const listingShape = z.object({
  host: z.string().regex(hostIdShape),
  format: z.enum(listingFormats),
  /** Project or environment: two listings of one host are kept apart by it. */
  path: z.string().max(1024).optional(),
  takenAtMs: ms.optional(),
  complete: z.boolean().default(true),
  document: z.unknown(),
})
export type Listing = z.infer<typeof listingShape>

/** Rows of a known shape, and how many were of none. */
export function readRows<T>(schema: z.ZodType<T>, rows: readonly unknown[]): { rows: T[]; dropped: number } {
  const kept: T[] = []
  for (const row of rows.slice(0, rowsMax)) {
    const read = schema.safeParse(row)
    if (read.success) kept.push(read.data)
  }
  return { rows: kept, dropped: rows.length - kept.length }
}
