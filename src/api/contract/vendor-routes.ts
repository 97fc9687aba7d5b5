import { z } from 'zod'

import { entityIdSchema, idSchema, intervalSchema } from './entities.ts'
import { line, ok, type RouteSpec } from './route-spec.ts'

const ms = z.int()
const count = z.int().min(0)
const told = z
  .enum(['publisher', 'catalogue', 'platform', 'domain', 'account', 'nobody'])
  .meta({ description: 'what says whose it is; nobody: no source does' })
const partKind = z.enum(['platform', 'model', 'mcp-server', 'action', 'egress', 'library'])

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
  classes: z.array(entityIdSchema),
  changes: z.boolean().meta({ description: 'may change, share or administer something' }),
  lastUsedAtMs: ms.nullable(),
  advisories: count,
  findings: count,
  incidents: count,
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
    query: z.object({ vendor: line(512) }),
    response: z.object({
      asOf: z.int(),
      atMs: ms,
      vendor: rowSchema.extend({
        joined: z.array(entityIdSchema),
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
          records: z.object({ atLeast: count, atMost: count.nullable() }),
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
        holds: z.object({ people: intervalSchema, records: count.nullable(), resources: count }),
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
} as const satisfies Record<string, RouteSpec>
