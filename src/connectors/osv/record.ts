import { z } from 'zod'

/**
 * The parts of an OSV record that Cordon reads (https://ossf.github.io/osv-schema/, version 1.x); the rest is left in the
 * log. Bounds are far above what the public databases hold.
 */
export const versionsMax = 5_000
const affectedMax = 1_000
const text = z.string().min(1).max(1_024)

const range = z.object({
  type: z.enum(['SEMVER', 'ECOSYSTEM', 'GIT']),
  events: z
    .array(z.record(z.enum(['introduced', 'fixed', 'last_affected', 'limit']), text).or(z.looseObject({})))
    .max(versionsMax),
})
const affected = z.object({
  package: z.object({ ecosystem: text, name: text, purl: text.optional() }).optional(),
  ranges: z.array(range).max(versionsMax).default([]),
  versions: z.array(text).max(versionsMax).default([]),
  database_specific: z.looseObject({}).optional(),
})
export const osvRecord = z.object({
  id: z.string().regex(/^[A-Za-z0-9][\w.:-]{0,127}$/, { error: 'an id such as MAL-2026-1' }),
  modified: z.iso.datetime(),
  published: z.iso.datetime().optional(),
  withdrawn: z.iso.datetime().optional(),
  aliases: z.array(text).max(affectedMax).default([]),
  affected: z.array(affected).max(affectedMax).default([]),
  database_specific: z.looseObject({}).optional(),
})
export type OsvRecord = z.infer<typeof osvRecord>
export type OsvAffected = z.infer<typeof affected>

const embeddedMaliciousCode = 'CWE-506'

/**
 * A bad artefact, and not merely a faulty one: a vulnerability exposes nobody's credentials by itself, and must not open
 * an incident. Said by the id (`MAL-`, the OpenSSF's), by CWE-506, or by `"malicious": true` of whoever wrote the record.
 */
export function isMalicious({ id, aliases, affected: parts, database_specific: specific }: OsvRecord): boolean {
  if ([id, ...aliases].some((name) => name.startsWith('MAL-'))) return true
  return [specific, ...parts.map((part) => part.database_specific)].some(
    (said) => said?.['malicious'] === true || namesCwe(said?.['cwe_ids']) || namesCwe(said?.['cwes']),
  )
}

/** `["CWE-506"]` in GitHub's records, `[{"cweId": "CWE-506"}]` in the OpenSSF's. */
const namesCwe = (list: unknown): boolean =>
  Array.isArray(list) &&
  list.some(
    (one: unknown) => one === embeddedMaliciousCode || JSON.stringify(one)?.includes(`"${embeddedMaliciousCode}"`),
  )
