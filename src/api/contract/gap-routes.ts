import { z } from 'zod'

import { entityIdSchema, idSchema } from './entities.ts'
import { usedWithin, type RouteSpec } from './route-spec.ts'

const ms = z.int()
const count = z.int().min(0)
const kind = z
  .enum(['standing', 'factor', 'condition'])
  .meta({ description: 'held all the time and rarely needed; a password alone; a key that works from anywhere' })

export const gapRoutes = {
  'access.gaps': {
    method: 'GET',
    path: '/v1/access/gaps',
    summary:
      'standing access, missing factors and keys without a condition, each with the one change that closes it, ranked by whose data it protects',
    action: 'access.gaps',
    resource: 'Estate',
    query: z.object({
      windowMs: usedWithin,
      kind: kind.optional(),
      max: z.coerce.number().int().min(1).max(500).default(50),
    }),
    response: z.object({
      asOf: z.int(),
      window: z.object({ fromMs: ms, toMs: ms }),
      rareDays: count.meta({ description: 'a right used on at most so many days of the window is rarely needed' }),
      found: count.meta({ description: 'gaps there are, those among them that protect nothing more' }),
      total: count.meta({ description: 'changes in the ranking' }),
      gaps: z.array(
        z.object({
          id: idSchema('gap'),
          kind,
          of: entityIdSchema,
          name: z.string().nullable(),
          on: entityIdSchema.nullable(),
          onName: z.string().nullable(),
          deed: z.enum(['read', 'write', 'share', 'admin']).nullable(),
          change: z.string(),
          holders: count.meta({ description: 'who comes to people’s data by it and by nothing else' }),
          people: count,
          newly: count.meta({
            description:
              'pairs of a holder and a person whose data no change before this one protects from that holder',
          }),
          peopleSoFar: count.meta({ description: 'distinct people protected by this change and those before it' }),
          daysUsed: count,
          noticedBy: z.array(
            z.object({ entity: entityIdSchema, name: z.string().nullable(), lastUsedMs: ms.nullable() }),
          ),
          noticedTotal: count,
          evidence: z.array(z.int()).meta({ description: 'log offsets' }),
        }),
      ),
      untold: z.array(z.object({ kind, authority: z.string(), why: z.string(), count })),
      lacking: z.array(z.string()),
    }),
  },
} as const satisfies Record<string, RouteSpec>
