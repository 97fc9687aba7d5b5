import { z } from 'zod'

import { incidentStates, peopleSets, severities } from '#model'

import {
  actionSchema,
  assessmentSchema,
  entityIdSchema,
  exposureSchema,
  idSchema,
  incidentSchema,
  planSchema,
  reportSchema,
  taskSchema,
  triggerSchema,
  trustSchema,
  windowSchema,
} from './entities.ts'
import { name, ok, titled, type RouteSpec } from './route-spec.ts'
import { timelineQuery, timelineSchema } from './timeline.ts'

export const approvalSchema = z
  .strictObject({
    approval: z.strictObject({
      plan: z.string().length(64),
      incident: idSchema('inc'),
      approver: name,
      envelope: z.strictObject({
        verbs: z.array(z.string()).max(200),
        connectors: z.array(z.string()).max(50),
        furtherTargetsMax: z.int().min(0).max(1000),
        expiresAtMs: z.int(),
      }),
      nonce: z.string().min(16).max(64),
      atMs: z.int(),
    }),
    keyId: z.string().max(64),
    signature: z.string().max(256),
  })
  .meta({ id: 'SignedApproval' })

export const peopleConsentSchema = z
  .strictObject({
    consent: z.strictObject({
      incident: idSchema('inc'),
      people: z.enum(peopleSets),
      requester: name,
      approver: name,
      nonce: z.string().min(16).max(64),
      atMs: z.int(),
      expiresAtMs: z.int(),
    }),
    keyId: z.string().max(64),
    signature: z.string().max(256),
  })
  .meta({ id: 'SignedPeopleConsent' })

export const peopleExportSchema = z
  .object({
    incident: idSchema('inc'),
    people: z.enum(peopleSets),
    asOf: z.int(),
    persons: z.array(
      z.object({
        person: entityIdSchema,
        name: z.string().nullable(),
        contact: z.string().nullable(),
        jurisdiction: z.string().nullable(),
        elements: z.array(z.string()),
      }),
    ),
    missing: z.array(entityIdSchema),
    jurisdictions: z.array(z.object({ jurisdiction: z.string(), people: z.int() })),
    says: z.array(z.string()),
  })
  .meta({ id: 'PeopleExport' })

