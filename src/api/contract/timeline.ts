import { z } from 'zod'

import { entityIdSchema, idSchema } from './entities.ts'

const ms = z.int()
/** Of `cordon incident show` and `timeline`. */
export const timelineSchema = z
  .object({
    incident: idSchema('inc'),
    asOf: z.int().nullable().meta({ description: 'log offset of the estate; null: there is no plan yet' }),
    lines: z.array(
      z.object({
        fromMs: ms.meta({ description: 'when it happened, the first of them' }),
        toMs: ms,
        arrivedAtMs: ms.nullable().meta({ description: 'when Cordon was told; null: it happened in Cordon' }),
        kind: z.enum(['reached', 'event', 'touched', 'changed', 'finding', 'decided', 'step', 'proof']),
        what: z.string(),
        says: z.string(),
        count: z.int().meta({ description: 'like moments of one minute are one line' }),
        entities: z.array(entityIdSchema),
        refs: z.array(z.string()).meta({ description: 'findings, actions, plans or incidents' }),
        evidence: z.array(z.int()).meta({ description: 'log offsets; GET /v1/events/{offset} shows them' }),
      }),
    ),
    next: z.string().nullable().meta({ description: '`after` of the next page; null: this was the last' }),
    says: z.array(z.string()),
  })
  .meta({ id: 'Timeline' })

export const timelineQuery = z.object({
  after: z.string().max(2_000).optional(),
  max: z.coerce.number().int().min(1).max(500).default(200),
})
