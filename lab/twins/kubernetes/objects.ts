import { isObject, parseJson, type Json, type JsonObject } from 'cordon/kit'

import type { TwinCall, TwinReply } from '../kit/server.ts'
import { admit, settleController } from './admission.ts'
import { conflict, invalid, notFound, refusal } from './answers.ts'
import type { Caller } from './caller.ts'
import { anybody, applied, fieldsApplied, type Fields } from './managed.ts'
import { apiVersionOf, type Act, type Resource } from './resources.ts'
import { at, objectAt, textAt } from './at.ts'
import { findKept, findNamed, put, remove, stamp, type Kept, type State } from './state.ts'

export type Cluster = { state: State; nowMs(): number }
type Asked = { call: TwinCall; resource: Resource; namespace: string; name: string; caller: Caller; body: JsonObject }
type Handle = (cluster: Cluster, asked: Asked) => TwinReply

/** A `continue` is good for five minutes. */
const continueMs = 300_000
/** How long a kubelet takes where no grace period is given. */
const graceSecondsDefault = 30

const nameOf = ({ resource, name }: Asked): string => `${resource.plural} "${name}"`
const isMetadataOnly = ({ call }: Asked): boolean => /as=PartialObjectMetadata/.test(call.headers.accept ?? '')

const shown = (asked: Asked, { object }: Kept): JsonObject =>
  isMetadataOnly(asked)
    ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: objectAt(object, 'metadata') }
    : object

function list({ state, nowMs }: Cluster, asked: Asked): TwinReply {
  const { call, resource, namespace } = asked
  const selected = selectorOf(call.query)
  if (typeof selected === 'string') return refusal(400, 'BadRequest', selected)
  const token = call.query.get('continue') ?? ''
  const after = token === '' ? { key: '', atMs: nowMs() } : readContinue(token)
  if (after === undefined) return refusal(400, 'BadRequest', 'continue key is not valid')
  if (nowMs() - after.atMs > continueMs) return refusal(410, 'Expired', 'the provided continue parameter is too old')
  const all = [...state.objects]
    .filter(([, kept]) => kept.resource === resource && (namespace === '' || kept.namespace === namespace))
    .filter(([key, kept]) => key > after.key && selected(kept))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const limit = Number(call.query.get('limit') ?? 0) || all.length
  const page = all.slice(0, limit)
  const rest = all.length - page.length
  const last = page.at(-1)?.[0] ?? ''
  const metadata: JsonObject = {
    resourceVersion: String(state.revision),
    ...(rest === 0 ? {} : { continue: writeContinue(last, after.atMs), remainingItemCount: rest }),
  }
  const items = page.map(([, kept]): JsonObject => {
    const { kind: _, apiVersion: __, ...item } = shown(asked, kept)
    return item
  })
  const head = isMetadataOnly(asked)
    ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' }
    : { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource) }
  return { status: 200, body: { ...head, metadata, items } }
}

const writeContinue = (key: string, atMs: number): string =>
  Buffer.from(JSON.stringify({ key, atMs })).toString('base64url')
function readContinue(token: string): { key: string; atMs: number } | undefined {
  try {
    const read = parseJson(Buffer.from(token, 'base64url').toString('utf8'))
    const atMs = at(read, 'atMs')
    return typeof atMs === 'number' ? { key: textAt(read, 'key'), atMs } : undefined
  } catch {
    return undefined
  }
}

/** Equality alone, on labels and on the few fields that Kubernetes selects by. */
function selectorOf(query: URLSearchParams): ((kept: Kept) => boolean) | string {
  const tests: ((kept: Kept) => boolean)[] = []
  for (const [param, pathOf] of [
    ['labelSelector', (key: string) => ['metadata', 'labels', key]],
    [
      'fieldSelector',
      (key: string) => (/^(type|metadata\.name|spec\.nodeName)$/.test(key) ? key.split('.') : undefined),
    ],
  ] as const) {
    for (const part of (query.get(param) ?? '').split(',').filter((text) => text !== '')) {
      const [, key = '', sign = '', value = ''] = /^([^=!]+)(!=|==?)(.*)$/.exec(part) ?? []
      const path = pathOf(key)
      if (path === undefined || key === '') return `${param}: the twin does not know \`${part}\``
      tests.push(({ object }) => (textAt(object, ...path) === value) === (sign !== '!='))
    }
  }
  return (kept) => tests.every((test) => test(kept))
}

function create(cluster: Cluster, asked: Asked): TwinReply {
  const { resource, namespace, body } = asked
  const { state, nowMs } = cluster
  const name = textAt(body, 'metadata', 'name')
  if (!/^[a-z0-9]([a-z0-9.:-]*[a-z0-9])?$/.test(name)) return invalid('metadata.name: Invalid value')
  if (resource.isNamespaced && findNamed(state, 'namespaces', '', namespace) === undefined) {
    return notFound(`namespaces "${namespace}"`)
  }
  if (findKept(state, resource, namespace, name) !== undefined) {
    return refusal(409, 'AlreadyExists', `${resource.plural} "${name}" already exists`)
  }
  const admitted = admit(cluster, asked, body)
  if ('status' in admitted) return admitted
  const kept = put(state, resource, namespace, admitted.body, nowMs())
  settleController(cluster, kept)
  return { status: 201, body: shown(asked, kept) }
}

