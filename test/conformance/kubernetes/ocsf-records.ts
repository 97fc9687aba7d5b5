import type { Json, JsonObject } from '#kit'
import { keepAudit } from '#connectors/kubernetes'

import { textAt } from './cluster.ts'

const at = '2026-03-24T10:39:00.000000Z'
const jti = '11111111-2222-4333-8444-555555555555'

/** An event as the API server writes it, of an account's token unless said otherwise. */
const auditEvent = (verb: string, ref: JsonObject | null, more: JsonObject = {}): JsonObject => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'RequestResponse',
  auditID: `${verb}-${textAt(ref, 'resource')}-${textAt(ref, 'subresource')}`,
  stage: 'ResponseComplete',
  requestURI: '/api/v1',
  verb,
  user: {
    username: 'system:serviceaccount:ci:runner',
    uid: 'u-1',
    groups: ['system:serviceaccounts'],
    extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] },
  },
  sourceIPs: ['203.0.113.66'],
  userAgent: 'curl/8.5',
  ...(ref === null ? {} : { objectRef: { apiVersion: 'v1', ...ref } }),
  responseStatus: { code: verb === 'create' ? 201 : 200 },
  requestReceivedTimestamp: at,
  stageTimestamp: at,
  ...more,
})

const certificate: JsonObject = {
  user: {
    username: 'eve',
    groups: ['people', 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${'a'.repeat(64)}`] },
  },
}
const inPod: JsonObject = {
  user: {
    username: 'system:serviceaccount:shop:web',
    uid: 'u-2',
    extra: {
      'authentication.kubernetes.io/credential-id': [`JTI=${jti}`],
      'authentication.kubernetes.io/pod-name': ['web'],
      'authentication.kubernetes.io/pod-uid': ['p-1'],
    },
  },
}
const rbac = 'rbac.authorization.k8s.io'

const auditEvents: JsonObject[] = [
  auditEvent('list', { resource: 'secrets', namespace: 'shop' }),
  auditEvent('get', { resource: 'secrets', namespace: 'shop', name: 'db' }, inPod),
  auditEvent(
    'get',
    { resource: 'secrets', namespace: 'shop', name: 'db' },
    { auditID: 'refused', responseStatus: { code: 403, reason: 'Forbidden' } },
  ),
  auditEvent(
    'create',
    { resource: 'serviceaccounts', subresource: 'token', namespace: 'shop', name: 'web' },
    {
      annotations: { 'authentication.kubernetes.io/issued-credential-id': `JTI=${jti.replaceAll('1', '9')}` },
      responseObject: {
        kind: 'TokenRequest',
        status: { token: 'EXAMPLE-token', expirationTimestamp: '2026-03-24T11:39:00Z' },
      },
    },
  ),
  auditEvent(
    'create',
    { resource: 'pods', subresource: 'exec', namespace: 'shop', name: 'web' },
    { stage: 'ResponseStarted', responseStatus: { code: 101 }, ...certificate },
  ),
  auditEvent('create', { resource: 'pods', namespace: 'kube-system', name: 'node-setup-1' }),
  auditEvent('create', { resource: 'clusterrolebindings', apiGroup: rbac, name: 'backup' }),
  auditEvent(
    'create',
    { resource: 'secrets', namespace: 'shop', name: 'backdoor' },
    {
      auditID: 'token-secret',
      requestObject: { kind: 'Secret', type: 'kubernetes.io/service-account-token', data: { x: 'EXAMPLE-value' } },
    },
  ),
  auditEvent('create', { resource: 'serviceaccounts', namespace: 'shop', name: 'helper' }, certificate),
  auditEvent('patch', { resource: 'deployments', apiGroup: 'apps', namespace: 'shop', name: 'shop' }),
  auditEvent('delete', { resource: 'events', namespace: 'shop' }),
  auditEvent('get', null, { requestURI: '/healthz', user: { username: 'system:anonymous' } }),
]

const kept: Json[] = auditEvents.flatMap((event) => keepAudit(event).map(({ raw }) => raw))
const snapshot = (kind: string, rows: JsonObject[]): Json => ({
  snapshot: { id: 's-1', part: 0, complete: true, takenAtMs: Date.UTC(2026, 2, 24, 12) },
  rows: { kind, rows: rows.map((row) => ({ ...row, of: kind })) },
})
const metadata = (name: string): JsonObject => ({ name, uid: `uid-${name}`, namespace: 'shop', creationTimestamp: at })

export const kubernetesRecords = [
  { stream: 'log', raws: [...kept, { kind: 'dreamt' }] },
  {
    stream: 'inventory',
    raws: [
      snapshot('namespaces', [
        { metadata: { name: 'kube-system', uid: 'c-1' } },
        { metadata: { name: 'shop', uid: 'n-1' } },
      ]),
      snapshot('serviceaccounts', [{ metadata: metadata('web') }]),
      snapshot('nodes', [{ metadata: { name: 'node-1', uid: 'n-2' } }]),
      snapshot('pods', [
        {
          metadata: metadata('web'),
          spec: {
            serviceAccountName: 'web',
            containers: [{ image: 'nginx:1', securityContext: { privileged: true } }],
            nodeName: 'node-1',
          },
        },
      ]),
      snapshot('cronjobs', [
        { metadata: metadata('nightly'), spec: { jobTemplate: { spec: { template: { spec: {} } } } } },
      ]),
      snapshot('rolebindings', [
        {
          metadata: metadata('b'),
          roleRef: { kind: 'Role', name: 'r' },
          subjects: [{ kind: 'User', name: 'ada' }],
          rules: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['db'] }],
        },
      ]),
      snapshot('dreams', [{}]),
    ],
  },
  {
    stream: 'secrets',
    raws: [
      snapshot('secrets', [{ metadata: metadata('db'), keys: ['user'] }]),
      snapshot('tokens', [{ metadata: metadata('web-token') }]),
    ],
  },
]
