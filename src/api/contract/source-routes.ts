import { z } from 'zod'

import { edgeTypes, entityKinds, isEdgeType } from '#model'

import { entityIdSchema, windowSchema } from './entities.ts'
import { name, ok, type RouteSpec } from './route-spec.ts'

const edgeNames = Object.keys(edgeTypes).filter(isEdgeType)
export const secretMap = z.record(z.string().regex(/^[A-Za-z][\w.-]{0,63}$/), z.string().max(65_536))
export const sourceSchema = z
  .object({
    id: name,
    connector: z.string(),
    authority: z.string().nullable(),
    state: z.string(),
    trust: z.enum(['vendor', 'host']),
    canContain: z.boolean(),
    says: z.array(z.string()),
    /** Spans of its feeds that are lost and were not read again. */
    openGaps: z.int(),
    unknown: z
      .object({
        records: z.int(),
        types: z.array(z.object({ type: z.string(), count: z.int() })),
      })
      .meta({
        description:
          "records of types that Cordon does not know, since they were projected first; `types`: those since the start, in the vendor's words",
      }),
    streams: z.array(
      z.object({
        name: z.string(),
        kind: z.string(),
        lastSuccessAtMs: z.int().nullable(),
        /** When what happens now will be seen; null while the stream fails: then nobody can say. */
        blindUntilMs: z.int().nullable(),
        error: z.string().nullable(),
        /** What the newest run may not read for want of a right; `untold`: what posture cannot say meanwhile. */
        blind: z.array(z.object({ of: z.string(), says: z.string(), untold: z.array(z.string()) })),
        /** Of the run under way: a first inventory may take hours. */
        progress: z.string().nullable(),
        /** Of the newest event: when it happened where it is read, when it arrived where it is handed in; null: none since the start. */
        lastEventAtMs: z.int().nullable(),
        /** Turned away since the start, by reason; `place` is the last one's. */
        refused: z.array(z.object({ reason: z.string(), count: z.int(), place: z.string(), atMs: z.int() })),
      }),
    ),
  })
  .meta({ id: 'Source' })
export const sourceAddedSchema = sourceSchema
  .extend({
    /** What to set up at the sender, a line each; a secret made here stands in it, and is told this once. */
    setup: z.array(z.string()),
  })
  .meta({ id: 'SourceAdded' })
const attributesSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
const walkSchema = z.strictObject({
  from: z.array(entityIdSchema).min(1).max(1000),
  types: z.array(z.enum(edgeNames)).optional(),
  atMs: z.int().optional(),
  window: windowSchema.optional(),
  withInferred: z.boolean().default(false),
  entitiesMax: z.int().min(1).max(100_000).default(1000),
})
const ingestAnswer = z
  .object({
    accepted: z.int(),
    duplicates: z.int(),
    conflicts: z.int(),
    firstOffset: z.int().nullable(),
    lastOffset: z.int().nullable(),
    refused: z.array(z.object({ line: z.int(), column: z.int(), reason: z.string() })),
    refusedCount: z.int(),
  })
  .meta({ id: 'IngestAnswer' })

