import { z } from 'zod'

import { severities, urgencies } from '#model'

import { entityIdSchema, idSchema } from './entities.ts'
import { ok, titled, type RouteSpec } from './route-spec.ts'
import { weightSchema } from './weight.ts'

const triageStates = ['new', 'in-progress', 'done'] as const
const verdicts = ['true', 'false', 'benign'] as const

const ms = z.int()
const ownerSchema = z.string().min(1).max(200)
const triageSchema = z.object({
  state: z.enum(triageStates),
  verdict: z
    .enum(verdicts)
    .nullable()
    .meta({ description: '`benign`: it was what the rule says, and was allowed; it counts for neither' }),
  owner: z.string().nullable(),
  note: z.string().nullable(),
  by: z.string().nullable(),
  atMs: ms.nullable(),
})
const exceptionOfSchema = z.union([
  z.strictObject({ entity: entityIdSchema }),
  z.strictObject({ field: z.string().min(1).max(200), value: z.string().max(1_000) }),
])
const exceptionSchema = z
  .object({
    id: idSchema('exc'),
    rule: z.string(),
    of: exceptionOfSchema,
    reason: z.string(),
    owner: z.string(),
    by: z.string(),
    createdAtMs: ms,
    untilMs: ms,
  })
  .meta({ id: 'RuleException' })
export const findingSchema = z
  .object({
    id: idSchema('fnd'),
    number: z.int().meta({ description: 'order of being found; `before` of the next page' }),
    rule: z.string().meta({ description: '`sigma.NAME`: a Sigma rule; else a rule of Cordon' }),
    title: z.string(),
    severity: z.enum(severities),
    entities: z.array(entityIdSchema),
    evidence: z.array(z.int()).meta({ description: 'log offsets; GET /v1/events/{offset} shows them' }),
    atMs: ms,
    fromMs: ms,
    urgency: z.enum(urgencies).optional().meta({
      description: 'what its rule says of calling somebody; absent: nothing, which means `now` from level high on',
    }),
    opens: z.boolean().meta({ description: 'it opens an incident; what is done of that policy and people decide' }),
    late: z.boolean().meta({ description: 'its event came later than its source declares' }),
    group: z.record(z.string(), z.string()),
    place: z.string().nullable(),
    reasons: z.array(z.string()).readonly().meta({
      description:
        'of what several signals make together: each, with its numbers; of a rule that waits for habits: whether it was one',
    }),
    exception: z.string().nullable().meta({ description: 'the exception it fell under: it opened nothing' }),
    triage: triageSchema,
    incidents: z.array(idSchema('inc')).meta({ description: 'those that hold it' }),
    weight: weightSchema.meta({ description: 'of its rule, by what people said of its findings until now' }),
    like: z.object({ count: z.int(), fromMs: ms, toMs: ms }).nullable().meta({
      description: 'of a grouped list: findings of the same rule about the same entity on the same day (UTC)',
    }),
  })
  .meta({ id: 'Finding' })

export const findingRoutes = {
  'finding.list': {
    method: 'GET',
    path: '/v1/findings',
    summary: 'what rules found, newest first; weak ones too, which open nothing',
    action: 'finding.read',
    resource: 'Incident',
    query: z.object({
      rule: z.string().min(1).max(400).optional(),
      before: z.coerce.number().int().min(1).optional(),
      max: z.coerce.number().int().min(1).max(1_000).default(100),
      grouped: z.enum(['true', 'false']).default('false').meta({ description: 'like findings as their newest one' }),
      order: z.enum(['newest', 'weight']).default('newest').meta({
        description: '`weight`: this page by severity, then by the weight of the rule, then the newest first',
      }),
    }),
    response: z.object({ findings: z.array(findingSchema) }),
  },
  'finding.show': {
    method: 'GET',
    path: '/v1/findings/{finding}',
    summary: 'one finding, and the incidents that hold it',
    action: 'finding.read',
    resource: 'Incident',
    response: findingSchema,
  },
  'finding.triage': {
    method: 'POST',
    path: '/v1/findings/{finding}/triage',
    summary: 'what people say of a finding; `done` with its verdict, of which the precision of the rule is made',
    action: 'finding.triage',
    resource: 'Incident',
    body: z.strictObject({
      state: z.enum(triageStates),
      verdict: z.enum(verdicts).optional(),
      note: z.string().min(1).max(1_000).optional(),
    }),
    response: triageSchema,
  },
  'finding.assign': {
    method: 'POST',
    path: '/v1/findings/{finding}/owner',
    summary: 'whose a finding is; null: nobody',
    action: 'finding.triage',
    resource: 'Incident',
    body: z.strictObject({ owner: ownerSchema.nullable() }),
    response: triageSchema,
  },
  'exception.list': {
    method: 'GET',
    path: '/v1/exceptions',
    summary: 'exceptions of rules that stand, the next to end first',
    action: 'finding.read',
    resource: 'Incident',
    response: z.object({ exceptions: z.array(exceptionSchema) }),
  },
  'exception.add': {
    method: 'POST',
    path: '/v1/exceptions',
    summary: 'findings of a Sigma rule about one entity or value open nothing until it ends; they stand in the list',
    action: 'finding.except',
    resource: 'Incident',
    body: z.strictObject({
      rule: z.string().min(1).max(400),
      of: exceptionOfSchema,
      reason: titled,
      owner: ownerSchema,
      untilMs: ms.meta({ description: 'within 90 days' }),
    }),
    response: exceptionSchema,
    status: 201,
  },
  'exception.end': {
    method: 'DELETE',
    path: '/v1/exceptions/{exception}',
    summary: 'end an exception now',
    action: 'finding.except',
    resource: 'Incident',
    response: exceptionSchema,
  },
  'rule.list': {
    method: 'GET',
    path: '/v1/rules',
    summary: 'rules that found something: how much, what of it is open, and how often they were right',
    action: 'finding.read',
    resource: 'Incident',
    response: z.object({
      rules: z.array(
        z.object({
          rule: z.string(),
          findings: z.int(),
          open: z.int().meta({ description: 'not done yet' }),
          newestAtMs: ms.nullable(),
          true: z.int(),
          false: z.int(),
          benign: z.int(),
          precision: z.number().nullable().meta({ description: 'true / (true + false); null: nothing judged yet' }),
          weight: weightSchema,
        }),
      ),
      signals: z
        .array(z.object({ signal: z.string(), weight: weightSchema }))
        .meta({ description: 'signals of behaviour that people judged, by their findings' }),
    }),
  },
  'rule.reload': {
    method: 'POST',
    path: '/v1/rules/reload',
    summary:
      'read rules and packs anew; no event and no state is lost. `detection` of GET /v1/health shows what loaded',
    action: 'rule.reload',
    resource: 'System',
    response: ok,
  },
} as const satisfies Record<string, RouteSpec>
