import { z } from 'zod'

import { type Http, type HttpResponse, type Json, type JsonObject } from '#kit'
import { CursorExpired, readAnswer, readShape, VendorError, type Limits } from '#sources/contract'

import type { KubernetesConfig } from './config.ts'

export { segment } from '#sources/contract'

/** What pulls and actions have in common. */
export type Access = { config: KubernetesConfig; http: Http; signal: AbortSignal }

/** An API server has no fixed allowance; its priority and fairness answers 429 with `Retry-After`. */
export const limits: Limits = { budgets: [{ name: 'api', perMinute: 1_200, sharedBy: 'source' }], atOnceMax: 4 }

export const pageRows = 500

export type Call = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  query?: Record<string, string | null>
  body?: Json
  /** A PATCH that the server applies; JSON is YAML, too. */
  isApply?: boolean
  accept?: string
  isRead?: boolean
  /** Another's token, to try whether it still opens something; absent: Cordon's own. */
  token?: string
}

export function call({ config, http, signal }: Access, path: string, asked: Call = {}): Promise<HttpResponse> {
  const { method = 'GET', query = {}, body, accept = 'application/json' } = asked
  // A PATCH says how it is meant.
  const patch = asked.isApply === true ? 'application/apply-patch+yaml' : 'application/merge-patch+json'
  const contentType = method === 'PATCH' ? patch : 'application/json'
  const url = new URL(path, config.apiUrl)
  for (const [name, value] of Object.entries(query)) if (value !== null) url.searchParams.set(name, value)
  return http.request(url, {
    method,
    headers: {
      accept,
      ...(body === undefined ? {} : { 'content-type': contentType }),
      ...(asked.token === undefined ? {} : { authorization: `Bearer ${asked.token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(asked.isRead === undefined ? {} : { isRead: asked.isRead }),
    ...(asked.token === undefined ? {} : { as: 'none' }),
    signal,
  })
}

/** A list says that it is empty (`null` in Go's way); an answer without one is no list. */
const objectList = z.object({
  metadata: z.object({ continue: z.string().nullish(), resourceVersion: z.string().nullish() }).nullish(),
  items: z.array(z.record(z.string(), z.json())).nullable(),
})
export type Listed = { rows: JsonObject[]; next: string | null }
export type ListQuery = { next: string | null; accept?: string; fieldSelector?: string }

/** Metadata alone: the API server leaves the rest of each object out, for secrets their values. */
export const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

/** One page. A `continue` lives for minutes: what is older is gone (410), and the list is begun anew. */
export async function listPage(access: Access, path: string, what: string, asked: ListQuery): Promise<Listed> {
  const { next, accept, fieldSelector = null } = asked
  const query = { limit: String(pageRows), continue: next, fieldSelector }
  const response = await call(access, path, { query, ...(accept === undefined ? {} : { accept }) })
  if (response.status === 410) throw new CursorExpired(what)
  const { metadata, items } = readAnswer(objectList, response, what)
  const token = metadata?.continue ?? ''
  return { rows: items ?? [], next: token === '' ? null : token }
}

/** Pages of a list that is read whole; a list beyond them is refused by name, not cut short. */
const wholePagesMax = 100

export async function listAll<T>(access: Access, path: string, shape: z.ZodType<T>, what: string): Promise<T[]> {
  const rows: T[] = []
  let next: string | null = null
  for (let page = 0; page === 0 || next !== null; page++) {
    if (page >= wholePagesMax) throw new VendorError('ERR_VENDOR_SHAPE', `${what} are over ${wholePagesMax} pages`)
    const listed: Listed = await listPage(access, path, what, { next })
    for (const row of listed.rows) rows.push(readShape(shape, row, what))
    next = listed.next
  }
  return rows
}

/** Undefined when there is no such object (404). */
export async function find<T>(access: Access, path: string, shape: z.ZodType<T>, what: string): Promise<T | undefined> {
  const response = await call(access, path)
  return response.status === 404 ? undefined : readAnswer(shape, response, what)
}

const clusterNamespace = z.object({ metadata: z.object({ uid: z.string().min(1) }) })
/** Which cluster answers: the uid of a namespace that every cluster has and nobody can delete. */
export async function readCluster(access: Access): Promise<string> {
  const response = await call(access, '/api/v1/namespaces/kube-system')
  return readAnswer(clusterNamespace, response, "the cluster's own namespace").metadata.uid
}

const selfReview = z.object({
  status: z.object({ userInfo: z.object({ username: z.string(), groups: z.array(z.string()).nullish() }) }),
})
/** Whom the credential speaks for. */
export async function readSelf(access: Access): Promise<{ username: string }> {
  const response = await call(access, '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    method: 'POST',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    isRead: true,
  })
  const { username } = readAnswer(selfReview, response, 'who the token is').status.userInfo
  return { username }
}

const rulesReview = z.object({
  status: z.object({
    resourceRules: z
      .array(
        z.object({
          verbs: z.array(z.string()),
          apiGroups: z.array(z.string()).nullish(),
          resources: z.array(z.string()).nullish(),
          resourceNames: z.array(z.string()).nullish(),
        }),
      )
      .nullish(),
  }),
})
export type RuleRead = NonNullable<z.infer<typeof rulesReview>['status']['resourceRules']>[number]

/** What the credential may do in one namespace, as the API server sums it up. */
export async function readOwnRules(access: Access, namespace: string): Promise<RuleRead[]> {
  const response = await call(access, '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
    method: 'POST',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
    isRead: true,
  })
  return readAnswer(rulesReview, response, 'what the token may do').status.resourceRules ?? []
}

const accessReview = z.object({ status: z.object({ allowed: z.boolean() }) })

/** Do roles and their `resourceNames` let the credential write this one secret? */
export async function mayPatchSecret(access: Access, namespace: string, name: string): Promise<boolean> {
  const resourceAttributes = { verb: 'patch', resource: 'secrets', namespace, name }
  const response = await call(access, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    method: 'POST',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
    isRead: true,
  })
  return readAnswer(accessReview, response, 'what the token may do with a secret').status.allowed
}
