import { z } from 'zod'

import { edgeTypes, incidentStates, isEdgeType, severities } from '#model'

import {
  actionSchema,
  assessmentSchema,
  entityIdSchema,
  exposureSchema,
  idSchema,
  incidentSchema,
  planSchema,
  reportSchema,
  triggerSchema,
  trustSchema,
  windowSchema,
} from './entities.ts'

/**
 * Every route: what it takes, what it gives, and the Cedar action that must be permitted. `public` is spelled out where
 * no sign-in is needed; a test lists routes without an action. `/v1` only grows.
 */
export type RouteSpec = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `{name}` marks a path parameter. */
  path: string
  summary: string
  action: string
  /** Cedar resource type the action is on. */
  resource: 'System' | 'Incident' | 'Source' | 'Key' | 'User' | 'Estate' | 'Ledger' | 'Policy'
  body?: z.ZodType
  query?: z.ZodObject
  response: z.ZodType
  /** Body is raw bytes (uploads), or the answer is a stream of server-sent events or plain text. */
  raw?: 'upload' | 'events' | 'text'
  status?: number
}

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, { error: 'use 1 to 64 of a-z, 0-9, `.`, `_`, `-`' })
const titled = z.string().min(1).max(200)
const roles = z.enum(['viewer', 'responder', 'approver', 'admin'])
const edgeNames = Object.keys(edgeTypes).filter(isEdgeType)
const ok = z.object({ ok: z.literal(true) })
const secretMap = z.record(name, z.string().max(65_536))