export const incidentRoutes = {
  recall: {
    method: 'POST',
    path: '/v1/recall',
    summary: 'exposure and plan for a trigger; changes nothing',
    action: 'exposure.assess',
    resource: 'Incident',
    body: z.strictObject({ trigger: triggerSchema, window: windowSchema }),
    response: assessmentSchema,
  },
  'incident.list': {
    method: 'GET',
    path: '/v1/incidents',
    summary: 'incidents, newest first',
    action: 'incident.read',
    resource: 'Incident',
    query: z.object({ state: z.enum(incidentStates).optional() }),
    response: z.object({ incidents: z.array(incidentSchema) }),
  },
  'incident.open': {
    method: 'POST',
    path: '/v1/incidents',
    summary: 'open an incident, or join the open one about the same trigger',
    action: 'incident.open',
    resource: 'Incident',
    body: z.strictObject({
      title: titled,
      severity: z.enum(severities).default('high'),
      trigger: triggerSchema,
      window: windowSchema,
      trust: trustSchema.optional(),
    }),
    response: incidentSchema,
    status: 201,
  },
  'incident.show': {
    method: 'GET',
    path: '/v1/incidents/{incident}',
    summary: 'dead, survivors, plan, proofs, impact',
    action: 'incident.read',
    resource: 'Incident',
    response: reportSchema,
  },
  'incident.timeline': {
    method: 'GET',
    path: '/v1/incidents/{incident}/timeline',
    summary: 'what happened, was found, decided, done and proven, in the order in which it happened',
    action: 'incident.read',
    resource: 'Incident',
    query: timelineQuery,
    response: timelineSchema,
  },
  'incident.stream': {
    method: 'GET',
    path: '/v1/incidents/{incident}/stream',
    summary: 'the report again whenever it changes',
    action: 'incident.read',
    resource: 'Incident',
    response: z.string(),
    raw: 'events',
  },
  'incident.contain': {
    method: 'POST',
    path: '/v1/incidents/{incident}/contain',
    summary: 'make the newest plan the plan; what needs no approval starts',
    action: 'incident.contain',
    resource: 'Incident',
    response: z.object({ plan: planSchema, started: z.array(z.string()), waiting: z.array(z.string()) }),
  },
  'plan.show': {
    method: 'GET',
    path: '/v1/plans/{plan}',
    summary: 'a plan by its hash, as it was made: what an approval is about',
    action: 'plan.read',
    resource: 'Incident',
    response: planSchema,
  },
  'incident.approve': {
    method: 'POST',
    path: '/v1/incidents/{incident}/approvals',
    summary: 'a signed approval of a plan',
    action: 'incident.approve',
    resource: 'Incident',
    body: approvalSchema,
    response: z.object({ started: z.array(z.string()), stillWaiting: z.array(z.string()), approvalsMissing: z.int() }),
  },
  'incident.lend': {
    method: 'POST',
    path: '/v1/incidents/{incident}/lend',
    summary: 'lend secret values for probes; held in memory, for this run only',
    action: 'secret.lend',
    resource: 'Incident',
    body: z.strictObject({ values: z.array(z.string().min(8).max(16_384)).min(1).max(1000) }),
    response: z.object({ matched: z.array(z.string()), unmatched: z.int() }),
  },
  'incident.impact': {
    method: 'GET',
    path: '/v1/incidents/{incident}/impact',
    summary: 'whose data: reachable, touched, changed, cannot be told, as the estate knows it now',
    action: 'impact.read',
    resource: 'Incident',
    response: z.object({ asOf: z.int(), impact: exposureSchema.shape.impact }),
  },
  'people.consent': {
    method: 'POST',
    path: '/v1/incidents/{incident}/people/consents',
    summary: 'one of the two signatures under which `requester` is told who the people of a set are',
    action: 'impact.consent',
    resource: 'Incident',
    body: peopleConsentSchema,
    response: z.object({ missing: z.int() }),
  },
  'people.export': {
    method: 'POST',
    path: '/v1/incidents/{incident}/people/export',
    summary: 'who they are, asked live in the systems of record and kept nowhere; uses two signatures up',
    action: 'impact.export',
    resource: 'Incident',
    body: z.strictObject({ people: z.enum(peopleSets) }),
    response: peopleExportSchema,
  },
  'incident.close': {
    method: 'POST',
    path: '/v1/incidents/{incident}/close',
    summary: 'close an incident; what still survives is kept in the ledger with the reason',
    action: 'incident.contain',
    resource: 'Incident',
    body: z.strictObject({ reason: titled }),
    response: ok,
  },
  'task.list': {
    method: 'GET',
    path: '/v1/tasks',
    summary: 'what only people can do, of one incident or of all that are not closed; the most pressing first',
    action: 'task.read',
    resource: 'Incident',
    query: z.object({ incident: idSchema('inc').optional() }),
    response: z.object({ tasks: z.array(taskSchema) }),
  },
  'task.done': {
    method: 'POST',
    path: '/v1/tasks/{task}/done',
    summary: 'a person says that a task is done: kept with name, time and note, and never a proof',
    action: 'task.done',
    resource: 'Incident',
    body: z.strictObject({ note: z.string().min(1).max(1000) }),
    response: taskSchema,
  },
  'action.undo': {
    method: 'POST',
    path: '/v1/actions/{action}/undo',
    summary: 'put back what an action changed',
    action: 'action.undo',
    resource: 'Incident',
    response: actionSchema.extend({ resurrects: z.array(entityIdSchema) }),
  },
} as const satisfies Record<string, RouteSpec>