export const sourceRoutes = {
  'source.list': {
    method: 'GET',
    path: '/v1/sources',
    summary: 'sources, their health and blind spots',
    action: 'source.read',
    resource: 'Source',
    response: z.object({ sources: z.array(sourceSchema) }),
  },
  'source.add': {
    method: 'POST',
    path: '/v1/sources',
    summary: 'connect a system',
    action: 'source.write',
    resource: 'Source',
    body: z.strictObject({
      id: name,
      connector: name,
      config: z.record(z.string(), z.unknown()).default({}),
      secrets: z
        .strictObject({ see: secretMap.default({}), contain: secretMap.default({}) })
        .default({ see: {}, contain: {} }),
      scope: z.array(z.string().max(512)).max(10_000).optional(),
    }),
    response: sourceAddedSchema,
    status: 201,
  },
  'source.check': {
    method: 'POST',
    path: '/v1/sources/{source}/check',
    summary: 'ask the vendor what this source may see and do',
    action: 'source.write',
    resource: 'Source',
    response: z.object({
      authority: z.string(),
      missing: z.array(z.string()),
      excess: z.array(z.string()),
      says: z.array(z.string()),
      blind: z.array(z.string()),
      delays: z.array(z.object({ stream: z.string(), typicalMs: z.number(), worstMs: z.number() })),
    }),
  },
  'source.remove': {
    method: 'DELETE',
    path: '/v1/sources/{source}',
    summary: 'disconnect; its events stay',
    action: 'source.write',
    resource: 'Source',
    response: ok,
  },
  'ingest-token.create': {
    method: 'POST',
    path: '/v1/sources/{source}/ingest-tokens',
    summary: 'a write-only token bound to one source, or to one host of it',
    action: 'token.write',
    resource: 'Source',
    body: z.strictObject({ host: z.string().max(128).optional() }),
    response: z.object({ id: z.string(), token: z.string() }),
    status: 201,
  },
  'event.ingest': {
    method: 'POST',
    path: '/v1/events/{source}',
    summary: 'append events: NDJSON or a JSON array, gzip allowed',
    action: 'event.write',
    resource: 'Source',
    query: z.object({
      partial: z.enum(['reject', 'keep']).default('reject'),
      stream: name.default('log'),
      batch: z.string().max(128).optional(),
    }),
    response: ingestAnswer,
    raw: 'upload',
  },
  'event.receive': {
    method: 'POST',
    path: '/v1/hooks/{source}',
    summary: 'a webhook of a system: let in by its signature, acknowledged once it is on disk',
    action: 'public',
    resource: 'Source',
    response: z.union([z.object({ accepted: z.int(), duplicates: z.int() }), z.object({ challenge: z.string() })]),
    raw: 'hook',
  },
  'event.show': {
    method: 'GET',
    path: '/v1/events/{offset}',
    summary: 'one event, the evidence behind a claim',
    action: 'event.read',
    resource: 'Estate',
    response: z.object({
      offset: z.int(),
      id: z.string(),
      source: z.string(),
      stream: z.string(),
      eventAtMs: z.int().nullable(),
      arrivedAtMs: z.int(),
      raw: z.unknown(),
    }),
  },
  'estate.find': {
    method: 'GET',
    path: '/v1/entities',
    summary: 'entities of a kind by their name: where an id for everything else comes from',
    action: 'entity.read',
    resource: 'Estate',
    query: z.object({ kind: z.enum(entityKinds), name: z.string().min(1).max(512).optional() }),
    response: z.object({
      asOf: z.int(),
      entities: z.array(z.object({ entity: entityIdSchema, attributes: attributesSchema })),
    }),
  },
  'estate.reach': {
    method: 'POST',
    path: '/v1/estate/reach',
    summary: 'what can be reached, now, at a time or over a window',
    action: 'entity.read',
    resource: 'Estate',
    body: walkSchema,
    response: z.object({ asOf: z.int(), reached: z.array(z.object({ entity: z.string(), since: z.int() })) }),
  },
  'estate.who': {
    method: 'POST',
    path: '/v1/estate/who-can-reach',
    summary: 'who can reach it',
    action: 'entity.read',
    resource: 'Estate',
    body: walkSchema,
    response: z.object({ asOf: z.int(), reached: z.array(z.object({ entity: z.string(), since: z.int() })) }),
  },
  'estate.explain': {
    method: 'POST',
    path: '/v1/estate/explain',
    summary: 'a shortest path with its evidence',
    action: 'entity.read',
    resource: 'Estate',
    body: z.strictObject({ from: entityIdSchema, to: entityIdSchema, atMs: z.int().optional() }),
    response: z.object({
      asOf: z.int(),
      path: z.array(z.object({ src: z.string(), type: z.string(), dst: z.string(), evidence: z.int() })).nullable(),
    }),
  },
} as const satisfies Record<string, RouteSpec>
