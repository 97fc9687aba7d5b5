import { nativeOf, parseEntityId, type CredentialKind, type EntityId } from '#model'

const credentialKinds = ['key', 'token', 'session', 'grant', 'password', 'certificate', 'ssh-key', 'file'] as const
const isCredentialKind = (value: unknown): value is CredentialKind => credentialKinds.some((kind) => kind === value)

/** The first kind that a source states; where none does, the native id says it. */
export const credentialKindOf = (credential: EntityId, stated: readonly unknown[]): CredentialKind =>
  stated.find(isCredentialKind) ?? kindByName(credential)

/** `session/…`, `role/7/password`; a bare fingerprint is a file's. */
function kindByName(credential: EntityId): CredentialKind {
  if (parseEntityId(credential)?.authority === 'fp') return 'file'
  const parts = nativeOf(credential).split('/')
  return credentialKinds.find((kind) => parts[0] === kind || parts.at(-1) === kind) ?? 'key'
}
