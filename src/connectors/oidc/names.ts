import { hashId } from '#kit'
import { entityId, nativeOf, type EntityId } from '#model'

/** Host[:port] and path of the issuer: the realm in which subjects, clients and grants are unique. */
export function authorityOfIssuer(issuer: string): string {
  const { host, pathname } = new URL(issuer)
  return `${host}${pathname.replace(/\/+$/, '')}`
}

/** Stable name of a token that opens nothing: hash of its `jti` (of an opaque token without one, of its value). */
export const tokenRef = (jti: string): string => hashId('tok', jti)

export const nameIdentity = (authority: string, subject: string): EntityId => entityId('identity', authority, subject)
export const nameApp = (authority: string, client: string): EntityId => entityId('app', authority, client)
export const nameApi = (authority: string, audience: string): EntityId =>
  entityId('resource', authority, `api/${audience}`)
export const nameGrant = (authority: string, id: string): EntityId => entityId('credential', authority, `grant/${id}`)
export const nameSession = (authority: string, uid: string): EntityId =>
  entityId('credential', authority, `session/${uid}`)
export const nameToken = (authority: string, ref: string): EntityId => entityId('credential', authority, `token/${ref}`)
export const nameClientSecret = (authority: string, client: string): EntityId =>
  entityId('credential', authority, `client/${client}/secret`)

/** `fp:k1.abc…`, as the intake leaves hashes behind. Undefined for text that was not scrubbed. */
export function nameFingerprint(text: string): EntityId | undefined {
  const fingerprint = /^fp:([^:\s]+)$/.exec(text)?.[1]
  return fingerprint === undefined ? undefined : entityId('credential', 'fp', fingerprint)
}

/** All that the issuer knows a client as. */
export const namesOfClient = (authority: string, client: string): EntityId[] => [
  nameApp(authority, client),
  nameClientSecret(authority, client),
  nameIdentity(authority, client),
]

export type Noun = 'token' | 'grant' | 'session'

/** Id behind `token/…`, `grant/…` or `session/…`; undefined when the entity is no such thing. */
export function idOf(noun: Noun, entity: EntityId): string | undefined {
  if (!entity.startsWith('credential:')) return undefined
  const native = nativeOf(entity)
  return native.startsWith(`${noun}/`) ? native.slice(noun.length + 1) : undefined
}

/** Client behind an app, or behind a client's secret. */
export function clientOf(entity: EntityId): string | undefined {
  if (entity.startsWith('app:')) return nativeOf(entity)
  return entity.startsWith('credential:') ? /^client\/(.+)\/secret$/.exec(nativeOf(entity))?.[1] : undefined
}
