import { z } from 'zod'

import { isObject, parseJson, type Json, type JsonObject } from '#kit'
import type { KeptRecord } from '#sources/contract'

import { podSpec, timeMs } from './rows.ts'

const text = z.string().nullish().catch(null)
const texts = z.array(z.string()).nullish().catch(null)
const user = z
  .object({
    username: text,
    uid: text,
    groups: texts,
    extra: z.record(z.string(), z.array(z.string())).nullish().catch(null),
  })
  .nullish()
  .catch(null)

/**
 * What is kept of the objects that a request sent and got. A secret's data, a new token and a pod's environment stand in
 * them in clear wherever an audit policy logs more than metadata.
 */
const object = z
  .object({
    kind: text,
    metadata: z.object({ name: text, namespace: text, uid: text }).nullish().catch(null),
    type: text,
    roleRef: z.object({ kind: text, name: text }).nullish().catch(null),
    subjects: z
      .array(z.object({ kind: text, name: text, namespace: text }))
      .nullish()
      .catch(null),
    spec: podSpec
      .extend({
        boundObjectRef: z.object({ kind: text, name: text, uid: text }).nullish().catch(null),
        audiences: texts,
        signerName: text,
      })
      .nullish()
      .catch(null),
    status: z.object({ expirationTimestamp: text }).nullish().catch(null),
  })
  .nullish()
  .catch(null)

/** `Event` of audit.k8s.io/v1. */
export const auditEvent = z.object({
  kind: text,
  apiVersion: text,
  level: text,
  auditID: z.string(),
  stage: text,
  requestURI: text,
  verb: z.string(),
  user,
  impersonatedUser: user,
  sourceIPs: texts,
  userAgent: text,
  objectRef: z
    .object({
      resource: text,
      namespace: text,
      name: text,
      uid: text,
      apiGroup: text,
      apiVersion: text,
      subresource: text,
    })
    .nullish()
    .catch(null),
  responseStatus: z
    .object({ code: z.number().nullish().catch(null), reason: text, status: text })
    .nullish()
    .catch(null),
  requestObject: object,
  responseObject: object,
  requestReceivedTimestamp: text,
  stageTimestamp: text,
  annotations: z.record(z.string(), z.string()).nullish().catch(null),
})
export type AuditEvent = z.infer<typeof auditEvent>

/**
 * One pushed record as the events to keep: a batch of the API server's webhook (`EventList`), one line of its log file, or
 * AKS's wrapping of one. A request that was only received is left out: its end is told, too.
 */
export function keepAudit(record: JsonObject): KeptRecord[] {
  if (record['kind'] === 'EventList' && Array.isArray(record['items'])) {
    return record['items'].flatMap((item) => (isObject(item) ? keepAudit(item) : []))
  }
  const inner = innerOf(record)
  if (inner !== undefined) return keepAudit(inner)
  const parsed = auditEvent.safeParse(record)
  // What is no audit event may hold anything: its kind alone is kept, and counted as not understood.
  if (!parsed.success)
    return [
      { native: undefined, eventAtMs: null, raw: { kind: typeof record['kind'] === 'string' ? record['kind'] : null } },
    ]
  if (parsed.data.stage === 'RequestReceived') return []
  return [{ native: nativeOf(parsed.data), eventAtMs: timeOf(parsed.data) ?? null, raw: withoutNothing(parsed.data) }]
}

function innerOf({ properties }: JsonObject): JsonObject | undefined {
  const log = isObject(properties) ? properties['log'] : undefined
  if (isObject(log)) return log
  if (typeof log !== 'string' || !log.startsWith('{')) return undefined
  const parsed = parseJson(log)
  return isObject(parsed) ? parsed : undefined
}

const nativeOf = ({ auditID, stage }: AuditEvent): string => `${auditID}/${stage ?? ''}`
export const timeOf = ({ stageTimestamp, requestReceivedTimestamp }: AuditEvent): number | undefined =>
  timeMs(stageTimestamp) ?? timeMs(requestReceivedTimestamp)

/** The record as it was, less what was not told. */
function withoutNothing(value: unknown): Json {
  if (Array.isArray(value)) return value.map(withoutNothing)
  if (!isObject(value))
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
  const told = Object.entries(value).filter(([, held]) => held !== null && held !== undefined)
  return Object.fromEntries(told.map(([key, held]) => [key, withoutNothing(held)]))
}