const sourceSchema = z
  .object({
    id: name,
    connector: z.string(),
    authority: z.string().nullable(),
    state: z.string(),
    trust: z.enum(['vendor', 'host']),
    canContain: z.boolean(),
    says: z.array(z.string()),
    streams: z.array(
      z.object({
        name: z.string(),
        lastSuccessAtMs: z.int().nullable(),
        blindUntilMs: z.int().nullable(),
        error: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Source' })

const userSchema = z.object({ name, roles: z.array(roles), createdAtMs: z.int() }).meta({ id: 'User' })
const ladderSchema = z
  .object({
    connector: z.string(),
    verb: z.string(),
    population: z.string().default('*'),
    rung: z.enum(['observe', 'recommend', 'ask', 'auto']),
  })
  .meta({ id: 'LadderRung' })
const virtualKeySchema = z
  .object({
    id: z.string(),
    owner: z.string(),
    state: z.string(),
    createdAtMs: z.int(),
    lastUsedAtMs: z.int().nullable(),
  })
  .meta({ id: 'VirtualKey' })

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

const walkSchema = z.strictObject({
  from: z.array(entityIdSchema).min(1).max(1000),
  types: z.array(z.enum(edgeNames)).optional(),
  atMs: z.int().optional(),
  window: windowSchema.optional(),
  withInferred: z.boolean().default(false),
  entitiesMax: z.int().min(1).max(100_000).default(1000),
})

const ingestAnswer = z
  .object({
    accepted: z.int(),
    duplicates: z.int(),
    conflicts: z.int(),
    firstOffset: z.int().nullable(),
    lastOffset: z.int().nullable(),
    refused: z.array(z.object({ line: z.int(), column: z.int(), reason: z.string() })),
    refusedCount: z.int(),
  })
  .meta({ id: 'IngestAnswer' })

export const routes = {
  'system.health': {
    method: 'GET',
    path: '/v1/health',
    summary: 'is it up, how far it has read',
    action: 'public',
    resource: 'System',
    response: z.object({
      status: z.enum(['ok', 'degraded']),
      version: z.string(),
      head: z.int(),
      projected: z.int(),
      hands: z.boolean(),
      automationStopped: z.boolean(),
      sources: z.array(z.object({ id: z.string(), ok: z.boolean() })),
    }),
  },
  'system.openapi': {
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'this API as OpenAPI 3.1',
    action: 'public',
    resource: 'System',
    response: z.record(z.string(), z.unknown()),
  },
  'system.bootstrap': {
    method: 'POST',
    path: '/v1/bootstrap',
    summary: 'trade the one-time bootstrap token for the first administrator',
    action: 'system.bootstrap',
    resource: 'System',
    body: z.strictObject({ name }),
    response: z.object({ user: userSchema, token: z.string() }),
    status: 201,
  },
  'system.stream': {
    method: 'GET',
    path: '/v1/stream',
    summary: 'what changes, as server-sent events',
    action: 'system.read',
    resource: 'System',
    response: z.string(),
    raw: 'events',
  },
  'user.list': {
    method: 'GET',
    path: '/v1/users',
    summary: 'users and their roles',
    action: 'user.read',
    resource: 'User',
    response: z.object({ users: z.array(userSchema) }),
  },
  'user.create': {
    method: 'POST',
    path: '/v1/users',
    summary: 'add a user; the answer holds the token once',
    action: 'user.write',
    resource: 'User',
    body: z.strictObject({ name, roles: z.array(roles).min(1) }),
    response: z.object({ user: userSchema, token: z.string() }),
    status: 201,
  },
  'user.revoke': {
    method: 'DELETE',
    path: '/v1/users/{user}',
    summary: 'end a user and all tokens',
    action: 'user.write',
    resource: 'User',
    response: ok,
  },
  'approver.list': {
    method: 'GET',
    path: '/v1/approvers',
    summary: 'enrolled approval keys',
    action: 'user.read',
    resource: 'User',
    response: z.object({
      approvers: z.array(z.object({ name, keyId: z.string(), method: z.string(), state: z.string() })),
    }),
  },
  'approver.enroll': {
    method: 'POST',
    path: '/v1/approvers',
    summary: 'enrol a public key that may sign approvals',
    action: 'approver.write',
    resource: 'User',
    body: z.strictObject({ name, publicKey: z.string().min(40).max(200) }),
    response: z.object({ keyId: z.string() }),
    status: 201,
  },
  'source.list': {
    method: 'GET',
    path: '/v1/sources',
    summary: 'sources, their health and blind spots',
    action: 'source.read',
    resource: 'Source',
    response: z.object({ sources: z.array(sourceSchema) }),
  },
  'source.add': {
    method: 'POST',
    path: '/v1/sources',
    summary: 'connect a system',
    action: 'source.write',
    resource: 'Source',
    body: z.strictObject({
      id: name,
      connector: name,
      config: z.record(z.string(), z.unknown()).default({}),
      secrets: z
        .strictObject({ see: secretMap.default({}), contain: secretMap.default({}) })
        .default({ see: {}, contain: {} }),
      scope: z.array(z.string().max(512)).max(10_000).optional(),
    }),
    response: sourceSchema,
    status: 201,
  },
  'source.check': {
    method: 'POST',
    path: '/v1/sources/{source}/check',
    summary: 'ask the vendor what this source may see and do',
    action: 'source.write',
    resource: 'Source',
    response: z.object({
      authority: z.string(),
      missing: z.array(z.string()),
      excess: z.array(z.string()),
      says: z.array(z.string()),
    }),
  },
  'source.remove': {
    method: 'DELETE',
    path: '/v1/sources/{source}',
    summary: 'disconnect; its events stay',
    action: 'source.write',
    resource: 'Source',
    response: ok,
  },
  'ingest-token.create': {
    method: 'POST',
    path: '/v1/sources/{source}/ingest-tokens',
    summary: 'a write-only token bound to one source and host or job',
    action: 'source.write',
    resource: 'Source',
    body: z.strictObject({ host: z.string().max(200).optional(), job: z.string().max(200).optional() }),
    response: z.object({ id: z.string(), token: z.string() }),
    status: 201,
  },
  'event.ingest': {
    method: 'POST',
    path: '/v1/events/{source}',
    summary: 'append events: NDJSON or a JSON array, gzip allowed',
    action: 'event.write',
    resource: 'Source',
    query: z.object({
      partial: z.enum(['reject', 'keep']).default('reject'),
      stream: name.default('log'),
      batch: z.string().max(128).optional(),
    }),
    response: ingestAnswer,
    raw: 'upload',
  },
  'event.show': {
    method: 'GET',
    path: '/v1/events/{offset}',
    summary: 'one event, the evidence behind a claim',
    action: 'event.read',
    resource: 'Estate',
    response: z.object({
      offset: z.int(),
      id: z.string(),
      source: z.string(),
      stream: z.string(),
      eventAtMs: z.int().nullable(),
      arrivedAtMs: z.int(),
      raw: z.unknown(),
    }),
  },
  'estate.reach': {
    method: 'POST',
    path: '/v1/estate/reach',
    summary: 'what can be reached, now, at a time or over a window',
    action: 'estate.read',
    resource: 'Estate',
    body: walkSchema,
    response: z.object({ asOf: z.int(), reached: z.array(z.object({ entity: z.string(), since: z.int() })) }),
  },
  'estate.who': {
    method: 'POST',
    path: '/v1/estate/who-can-reach',
    summary: 'who can reach it',
    action: 'estate.read',
    resource: 'Estate',
    body: walkSchema,
    response: z.object({ asOf: z.int(), reached: z.array(z.object({ entity: z.string(), since: z.int() })) }),
  },
  'estate.explain': {
    method: 'POST',
    path: '/v1/estate/explain',
    summary: 'a shortest path with its evidence',
    action: 'estate.read',
    resource: 'Estate',
    body: z.strictObject({ from: entityIdSchema, to: entityIdSchema, atMs: z.int().optional() }),
    response: z.object({
      asOf: z.int(),
      path: z.array(z.object({ src: z.string(), type: z.string(), dst: z.string(), evidence: z.int() })).nullable(),
    }),
  },
  recall: {
    method: 'POST',
    path: '/v1/recall',
    summary: 'exposure and plan for a trigger; changes nothing',
    action: 'incident.read',
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
    action: 'incident.write',
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
    action: 'incident.contain',
    resource: 'Incident',
    body: z.strictObject({ values: z.array(z.string().min(8).max(16_384)).min(1).max(1000) }),
    response: z.object({ matched: z.array(z.string()), unmatched: z.int() }),
  },
  'incident.impact': {
    method: 'GET',
    path: '/v1/incidents/{incident}/impact',
    summary: 'whose data: reachable, touched, changed, cannot be told',
    action: 'incident.read',
    resource: 'Incident',
    response: z.object({ asOf: z.int(), impact: exposureSchema.shape.impact }),
  },
  'action.undo': {
    method: 'POST',
    path: '/v1/actions/{action}/undo',
    summary: 'put back what an action changed',
    action: 'action.undo',
    resource: 'Incident',
    response: actionSchema,
  },
  'automation.show': {
    method: 'GET',
    path: '/v1/automation',
    summary: 'is automation stopped, and the ladder',
    action: 'system.read',
    resource: 'System',
    response: z.object({ stopped: z.boolean(), ladder: z.array(ladderSchema) }),
  },
  'automation.stop': {
    method: 'POST',
    path: '/v1/automation/stop',
    summary: 'one key stops all automation',
    action: 'automation.stop',
    resource: 'System',
    body: z.strictObject({ reason: titled }),
    response: ok,
  },
  'automation.resume': {
    method: 'POST',
    path: '/v1/automation/resume',
    summary: 'let automation run again',
    action: 'automation.resume',
    resource: 'System',
    response: ok,
  },
  'ladder.set': {
    method: 'PUT',
    path: '/v1/ladder',
    summary: 'set a rung; a loosening needs a second person and waits',
    action: 'ladder.write',
    resource: 'System',
    body: ladderSchema,
    response: z.object({ effective: z.boolean(), effectiveAtMs: z.int().nullable(), says: z.string() }),
  },
  'key.list': {
    method: 'GET',
    path: '/v1/keys',
    summary: 'virtual keys',
    action: 'key.read',
    resource: 'Key',
    response: z.object({ keys: z.array(virtualKeySchema) }),
  },
  'key.issue': {
    method: 'POST',
    path: '/v1/keys',
    summary: 'issue a virtual key; the answer holds its value once',
    action: 'key.write',
    resource: 'Key',
    body: z.strictObject({ owner: titled }),
    response: z.object({ id: z.string(), token: z.string() }),
    status: 201,
  },
  'key.verify': {
    method: 'POST',
    path: '/v1/keys/verify',
    summary: 'is this key alive',
    action: 'key.verify',
    resource: 'Key',
    body: z.strictObject({ token: z.string().max(512) }),
    response: z.object({ valid: z.boolean(), id: z.string().nullable(), owner: z.string().nullable() }),
  },
  'key.kill': {
    method: 'POST',
    path: '/v1/keys/{key}/kill',
    summary: 'kill a virtual key',
    action: 'key.write',
    resource: 'Key',
    response: ok,
  },
  'ledger.checkpoint': {
    method: 'GET',
    path: '/v1/ledger/checkpoint',
    summary: 'newest signed checkpoint (C2SP)',
    action: 'ledger.read',
    resource: 'Ledger',
    response: z.object({ size: z.int(), rootHash: z.string(), note: z.string(), publicKey: z.string() }),
  },
  'ledger.leaf': {
    method: 'GET',
    path: '/v1/ledger/leaves/{index}',
    summary: 'one receipt with its inclusion proof',
    action: 'ledger.read',
    resource: 'Ledger',
    response: z.object({
      index: z.int(),
      hash: z.string(),
      receipt: z.unknown(),
      proof: z.array(z.string()),
      size: z.int(),
    }),
  },
  'policy.show': {
    method: 'GET',
    path: '/v1/policy',
    summary: 'policies in force and their version',
    action: 'policy.read',
    resource: 'Policy',
    response: z.object({ version: z.string(), policies: z.array(z.object({ id: z.string(), text: z.string() })) }),
  },
  'reporter.show': {
    method: 'GET',
    path: '/v1/reporter',
    summary: 'the host reporter: name, version, SHA-256',
    action: 'public',
    resource: 'System',
    response: z.object({ file: z.string(), sha256: z.string(), bytes: z.int() }),
  },
  'reporter.file': {
    method: 'GET',
    path: '/v1/reporter/cordon-host-report.mjs',
    summary: 'the host reporter, one file',
    action: 'public',
    resource: 'System',
    response: z.string(),
    raw: 'text',
  },
} as const satisfies Record<string, RouteSpec>

export type RouteName = keyof typeof routes
type Spec<Name extends RouteName> = (typeof routes)[Name]
export type BodyOf<Name extends RouteName> =
  Spec<Name> extends { body: infer Body extends z.ZodType } ? z.output<Body> : undefined
export type BodyInput<Name extends RouteName> =
  Spec<Name> extends { body: infer Body extends z.ZodType } ? z.input<Body> : undefined
export type QueryOf<Name extends RouteName> =
  Spec<Name> extends { query: infer Query extends z.ZodType } ? z.output<Query> : undefined
export type ResponseOf<Name extends RouteName> = z.output<Spec<Name>['response']>

/** RFC 9457; `code` is stable, `hint` is the way out, `place` names where in the input. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    hint: z.string().optional(),
    place: z.string().optional(),
    retryable: z.boolean().optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof problemSchema>
