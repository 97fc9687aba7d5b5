import { z } from 'zod'

import { entityIdSchema, idSchema } from './entities.ts'
import type { RouteSpec } from './route-spec.ts'
import { weightSchema } from './weight.ts'

const ms = z.int()
const count = z.number().min(0)
const kind = z.enum(['origin', 'time', 'reach', 'amount', 'outflow', 'rights'])

const summary = {
  entity: entityIdSchema,
  realm: z.string().meta({ description: "the vendor's realm that knows it: the authority of a source" }),
  points: count.meta({ description: 'sum of what stands of its signals, faded by now' }),
  kinds: z.array(kind).meta({ description: 'kinds of signals that count; one alone makes no finding' }),
  lastSeenMs: ms.meta({ description: '0: it was never seen to act' }),
  activeDays: count,
  isWarm: z.boolean().meta({ description: 'enough days are known for new things to mean something' }),
}
export const behaviourSummarySchema = z.object(summary).meta({ id: 'BehaviourSummary' })

export const behaviourSchema = z
  .object({
    ...summary,
    isMachine: z.boolean(),
    firstSeenMs: ms,
    warmUp: z
      .array(z.object({ for: z.enum(['first-seen', 'amounts', 'hours']), activeDaysLeft: count, livedDaysLeft: count }))
      .meta({ description: 'what is still too little known; empty: nothing' }),
    peers: z
      .object({ group: z.string(), members: count, isEnough: z.boolean() })
      .nullable()
      .meta({ description: 'whom it is compared with' }),
    known: z.array(
      z.object({
        feature: z.enum(['network', 'country', 'agent', 'app', 'resource', 'tool', 'recipient']),
        count,
        values: z.array(z.string()).meta({ description: 'the first 25' }),
        newOnDays: count.meta({ description: 'days that brought a new one' }),
      }),
    ),
    usual: z.array(
      z.object({
        volume: z.enum(['people', 'records', 'bytes', 'resources', 'rights']),
        today: count,
        p50: count,
        p99: count,
        days: count,
        peersP99: count.nullable(),
      }),
    ),
    hours: z
      .array(count)
      .meta({ description: 'days on which it acted in each hour of the week, UTC, Monday 00:00 first' }),
    signals: z.array(
      z.object({
        name: z.string(),
        kind,
        points: count.meta({ description: 'as they count: weighed, unless `isPlain`' }),
        weight: weightSchema.meta({ description: 'by what people had said of the signal when it was seen' }),
        reason: z.string(),
        atMs: ms,
        offset: z.int().meta({ description: 'log offset; GET /v1/events/{offset} shows it' }),
      }),
    ),
    isPlain: z.boolean().meta({ description: 'weights are left out: without them it is of severity high' }),
    threshold: count.meta({ description: 'a finding is made from this sum on, of two kinds at least' }),
    halfLifeMs: ms,
    frozenBy: z.array(idSchema('inc')).meta({ description: 'open incidents, while which it teaches nothing' }),
    toldMs: ms.nullable().meta({ description: 'since when a finding about it stands' }),
  })
  .meta({ id: 'Behaviour' })

export const behaviourRoutes = {
  'behaviour.list': {
    method: 'GET',
    path: '/v1/behaviour/actors',
    summary: 'identities, credentials and apps that are unlike themselves, the most so first',
    action: 'behaviour.read',
    resource: 'Estate',
    query: z.object({ max: z.coerce.number().int().min(1).max(1_000).default(100) }),
    response: z.object({ atMs: ms, actors: z.array(behaviourSummarySchema) }),
  },
  'behaviour.show': {
    method: 'GET',
    path: '/v1/behaviour/actor',
    summary: 'what somebody usually does, how much of it is known, and every signal that stands, with its numbers',
    action: 'behaviour.read',
    resource: 'Estate',
    query: z.object({
      of: z.string().min(1).max(1024).meta({ description: 'an entity id, or a name that only one actor has' }),
    }),
    response: z.object({
      atMs: ms,
      of: entityIdSchema,
      realms: z.array(behaviourSchema).meta({ description: 'empty: nothing of it was seen yet' }),
    }),
  },
} as const satisfies Record<string, RouteSpec>
