import { z } from 'zod'

import { edgeTypes, isEdgeType } from '#model'

import { entityIdSchema } from './entities.ts'
import type { RouteSpec } from './route-spec.ts'

const ms = z.int()
const count = z.int().min(0)
const dayMs = 86_400_000
const called = z.string().min(1).max(1024).meta({ description: 'an entity id, or a name that only one thing has' })
const deed = z.enum(['read', 'write', 'share', 'admin'])

const pathSchema = z
  .array(
    z.object({
      src: entityIdSchema,
      type: z.enum(Object.keys(edgeTypes).filter(isEdgeType)),
      dst: entityIdSchema,
      note: z.string().nullable(),
      conditional: z.boolean(),
      evidence: z.int().meta({ description: 'log offset; GET /v1/events/{offset} shows it' }),
    }),
  )
  .meta({ id: 'AccessPath', description: 'how somebody comes to it, first step first' })

const useSchema = z
  .object({
    acts: count,
    firstAtMs: ms,
    lastAtMs: ms,
    records: count.nullable().meta({ description: 'null: no source told how many' }),
    evidence: z.array(z.int()),
  })
  .meta({ id: 'AccessUse' })

const asked = {
  of: called,
  atMs: z.coerce.number().int().min(0).optional().meta({ description: 'a time in the past; absent: now' }),
  after: entityIdSchema.optional(),
  max: z.coerce.number().int().min(1).max(500).default(100),
}
const answered = {
  asOf: z.int(),
  atMs: ms.nullable(),
  of: entityIdSchema,
  total: count,
  names: z.record(z.string(), z.string()).meta({ description: 'of what the paths lead over' }),
  lacking: z
    .array(z.string())
    .meta({ description: 'sources that are missing or late: the answer may be short by these' }),
  limits: z.array(z.string()).meta({ description: 'what the sources there are cannot see' }),
}

export const accessRoutes = {
  'access.readers': {
    method: 'GET',
    path: '/v1/access/readers',
    summary:
      'who can read a data set or a data class, now or at a time, through what, and who did in a window before it',
    action: 'access.read',
    resource: 'Estate',
    query: z.object({
      ...asked,
      usedMs: z.coerce
        .number()
        .int()
        .min(1)
        .max(3_660 * dayMs)
        .default(90 * dayMs),
    }),
    response: z.object({
      ...answered,
      roots: count.meta({ description: 'things meant: one, or all that is of the class' }),
      inside: count.meta({ description: 'things that lie in those' }),
      used: z.object({ fromMs: ms, toMs: ms }),
      certain: count,
      readers: z.array(
        z.object({
          entity: entityIdSchema,
          kind: z.string(),
          name: z.string().nullable(),
          enabled: z.boolean().nullable(),
          certain: z.boolean().meta({ description: 'false: only under a condition that could not be decided' }),
          whole: z.boolean().meta({ description: 'false: only something that lies inside it' }),
          app: entityIdSchema.nullable(),
          reads: count,
          use: useSchema.nullable(),
          path: pathSchema,
        }),
      ),
      readsLogged: z.boolean().meta({ description: 'false: that no read is known says nothing' }),
      isCut: z.boolean().meta({ description: 'true: there were more acts than could be read' }),
      others: z
        .array(z.object({ entity: entityIdSchema, use: useSchema }))
        .meta({ description: 'who read it and is no reader: first page only, the newest first' }),
      othersTotal: count,
    }),
  },
  'access.reach': {
    method: 'GET',
    path: '/v1/access/reach',
    summary: 'what an identity, an app or a credential can reach, now or at a time, and through what',
    action: 'access.read',
    resource: 'Estate',
    query: z.object(asked),
    response: z.object({
      ...answered,
      people: z.object({ atLeast: count, atMost: count }).meta({ description: 'whose data can be read' }),
      things: z.array(
        z.object({
          resource: entityIdSchema,
          name: z.string().nullable(),
          may: z.array(deed),
          perhaps: z.array(deed).meta({ description: 'only under a condition that could not be decided' }),
          classes: z.array(entityIdSchema),
          people: count,
          path: pathSchema,
        }),
      ),
    }),
  },
} as const satisfies Record<string, RouteSpec>
