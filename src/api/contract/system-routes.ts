import { z } from 'zod'

import { name, ok, titled, type RouteSpec } from './route-spec.ts'

const roles = z.enum(['viewer', 'responder', 'approver', 'admin', 'receiver'])
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

export const systemRoutes = {
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
      estateLoadedPercent: z.int(),
      hands: z.boolean(),
      automationStopped: z.boolean(),
      sources: z.array(z.object({ id: z.string(), ok: z.boolean() })),
      detection: z
        .object({
          rules: z.int(),
          correlations: z.int(),
          packs: z.array(z.string()),
          refused: z.array(z.object({ rule: z.string(), place: z.string(), message: z.string() })),
          refusedCount: z.int(),
          late: z.int().describe('events that came later than their source declares'),
          lateByMs: z.int().describe('the longest that one of these took until it arrived'),
          uncorrelated: z.int().describe('of those, what no correlation took any more'),
          evicted: z.int().describe('groups given up at a bound'),
          truncated: z.int(),
          hurried: z.int().describe('events taken before their time, because too many waited'),
          forgotten: z.int(),
          failed: z.int(),
          groups: z.int(),
          waiting: z.int(),
        })
        .describe('Sigma rules that events are held against'),
      behaviour: z
        .object({
          realms: z.int(),
          actors: z.int(),
          warm: z.int().describe('past their warm-up, as of the last midnight UTC'),
          pairs: z.int(),
          waiting: z.int(),
          late: z.int().describe('acts that came too late for their order; judged when they came'),
          hurried: z.int(),
          evicted: z.int().describe('actors and what they were seen with, given up at a bound'),
          frozenDays: z
            .int()
            .describe('days of actors that taught nothing, because of an incident or a finding of their own'),
          failed: z.int(),
        })
        .describe('what actors usually do'),
      warnings: z
        .array(z.object({ code: z.string(), hint: z.string() }))
        .describe('what Cordon holds back until a person has looked, each with the way out'),
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
    body: z.strictObject({
      name,
      token: z
        .strictObject({ id: z.string().regex(/^cat_[a-z2-7]{24}$/), hash: z.string().regex(/^[0-9a-f]{64}$/) })
        .optional()
        .describe(
          'a token the client made and keeps, by its hash: asked again with the same one, the answer is the same',
        ),
    }),
    response: z.object({ user: userSchema, token: z.string().nullable().describe('null when the client made it') }),
    status: 201,
  },
  'system.stream': {
    method: 'GET',
    path: '/v1/stream',
    summary: 'what changes, as server-sent events',
    action: 'stream.read',
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
    action: 'approver.enroll',
    resource: 'User',
    body: z.strictObject({ name, publicKey: z.string().min(40).max(200) }),
    response: z.object({ keyId: z.string() }),
    status: 201,
  },
  'automation.show': {
    method: 'GET',
    path: '/v1/automation',
    summary: 'is automation stopped, and the ladder',
    action: 'automation.read',
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
    action: 'setting.write',
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
    action: 'key.issue',
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
    action: 'key.kill',
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
