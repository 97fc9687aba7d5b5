import { z } from 'zod'

import { severities } from '#model'

import { entityIdSchema, idSchema, triggerSchema } from './entities.ts'
import { ok, type RouteSpec } from './route-spec.ts'

const count = z.int().min(0)
const ms = z.int()
const latenessMaxMs = 30 * 86_400_000

/** Of a plan, its steps by what Cedar asks for as policy and estate stand now. */
export const foreseenSchema = z.object({
  steps: count,
  byItself: count.meta({ description: 'steps that need no approval once somebody asks for containment' }),
  afterOne: count,
  afterTwo: count,
  never: count.meta({ description: 'steps that policy does not allow' }),
})

export const backtestSchema = z
  .object({
    id: idSchema('bkt'),
    state: z.enum(['running', 'done', 'stopped', 'failed']),
    sinceMs: ms,
    startedAtMs: ms,
    endedAtMs: ms.nullable(),
    from: count.meta({ description: 'first offset of the log that is looked at' }),
    through: count,
    at: count.meta({ description: 'the offset that was looked at last' }),
    events: count,
    error: z.string().nullable(),
    result: z
      .object({
        rules: count.meta({ description: 'rules that were loaded' }),
        correlations: count,
        refused: z.array(z.object({ rule: z.string(), place: z.string(), message: z.string() })),
        refusedCount: count,
        late: count,
        failed: count,
        findings: count,
        untold: count.meta({ description: 'findings beyond the most that are told apart' }),
        byRule: z.array(
          z.object({
            rule: z.string(),
            title: z.string(),
            severity: z.enum(severities),
            findings: count,
            opening: count,
            days: z.array(z.object({ dayMs: ms, findings: count })),
          }),
        ),
        named: z.array(
          z.object({
            id: idSchema('fnd'),
            rule: z.string(),
            severity: z.enum(severities),
            atMs: ms,
            opens: z.boolean(),
            about: entityIdSchema.nullable(),
          }),
        ),
        /** Of what would have opened an incident, one for each trigger. */
        incidents: count,
        foreseen: z.array(
          z.object({
            title: z.string(),
            severity: z.enum(severities),
            trigger: triggerSchema,
            findings: count,
            firstAtMs: ms,
            plan: foreseenSchema.nullable().meta({ description: 'null: the exposure could not be assessed' }),
          }),
        ),
      })
      .nullable(),
  })
  .meta({ id: 'Backtest' })

const ruleText = z.strictObject({ place: z.string().min(1).max(1_000), text: z.string().max(1_000_000) })

export const backtestRoutes = {
  'backtest.start': {
    method: 'POST',
    path: '/v1/rules/backtest',
    summary: 'hold rules against the log of the past, in the background; changes nothing. One at a time',
    action: 'rule.backtest',
    resource: 'System',
    body: z.strictObject({
      sinceMs: z.int().min(0).meta({ description: 'events that arrived from then on' }),
      latenessMs: z.int().min(0).max(latenessMaxMs).default(0).meta({
        description:
          'correlations wait at least so long for each stream, so that what came later than its source declares is put where it belongs',
      }),
      rules: z
        .array(ruleText)
        .min(1)
        .max(5_000)
        .optional()
        .meta({ description: 'Sigma rules by text; left out: those that are held against the log as it comes' }),
    }),
    response: z.object({ id: idSchema('bkt') }),
    status: 201,
  },
  'backtest.show': {
    method: 'GET',
    path: '/v1/rules/backtest',
    summary: 'the newest backtest: how far it is, and what it found',
    action: 'rule.backtest',
    resource: 'System',
    response: backtestSchema,
  },
  'backtest.stop': {
    method: 'DELETE',
    path: '/v1/rules/backtest',
    summary: 'stop the backtest that runs; what it found so far is kept',
    action: 'rule.backtest',
    resource: 'System',
    response: ok,
  },
} as const satisfies Record<string, RouteSpec>
