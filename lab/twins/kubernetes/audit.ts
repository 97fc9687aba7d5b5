import { randomUUID } from 'node:crypto'

import type { JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import type { Caller } from './caller.ts'
import type { Question } from './rbac.ts'
import { objectAt, textAt } from './at.ts'
import { type State } from './state.ts'

/** A request whose bodies the audit policy leaves out, as the log tells it; `id` is never given twice. */
export function metadataOf(
  told: {
    verb: string
    resource: string
    group?: string
    subresource?: string
    namespace: string
    name?: string
    user: { username: string; groups: string[]; extra?: Record<string, string[]> }
    notes?: Record<string, string>
    ip: string
    agent: string
    code: number
  },
  { atMs, id }: { atMs: number; id: string },
): JsonObject {
  const { verb, resource, group = '', subresource = '', namespace, name = '', user, code } = told
  const at = new Date(atMs).toISOString().replace('Z', '000Z')
  const root = group === '' ? '/api/v1' : `/apis/${group}/v1`
  const path = [root, 'namespaces', namespace, resource, name, subresource].filter(Boolean).join('/')
  const of = Object.entries({ namespace, name, apiGroup: group, subresource }).filter(([, text]) => text !== '')
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: id,
    stage: 'ResponseComplete',
    requestURI: path,
    verb,
    user,
    sourceIPs: [told.ip],
    userAgent: told.agent,
    objectRef: { resource, apiVersion: 'v1', ...Object.fromEntries(of) },
    responseStatus: { metadata: {}, code },
    requestReceivedTimestamp: at,
    stageTimestamp: at,
    annotations: { ...told.notes, 'authorization.k8s.io/decision': code === 403 ? 'forbid' : 'allow' },
  }
}

/** One request as the audit log tells it at the level `RequestResponse`: secrets and new tokens stand in it in clear. */
export function record(
  state: State,
  call: TwinCall,
  caller: Caller | undefined,
  { verb, group, resource, subresource, namespace, name }: Question,
  { status, body }: TwinReply,
  nowMs: number,
): void {
  const at = new Date(nowMs).toISOString().replace('Z', '000Z')
  const of = { namespace, name: name || textAt(call.body, 'metadata', 'name'), apiGroup: group, subresource }
  const told = Object.entries(of).filter(([, text]) => text !== '')
  const failure = { status: 'Failure', message: textAt(body, 'message'), reason: textAt(body, 'reason') }
  const { username = '', uid = '', groups = [], extra = {}, notes = {} } = caller ?? {}
  const event: JsonObject = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: randomUUID(),
    stage: 'ResponseComplete',
    requestURI: `${call.url.pathname}${call.url.search}`,
    verb,
    user: { username, groups, extra, ...(uid === '' ? {} : { uid }) },
    sourceIPs: [String(call.headers['x-forwarded-for'] ?? '127.0.0.1')],
    userAgent: call.headers['user-agent'] ?? '',
    objectRef: { resource, apiVersion: 'v1', ...Object.fromEntries(told) },
    responseStatus: { metadata: {}, code: status, ...(status >= 400 ? failure : {}) },
    ...(call.body === undefined ? {} : { requestObject: call.body }),
    ...(body === undefined ? {} : { responseObject: objectAt({ body }, 'body') }),
    requestReceivedTimestamp: at,
    stageTimestamp: at,
    annotations: { ...notes, 'authorization.k8s.io/decision': status === 401 || status === 403 ? 'forbid' : 'allow' },
  }
  state.audit.push(event)
}
