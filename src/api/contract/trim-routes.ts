import { z } from 'zod'

import { actionStates, trimmedMembershipsMax } from '#model'

import { entityIdSchema, idSchema } from './entities.ts'
import { usedWithin, type RouteSpec } from './route-spec.ts'

const ms = z.int()
const count = z.int().min(0)
const dayMs = 86_400_000
const tried = z.object({ proposed: count, used: count })
const rightKind = z.enum(['grant', 'membership', 'credential'])
const deed = z.enum(['read', 'write', 'share', 'admin'])

const right = {
  kind: rightKind,
  of: entityIdSchema.meta({ description: 'from whom it would be taken: an identity, a group, an app or a credential' }),
  deed: deed.nullable().meta({ description: 'of a grant: what may be done' }),
  on: entityIdSchema.meta({
    description: 'of a grant the thing, of a membership the group or role, of a credential whom it opens',
  }),
}

export const trimRoutes = {
  'access.trim': {
    method: 'GET',
    path: '/v1/access/trim',
    summary:
      'rights that nobody used in a window and that nothing holds back, with who would lose what and the rate of mistakes to expect',
    action: 'access.trim',
    resource: 'Estate',
    query: z.object({
      windowMs: usedWithin,
      of: z
        .string()
        .min(1)
        .max(1024)
        .optional()
        .meta({ description: 'only what concerns this identity, app, credential or resource: an id, or a name' }),
      partly: z
        .enum(['true', 'false'])
        .default('false')
        .meta({ description: 'true: where only some ways of use are logged, their silence counts as well' }),
      after: z.string().max(64).optional(),
      max: z.coerce.number().int().min(1).max(500).default(100),
    }),
    response: z.object({
      asOf: z.int(),
      window: z.object({ fromMs: ms, toMs: ms }),
      horizonMs: ms.meta({ description: 'a mistake is a right that is used within so long after its removal' }),
      readSinceMs: ms.meta({ description: 'seasons and rhythms before that are not known' }),
      rights: count,
      used: count,
      total: count,
      proposals: z.array(
        z.object({
          id: z.string(),
          ...right,
          name: z.string().nullable(),
          onName: z.string().nullable(),
          notes: z.array(z.string()).meta({ description: 'in its vendor’s own words' }),
          certain: z.boolean(),
          sinceMs: ms,
          lastUseMs: ms.nullable().meta({ description: 'the day it was last used; null: no use is known' }),
          isLogged: z.boolean().meta({ description: 'false: by the vendor’s word of its last use' }),
          people: count.meta({ description: 'whose data it opens to those who would lose it' }),
          dataSets: count,
          things: count,
          losers: z
            .array(z.object({ entity: entityIdSchema, name: z.string().nullable(), lastUsedMs: ms.nullable() }))
            .meta({ description: 'the first 50' }),
          losersTotal: count,
          keeps: count.meta({ description: 'so many who have it keep all of it another way' }),
          evidence: z.array(z.int()).meta({ description: 'log offsets; GET /v1/events/{offset} shows one' }),
          verbs: z.array(z.object({ source: z.string(), verb: z.string(), title: z.string() })),
        }),
      ),
      needless: count.meta({ description: 'unused rights that nobody has, or that all who have one keep another way' }),
      heldTotal: count,
      held: z
        .array(z.object({ why: z.string(), says: z.string(), rights: count }))
        .meta({ description: 'unused, and held back for a reason' }),
      heldRights: z
        .array(z.object({ ...right, why: z.string() }))
        .meta({ description: 'the first 200, on the first page' }),
      untold: z
        .array(z.object({ authority: z.string(), why: z.string(), rights: count }))
        .meta({ description: 'rights whose use nobody tells: never proposed' }),
      rate: z
        .object({
          tried,
          distinct: count,
          byKind: z.record(z.string(), tried),
          times: count,
          expected: z.number().nullable(),
          most: count.nullable().meta({ description: 'with 95 in 100' }),
          newUses: z
            .number()
            .meta({ description: 'rights of any sort that will be used after silence (Good and Toulmin)' }),
        })
        .meta({
          description: 'of the proposals so many will be wanted within the horizon; null: nothing could be tried',
        }),
      lacking: z.array(z.string()),
    }),
  },
  'access.trim-stage': {
    method: 'POST',
    path: '/v1/access/trim/stages',
    summary:
      'open one stage of a trim: an incident whose plan takes unused rights, the smallest first, each so that it can be given back',
    action: 'access.trim-stage',
    resource: 'Incident',
    body: z.strictObject({
      windowMs: z
        .int()
        .min(dayMs)
        .max(365 * dayMs)
        .default(90 * dayMs),
      partly: z.boolean().default(false),
      rights: z.array(z.string().max(64)).min(1).max(trimmedMembershipsMax).exactOptional().meta({
        description: 'these proposals alone; absent: those that touch fewest people, which no stage took yet',
      }),
      max: z.int().min(1).max(trimmedMembershipsMax).default(10),
      waitMs: z
        .int()
        .min(0)
        .max(365 * dayMs)
        .default(7 * dayMs)
        .meta({ description: 'so long after it nothing further is taken' }),
      forGood: z.boolean().default(false).meta({
        description: 'grants of apps, too: they are ended, and nothing gives one back but a new consent',
      }),
      dryRun: z.boolean().default(false),
    }),
    response: z.object({
      incident: idSchema('inc').nullable(),
      plan: z.string().nullable(),
      stage: z.object({
        number: count,
        waitMs: ms,
        most: count.nullable().meta({ description: 'with 95 in 100 no more than these will be wanted back' }),
      }),
      memberships: z.array(
        z.object({
          right: idSchema('trm'),
          member: entityIdSchema,
          name: z.string().nullable(),
          group: entityIdSchema.meta({ description: 'the group or role; of a grant the thing it is on, or the app' }),
          groupName: z.string().nullable(),
          takes: entityIdSchema,
          forGood: z.literal(true).exactOptional().meta({ description: 'nothing gives it back' }),
          people: count,
          losersTotal: count,
          lastUseMs: ms.nullable(),
        }),
      ),
      left: count.meta({ description: 'for later stages' }),
      untakable: count.meta({ description: 'proposals that no action takes by itself and gives back' }),
      final: count.meta({ description: 'of these, grants of apps that `forGood` would end' }),
    }),
  },
  'access.give-back': {
    method: 'POST',
    path: '/v1/access/trim/{right}/give-back',
    summary: 'give back what a trim took, by the undo of the action that took it',
    action: 'access.give-back',
    resource: 'Incident',
    response: z.object({
      right: idSchema('trm'),
      action: idSchema('act'),
      state: z.enum(actionStates),
      member: entityIdSchema,
      group: entityIdSchema,
    }),
  },
} as const satisfies Record<string, RouteSpec>
