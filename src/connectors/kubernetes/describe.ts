import { ocsfEndpoint, ocsfEvent, type OcsfEvent } from '#model'
import { isTold } from '#sources/contract'

import type { AuditEvent } from './audit-event.ts'

export const product = { vendor_name: 'Kubernetes', name: 'Kubernetes' }

type Activity = 'create' | 'read' | 'update' | 'delete' | 'other'
const activities: Readonly<Record<string, Activity>> = {
  get: 'read',
  list: 'read',
  watch: 'read',
  head: 'read',
  create: 'create',
  post: 'create',
  update: 'update',
  patch: 'update',
  put: 'update',
  delete: 'delete',
  deletecollection: 'delete',
}
export const activityOf = (verb: string): Activity => activities[verb] ?? 'other'
/** What runs a command in a pod is no making of anything. */
const acts: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy'])

/** `pods/exec`, `deployments.apps`, or the path of what is no resource. */
export function whatOf({ objectRef, requestURI }: AuditEvent): string {
  const { resource, subresource, apiGroup } = objectRef ?? {}
  if (!isTold(resource)) return (requestURI ?? 'unknown').split('?')[0] ?? 'unknown'
  return `${resource}${isTold(apiGroup) ? `.${apiGroup}` : ''}${isTold(subresource) ? `/${subresource}` : ''}`
}

/** One event of the audit log in OCSF: every request to the API server is API activity. */
export function describe(event: AuditEvent, atMs: number): OcsfEvent {
  const { auditID, verb, objectRef, responseStatus, sourceIPs, userAgent, user, impersonatedUser } = event
  const activity = acts.has(objectRef?.subresource ?? '') ? 'other' : activityOf(verb)
  const operation = `${verb} ${whatOf(event)}`
  const code = responseStatus?.code ?? undefined
  const group = isTold(objectRef?.apiGroup) ? objectRef.apiGroup : 'core'
  const credential = user?.extra?.['authentication.kubernetes.io/credential-id']?.[0]
  return ocsfEvent('api_activity', activity, atMs, product, {
    uid: auditID,
    message: operation,
    ...(activity === 'other' ? { activity_name: operation } : {}),
    status_id: code === undefined ? 0 : code >= 400 ? 2 : 1,
    ...(code === undefined ? {} : { status_code: String(code) }),
    ...(isTold(responseStatus?.reason) ? { status_detail: responseStatus.reason } : {}),
    actor: {
      user: {
        uid: isTold(user?.uid) ? user.uid : (user?.username ?? 'unknown'),
        name: user?.username ?? 'unknown',
        type_id: user?.username?.startsWith('system:') === true ? 3 : 1,
        ...(isTold(credential)
          ? { programmatic_credentials: [{ uid: credential, type: credential.split('=')[0] ?? '' }] }
          : {}),
        groups: (user?.groups ?? []).map((name) => ({ name })),
      },
    },
    api: {
      operation,
      service: { name: group },
      request: { uid: auditID },
      ...(code === undefined ? {} : { response: { code } }),
    },
    src_endpoint: ocsfEndpoint(sourceIPs?.[0]),
    http_request: isTold(userAgent) ? { user_agent: userAgent } : undefined,
    resources: isTold(objectRef?.resource)
      ? [
          {
            uid: isTold(objectRef.uid) ? objectRef.uid : `${objectRef.namespace ?? ''}/${objectRef.name ?? ''}`,
            type: objectRef.resource,
            ...(isTold(objectRef.name) ? { name: objectRef.name } : {}),
            ...(isTold(objectRef.namespace) ? { namespace: objectRef.namespace } : {}),
          },
        ]
      : undefined,
    unmapped: {
      level: event.level ?? undefined,
      stage: event.stage ?? undefined,
      impersonated: impersonatedUser?.username ?? undefined,
    },
  })
}
