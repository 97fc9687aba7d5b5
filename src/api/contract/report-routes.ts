import { z } from 'zod'

import { idSchema } from './entities.ts'
import type { RouteSpec } from './route-spec.ts'

const ms = z.int()
const count = z.int().min(0)
const customer = z
  .string()
  .min(1)
  .max(1024)
  .optional()
  .meta({ description: 'an entity id, or a name that only one customer has; what is told is of theirs alone' })

const evidence = z.array(
  z.object({
    kind: z.enum(['event', 'action', 'incident', 'entity', 'control', 'checkpoint', 'claim', 'plan', 'estate']),
    ref: z.string(),
  }),
)
export const documentSchema = z
  .object({
    kind: z.enum(['report', 'answer']),
    about: z.string(),
    title: z.string(),
    subject: z.string(),
    atMs: ms,
    asOf: z.int().meta({ description: 'log offset the estate stood at' }),
    figures: z.array(
      z.object({
        label: z.string(),
        unit: z.string().meta({ description: 'figures of one unit may be held against each other' }),
        atLeast: count,
        atMost: count.nullable().meta({ description: 'null: there is no bound' }),
        evidence,
      }),
    ),
    times: z.array(z.object({ atMs: ms, says: z.string(), evidence })),
    sections: z.array(
      z.object({
        title: z.string(),
        lines: z.array(z.object({ says: z.string(), evidence })),
        more: count.meta({ description: 'lines left out of the page' }),
      }),
    ),
    unknown: z.array(z.string()).meta({ description: 'what is not known, or cannot be ruled out' }),
  })
  .meta({ id: 'ReportDocument', description: 'each line rests on its evidence; what does not is under `unknown`' })

export const reportRoutes = {
  'report.make': {
    method: 'GET',
    path: '/v1/reports',
    summary: 'one page each for the board, one customer or a regulator, about one incident or all since a time',
    action: 'report.read',
    resource: 'Incident',
    query: z.object({
      audience: z.enum(['board', 'customer', 'regulator']),
      incident: idSchema('inc').optional(),
      sinceMs: z.coerce.number().int().min(0).optional(),
      customer,
    }),
    response: z.object({ documents: z.array(documentSchema) }),
  },
  'answer.make': {
    method: 'GET',
    path: '/v1/answers',
    summary:
      'customers’ three questions: how data is stored, which third parties’ tools touch it, which audits were held',
    action: 'answer.read',
    resource: 'Estate',
    query: z.object({ question: z.enum(['how-stored', 'third-parties', 'audits']), customer }),
    response: z.object({ documents: z.array(documentSchema) }),
  },
} as const satisfies Record<string, RouteSpec>
export type DocumentBody = z.output<typeof documentSchema>
