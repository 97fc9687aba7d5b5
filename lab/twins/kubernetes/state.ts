import { randomUUID } from 'node:crypto'

import type { JsonObject } from 'cordon/kit'

import { listAt, objectAt, textAt } from './at.ts'
import { anybody, managedAfter, type Fields } from './managed.ts'
import { apiVersionOf, resourceOf, type Resource } from './resources.ts'

export type Kept = {
  resource: Resource
  /** Empty: of the cluster. */
  namespace: string
  name: string
  uid: string
  object: JsonObject
  /** When a kubelet will have ended it; null: it is not being deleted. */
  endsAtMs: number | null
}
/** What a token of a service account is good for. `bound`: the object it dies with. `untilMs` null: a legacy one. */
export type Token = {
  id: string
  namespace: string
  account: string
  accountUid: string
  bound: { kind: 'Pod' | 'Secret'; name: string; uid: string } | null
  untilMs: number | null
}
export type State = {
  objects: Map<string, Kept>
  tokens: Map<string, Token>
  /** When a token that was good is looked at again, in ms. */
  good: Map<string, number>
  audit: JsonObject[]
  revision: number
}

export const createState = (): State => ({
  objects: new Map(),
  tokens: new Map(),
  good: new Map(),
  audit: [],
  revision: 0,
})

const keyOf = ({ group, plural }: Resource, namespace: string, name: string): string =>
  [group, plural, namespace, name].join('/')

export const findKept = (state: State, resource: Resource, namespace: string, name: string): Kept | undefined =>
  state.objects.get(keyOf(resource, namespace, name))
export const findNamed = (state: State, plural: string, namespace: string, name: string): Kept | undefined =>
  findKept(state, resourceOf(plural), namespace, name)

/** Puts an object into the store as the API server would: with an id, a time and a revision of its own. */
export function put(
  state: State,
  resource: Resource,
  namespace: string,
  body: JsonObject,
  nowMs: number,
  former?: Kept,
  by: Fields = anybody,
): Kept {
  const name = textAt(body, 'metadata', 'name')
  const uid = former?.uid ?? randomUUID()
  const metadata: JsonObject = {
    ...objectAt(body, 'metadata'),
    name,
    uid,
    resourceVersion: String(++state.revision),
    creationTimestamp: former === undefined ? stamp(nowMs) : textAt(former.object, 'metadata', 'creationTimestamp'),
    ...(resource.isNamespaced ? { namespace } : {}),
    managedFields: managedAfter(former?.object, body, by, stamp(nowMs)),
  }
  const object = { ...body, kind: resource.kind, apiVersion: apiVersionOf(resource), metadata }
  const kept: Kept = { resource, namespace, name, uid, object, endsAtMs: former?.endsAtMs ?? null }
  state.objects.set(keyOf(resource, namespace, name), kept)
  return kept
}

export const stamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

/** The object, what it owns, and what lives in it. */
export function remove(state: State, { resource, namespace, name, uid }: Kept): void {
  state.objects.delete(keyOf(resource, namespace, name))
  for (const other of state.objects.values()) {
    const isOwned = listAt(other.object, 'metadata', 'ownerReferences').some((owner) => textAt(owner, 'uid') === uid)
    const isWithin = resource.plural === 'namespaces' && other.namespace === name
    const isLegacyToken =
      resource.plural === 'serviceaccounts' &&
      other.resource.plural === 'secrets' &&
      textAt(other.object, 'metadata', 'annotations', 'kubernetes.io/service-account.uid') === uid
    if (isOwned || isWithin || isLegacyToken) remove(state, other)
  }
}

/** What kubelets have ended by now. */
export function endDue(state: State, nowMs: number): void {
  for (const kept of state.objects.values()) if (kept.endsAtMs !== null && kept.endsAtMs <= nowMs) remove(state, kept)
}
