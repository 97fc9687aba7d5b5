import { entityId, nativeOf, type EntityId, type EntityKind } from '#model'
import { partsReader } from '#sources/contract'

/**
 * Authority is the cluster: the uid of its namespace `kube-system`, which nobody can change or make again.
 * Identities are named as RBAC names them, for bindings, the audit log and reviews know a name and no uid; so are secrets,
 * which pods, roles and the log refer to by name. Credentials carry the uid that they die with.
 */
const named =
  (kind: EntityKind, noun: string) =>
  (authority: string, ...parts: readonly string[]): EntityId =>
    entityId(kind, authority, [noun, ...parts].join('/'))

export const everywhere = '*'

export const nameUser = named('identity', 'user')
export const nameGroup = named('identity', 'group')
/** Namespace, name. */
export const nameAccount = named('identity', 'serviceaccount')
/** A role as far as one kind of binding reaches: scope (a namespace or `*`), kind, name. */
export const nameRole = named('identity', 'role')
/** Whatever service account there is in a scope: who may start pods there may become any of them. */
export const nameAnyAccount = named('identity', 'serviceaccounts')

export const nameCluster = (authority: string): EntityId => entityId('resource', authority, 'cluster')
/** What runs on nodes, and they themselves. */
export const nameNodes = (authority: string): EntityId => entityId('resource', authority, 'nodes')
export const nameNamespace = named('resource', 'namespace')
/** Scope: all secrets, pods and other objects of a namespace or of all of them. */
export const nameSecrets = named('resource', 'secrets')
export const namePods = named('resource', 'pods')
export const nameObjects = named('resource', 'objects')
/** Namespace, name. */
export const nameSecret = named('resource', 'secret')
/** Scope, name. A binding is a thing of its own: one that an attacker adds is removed, and nothing else. */
export const nameBinding = named('resource', 'binding')
/** API group (`core`), resource, scope, name. */
export const nameObject = named('resource', 'object')

/** What a secret holds: nobody but its owner knows what it opens. Namespace, name. */
export const nameSecretValue = named('credential', 'secret-value')
/** Tokens of a secret: namespace, name, for the log tells no uid of it. They die with it. */
export const nameSecretToken = named('credential', 'secret-token')
/** Tokens bound to a pod: namespace, name, uid. */
export const namePodToken = named('credential', 'pod-token')
/** A token known by its id alone (`jti`). */
export const nameToken = named('credential', 'token')
/** Every token of a service account as it is now: namespace, name, uid. */
export const nameAccountTokens = named('credential', 'account-tokens')
/** A client certificate, by the SHA-256 of it that the audit log tells. */
export const nameCertificate = named('credential', 'certificate')

/** Namespace, name, uid. */
export const namePod = named('host', 'pod')
export const nameNode = named('host', 'node')
/** Kind, namespace, name: what makes pods. */
export const nameWorkload = named('app', 'workload')

const arities = {
  serviceaccount: ['identity', 2],
  secret: ['resource', 2],
  binding: ['resource', 2],
  object: ['resource', 4],
  'secret-token': ['credential', 2],
  'pod-token': ['credential', 3],
  token: ['credential', 1],
  'account-tokens': ['credential', 3],
  certificate: ['credential', 1],
  pod: ['host', 3],
  node: ['host', 1],
} as const
export type Noun = keyof typeof arities

/** Parts behind the noun; undefined when the entity is no such thing. */
export const partsOf = partsReader<Noun>(arities)

/** Name of a user; undefined for whatever else. */
export const userOf = (entity: EntityId): string | undefined =>
  entity.startsWith('identity:') ? /^user\/(.+)$/s.exec(nativeOf(entity))?.[1] : undefined

const accountUser = /^system:serviceaccount:([^:]+):([^:]+)$/
export const usernameOf = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`
/** Namespace and name behind the user name of a service account. */
export function accountIn(username: string): [string, string] | undefined {
  const [, namespace, name] = accountUser.exec(username) ?? []
  return namespace === undefined || name === undefined ? undefined : [namespace, name]
}

/** Who a user name stands for. */
export function nameWho(authority: string, username: string): EntityId {
  const account = accountIn(username)
  return account === undefined ? nameUser(authority, username) : nameAccount(authority, ...account)
}

/** User name of a user or a service account. */
export function usernameIn(entity: EntityId): string | undefined {
  const account = partsOf('serviceaccount', entity)
  return account === undefined ? userOf(entity) : usernameOf(account[0], account[1])
}
