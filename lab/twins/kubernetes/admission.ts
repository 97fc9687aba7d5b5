import type { Json, JsonObject } from 'cordon/kit'

import type { TwinReply } from '../kit/server.ts'
import { refusal } from './answers.ts'
import type { Caller } from './caller.ts'
import type { Cluster } from './objects.ts'
import { holds, isAllowed, mayBind } from './rbac.ts'
import { resourceOf, type Resource } from './resources.ts'
import { listAt, objectAt, textAt } from './at.ts'
import { findNamed, put, type Kept } from './state.ts'
import { legacyToken } from './tokens.ts'

type Asked = { resource: Resource; namespace: string; caller: Caller }

/** What the API server makes of an object before it stores it, or why it does not. */
export function admit(cluster: Cluster, asked: Asked, body: JsonObject): { body: JsonObject } | TwinReply {
  const { resource, namespace, caller } = asked
  const { state } = cluster
  if (resource.plural === 'pods') return admitPod(cluster, namespace, body)
  if (resource.plural.endsWith('rolebindings') && !mayBind(state, caller, body, namespace)) {
    return refusal(403, 'Forbidden', 'user is attempting to grant RBAC permissions not currently held')
  }
  if (resource.plural === 'roles' || resource.plural === 'clusterroles') {
    const { group, plural } = resource
    const asks = { verb: 'escalate', group, resource: plural, subresource: '', namespace, name: '' }
    const isWithin = listAt(body, 'rules').every((rule) => holds(state, caller, rule, namespace))
    if (!isWithin && !isAllowed(state, caller, asks)) {
      return refusal(403, 'Forbidden', 'user is attempting to grant RBAC permissions not currently held')
    }
  }
  return { body }
}

/** The account of a pod must be there, and its token is mounted unless it says otherwise. */
function admitPod({ state }: Cluster, namespace: string, body: JsonObject): { body: JsonObject } | TwinReply {
  const spec = objectAt(body, 'spec')
  const name = textAt(spec, 'serviceAccountName') || 'default'
  const account = findNamed(state, 'serviceaccounts', namespace, name)
  if (account === undefined) {
    return refusal(403, 'Forbidden', `pods: error looking up service account ${namespace}/${name}`)
  }
  const volumes = listAt(spec, 'volumes')
  const isMounted =
    spec['automountServiceAccountToken'] !== false && account.object['automountServiceAccountToken'] !== false
  const isThere = volumes.some((volume) => textAt(volume, 'name').startsWith('kube-api-access-'))
  const token: Json = {
    name: 'kube-api-access-twin1',
    projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }] },
  }
  const status = body['status'] ?? { phase: 'Pending' }
  return {
    body: {
      ...body,
      status,
      spec: { ...spec, serviceAccountName: name, volumes: isMounted && !isThere ? [...volumes, token] : volumes },
    },
  }
}

/** What controllers do about an object that came or went, at once. */
export function settleController({ state, nowMs }: Cluster, { resource, namespace, name, object }: Kept): void {
  const home = resource.plural === 'namespaces' ? name : namespace
  const needsDefault = resource.plural === 'namespaces' || (resource.plural === 'serviceaccounts' && name === 'default')
  if (needsDefault && findNamed(state, 'namespaces', '', home) !== undefined) {
    if (findNamed(state, 'serviceaccounts', home, 'default') === undefined) {
      put(state, resourceOf('serviceaccounts'), home, { metadata: { name: 'default' } }, nowMs())
    }
  }
  const secret = findNamed(state, 'secrets', namespace, name)
  if (resource.plural !== 'secrets' || secret === undefined) return
  if (textAt(object, 'type') !== 'kubernetes.io/service-account-token') return
  const of = textAt(object, 'metadata', 'annotations', 'kubernetes.io/service-account.name')
  const account = findNamed(state, 'serviceaccounts', namespace, of)
  if (account === undefined) return
  const data = { token: Buffer.from(legacyToken(state, secret, account)).toString('base64') }
  const metadata = objectAt(object, 'metadata')
  const annotations = { ...objectAt(metadata, 'annotations'), 'kubernetes.io/service-account.uid': account.uid }
  put(state, resource, namespace, { ...object, data, metadata: { ...metadata, annotations } }, nowMs(), secret)
}
