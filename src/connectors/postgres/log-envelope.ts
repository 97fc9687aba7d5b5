import { z } from 'zod'

/**
 * A log line as it enters Cordon's log: the server's own field names, values scrubbed, and beside them in `resolved`
 * what the catalog said when the line was read. `oid` null: the name meant nothing any more.
 */
const oid = z.int().min(0).nullable()
const nullableText = z.string().nullable()

export const resolvedRole = z.object({
  name: z.string(),
  oid,
  canLogin: z.boolean(),
  /** Roles it belongs to, and whether it has their rights without SET ROLE. */
  memberOf: z.array(z.tuple([z.int(), z.boolean()])),
})
export type ResolvedRole = z.output<typeof resolvedRole>

/** `rows`: what the source said or allows at most; null where it does not tell. */
export const resolvedTouch = z.object({
  name: z.string(),
  oid,
  verb: z.enum(['read', 'write', 'delete', 'share', 'admin']),
  rows: z.number().nullable(),
})
export type ResolvedTouch = z.output<typeof resolvedTouch>

export const logEnvelope = z.object({
  kind: z.enum([
    'connected',
    'disconnected',
    'refused',
    'fault',
    'forged',
    'statement',
    'setting',
    'audit',
    'too-long',
  ]),
  timestamp: z.string(),
  user: nullableText,
  dbname: nullableText,
  pid: z.int(),
  remote_host: nullableText,
  remote_port: z.number().nullable(),
  session_id: z.string(),
  line_num: z.int(),
  ps: z.string(),
  error_severity: z.string(),
  state_code: nullableText,
  message: z.string(),
  statement: nullableText,
  application_name: z.string(),
  audit: z
    .object({
      type: z.string(),
      id: z.string(),
      class: z.string(),
      command: z.string(),
      objectType: z.string(),
      object: z.string(),
      rows: z.number().nullable(),
    })
    .nullable(),
  resolved: z.object({
    startMs: z.number(),
    roleOid: oid,
    databaseOid: oid,
    touches: z.array(resolvedTouch),
    /** Something was read or moved, and which relation is not known: rows at most, null unknown. Absent: nothing such. */
    unknownRead: z.object({ rows: z.number().nullable() }).nullable(),
    created: z.array(resolvedRole),
    altered: z.array(resolvedRole),
    dropped: z.array(resolvedRole),
    granted: z.array(z.object({ role: resolvedRole, member: resolvedRole })),
    revoked: z.array(z.object({ role: resolvedRole, member: resolvedRole })),
    setsPassword: z.boolean(),
    /** Relations that were refused for want of a right. */
    refused: z.array(z.int().min(0)).exactOptional(),
  }),
})
export type LogEnvelope = z.output<typeof logEnvelope>
