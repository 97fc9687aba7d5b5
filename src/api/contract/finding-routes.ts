import { z } from 'zod'

import { severities } from '#model'

import { entityIdSchema, idSchema } from './entities.ts'
import { ok, type RouteSpec } from './route-spec.ts'

const ms = z.int()
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
    opens: z.boolean().meta({ description: 'it opens an incident; what is done of that policy and people decide' }),
    late: z.boolean().meta({ description: 'its event came later than its source declares' }),
    group: z.record(z.string(), z.string()),
    place: z.string().nullable(),
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
    }),
    response: z.object({ findings: z.array(findingSchema) }),
  },
  'finding.show': {
    method: 'GET',
    path: '/v1/findings/{finding}',
    summary: 'one finding, and the incidents that hold it',
    action: 'finding.read',
    resource: 'Incident',
    response: findingSchema.extend({ incidents: z.array(idSchema('inc')) }),
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
