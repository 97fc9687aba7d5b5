import { z } from 'zod'

import { entityIdSchema, idSchema } from './entities.ts'
import type { RouteSpec } from './route-spec.ts'

const ms = z.int()
const count = z.int().min(0)
const decision = z.enum(['keep', 'take'])
const use = z.enum(['used', 'unused', 'untold'])

const reviewSchema = z
  .object({
    id: idSchema('rev'),
    of: entityIdSchema,
    name: z.string().nullable(),
    asOf: z.int().meta({ description: 'log offset that the rights were read at' }),
    reviewers: z.array(z.string()),
    openedBy: z.string(),
    openedAtMs: ms,
    dueAtMs: ms,
    onUndecided: decision.meta({ description: 'what becomes of rights that nobody decided about' }),
    digest: z.string().meta({ description: 'SHA-256 of what the reviewers are shown; it is in the ledger' }),
    items: count,
    kept: count,
    taken: count,
    undecided: count,
    remindedAtMs: ms.nullable(),
    closedAtMs: ms.nullable(),
    closedBy: z.string().nullable(),
    incidents: z
      .array(idSchema('inc'))
      .nullable()
      .meta({ description: 'where what was taken is planned; null until then' }),
  })
  .meta({ id: 'Review' })

const itemSchema = z
  .object({
    n: count,
    kind: z.enum(['membership', 'reader', 'credential']),
    of: entityIdSchema.meta({ description: 'who has it, or the grant itself' }),
    on: entityIdSchema,
    name: z.string().nullable(),
    through: z.array(entityIdSchema).meta({ description: 'groups and roles on the way; of a grant, who gave it' }),
    use: use.meta({ description: 'in the 90 days before; untold: no source would tell' }),
    lastUseMs: ms.nullable(),
    evidence: z.array(z.int()).meta({ description: 'log offsets; GET /v1/events/{offset} shows one' }),
    reviewer: z.string().nullable().meta({ description: 'null: all reviewers have it themselves' }),
    decision: decision.nullable(),
    reason: z.string().nullable(),
    decidedBy: z.string().nullable(),
    decidedAtMs: ms.nullable(),
  })
  .meta({ id: 'ReviewItem' })

export const reviewRoutes = {
  'review.open': {
    method: 'POST',
    path: '/v1/reviews',
    summary: 'freeze who has which right to a group, data set, class or app, for reviewers to decide on until a day',
    action: 'review.open',
    resource: 'Incident',
    body: z.strictObject({
      of: z.string().min(1).max(1024),
      reviewers: z.union([z.literal('owners'), z.array(z.string().min(1).max(128)).min(1).max(25)]),
      dueMs: z.int().min(0),
      undecided: decision.default('keep'),
    }),
    response: reviewSchema,
  },
  'review.list': {
    method: 'GET',
    path: '/v1/reviews',
    summary: 'reviews, the newest first',
    action: 'review.read',
    resource: 'Incident',
    query: z.object({
      before: z.coerce.number().int().optional().meta({ description: 'opened before this, ms UTC' }),
      max: z.coerce.number().int().min(1).max(200).default(50),
    }),
    response: z.object({ reviews: z.array(reviewSchema) }),
  },
  'review.show': {
    method: 'GET',
    path: '/v1/reviews/{review}',
    summary: 'a review with its rights, by the page',
    action: 'review.read',
    resource: 'Incident',
    query: z.object({
      decision: z.enum(['keep', 'take', 'none']).optional(),
      use: use.optional(),
      mine: z
        .enum(['true', 'false'])
        .default('false')
        .meta({ description: 'true: only those that the caller may decide about' }),
      after: z.coerce.number().int().min(0).default(0),
      max: z.coerce.number().int().min(1).max(1000).default(200),
    }),
    response: z.object({
      review: reviewSchema,
      waiting: z.array(z.object({ reviewer: z.string().nullable(), items: count })),
      items: z.array(itemSchema),
    }),
  },
  'review.decide': {
    method: 'POST',
    path: '/v1/reviews/{review}/decisions',
    summary: 'keep or take rights, with a reason; nobody decides about their own',
    action: 'review.decide',
    resource: 'Incident',
    body: z.strictObject({
      items: z.array(z.int().min(1)).max(1000).default([]),
      unused: z
        .boolean()
        .default(false)
        .meta({ description: 'all that nobody decided about and nothing shows a use of, too' }),
      decision,
      reason: z.string().min(1).max(500),
    }),
    response: z.object({ decided: count, review: reviewSchema }),
  },
  'review.remind': {
    method: 'POST',
    path: '/v1/reviews/{review}/reminders',
    summary: 'a task for each reviewer who has not decided yet',
    action: 'review.remind',
    resource: 'Incident',
    response: z.object({ tasks: count, review: reviewSchema }),
  },
  'review.close': {
    method: 'POST',
    path: '/v1/reviews/{review}/close',
    summary: 'end a review: what was taken becomes plans, which wait for approvals as all do',
    action: 'review.close',
    resource: 'Incident',
    response: z.object({
      review: reviewSchema,
      gone: count.meta({ description: 'rights that were to be taken and are gone already' }),
      byHand: count.meta({ description: 'that no action takes: tasks' }),
    }),
  },
} as const satisfies Record<string, RouteSpec>
