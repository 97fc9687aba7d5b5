import { z } from 'zod'

import {
  authorityOf,
  entityId,
  isEdgeType,
  isEntityId,
  kindOf,
  nothingNormalized,
  ocsfEndpoint,
  ocsfEvent,
  touchVerbs,
  type EdgeType,
  type EntityId,
  type Normalized,
  type OcsfActivity,
  type OcsfFields,
  type Touch,
  type TouchVerb,
} from '#model'
import type { NormalizeInput } from '#sources/contract'

/**
 * What an owner may state of a system. Missing on purpose: who a credential logs in as, what is the same as what, who made
 * what. Those decide whom an action hits, and whoever can write here must not be able to aim it.
 */
export const declarableEdges: ReadonlySet<EdgeType> = new Set<EdgeType>([
  'CAN_READ',
  'CAN_WRITE',
  'CAN_ADMIN',
  'CAN_SHARE',
  'CONTAINS',
  'DEPENDS_ON',
  'CLASSIFIED_AS',
  'BELONGS_TO',
  'DERIVED_FROM',
  'OWNED_BY',
  'HOLDS_DATA_OF',
])

/** An entity id, or the fingerprint the intake made of a `sha256:` hash. */
const entity = z.string().transform((text, context): EntityId => {
  const fingerprint = /^fp:([^:\s]+)$/.exec(text)?.[1]
  if (fingerprint !== undefined) return entityId('credential', 'fp', fingerprint)
  if (isEntityId(text)) return text
  context.addIssue('no entity id')
  return z.NEVER
})
const edgeType = z.string().transform((text, context): EdgeType => {
  if (isEdgeType(text) && declarableEdges.has(text)) return text
  context.addIssue('no edge that can be declared')
  return z.NEVER
})
const value = z.union([z.string(), z.number(), z.boolean(), z.null()])

export const declaration = z.object({
  facts: z.array(z.object({ entity, attributes: z.record(z.string(), value) })).default([]),
  edges: z
    .array(
      z.object({ src: entity, type: edgeType, dst: entity, fromMs: z.int(), toMs: z.int().nullable().default(null) }),
    )
    .default([]),
  touches: z
    .array(
      z
        .object({
          identity: entity.nullable().default(null),
          /** The hash of the value that was used. */
          credential: entity.nullable().default(null),
          /** `AUTHORITY:NATIVE` of its entity id: with `credential:` in front the intake would take it for a value. */
          credentialId: z
            .string()
            .transform((text) => `credential:${text}`)
            .pipe(entity)
            .nullable()
            .default(null),
          resource: entity,
          verb: z.enum(touchVerbs),
          atMs: z.int(),
          records: z.int().nonnegative().nullable().default(null),
          origin: z.string().nullable().default(null),
        })
        .transform(({ credentialId, ...touch }) => ({ ...touch, credential: touch.credential ?? credentialId })),
    )
    .default([]),
  people: z
    .array(
      z.object({
        resource: entity,
        complete: z.boolean(),
        persons: z.array(z.object({ person: entity, customer: entity.nullable() })),
      }),
    )
    .default([]),
})

const product = { vendor_name: 'Cordon', name: 'declared' }
const activities: Record<TouchVerb, OcsfActivity<'api_activity'>> = {
  read: 'read',
  write: 'update',
  delete: 'delete',
  share: 'other',
  admin: 'other',
  login: 'other',
}

/** Statements about anything but the source's own authority are left out, and the record counts as not understood. */
export function normalize({ raw, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const result = declaration.safeParse(raw)
  if (!result.success) return { ...out, unmapped: 'declaration' }
  const { facts, edges, touches, people } = result.data
  const atMs = eventAtMs ?? arrivedAtMs
  const isMine = (id: EntityId): boolean => authorityOf(id) === authority
  const isShared = (id: EntityId): boolean => kindOf(id) === 'customer' || kindOf(id) === 'class'
  let foreign = 0
  const keep = (isKept: boolean): boolean => {
    if (!isKept) foreign++
    return isKept
  }
  for (const fact of facts) {
    if (keep(isMine(fact.entity) || isShared(fact.entity))) {
      out.facts.push({ entity: fact.entity, observedAtMs: atMs, attributes: fact.attributes })
    }
  }
  for (const { src, type, dst, fromMs, toMs } of edges) {
    if (keep(isMine(src) || isMine(dst))) {
      out.edges.push({ src, type, dst, confidence: 'declared', op: 'span', fromMs, toMs })
    }
  }
  for (const touch of touches) if (keep(isMine(touch.resource))) out.touches.push(touch)
  out.people = people.filter(({ resource }) => keep(isMine(resource)))
  for (const touch of out.touches) {
    out.ocsf.push(ocsfEvent('api_activity', activities[touch.verb], touch.atMs, product, describe(touch)))
  }
  if (out.touches.length === 0) {
    const resources = [{ uid: authority, type: 'system' }]
    out.ocsf.push(ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { resources }))
  }
  return foreign === 0 ? out : { ...out, unmapped: 'statement about another authority' }
}

const describe = ({ identity, credential, verb, origin, resource }: Touch): OcsfFields<'api_activity'> => ({
  activity_name: verb,
  actor: {
    user: {
      uid: identity ?? 'unknown',
      ...(credential === null ? {} : { programmatic_credentials: [{ uid: credential }] }),
    },
  },
  api: { operation: verb },
  src_endpoint: ocsfEndpoint(origin),
  resources: [{ uid: resource }],
})
