import { z } from 'zod'

import {
  actionStates,
  edgeTypes,
  incidentStates,
  isEdgeType,
  isEntityId,
  mendings,
  offboardedPeopleMax,
  weakThingsMax,
  trimmedMembershipsMax,
  phases,
  proofKinds,
  severities,
  urgencies,
  touchVerbs,
  type Action,
  type EntityId,
  type Exposure,
  type Incident,
  type Plan,
  type Survivor,
  type Trigger,
  type Trust,
  type Window,
} from '#model'

/** Schemas of what crosses the API, one per shape; OpenAPI is generated from them, and the compiler holds them to the model. */
export const entityIdSchema = z
  .string()
  .max(1024)
  .refine((text): text is EntityId => isEntityId(text), { error: 'not an entity id (`kind:authority:native`)' })
  .meta({ id: 'EntityId', description: '`kind:authority:native`', examples: ['package:pypi:litellm@1.82.8'] })

export const idSchema = <Prefix extends string>(prefix: Prefix) =>
  z.custom<`${Prefix}_${string}`>(
    (value) => typeof value === 'string' && value.startsWith(`${prefix}_`) && value.length < 64,
    {
      error: `not an id (\`${prefix}_…\`)`,
    },
  )

const edgeTypeNames = Object.keys(edgeTypes).filter(isEdgeType)
const ms = z.int().meta({ description: 'milliseconds since 1970 UTC' })
const count = z.int().min(0)

export const windowSchema = z
  .strictObject({ fromMs: ms, toMs: ms.nullable().default(null) })
  .meta({ id: 'Window' }) satisfies z.ZodType<Window>

const mendedThingSchema = z.strictObject({
  target: entityIdSchema,
  mending: z.enum(mendings),
  does: z.string().max(500),
  owner: entityIdSchema.nullable(),
})
const weakThingSchema = mendedThingSchema.extend({ finding: idSchema('fnd') })

const leaseSchema = z.strictObject({
  id: idSchema('lse'),
  member: entityIdSchema,
  thing: entityIdSchema,
  gives: entityIdSchema.meta({ description: 'what an action acts on to give the thing to the member' }),
  forMs: count,
  why: z.string().max(500),
  askedBy: z.string(),
  notBy: z.array(z.string()).meta({ description: 'names whose approval counts for nothing' }),
})

export const triggerSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('artefact'),
      purl: z.string().max(512).startsWith('pkg:'),
      versions: z.array(z.string().max(128)).max(1000).default([]),
    }),
    z.strictObject({ kind: z.literal('host'), host: entityIdSchema }),
    z.strictObject({ kind: z.literal('credential'), credential: entityIdSchema }),
    z.strictObject({ kind: z.literal('identity'), identity: entityIdSchema }),
    z.strictObject({ kind: z.literal('app'), app: entityIdSchema }),
    z.strictObject({ kind: z.literal('resource'), resource: entityIdSchema }),
    z.strictObject({
      kind: z.literal('offboarding'),
      people: z
        .array(z.strictObject({ person: entityIdSchema, accounts: z.array(entityIdSchema).max(100) }))
        .min(1)
        .max(offboardedPeopleMax),
    }),
    z.strictObject({
      kind: z.literal('weakness'),
      weakness: z.string().min(1).max(64),
      things: z.array(weakThingSchema).min(1).max(weakThingsMax),
    }),
    z.strictObject({
      kind: z.literal('pause'),
      vendor: entityIdSchema,
      class: entityIdSchema.nullable().meta({ description: 'a data class that alone they lose; null: everything' }),
      things: z.array(mendedThingSchema).min(1).max(weakThingsMax),
      forGood: z.boolean().meta({ description: 'what cannot be put back is ended, too' }),
    }),
    z.strictObject({
      kind: z.literal('trim'),
      memberships: z
        .array(
          z.strictObject({
            right: idSchema('trm'),
            member: entityIdSchema,
            group: entityIdSchema.meta({ description: 'the group or role; of a grant the thing it is on' }),
            takes: entityIdSchema.meta({ description: 'what an action acts on to take the right away' }),
            forGood: z.literal(true).exactOptional().meta({ description: 'it is ended, and nothing gives it back' }),
          }),
        )
        .min(1)
        .max(trimmedMembershipsMax),
      stage: z.strictObject({ number: count, waitMs: ms, most: count.nullable() }),
    }),
    z.strictObject({ kind: z.literal('lease'), lease: leaseSchema }),
  ])
  .meta({ id: 'Trigger' }) satisfies z.ZodType<Trigger>

export const trustSchema = z
  .strictObject({
    origin: z.enum(['person', 'vendor', 'host']),
    sources: z.array(z.string()),
    confinedTo: z.array(entityIdSchema).nullable(),
  })
  .meta({ id: 'Trust' }) satisfies z.ZodType<Trust>

const scope = { trigger: triggerSchema, window: windowSchema }