function read({ state }: Cluster, asked: Asked): TwinReply {
  const kept = findKept(state, asked.resource, asked.namespace, asked.name)
  return kept === undefined ? notFound(nameOf(asked)) : { status: 200, body: shown(asked, kept) }
}

const replace: Handle = (cluster, asked) => change(cluster, asked, () => asked.body)

const patch: Handle = (cluster, asked) => {
  const type = asked.call.headers['content-type'] ?? ''
  if (/^application\/apply-patch\+yaml\b/.test(type)) return apply(cluster, asked)
  return /^application\/merge-patch\+json\b/.test(type)
    ? change(cluster, asked, (object) => objectAt({ object: merge(object, asked.body) }, 'object'))
    : refusal(415, 'UnsupportedMediaType', 'the twin takes merge patches and applied secrets alone')
}

const apply: Handle = (cluster, asked) => {
  const { state } = cluster
  const { call, resource, namespace, name, body } = asked
  const manager = call.query.get('fieldManager') ?? ''
  if (manager === '') return refusal(400, 'BadRequest', 'PatchOptions.fieldManager: is required for apply patch')
  if (resource.plural !== 'secrets' || body['kind'] !== 'Secret' || body['apiVersion'] !== 'v1') {
    return refusal(400, 'BadRequest', 'the twin applies secrets alone, and what is applied says that it is one')
  }
  const kept = findKept(state, resource, namespace, name)
  if (kept === undefined) return textAt(body, 'metadata', 'uid') === '' ? create(cluster, asked) : conflict(name)
  if (kept.object['immutable'] === true) return invalid('data: field is immutable when `immutable` is set')
  const by = fieldsApplied(manager, body)
  const after = applied(kept.object, body, by, call.query.get('force') === 'true')
  if (after === null) return refusal(409, 'Conflict', 'Apply failed with 1 conflict: conflict with another manager')
  return change(cluster, asked, () => after, by)
}

function change(
  cluster: Cluster,
  asked: Asked,
  by: (object: JsonObject) => JsonObject,
  who: Fields = anybody,
): TwinReply {
  const { state, nowMs } = cluster
  const { resource, namespace, body } = asked
  const kept = findKept(state, resource, namespace, asked.name)
  if (kept === undefined) return notFound(nameOf(asked))
  for (const key of ['uid', 'resourceVersion']) {
    const expected = textAt(body, 'metadata', key)
    if (expected !== '' && expected !== textAt(kept.object, 'metadata', key)) return conflict(nameOf(asked))
  }
  const changed = by(kept.object)
  if (JSON.stringify(changed['roleRef']) !== JSON.stringify(kept.object['roleRef'])) {
    return invalid('roleRef: cannot change')
  }
  const admitted = admit(cluster, asked, changed)
  if ('status' in admitted) return admitted
  return { status: 200, body: shown(asked, put(state, resource, namespace, admitted.body, nowMs(), kept, who)) }
}

/** RFC 7396. */
function merge(into: Json | undefined, from: Json): Json {
  if (!isObject(from)) return from
  const out: JsonObject = { ...objectAt({ into: into ?? null }, 'into') }
  for (const [key, value] of Object.entries(objectAt({ from }, 'from'))) {
    if (value === null) delete out[key]
    else out[key] = merge(out[key], value)
  }
  return out
}

function destroy(cluster: Cluster, asked: Asked): TwinReply {
  const { state, nowMs } = cluster
  const { resource, namespace, body } = asked
  const kept = findKept(state, resource, namespace, asked.name)
  if (kept === undefined) return notFound(nameOf(asked))
  const expected = textAt(body, 'preconditions', 'uid')
  if (expected !== '' && expected !== kept.uid) return conflict(nameOf(asked))
  const seconds = at(body, 'gracePeriodSeconds') ?? graceSecondsDefault
  // A pod on a node is ended by its kubelet; by force, or where there is none, at once.
  if (resource.plural === 'pods' && textAt(kept.object, 'spec', 'nodeName') !== '' && seconds !== 0) {
    const endsAtMs = nowMs() + Number(seconds) * 1000
    const metadata = { ...objectAt(kept.object, 'metadata'), deletionTimestamp: stamp(endsAtMs) }
    const ending = put(state, resource, namespace, { ...kept.object, metadata }, nowMs(), { ...kept, endsAtMs })
    return { status: 200, body: shown(asked, ending) }
  }
  remove(state, kept)
  settleController(cluster, kept)
  if (['pods', 'serviceaccounts'].includes(resource.plural)) return { status: 200, body: shown(asked, kept) }
  const details = { name: kept.name, kind: resource.plural, uid: kept.uid }
  return { status: 200, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } }
}

const handlers: Record<Act, Handle> = { list, create, read, replace, patch, delete: destroy }
export const handle = (act: Act, cluster: Cluster, asked: Asked): TwinReply => handlers[act](cluster, asked)
