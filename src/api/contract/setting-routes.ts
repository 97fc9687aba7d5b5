import { z } from 'zod'

import { entityIdSchema } from './entities.ts'
import { name, ok, type RouteSpec } from './route-spec.ts'

const changeSchema = z
  .object({ effective: z.boolean(), effectiveAtMs: z.int().nullable(), loosening: z.string().nullable() })
  .meta({ id: 'Change', description: 'a loosening takes effect after its wait, or once enough approvers consent' })

const looseningSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['ladder', 'approver', 'unprotect']),
    says: z.string(),
    askedBy: z.string(),
    askedAtMs: z.int(),
    effectiveAtMs: z.int(),
    consents: z.array(z.string()),
  })
  .meta({ id: 'Loosening' })

export const consentSchema = z
  .strictObject({
    consent: z.strictObject({
      loosening: z.string().max(64),
      approver: name,
      nonce: z.string().min(16).max(64),
      atMs: z.int(),
    }),
    keyId: z.string().max(64),
    signature: z.string().max(256),
  })
  .meta({ id: 'SignedConsent' })

/** What people change about response: tightening is at once, a loosening waits where everybody can see it. */
export const settingRoutes = {
  'loosening.list': {
    method: 'GET',
    path: '/v1/loosenings',
    summary: 'changes that give somebody more power and wait to take effect',
    action: 'loosening.read',
    resource: 'System',
    response: z.object({ loosenings: z.array(looseningSchema) }),
  },
  'loosening.consent': {
    method: 'POST',
    path: '/v1/loosenings/{loosening}/consents',
    summary: 'a signed consent, so that a loosening need not wait',
    action: 'loosening.consent',
    resource: 'System',
    body: consentSchema,
    response: changeSchema,
  },
  'loosening.cancel': {
    method: 'DELETE',
    path: '/v1/loosenings/{loosening}',
    summary: 'call a waiting loosening off',
    action: 'loosening.cancel',
    resource: 'System',
    response: ok,
  },
  'protection.list': {
    method: 'GET',
    path: '/v1/protections',
    summary: 'break-glass entities: never acted on, whatever a plan says',
    action: 'protection.read',
    resource: 'System',
    response: z.object({
      protections: z.array(z.object({ entity: entityIdSchema, why: z.enum(['break-glass', 'own']) })),
    }),
  },
  'protection.add': {
    method: 'POST',
    path: '/v1/protections',
    summary: 'name an entity as break-glass',
    action: 'protection.add',
    resource: 'System',
    body: z.strictObject({ entity: entityIdSchema }),
    response: ok,
    status: 201,
  },
  'protection.remove': {
    method: 'POST',
    path: '/v1/protections/remove',
    summary: 'take the protection away again: a loosening',
    action: 'protection.remove',
    resource: 'System',
    body: z.strictObject({ entity: entityIdSchema }),
    response: changeSchema,
  },
} as const satisfies Record<string, RouteSpec>
