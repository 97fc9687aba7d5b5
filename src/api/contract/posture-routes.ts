import { z } from 'zod'

import { severities } from '#model'

import { entityIdSchema, idSchema } from './entities.ts'
import type { RouteSpec } from './route-spec.ts'

const ms = z.int()
const count = z.int().min(0)
const kind = z.string().min(1).max(64)

const fixSchema = z.object({
  kind: z.enum(['revoke', 'disable', 'remove', 'task']),
  target: entityIdSchema,
  preview: z.string(),
  undo: z.string(),
})

export const postureFindingSchema = z
  .object({
    id: idSchema('fnd'),
    kind,
    title: z.string(),
    severity: z.enum(severities),
    on: entityIdSchema,
    name: z.string().nullable(),
    owner: entityIdSchema.nullable(),
    sinceMs: ms.nullable(),
    why: z.string(),
    also: z.array(entityIdSchema),
    evidence: z.array(z.int()).meta({ description: 'log offsets of the records that state it' }),
    fix: fixSchema,
  })
  .meta({ id: 'PostureFinding' })

const look = { asOf: z.int(), atMs: ms }

export const postureRoutes = {
  'posture.list': {
    method: 'GET',
    path: '/v1/posture/findings',
    summary: 'what is weak, gravest first, and the kinds that cannot be said for want of a source',
    action: 'posture.read',
    resource: 'Estate',
    query: z.object({
      kind: kind.optional(),
      after: idSchema('fnd').optional(),
      max: z.coerce.number().int().min(1).max(1_000).default(1_000),
    }),
    response: z.object({
      ...look,
      total: count,
      findings: z.array(postureFindingSchema),
      blind: z.array(z.object({ kind, why: z.array(z.string()) })),
    }),
  },
  'posture.show': {
    method: 'GET',
    path: '/v1/posture/findings/{finding}',
    summary: 'one weak thing: owner, evidence, what it reaches, and the one fix with what it would do and the way back',
    action: 'posture.read',
    resource: 'Estate',
    response: z.object({
      ...look,
      finding: postureFindingSchema.extend({
        fix: fixSchema.extend({
          verbs: z
            .array(z.object({ source: z.string(), verb: z.string(), title: z.string() }))
            .meta({ description: 'actions of connected sources that serve it' }),
        }),
        reach: z.object({ people: count, dataSets: count, resources: count }),
      }),
    }),
  },
  'posture.kinds': {
    method: 'GET',
    path: '/v1/posture/kinds',
    summary:
      'every kind of weakness: its rule, what it needs, whether it can be said here, and how well it was measured',
    action: 'posture.read',
    resource: 'Estate',
    response: z.object({
      ...look,
      how: z.string().meta({ description: 'how the figures came about' }),
      kinds: z.array(
        z.object({
          kind,
          title: z.string(),
          rule: z.string(),
          severity: z.enum(severities),
          needs: z.array(z.string()),
          state: z.enum(['said', 'partly', 'blind']),
          why: z.array(z.string()),
          looked: count,
          untold: z
            .array(z.object({ authority: z.string(), count }))
            .meta({ description: 'of what was looked at, those of which nobody can say' }),
          found: count,
          measured: z.object({ weak: count, said: count, right: count }).nullable(),
        }),
      ),
    }),
  },
} as const satisfies Record<string, RouteSpec>
