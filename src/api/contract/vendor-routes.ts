import { z } from 'zod'

import { entityIdSchema, idSchema, intervalSchema } from './entities.ts'
import { line, ok, type RouteSpec } from './route-spec.ts'

const ms = z.int()
const count = z.int().min(0)
const told = z
  .enum(['publisher', 'catalogue', 'platform', 'domain', 'account', 'nobody'])
  .meta({ description: 'what says whose it is; nobody: no source does' })
const partKind = z.enum(['platform', 'model', 'mcp-server', 'action', 'egress', 'library'])

const records = z
  .object({ atLeast: count, atMost: count.nullable() })
  .meta({ description: 'atMost null: of a part no source tells, and there is no bound' })
const reasonKind = z.enum([
  'incident',
  'advisory',
  'finding',
  'lapsed',
  'unattested',
  'unverified',
  'untold',
  'shadow',
  'changes',
  'dormant',
  'unseen',
  'unstated',
])
const claimKind = z.enum(['soc2', 'iso27001', 'dpa', 'questionnaire', 'pen-test', 'rotation', 'other'])
const claimSchema = z
  .object({
    number: count,
    vendor: entityIdSchema,
    kind: claimKind,
    digest: z.string().meta({ description: 'SHA-256 of the document, hex; the document itself is nowhere here' }),
    says: z.string(),
    issuer: z.string(),
    validUntilMs: ms,
    by: z.string(),
    atMs: ms,
    state: z
      .enum(['fresh', 'ends-soon', 'lapsed', 'withdrawn'])
      .meta({ description: 'of the claim, not of what it says' }),
    withdrawnAtMs: ms.nullable(),
  })
  .meta({ id: 'VendorClaim' })

const rowSchema = z.object({
  vendor: entityIdSchema,
  name: z.string(),
  told,
  house: z.boolean().meta({ description: 'apps of our own, as their directory says' }),
  ai: z.boolean(),
  owner: z.string().nullable(),
  apps: count,
  parts: z.array(partKind),
  users: count.meta({ description: 'people in whose name its apps act' }),
  people: intervalSchema.meta({ description: 'whose data its grants reach: for sure, and at most' }),
  held: intervalSchema.meta({ description: 'whose data it may hold: read by its acts for sure, ever reached at most' }),
  unseen: z.boolean().meta({ description: 'something is sent to it, and no source tells what: held has no upper end' }),
  classes: z.array(entityIdSchema),
  changes: z.boolean().meta({ description: 'may change, share or administer something' }),
  lastUsedAtMs: ms.nullable(),
  advisories: count,
  findings: count,
  incidents: count,
  claims: count.meta({ description: 'claims that have not run out' }),
  paused: z.array(z.object({ incident: idSchema('inc'), sinceMs: ms, class: entityIdSchema.nullable() })),
  exposure: z.object({ people: intervalSchema, records }),
  reasons: z.array(reasonKind),
})

const appSchema = z.object({
  app: entityIdSchema,
  name: z.string().nullable(),
  verified: z.boolean().nullable(),
  enabled: z.boolean().nullable(),
  scopes: z.array(z.string()),
  opens: z.array(z.string()),
  owners: z.array(entityIdSchema),
  letIn: z.array(
    z.object({ who: entityIdSchema.nullable(), as: z.enum(['user', 'administrator']), atMs: ms.nullable() }),
  ),
  users: count,
  credentials: count,
  createdAtMs: ms.nullable(),
  lastUsedAtMs: ms.nullable(),
})

