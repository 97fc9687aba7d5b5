import { z } from 'zod'

import { leaseStates, proofKinds } from '#model'

import { entityIdSchema, idSchema } from './entities.ts'
import type { RouteSpec } from './route-spec.ts'

const ms = z.int()
const count = z.int().min(0)
const called = z.string().min(1).max(1024)

const leaseSchema = z
  .object({
    id: idSchema('lse'),
    state: z
      .enum(leaseStates)
      .meta({ description: 'survivor: its end came, and nothing proves that the right is gone' }),
    member: entityIdSchema,
    memberName: z.string().nullable(),
    thing: entityIdSchema,
    thingName: z.string().nullable(),
    gives: entityIdSchema.meta({ description: 'what stands for the thing in the hands of the member' }),
    forMs: count.meta({ description: 'from the moment the right is given' }),
    why: z.string(),
    askedBy: z.string(),
    askedAtMs: ms,
    incident: idSchema('inc').meta({ description: 'holds its plan, approvals and receipts' }),
    plan: z.string().nullable(),
    source: z.string().nullable(),
    verb: z.string().nullable(),
    action: idSchema('act').nullable(),
    approvals: count.nullable().meta({ description: 'that policy wants; null: none is enough' }),
    decidedBy: z.array(z.string()),
    startedAtMs: ms.nullable(),
    untilMs: ms.nullable(),
    proof: z
      .object({ kind: z.enum(proofKinds), atMs: ms, says: z.string(), where: z.array(z.string()) })
      .nullable()
      .meta({ description: 'that the right stands; of an ended lease that it is gone' }),
    lastError: z.string().nullable(),
  })
  .meta({ id: 'Lease' })

export const leaseRoutes = {
  'lease.ask': {
    method: 'POST',
    path: '/v1/leases',
    summary:
      'ask for a group, team, role or key for a time: an incident whose plan gives it once somebody else approves',
    action: 'lease.ask',
    resource: 'Incident',
    body: z.strictObject({
      of: called.meta({ description: 'whom it is for: an entity id, or a name, login or address' }),
      what: called.meta({ description: 'a group, team or role, or a key of Cordon' }),
      forMs: z.int().min(0),
      why: z.string().min(1).max(500),
    }),
    response: leaseSchema,
  },
  'lease.list': {
    method: 'GET',
    path: '/v1/leases',
    summary: 'leases, the newest first; or those that are not over, the oldest first',
    action: 'lease.read',
    resource: 'Incident',
    query: z.object({
      open: z.enum(['true', 'false']).default('false'),
      after: z.string().max(64).optional(),
      max: z.coerce.number().int().min(1).max(500).default(100),
    }),
    response: z.object({ leases: z.array(leaseSchema) }),
  },
  'lease.show': {
    method: 'GET',
    path: '/v1/leases/{lease}',
    summary: 'one lease, with its end and its proof',
    action: 'lease.read',
    resource: 'Incident',
    response: leaseSchema,
  },
  'lease.end': {
    method: 'POST',
    path: '/v1/leases/{lease}/end',
    summary: 'end a lease before its time; one that was not given yet is withdrawn',
    action: 'lease.end',
    resource: 'Incident',
    body: z.strictObject({ reason: z.string().min(1).max(500) }),
    response: leaseSchema,
  },
} as const satisfies Record<string, RouteSpec>
