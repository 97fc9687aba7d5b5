import { z } from 'zod'

import { entityIdSchema, idSchema } from './entities.ts'
import { reachSchema } from './posture-routes.ts'
import { line, type RouteSpec } from './route-spec.ts'

const ms = z.int()
const count = z.int().min(0)
const text = z.string().nullable()
export const identityKinds = ['human', 'service', 'agent', 'app', 'vendor', 'unknown'] as const
/** An identity, an app or a person by id, name, login or address. */
const called = z.string().min(1).max(400)

const ownerSchema = z.object({
  owner: entityIdSchema,
  name: text,
  way: z.enum(['stated', 'person']).meta({ description: 'a source states it, or a person said so' }),
  says: z.string(),
  left: z.boolean().meta({ description: 'they no longer work here: nobody answers for it' }),
  by: text.meta({ description: 'of a person’s word: who said so' }),
  atMs: ms.nullable(),
})

export const identitySchema = z
  .object({
    identity: entityIdSchema,
    also: z.array(entityIdSchema).meta({ description: 'identities that are this app’s own' }),
    kind: z.enum(identityKinds),
    why: z.string().meta({ description: 'who says so' }),
    name: text,
    purpose: text,
    owner: ownerSchema.nullable(),
    unowned: z.boolean().meta({ description: 'no human, and nobody who still works here answers for it' }),
    asking: z
      .object({
        who: entityIdSchema,
        state: z.enum(['asked', 'again', 'waits']),
        sinceMs: ms,
        source: z.string(),
      })
      .nullable()
      .meta({ description: 'whom an output asked last: once, again, or `waits`: nobody is left to ask' }),
    createdAtMs: ms.nullable(),
    lastUsedAtMs: ms.nullable(),
    enabled: z.boolean().nullable(),
    means: z.object({
      credentials: count,
      endless: count.meta({ description: 'of these, those without an end' }),
      by: z.record(z.string(), count).meta({ description: 'kinds of its credentials, and of a human the factors' }),
      reach: reachSchema,
    }),
  })
  .meta({ id: 'Identity' })

const likelySchema = z.object({ who: entityIdSchema, why: z.string() })
const linkSchema = z.object({
  src: entityIdSchema,
  link: z.string(),
  dst: entityIdSchema,
  says: z.string(),
  inferred: z.boolean(),
  evidence: z.int().meta({ description: 'log offset of the record that states it' }),
})
const words = { owner: called.optional(), purpose: line(200).optional() }

export const identityRoutes = {
  'identity.list': {
    method: 'GET',
    path: '/v1/identities',
    summary: 'who and what acts here, told apart: kind with who says so, owner, age, last use, credentials, reach',
    action: 'identity.read',
    resource: 'Estate',
    query: z.object({
      kind: z.enum([...identityKinds, 'not-human']).optional(),
      state: z.enum(['all', 'unowned']).default('all'),
      after: entityIdSchema.optional(),
      max: z.coerce.number().int().min(1).max(200).default(200),
    }),
    response: z.object({
      asOf: z.int(),
      atMs: ms,
      identities: z.array(identitySchema),
      counts: z.partialRecord(z.enum(identityKinds), count),
      unowned: count,
    }),
  },
  'identity.show': {
    method: 'GET',
    path: '/v1/identities/one',
    summary: 'one of them, with the humans behind it and what it acts through, link by link, and where evidence ends',
    action: 'identity.read',
    resource: 'Estate',
    query: z.object({ identity: called }),
    response: z.object({
      asOf: z.int(),
      identity: identitySchema,
      likely: z.array(likelySchema).meta({ description: 'who may be asked for the owner, the likeliest first' }),
      chain: z.object({
        links: z.array(linkSchema),
        ends: z.array(z.string()),
        names: z.record(z.string(), z.string()),
      }),
      asked: z.object({ atMs: ms, who: entityIdSchema.nullable(), incident: idSchema('inc') }).nullable(),
    }),
  },
  'identity.own': {
    method: 'POST',
    path: '/v1/identities/owners',
    summary: 'say who answers for an identity, and what it is for: kept as your word, until the owner leaves',
    action: 'identity.own',
    resource: 'Estate',
    body: z
      .strictObject({ identity: called, ...words })
      .refine(({ owner, purpose }) => owner !== undefined || purpose !== undefined, { error: 'an owner or a purpose' }),
    response: z.object({ identity: entityIdSchema, owner: entityIdSchema.nullable(), purpose: text, tasksDone: count }),
  },
  'identity.ask': {
    method: 'POST',
    path: '/v1/identities/asks',
    summary: 'ask for the owners of what nobody answers for: a task each, to whom it likely is',
    action: 'identity.ask',
    resource: 'Incident',
    body: z.strictObject({ dryRun: z.boolean().default(false), max: z.int().min(1).max(500).default(100) }),
    response: z.object({
      incident: idSchema('inc').nullable(),
      asked: z.array(z.object({ identity: entityIdSchema, name: text, who: likelySchema.nullable() })),
      waiting: count.meta({ description: 'asked within 30 days, or still being asked' }),
      beyond: count.meta({ description: 'for another day: somebody was asked enough today, or more than `max`' }),
      through: text.meta({ description: 'the output that asks those who are likely; null: they are tasks alone' }),
    }),
  },
} as const satisfies Record<string, RouteSpec>