export const vendorRoutes = {
  'vendor.list': {
    method: 'GET',
    path: '/v1/vendors',
    summary: 'every vendor of whom anything is here: apps, models, actions, services that something here talks to',
    action: 'vendor.read',
    resource: 'Estate',
    query: z.object({
      state: z.enum(['others', 'all', 'ai']).default('others').meta({ description: 'others: without our own apps' }),
    }),
    response: z.object({
      asOf: z.int(),
      atMs: ms,
      sinceMs: ms.meta({ description: 'acts in the log are read from then on' }),
      total: count,
      vendors: z.array(rowSchema),
      lacking: z.array(z.string()).meta({ description: 'sources that were lacking: what they would show is not here' }),
    }),
  },
  'vendor.show': {
    method: 'GET',
    path: '/v1/vendors/show',
    summary:
      'one vendor whole: apps and who let them in, what they reach, what of ours it may hold, components, advisories',
    action: 'vendor.read',
    resource: 'Estate',
    query: z.object({ vendor: line(512), history: z.enum(['yes', 'no']).default('no') }),
    response: z.object({
      asOf: z.int(),
      atMs: ms,
      vendor: rowSchema.extend({
        joined: z.array(entityIdSchema),
        claims: z.array(claimSchema),
        exposure: z
          .object({
            people: intervalSchema,
            records,
            classes: z.array(entityIdSchema),
            reasons: z.array(z.object({ kind: reasonKind, says: z.string() })),
          })
          .meta({ description: 'whose data its grants reach or its use has taken, and why it is worth a look' }),
        apps: z.array(appSchema),
        parts: z.array(
          z.object({
            kind: partKind,
            entity: entityIdSchema,
            name: z.string().nullable(),
            seen: count.nullable(),
            credentials: z.array(entityIdSchema),
          }),
        ),
        reach: z.object({
          people: intervalSchema,
          records,
          resources: z.object({ sure: count, possible: count }),
          classes: z.array(z.object({ class: entityIdSchema, people: intervalSchema, resources: count })),
          customers: z.array(entityIdSchema),
          unstated: count.meta({ description: 'reached, and nobody says whose data it holds' }),
          changes: z.boolean(),
        }),
        use: z.object({
          sinceMs: ms,
          acts: count,
          records: count.nullable(),
          lastAtMs: ms.nullable(),
          talks: z
            .object({
              acts: count,
              places: count,
              people: z.array(entityIdSchema),
              firstAtMs: ms,
              lastAtMs: ms,
            })
            .nullable()
            .meta({ description: 'events in which something here talked to it' }),
          evidence: z.array(z.int()),
          isCut: z.boolean(),
        }),
        holds: z.object({
          people: intervalSchema,
          records: count.nullable(),
          resources: count,
          unseen: z.boolean(),
        }),
        components: z.array(
          z.object({
            purl: z.string(),
            version: z.string().nullable(),
            from: z.enum(['installed', 'named']),
            on: entityIdSchema.nullable(),
            advisories: z.array(z.object({ id: z.string(), publishedAtMs: ms, sure: z.boolean() })),
          }),
        ),
        findings: z.array(z.object({ id: idSchema('fnd'), kind: z.string(), on: entityIdSchema, why: z.string() })),
        incidents: z.array(z.object({ id: idSchema('inc'), title: z.string(), openedAtMs: ms })),
      }),
      history: z
        .array(
          z.object({
            number: count,
            atMs: ms,
            asOf: z.int(),
            because: z.array(z.string()).meta({ description: 'what moved since the one before' }),
            state: z.object({
              people: intervalSchema,
              records,
              classes: z.array(entityIdSchema),
              reasons: z.array(reasonKind),
              apps: z.array(entityIdSchema),
              scopes: z.array(z.string()),
              users: count,
              advisories: z.array(z.string()),
              findings: count,
              incidents: count,
              claims: count,
              over: z.boolean().meta({ description: 'past the bound that is set' }),
            }),
          }),
        )
        .optional()
        .meta({ description: 'newest first' }),
      names: z.record(entityIdSchema, z.string()),
      lacking: z.array(z.string()),
      limits: z.array(z.string()),
    }),
  },
  'vendor.name': {
    method: 'POST',
    path: '/v1/vendors/name',
    summary: 'a person’s word on a vendor: its name, who answers for it, that two are the same, what it is made of',
    action: 'vendor.name',
    resource: 'Estate',
    body: z
      .strictObject({
        vendor: line(512),
        name: line(120).optional(),
        owner: line(200).nullable().optional(),
        into: line(512).nullable().optional().meta({ description: 'the vendor it is the same as; null: it is not' }),
        component: z.string().max(512).startsWith('pkg:').optional(),
        without: z.string().max(512).startsWith('pkg:').optional(),
      })
      .refine((said) => Object.entries(said).some(([key, word]) => key !== 'vendor' && word !== undefined), {
        error: 'say something of it: a name, an owner, whom it is the same as, or a component',
      }),
    response: ok.extend({ vendor: entityIdSchema }),
  },
  'vendor.claims': {
    method: 'GET',
    path: '/v1/vendors/claims',
    summary: 'what vendors have shown (reports, agreements, answers), each as a claim with its end, newest first',
    action: 'vendor.read',
    resource: 'Estate',
    query: z.object({ vendor: line(512).optional(), state: z.enum(['standing', 'all']).default('standing') }),
    response: z.object({ atMs: ms, claims: z.array(claimSchema) }),
  },
  'vendor.claim': {
    method: 'POST',
    path: '/v1/vendors/claims',
    summary:
      'take in what a vendor has shown: what it says, by whom, until when; the document’s digest, never the document',
    action: 'vendor.claim',
    resource: 'Estate',
    body: z.strictObject({
      vendor: line(512),
      kind: claimKind,
      digest: z.string().regex(/^[0-9a-f]{64}$/, { error: 'SHA-256, 64 hex digits in lower case' }),
      says: line(500),
      issuer: line(200),
      validUntilMs: ms,
    }),
    response: z.object({ number: count, vendor: entityIdSchema }),
  },
  'vendor.withdraw': {
    method: 'POST',
    path: '/v1/vendors/claims/withdraw',
    summary: 'a claim counts no more; it stays in the history',
    action: 'vendor.claim',
    resource: 'Estate',
    body: z.strictObject({ claim: z.int().min(1) }),
    response: ok,
  },
  'vendor.pause': {
    method: 'POST',
    path: '/v1/vendors/pause',
    summary:
      'take a vendor’s access away for a while, whole or for one data class: what stops, what goes on, which jobs and people lose it; opens incidents unless it is a dry run',
    action: 'vendor.pause',
    resource: 'Incident',
    body: z.strictObject({
      vendor: line(512),
      class: line(512).optional(),
      dryRun: z.boolean().default(false),
      forGood: z.boolean().default(false).meta({ description: 'end what cannot be put back, too' }),
    }),
    response: z.object({
      vendor: entityIdSchema,
      name: z.string(),
      class: entityIdSchema.nullable(),
      forGood: z.boolean(),
      stops: z.array(
        z.object({
          target: entityIdSchema,
          name: z.string().nullable(),
          of: z.string(),
          owner: entityIdSchema.nullable(),
          does: z.string(),
          reversible: z.boolean(),
          onlyForGood: z.boolean().meta({ description: 'a source could end it, and not put it back: it goes on' }),
          verbs: z.array(z.object({ source: z.string(), verb: z.string(), title: z.string() })),
        }),
      ),
      goesOn: z.array(z.object({ entity: entityIdSchema, name: z.string().nullable(), why: z.string() })),
      losing: z.object({
        jobs: z.array(
          z.object({ entity: entityIdSchema, name: z.string().nullable(), how: z.enum(['depends', 'holds', 'uses']) }),
        ),
        accounts: count,
        people: z
          .object({
            staff: count,
            contractors: count,
            unjoined: count.meta({ description: 'accounts of which no register tells whose they are' }),
            named: z.array(
              z.object({ person: entityIdSchema, project: z.string().nullable(), customer: z.string().nullable() }),
            ),
            projects: z.array(
              z.object({ project: z.string(), customer: z.string().nullable(), losing: count, of: count }),
            ),
            others: z
              .array(
                z.object({
                  project: z.string(),
                  customer: z.string().nullable(),
                  people: count,
                  sameCustomer: z.boolean(),
                }),
              )
              .meta({ description: 'projects on which nobody loses anything; who could work there nobody here knows' }),
          })
          .nullable()
          .meta({ description: 'null: no register tells who works here' }),
      }),
      batches: z.array(z.object({ incident: idSchema('inc'), plan: z.string().nullable() })),
    }),
  },
  'vendor.resume': {
    method: 'POST',
    path: '/v1/vendors/resume',
    summary: 'give a paused vendor its access back, when its checks are met, or two people answer for it with a reason',
    action: 'vendor.resume',
    resource: 'Incident',
    body: z.strictObject({ vendor: line(512), override: line(500).optional() }),
    response: z.object({
      vendor: entityIdSchema,
      name: z.string(),
      incidents: z.array(idSchema('inc')),
      state: z
        .enum(['held', 'waits', 'resuming'])
        .meta({ description: 'held: checks are not met; waits: a second person must say so, too' }),
      checks: z.array(
        z.object({
          check: z.enum(['advisories-closed', 'incidents-closed', 'keys-new', 'claim-holds']),
          state: z.enum(['met', 'unmet', 'untold']),
          why: z.array(z.string()),
        }),
      ),
      missing: count.meta({ description: 'people who must still answer for it' }),
      asked: count.meta({ description: 'steps that are on their way back' }),
      refused: z.array(z.object({ action: z.string(), target: entityIdSchema, why: z.string() })),
    }),
  },
} as const satisfies Record<string, RouteSpec>
