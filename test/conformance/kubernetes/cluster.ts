import type { Clock, Json, JsonObject } from '#kit'

export { at, textAt } from '../../../lab/twins/kubernetes/at.ts'

export type Answer = { status: number; body: JsonObject }
/** A plain HTTP client of the cluster, with one credential; it knows nothing of Cordon. */
export type Ask = (method: string, path: string, body?: Json) => Promise<Answer>

/** A cluster to test against: the twin, or Kubernetes itself. What is tested is the same. */
export type Cluster = {
  url: string
  /** PEM of the authority behind its certificate; absent: plain HTTP on loopback. */
  ca: string | undefined
  /** A twin's own; absent: the clock of this machine. */
  clock?: Clock
  admin: Ask
  withToken(token: string): Ask
  /** Somebody with a client certificate. */
  withCertificate(user: string, groups: readonly string[]): Ask
  /** Events of the audit log, from its beginning. */
  audit(): Promise<JsonObject[]>
  /** Waits until controllers did their part; a twin has done it at once. */
  settled(done: () => Promise<boolean>): Promise<void>
  close(): Promise<void>
}

export const core = (namespace: string, resource: string, name = ''): string =>
  `/api/v1/namespaces/${namespace}/${resource}${name === '' ? '' : `/${name}`}`
export const apps = (namespace: string, resource: string, name = ''): string =>
  `/apis/apps/v1/namespaces/${namespace}/${resource}${name === '' ? '' : `/${name}`}`
const rbacRoot = '/apis/rbac.authorization.k8s.io/v1'
export const rbac = (scope: string, resource: string, name = ''): string =>
  `${rbacRoot}${scope === '*' ? '' : `/namespaces/${scope}`}/${resource}${name === '' ? '' : `/${name}`}`
