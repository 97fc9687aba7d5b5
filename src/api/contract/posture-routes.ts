import { z } from 'zod'

import { mendings, severities } from '#model'

import { entityIdSchema, idSchema } from './entities.ts'
import { line, ok, type RouteSpec } from './route-spec.ts'

const ms = z.int()
const count = z.int().min(0)
const kind = z.string().min(1).max(64)
/** Weak things of one request. */
export const fixesMax = 20_000

const fixSchema = z.object({
  kind: z.enum(mendings),
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
    ownerName: z.string().nullable(),
    sinceMs: ms.nullable(),
    why: z.string(),
    also: z.array(entityIdSchema),
    evidence: z.array(z.int()).meta({ description: 'log offsets of the records that state it' }),
    fix: fixSchema,
  })
  .meta({ id: 'PostureFinding' })

/** An upper bound: undecided conditions count. */
export const reachSchema = z.object({
  people: count,
  dataSets: count,
  resources: count,
  records: z.number().min(0).meta({ description: 'of the data sets, as far as their sources tell' }),
  uncounted: count.meta({ description: 'data sets of which no source tells how many records they hold' }),
})

export const postureExceptionSchema = z
  .object({
    number: count,
    finding: idSchema('fnd'),
    kind,
    on: entityIdSchema,
    owner: z.string(),
    reason: z.string(),
    untilMs: ms,
    by: z.string().meta({ description: 'the user who decided' }),
    atMs: ms,
    state: z.enum(['in-force', 'ended', 'lifted']),
    daysLeft: count.meta({ description: 'begun days until it ends' }),
    liftedAtMs: ms.nullable(),
    liftedBy: z.string().nullable(),
  })
  .meta({ id: 'PostureException', description: 'a finding that somebody answers for until a day' })

const exception = postureExceptionSchema.nullable().meta({ description: 'the one in force' })
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
      state: z.enum(['open', 'all']).default('open').meta({ description: 'all: with those that are excepted' }),
      after: idSchema('fnd').optional(),
      max: z.coerce.number().int().min(1).max(1_000).default(1_000),
    }),
    response: z.object({
      ...look,
      total: count,
      excepted: count.meta({ description: 'findings that somebody answers for; `state=all` shows them' }),
      findings: z.array(postureFindingSchema.extend({ exception })),
      blind: z.array(z.object({ kind, why: z.array(z.string()) })),
      partly: z.array(kind).meta({ description: 'kinds of which some cannot be said; `/v1/posture/kinds` says why' }),
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
        exception,
        fix: fixSchema.extend({
          verbs: z
            .array(z.object({ source: z.string(), verb: z.string(), title: z.string() }))
            .meta({ description: 'actions of connected sources that serve it' }),
        }),
        reach: reachSchema,
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
  'posture.fix': {
    method: 'POST',
    path: '/v1/posture/fixes',
    summary:
      'open incidents about weak things, each with a plan of their fixes; what needs an approval waits, what no program can do is a task',
    action: 'posture.fix',
    resource: 'Incident',
    body: z.strictObject({
      /** A kind stands for the first `max` of its findings that nobody answers for. */
      what: z.union([
        z.strictObject({ findings: z.array(idSchema('fnd')).min(1).max(1_000) }),
        z.strictObject({ kind, max: z.int().min(1).max(fixesMax) }),
      ]),
      dryRun: z.boolean().default(false),
    }),
    response: z.object({
      batches: z.array(
        z.object({
          incident: idSchema('inc').nullable(),
          plan: z.string().nullable(),
          kind,
          things: z.array(
            z.object({
              finding: idSchema('fnd'),
              target: entityIdSchema,
              fix: z.enum(mendings),
              does: z.string(),
              undo: z.string(),
              verbs: z.array(z.string()).meta({ description: 'empty: a task for a person' }),
            }),
          ),
        }),
      ),
      excepted: count.meta({ description: 'findings of the kind that somebody answers for; they are left alone' }),
      beyond: count.meta({ description: 'findings of the kind beyond `max`' }),
    }),
  },
  'posture.exceptions': {
    method: 'GET',
    path: '/v1/posture/exceptions',
    summary: 'findings that somebody answers for, newest first; with `state=all` the ended and lifted ones too',
    action: 'posture.read',
    resource: 'Estate',
    query: z.object({
      state: z.enum(['in-force', 'all']).default('in-force'),
      before: z.coerce.number().int().min(1).optional(),
      max: z.coerce.number().int().min(1).max(1_000).default(1_000),
    }),
    response: z.object({ atMs: ms, total: count, exceptions: z.array(postureExceptionSchema) }),
  },
  'posture.except': {
    method: 'POST',
    path: '/v1/posture/findings/{finding}/exception',
    summary: 'leave a finding out of the list until a day, with an owner and a reason; at most 366 days',
    action: 'posture.except',
    resource: 'Estate',
    body: z.strictObject({ owner: line(200), reason: line(500), untilMs: ms }),
    response: postureExceptionSchema,
  },
  'posture.unexcept': {
    method: 'DELETE',
    path: '/v1/posture/findings/{finding}/exception',
    summary: 'end the exception of a finding before its time; it stays in the history',
    action: 'posture.unexcept',
    resource: 'Estate',
    response: ok,
  },
} as const satisfies Record<string, RouteSpec>
