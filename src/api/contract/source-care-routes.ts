import { z } from 'zod'

import { entityIdSchema } from './entities.ts'
import { name, type RouteSpec } from './route-spec.ts'
import { secretMap, sourceSchema } from './source-routes.ts'

const roleSchema = z
  .object({
    scopes: z.array(z.object({ name: z.string(), why: z.string() })),
    /** Steps for a person, one a line. */
    text: z.array(z.string()),
    /** What the vendor takes. */
    json: z.unknown(),
    terraform: z.string().nullable(),
  })
  .meta({ id: 'Role' })

const gapSchema = z.object({
  stream: z.string(),
  fromMs: z.int(),
  toMs: z.int(),
  reason: z.string(),
  recovered: z.boolean(),
  /** Log offset of its record. */
  evidence: z.int(),
})

const held = z.object({
  source: z.string(),
  connector: z.string(),
  authority: z.string().nullable(),
  see: z.boolean(),
  contain: z.boolean(),
  reads: z.array(z.string()),
  permissions: z.array(z.object({ name: z.string(), use: z.enum(['see', 'contain']), why: z.string() })),
  actions: z.array(z.object({ verb: z.string(), title: z.string(), reversible: z.boolean() })),
  survives: z.array(z.object({ what: z.string(), until: z.string() })),
  own: z.array(entityIdSchema),
})

/** The life of a source's credentials, and what they would give to a thief. */
export const sourceCareRoutes = {
  'source.show': {
    method: 'GET',
    path: '/v1/sources/{source}',
    summary: 'one source: its settings, streams and what they missed',
    action: 'source.read',
    resource: 'Source',
    response: z.object({
      source: sourceSchema,
      config: z.unknown(),
      logged: z.array(z.string()),
      backfillSinceMs: z.int().nullable(),
      gaps: z.array(gapSchema),
    }),
  },
  'source.role': {
    method: 'POST',
    path: '/v1/source-roles',
    summary: 'the exact least role of each credential: of a source, or of a connector with settings before it is added',
    action: 'source.read',
    resource: 'Source',
    body: z.union([
      z.strictObject({ source: name }),
      z.strictObject({ connector: name, config: z.record(z.string(), z.unknown()).default({}) }),
    ]),
    response: z.object({ connector: z.string(), see: roleSchema.nullable(), contain: roleSchema.nullable() }),
  },
  'source.rotate': {
    method: 'POST',
    path: '/v1/sources/{source}/secrets',
    summary: 'replace sealed secrets while the source runs; what the vendor does not accept is put back',
    action: 'source.write',
    resource: 'Source',
    body: z
      .strictObject({
        see: secretMap.default({}),
        contain: secretMap.default({}),
        /** Cordon makes the new secret itself, for an intake that has one of Cordon's making. */
        make: z.boolean().default(false),
      })
      .refine(
        ({ see, contain, make }) => make || Object.keys({ ...see, ...contain }).length > 0,
        'a secret is missing here',
      ),
    response: z.object({
      source: z.string(),
      replaced: z.array(z.enum(['see', 'contain'])),
      missing: z.array(z.string()),
      /** What to change at the sender; a secret made here stands in it, and is told this once. */
      setup: z.array(z.string()),
    }),
  },
  'source.backfill': {
    method: 'POST',
    path: '/v1/sources/{source}/backfill',
    summary: 'read history from a time on, as far as the vendor keeps it, beside the live feeds',
    action: 'source.write',
    resource: 'Source',
    body: z.strictObject({ sinceMs: z.int().min(0) }),
    response: z.object({
      source: z.string(),
      sinceMs: z.int(),
      streams: z.array(z.object({ stream: z.string(), fromMs: z.int().nullable() })),
    }),
  },
  'recall.self': {
    method: 'GET',
    path: '/v1/recall/self',
    summary:
      'what a thief of this Cordon would hold: each credential, what it reads and does, and what to revoke where',
    action: 'source.read',
    resource: 'Source',
    response: z.object({
      sources: z.array(held),
      reach: z.object({ asOf: z.int(), from: z.array(entityIdSchema), byKind: z.record(z.string(), z.int()) }),
    }),
  },
} as const satisfies Record<string, RouteSpec>
