import { z } from 'zod'

import { actionStates, incidentStates } from '#model'

import { entityIdSchema, idSchema } from './entities.ts'
import { ok, type RouteSpec } from './route-spec.ts'

const ms = z.int()
const text = z.string().nullable()

export const personSchema = z
  .object({
    person: entityIdSchema,
    worker: z.enum(['staff', 'contractor']).nullable(),
    name: text,
    mail: text,
    project: text,
    customer: text,
    manager: text,
    startAtMs: ms.nullable(),
    endAtMs: ms.nullable(),
    ended: z.boolean(),
    /** Gone from the newest whole export of its register. */
    vanished: z.boolean(),
  })
  .meta({ id: 'Person' })

export const personAccountSchema = z
  .object({
    account: entityIdSchema,
    way: z.enum(['same', 'register', 'number', 'mail']).meta({ description: 'how the account was joined' }),
    signsIn: z.boolean(),
    credentials: z.array(entityIdSchema),
    evidence: z.array(z.int()),
  })
  .meta({ id: 'PersonAccount' })

export const ambiguousSchema = z.object({ account: entityIdSchema, people: z.array(entityIdSchema), why: z.string() })

/** Somebody by entity id, work address, or the employer's number. */
const someone = z.string().min(1).max(400)

export const peopleRoutes = {
  'people.list': {
    method: 'GET',
    path: '/v1/people',
    summary: 'staff and contractors, as the registers of people say, by their keys',
    action: 'people.read',
    resource: 'Estate',
    query: z.object({
      state: z.enum(['here', 'ended']).optional(),
      after: entityIdSchema.optional(),
      max: z.coerce.number().int().min(1).max(1_000).default(1_000),
    }),
    response: z.object({ asOf: z.int(), people: z.array(personSchema), here: z.int(), ended: z.int() }),
  },
  'people.ended': {
    method: 'GET',
    path: '/v1/people/ended',
    summary:
      'ended, still active: who no longer works here and has something alive; accounts that could be of two people',
    action: 'people.read',
    resource: 'Estate',
    response: z.object({
      asOf: z.int(),
      people: z.int().meta({ description: 'whom the registers name; with none, nobody can say who ended' }),
      ended: z.array(z.object({ person: personSchema, alive: z.array(personAccountSchema) })),
      ambiguous: z.array(ambiguousSchema),
    }),
  },
  'people.show': {
    method: 'GET',
    path: '/v1/people/one',
    summary:
      'one person: accounts at every vendor with their credentials, and what somebody else would have to take over',
    action: 'people.read',
    resource: 'Estate',
    query: z.object({ person: someone }),
    response: z.object({
      asOf: z.int(),
      person: personSchema,
      accounts: z.array(personAccountSchema),
      left: z.array(
        z.object({
          account: entityIdSchema,
          things: z.array(entityIdSchema),
          used: z.array(z.object({ entity: entityIdSchema, by: z.array(entityIdSchema) })),
        }),
      ),
      ambiguous: z.array(ambiguousSchema),
    }),
  },
  'people.offboard': {
    method: 'POST',
    path: '/v1/people/offboardings',
    summary:
      'open incidents about people who leave, and plan the end of all their accounts; what needs an approval waits',
    action: 'people.offboard',
    resource: 'Incident',
    body: z.strictObject({
      /** `ended`: everybody who ended and is still active. */
      people: z.union([z.literal('ended'), z.array(someone).min(1).max(20_000)]),
      dryRun: z.boolean().default(false),
    }),
    response: z.object({
      batches: z.array(
        z.object({
          incident: idSchema('inc').nullable(),
          plan: z.string().nullable(),
          people: z.array(z.object({ person: entityIdSchema, accounts: z.array(entityIdSchema) })),
        }),
      ),
      /** No account of theirs is alive. */
      without: z.array(entityIdSchema),
      ambiguous: z.array(ambiguousSchema),
    }),
  },
  'people.believe': {
    method: 'POST',
    path: '/v1/people/sources/{source}/believe',
    summary: 'say that an export which is held, because a crowd would leave at once, is right; that very content alone',
    action: 'people.believe',
    resource: 'Source',
    body: z.strictObject({
      digest: z.string().regex(/^[0-9a-f]{16}$/, { error: 'the 16 digits that the source names' }),
    }),
    response: ok,
  },
  'incident.progress': {
    method: 'GET',
    path: '/v1/incidents/{incident}/progress',
    summary: 'how far an incident is, in figures alone',
    action: 'incident.read',
    resource: 'Incident',
    response: z.object({
      incident: idSchema('inc'),
      state: z.enum(incidentStates),
      plan: z.string().nullable(),
      steps: z.partialRecord(z.enum(actionStates), z.int()),
      tasks: z.int(),
      dead: z.int(),
      left: z.int(),
    }),
  },
} as const satisfies Record<string, RouteSpec>