export const incidentSchema = z
  .object({
    id: idSchema('inc'),
    tenant: z.custom<`t_${string}`>((value) => typeof value === 'string' && value.startsWith('t_')),
    title: z.string(),
    severity: z.enum(severities),
    urgency: z.enum(urgencies).meta({
      description: '`now`: a person is called, at night too; `working-hours`: a person looks at it when people work',
    }),
    state: z.enum(incidentStates),
    trigger: triggerSchema,
    window: windowSchema,
    trust: trustSchema,
    findings: z.array(idSchema('fnd')),
    openedAtMs: ms,
    plan: z.string().nullable(),
    further: z
      .array(z.object({ ...scope, trust: trustSchema }))
      .exactOptional()
      .meta({ description: 'what else went bad in the same story, each believed as its own findings are' }),
    folded: z
      .array(idSchema('inc'))
      .exactOptional()
      .meta({ description: 'incidents that are part of this one since: their ids answer with this one' }),
  })
  .meta({ id: 'Incident' }) satisfies z.ZodType<Incident>

const reasonSchema = z
  .array(
    z.object({
      src: entityIdSchema,
      type: z.enum(edgeTypeNames),
      dst: entityIdSchema,
      validFrom: z.int(),
      validTo: z.int().nullable(),
      evidence: z.int().meta({ description: 'log offset; GET /v1/events/{offset} shows it' }),
    }),
  )
  .meta({ id: 'Reason', description: 'path from the trigger, first step first' })

const credentialKindSchema = z.enum(['key', 'token', 'session', 'grant', 'password', 'certificate', 'ssh-key', 'file'])
export const intervalSchema = z.object({ atLeast: count, atMost: count }).meta({ id: 'Interval' })
const touchedSchema = z
  .object({
    resource: entityIdSchema,
    verbs: z.array(z.enum(touchVerbs)),
    firstAtMs: ms,
    lastAtMs: ms,
    records: count.nullable(),
    by: z.array(entityIdSchema),
    evidence: z.array(z.int()),
  })
  .meta({ id: 'TouchedResource' })

export const exposureSchema = z
  .object({
    ...scope,
    further: z.array(z.object(scope)).exactOptional(),
    asOf: z.int(),
    hosts: z.array(
      z.object({
        host: entityIdSchema,
        since: z.int(),
        reason: reasonSchema,
        /** The same machine under the names other sources give it. */
        sameAs: z.array(entityIdSchema).exactOptional(),
      }),
    ),
    credentials: z.array(
      z.object({
        credential: entityIdSchema,
        kind: credentialKindSchema,
        identity: entityIdSchema.nullable(),
        role: z.enum(['readable', 'session', 'descendant', 'trigger']),
        epoch: z.int(),
        reason: reasonSchema,
        conditional: z.boolean(),
        usedBy: z.array(entityIdSchema).exactOptional(),
      }),
    ),
    descendants: z.array(z.object({ entity: entityIdSchema, epoch: z.int(), reason: reasonSchema })),
    accounts: z
      .array(
        z.object({
          account: entityIdSchema,
          person: entityIdSchema,
          epoch: z.int(),
          usedBy: z.array(entityIdSchema),
          owns: z.array(entityIdSchema),
        }),
      )
      .exactOptional(),
    trimmed: z
      .array(
        z.object({
          right: idSchema('trm'),
          member: entityIdSchema,
          group: entityIdSchema,
          takes: entityIdSchema,
          forGood: z.literal(true).exactOptional(),
          holders: z.array(entityIdSchema).nullable(),
          opens: z.array(entityIdSchema).nullable(),
          epoch: z.int(),
        }),
      )
      .exactOptional(),
    impact: z.object({
      couldReach: z.array(z.object({ resource: entityIdSchema, reason: reasonSchema })),
      didTouch: z.array(touchedSchema),
      didChange: z.array(touchedSchema),
      unknown: z.array(z.object({ resource: entityIdSchema, why: z.string() })),
      people: z.object({
        couldReach: intervalSchema,
        didTouch: intervalSchema,
        didChange: intervalSchema,
        unknown: intervalSchema,
      }),
      customers: z.array(
        z.object({
          customer: entityIdSchema,
          couldReach: z.boolean(),
          didTouch: z.boolean(),
          didChange: z.boolean(),
          unknown: z.boolean(),
          people: intervalSchema,
        }),
      ),
      blindSpots: z.array(z.string()),
    }),
  })
  .meta({ id: 'Exposure' }) satisfies z.ZodType<Exposure>

