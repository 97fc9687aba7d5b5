import { assert } from '#kit'

/** What the estate is made of. A session is a credential; a database role is an identity. */
export const entityKinds = [
  'identity',
  'credential',
  'app',
  'vendor',
  'package',
  'host',
  'resource',
  'class',
  'person',
  'customer',
] as const
export type EntityKind = (typeof entityKinds)[number]

/**
 * `kind:authority:native`. Authority is the vendor's own realm (account id, domain, PostgreSQL system identifier), never
 * our source's name; native is the vendor's immutable id. `%`, `:` and control characters inside a part are %-escaped.
 */
export type EntityId = `${EntityKind}:${string}:${string}`

export type IdentityKind = 'human' | 'service' | 'agent' | 'app' | 'role' | 'group'
export type CredentialKind = 'key' | 'token' | 'session' | 'grant' | 'password' | 'certificate' | 'ssh-key' | 'file'

// oxlint-disable-next-line no-control-regex -- control characters are what is escaped here
const unsafe = /[%:\u0000-\u001f]/
const everyUnsafe = new RegExp(unsafe, 'g')
/** Every record names entities by the dozen, and hardly any name holds what is escaped. */
const escapePart = (part: string): string =>
  unsafe.test(part) ? part.replace(everyUnsafe, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`) : part
const unescapePart = (part: string): string =>
  part.includes('%')
    ? part.replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : part

export function entityId(kind: EntityKind, authority: string, native: string): EntityId {
  assert(authority !== '' && native !== '', 'an entity id needs an authority and a native id')
  return `${kind}:${escapePart(authority)}:${escapePart(native)}`
}

export type EntityParts = { kind: EntityKind; authority: string; native: string }

const kindsByName: ReadonlyMap<string, EntityKind> = new Map(entityKinds.map((kind) => [kind, kind]))

/** Undefined when the text is no entity id. Every record is asked of a dozen, so it is read without an expression. */
export function parseEntityId(text: string): EntityParts | undefined {
  const first = text.indexOf(':')
  const second = text.indexOf(':', first + 1)
  const kind = kindsByName.get(text.slice(0, Math.max(first, 0)))
  if (kind === undefined || second <= first + 1 || second === text.length - 1) return undefined
  if (text.includes(':', second + 1)) return undefined
  return { kind, authority: unescapePart(text.slice(first + 1, second)), native: unescapePart(text.slice(second + 1)) }
}

/** True for text that `entityId` could have made. */
export const isEntityId = (text: string): text is EntityId => parseEntityId(text) !== undefined

export const kindOf = (id: EntityId): EntityKind => {
  const parts = parseEntityId(id)
  assert(parts !== undefined, 'an EntityId parses')
  return parts.kind
}
export const authorityOf = (id: EntityId): string => parseEntityId(id)?.authority ?? ''
export const nativeOf = (id: EntityId): string => parseEntityId(id)?.native ?? ''

/** Dated facts about an entity (name, e-mail, owner, kind, counts). The newest `observedAtMs` wins; history stays in the store. */
export type EntityFact = {
  entity: EntityId
  observedAtMs: number
  attributes: Record<string, string | number | boolean | null>
}
