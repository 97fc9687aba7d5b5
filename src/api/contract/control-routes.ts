import { z } from 'zod'

import { type RouteSpec } from './route-spec.ts'

const count = z.int().min(0)
const framework = z.string().min(1).max(64)
const control = z.string().min(1).max(64)
/** The words of `src/controls/types.ts`; the compiler holds the two together where the desk answers. */
const state = z.enum(['met', 'excepted', 'partly', 'unsaid', 'unmet'])
const day = z.iso.date()

const standing = {
  framework,
  control,
  asks: z.string().meta({ description: 'in short words of Cordon’s own; the framework’s text is elsewhere' }),
  state,
  open: count.meta({ description: 'what speaks against it' }),
  excepted: count.meta({ description: 'what somebody answers for, until a day' }),
}

export const controlRoutes = {
  'control.list': {
    method: 'GET',
    path: '/v1/controls',
    summary: 'what frameworks ask, and how each control stands by what is so now',
    action: 'control.read',
    resource: 'Estate',
    query: z.object({ framework: framework.optional() }),
    response: z.object({
      atMs: z.int(),
      frameworks: z.array(z.object({ id: framework, title: z.string(), edition: z.string() })),
      controls: z.array(z.object(standing)),
    }),
  },
  'control.show': {
    method: 'GET',
    path: '/v1/controls/one',
    summary: 'one control: every check that bears on it, and what each says now',
    action: 'control.read',
    resource: 'Estate',
    query: z.object({ framework, control }),
    response: z.object({
      atMs: z.int(),
      control: z.object({
        ...standing,
        evidence: z.array(
          z.object({
            evidence: z.string(),
            title: z.string(),
            rule: z.string(),
            state,
            open: count,
            excepted: count,
            why: z.array(z.string()),
          }),
        ),
      }),
    }),
  },
  'control.history': {
    method: 'GET',
    path: '/v1/controls/history',
    summary: 'how controls stood on each noted day, with the digest that the ledger holds of the day',
    action: 'control.read',
    resource: 'Estate',
    query: z.object({
      framework: framework.optional(),
      since: day.optional(),
      rows: z.enum(['no', 'yes']).default('no').meta({ description: 'yes: with what each digest is of' }),
    }),
    response: z.object({
      days: z.array(
        z.object({
          day,
          digest: z
            .string()
            .meta({ description: 'SHA-256, hex, of all rows of the day; a leaf `control.noted` states it' }),
          counts: z.record(state, count).meta({ description: 'controls by state' }),
          rows: z
            .array(z.tuple([framework, control, state, count, count]))
            .optional()
            .meta({ description: 'framework, control, state, against, excepted; the digest is of their JSON' }),
        }),
      ),
      changes: z.array(z.object({ day, framework, control, from: state.nullable(), to: state })),
    }),
  },
} as const satisfies Record<string, RouteSpec>