export const planSchema = z
  .object({
    hash: z.string(),
    tenant: incidentSchema.shape.tenant,
    incident: idSchema('inc').nullable(),
    inputs: z.object({
      asOf: z.int(),
      policyVersion: z.string(),
      connectorVersions: z.record(z.string(), z.int()),
      epoch: z.int(),
    }),
    steps: z.array(
      z.object({
        key: idSchema('act'),
        phase: z.enum(phases),
        source: z.string().nullable(),
        placeSource: z.string().exactOptional(),
        connector: z.string(),
        verb: z.string(),
        target: entityIdSchema,
        serves: z.array(entityIdSchema),
        generation: z.int(),
        preview: z.object({
          effects: z.array(z.string()),
          reversible: z.boolean(),
          undoWithinMs: count.nullable(),
          residualMs: count.nullable(),
          scopes: z.array(z.string()),
          proofs: z.array(z.enum(proofKinds)),
        }),
        cutsOff: z.array(entityIdSchema),
        level: z.union([z.literal(0), z.literal(1), z.literal(2)]).nullable(),
        decidedBy: z.array(z.string()),
      }),
    ),
    survivorsForeseen: z.array(z.object({ credential: entityIdSchema, why: z.string(), next: z.string() })),
  })
  .meta({ id: 'Plan' }) satisfies z.ZodType<Plan>

const proofSchema = z.object({ kind: z.enum(proofKinds), atMs: ms, says: z.string(), where: z.array(z.string()) })

export const actionSchema = z
  .object({
    id: idSchema('act'),
    tenant: incidentSchema.shape.tenant,
    incident: idSchema('inc'),
    plan: z.string(),
    phase: z.enum(phases),
    source: z.string().nullable(),
    placeSource: z.string().exactOptional(),
    connector: z.string(),
    verb: z.string(),
    target: entityIdSchema,
    serves: z.array(entityIdSchema),
    generation: z.int(),
    state: z.enum(actionStates),
    proposedAtMs: ms,
    approvedAtMs: ms.nullable(),
    appliedAtMs: ms.nullable(),
    provenAtMs: ms.nullable(),
    proof: proofSchema.nullable(),
    attempts: count,
    fence: count,
    lastError: z.string().nullable(),
    untilMs: ms.exactOptional().meta({ description: 'of a lease: when the right ends' }),
    undoState: z.string().nullable(),
  })
  .meta({ id: 'Action' }) satisfies z.ZodType<Action>

export const survivorSchema = z
  .object({
    credential: entityIdSchema,
    why: z.string(),
    next: z.string(),
    owner: entityIdSchema.nullable(),
    quiet: z.boolean(),
    expiresAtMs: ms.nullable(),
  })
  .meta({ id: 'Survivor' }) satisfies z.ZodType<Survivor>

export const assessmentSchema = z.object({ exposure: exposureSchema, plan: planSchema }).meta({ id: 'Assessment' })

export const taskSchema = z
  .object({
    action: idSchema('act'),
    incident: idSchema('inc'),
    phase: z.enum(phases),
    target: entityIdSchema,
    says: z.array(z.string()),
    owner: entityIdSchema.nullable(),
    openedAtMs: ms,
    dueAtMs: ms,
    done: z.object({ by: z.string(), atMs: ms, note: z.string() }).nullable(),
  })
  .meta({ id: 'Task', description: 'a step only a person can do; done by their word, which is no proof' })

const joinSchema = z
  .object({
    finding: idSchema('fnd'),
    incident: idSchema('inc').meta({ description: 'the incident it joined, as it was called then' }),
    atMs: ms,
    says: z.string(),
    reason: z.object({
      entity: entityIdSchema.meta({ description: 'what both stand close to' }),
      named: entityIdSchema,
      path: reasonSchema,
      other: idSchema('fnd').nullable(),
      otherNamed: entityIdSchema,
      otherPath: reasonSchema,
    }),
  })
  .meta({ id: 'Join', description: 'why a finding is of an incident about something else' })

export const reportSchema = z
  .object({
    incident: incidentSchema,
    asked: z
      .object({ incident: idSchema('inc'), foldedAtMs: ms, says: z.string().nullable() })
      .optional()
      .meta({ description: 'set when another id was asked for, which is part of this incident since' }),
    joins: z.array(joinSchema).optional(),
    assessment: assessmentSchema.nullable(),
    actions: z.array(actionSchema),
    dead: z.array(
      z.object({
        credential: z.string(),
        action: idSchema('act'),
        proof: proofSchema.nullable(),
        fromFindingMs: count.nullable(),
        fromApprovalMs: count.nullable(),
        fromApplyMs: count.nullable(),
      }),
    ),
    survivors: z.array(survivorSchema),
    descendantsLeft: z.array(z.object({ entity: entityIdSchema, why: z.string(), next: z.string() })).optional(),
    approvals: z.array(z.object({ approver: z.string(), atMs: ms, method: z.string() })),
    tasks: z.array(taskSchema).default([]),
    blindSpots: z.array(z.string()),
    impactNow: z.object({ asOf: z.int(), impact: exposureSchema.shape.impact }).optional(),
  })
  .meta({ id: 'IncidentReport' })

export type AssessmentBody = z.infer<typeof assessmentSchema>
export type ReportBody = z.infer<typeof reportSchema>
