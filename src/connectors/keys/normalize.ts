import { z } from 'zod'

import {
  entityId,
  isEntityId,
  nothingNormalized,
  ocsfEndpoint,
  ocsfEvent,
  type EdgeStatement,
  type EdgeType,
  type EntityId,
  type Normalized,
  type OcsfActivity,
  type OcsfEvent,
} from '#model'
import type { NormalizeInput } from '#sources/contract'

/** Cordon is its own vendor here: one realm for all installations' keys, ids are random. */
export const cordonAuthority = 'cordon'
export const nameKey = (id: string): EntityId => entityId('credential', cordonAuthority, id)
const nameScope = (scope: string): EntityId => entityId('resource', cordonAuthority, `scope/${scope}`)

const keyRecord = z.object({
  type: z.string(),
  atMs: z.number(),
  key: z.string().optional(),
  keys: z.array(z.object({ key: z.string(), owner: z.string() })).default([]),
  owner: z.string(),
  by: z.string().nullable().default(null),
  scopes: z.array(z.string()).default([]),
  sha256: z.string().optional(),
  origin: z.string().nullable().default(null),
  succeeds: z.string().nullable().default(null),
  place: z.string().nullable().default(null),
})
type KeyRecord = z.infer<typeof keyRecord>

const product = { vendor_name: 'Cordon', name: 'keys' }
const changes: Record<string, OcsfActivity<'entity_management'>> = {
  'key.issued': 'create',
  'key.killed': 'disable',
  'key.revived': 'enable',
  'key.placed': 'update',
  'epoch.raised': 'update',
}

function describe({ type, atMs, key, owner, by, origin }: KeyRecord): OcsfEvent {
  const common = { message: type, src_endpoint: ocsfEndpoint(origin) }
  const change = changes[type]
  if (change !== undefined) {
    return ocsfEvent('entity_management', change, atMs, product, {
      ...common,
      // An epoch ends every key of its owner at once.
      entity: key === undefined ? { uid: owner, type: 'owner' } : { uid: nameKey(key), type: 'credential' },
      actor: by === null ? undefined : { user: { uid: by } },
    })
  }
  if (type === 'key.used') {
    const credentials = key === undefined ? {} : { programmatic_credentials: [{ uid: nameKey(key) }] }
    return ocsfEvent('authentication', 'logon', atMs, product, {
      ...common,
      user: { uid: owner, ...credentials },
      service: { name: 'Cordon keys' },
    })
  }
  return ocsfEvent('base_event', 'other', atMs, product, { message: type, activity_name: type })
}

const state = (
  src: EntityId,
  type: EdgeType,
  dst: EntityId,
  op: 'open' | 'close',
  atMs: number,
  note?: string,
): EdgeStatement => ({ src, type, dst, confidence: 'observed', op, atMs, ...(note === undefined ? {} : { note }) })

/** Records of Cordon's own keys, written by the same program; shapes are those of `guards/keys`. */
export function normalize({ raw }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const result = keyRecord.safeParse(raw)
  if (!result.success) return { ...out, unmapped: 'keys' }
  const record = result.data
  out.ocsf.push(describe(record))
  const owner = isEntityId(record.owner) ? record.owner : undefined
  const key = record.key === undefined ? undefined : nameKey(record.key)
  if (record.type === 'epoch.raised') {
    for (const dead of record.keys) stateDead(out, nameKey(dead.key), dead.owner, record.atMs)
    return out
  }
  const isKnown = record.type === 'key.used' || record.type in changes
  if (key === undefined || owner === undefined || !isKnown) return { ...out, unmapped: record.type }
  if (record.type === 'key.issued') stateIssued(out, record, key, owner)
  if (record.type === 'key.killed') stateDead(out, key, owner, record.atMs)
  if (record.type === 'key.placed') {
    out.facts.push({ entity: key, observedAtMs: record.atMs, attributes: { successorIn: record.place } })
  }
  if (record.type === 'key.revived') {
    out.edges.push(state(key, 'AUTHENTICATES_AS', owner, 'open', record.atMs))
    out.facts.push({ entity: key, observedAtMs: record.atMs, attributes: { enabled: true } })
  }
  if (record.type === 'key.used') {
    out.facts.push({ entity: key, observedAtMs: record.atMs, attributes: { lastUsedAtMs: record.atMs } })
    for (const scope of record.scopes) {
      out.touches.push({
        identity: owner,
        credential: key,
        resource: nameScope(scope),
        verb: 'login',
        atMs: record.atMs,
        records: null,
        origin: record.origin,
      })
    }
  }
  return out
}

function stateDead(out: Normalized, key: EntityId, owner: string, atMs: number): void {
  if (isEntityId(owner)) out.edges.push(state(key, 'AUTHENTICATES_AS', owner, 'close', atMs))
  out.facts.push({ entity: key, observedAtMs: atMs, attributes: { enabled: false } })
}

function stateIssued(
  out: Normalized,
  { atMs, sha256, scopes, by, succeeds }: KeyRecord,
  key: EntityId,
  owner: EntityId,
): void {
  const fingerprint = /^fp:([^:\s]+)$/.exec(sha256 ?? '')?.[1]
  if (fingerprint !== undefined) {
    out.edges.push(state(entityId('credential', 'fp', fingerprint), 'SAME_AS', key, 'open', atMs))
  }
  out.edges.push(
    state(key, 'AUTHENTICATES_AS', owner, 'open', atMs),
    state(key, 'OWNED_BY', owner, 'open', atMs),
    ...(by !== null && isEntityId(by) ? [state(by, 'CREATED', key, 'open', atMs)] : []),
    ...scopes.map((scope) => state(owner, 'CAN_READ', nameScope(scope), 'open', atMs, scope)),
  )
  out.facts.push({
    entity: key,
    observedAtMs: atMs,
    attributes: {
      kind: 'key',
      name: `Cordon key of ${owner}`,
      createdAtMs: atMs,
      owner,
      enabled: true,
      ...(succeeds === null ? {} : { succeeds: nameKey(succeeds) }),
    },
  })
}
