import { entityId, nativeOf, type EntityId } from '#model'

/**
 * Authority is the account. IAM's unique ids (AIDA…, AROA…, AGPA…) are natives: a name may be given again to another.
 * The log often tells a name alone; that is an identity of its own (`user/ci`) which may become the one behind it.
 */
export const nameIdentity = (account: string, uniqueId: string): EntityId => entityId('identity', account, uniqueId)
export const nameByName = (account: string, noun: 'user' | 'role' | 'group', name: string): EntityId =>
  entityId('identity', account, `${noun}/${name}`)
export const nameService = (account: string, service: string): EntityId =>
  entityId('identity', account, `service/${service}`)
/** Key ids are unique over all of AWS, and a host that finds one names it alike. */
export const nameKey = (accessKeyId: string): EntityId => entityId('credential', 'aws', accessKeyId)
export const namePassword = (account: string, user: string): EntityId =>
  entityId('credential', account, `user/${user}/password`)
export const nameAccount = (account: string): EntityId => entityId('resource', account, 'account')
export const nameResource = (account: string, arn: string): EntityId => entityId('resource', account, arn)
/** A user or group of Identity Center, where it bears on this account. */
export const nameCenterUser = (account: string, userId: string): EntityId =>
  entityId('identity', account, `sso-user/${userId}`)
export const nameCenterUserByName = (account: string, name: string): EntityId =>
  entityId('identity', account, `sso-user-name/${name}`)
export const nameCenterGroup = (account: string, groupId: string): EntityId =>
  entityId('identity', account, `sso-group/${groupId}`)
/** Its roles in the account are made anew under other ids: they go by the name of their permission set. */
export const namePermissionSet = (account: string, name: string): EntityId =>
  entityId('identity', account, `permission-set/${name}`)
export const centerUserOf = (entity: EntityId): string | undefined =>
  entity.startsWith('identity:') ? /^sso-user\/([\w-]{1,100})$/.exec(nativeOf(entity))?.[1] : undefined

/** Made by Identity Center, and changed by nobody else. */
export const isReserved = (arn: string): boolean => arn.includes(':role/aws-reserved/sso.amazonaws.com/')
/** `AWSReservedSSO_Admin_0123456789abcdef` → `Admin`. */
export const permissionSetOf = (roleName: string): string | undefined =>
  /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/.exec(roleName)?.[1]

/** Who may become a role, as somebody changed it. */
export const nameTrust = (account: string, roleName: string): EntityId =>
  entityId('resource', account, `trust/${roleName}`)
export const trustRoleOf = (entity: EntityId): string | undefined =>
  entity.startsWith('resource:') ? /^trust\/([\w+=,.@-]{1,64})$/.exec(nativeOf(entity))?.[1] : undefined

/** What one user may do to one thing, as one policy of its own gives it: what is taken from it, and given back. */
export const nameUserRight = (account: string, userId: string, thing: string): EntityId =>
  entityId('resource', account, `user-right/${userId}/${thing}`)
/** A unique id of IAM is a word of 16 to 128 characters. */
export function userRightOf(entity: EntityId): { userId: string; thing: string } | undefined {
  const [, userId, thing] = /^user-right\/(\w{16,128})\/(arn:.+)$/.exec(nativeOf(entity)) ?? []
  return userId === undefined || thing === undefined || !entity.startsWith('resource:') ? undefined : { userId, thing }
}

export const nameMfa = (account: string, serial: string): EntityId => entityId('credential', account, `mfa/${serial}`)

export const keyIdOf = (entity: EntityId): string | undefined =>
  /^credential:aws:((?:AKIA|ASIA)[A-Z0-9]{8,124})$/.exec(entity)?.[1]
/** A long-term key: what STS makes starts with ASIA and has no switch of its own. */
export const longKeyIdOf = (entity: EntityId): string | undefined => {
  const id = keyIdOf(entity)
  return id?.startsWith('AKIA') === true ? id : undefined
}
/** `AIDA…`, `AROA…`, `user/NAME` or `role/NAME`; undefined when the entity is neither a user nor a role. */
export function principalOf(entity: EntityId): { noun: 'user' | 'role'; by: 'id' | 'name'; value: string } | undefined {
  if (!entity.startsWith('identity:')) return undefined
  const native = nativeOf(entity)
  const [, noun, name] = /^(user|role)\/(.+)$/.exec(native) ?? []
  if (name !== undefined && (noun === 'user' || noun === 'role')) return { noun, by: 'name', value: name }
  if (/^AIDA[A-Z0-9]{4,124}$/.test(native)) return { noun: 'user', by: 'id', value: native }
  return /^AROA[A-Z0-9]{4,124}$/.test(native) ? { noun: 'role', by: 'id', value: native } : undefined
}
export const passwordUserOf = (entity: EntityId): string | undefined =>
  entity.startsWith('credential:') ? /^user\/([^/]+)\/password$/.exec(nativeOf(entity))?.[1] : undefined

/** `arn:aws:iam::1234:user/path/ci` → account, noun, last name. */
export function readIamArn(arn: string): { account: string; noun: string; name: string } | undefined {
  const [, account, noun, path] = /^arn:aws[a-z-]*:iam::(\d{12}):(user|role|group)\/(.+)$/.exec(arn) ?? []
  if (account === undefined || noun === undefined || path === undefined) return undefined
  return { account, noun, name: path.split('/').at(-1) ?? path }
}
