import { z } from 'zod'

import { entityId, type EntityId, type SubjectRef } from '#model'

/** What this Cordon was told of the names of one transmitter, kept with each record so that a replay reads the same. */
export const naming = z.object({ issuer: z.string(), realm: z.string(), subject: z.string() })
export type Naming = z.infer<typeof naming>

const text = z.string().min(1).max(1024)
const simple = z.discriminatedUnion('format', [
  z.object({ format: z.literal('iss_sub'), iss: text, sub: text }),
  z.object({ format: z.literal('email'), email: text }),
  z.object({ format: z.literal('account'), uri: text }),
  z.object({ format: z.literal('opaque'), id: text }),
  z.object({ format: z.literal('jwt_id'), iss: text, jti: text }),
])
type Simple = z.infer<typeof simple>
const aliases = z.object({ format: z.literal('aliases'), identifiers: z.array(z.unknown()).min(1).max(16) })
/** `format: complex` is optional in older transmitters. */
const complex = z.object({
  format: z.literal('complex').optional(),
  user: z.unknown().optional(),
  session: z.unknown().optional(),
  device: z.unknown().optional(),
  application: z.unknown().optional(),
  tenant: z.unknown().optional(),
})

/** `refs` are names of one being; `session` the credential it is about, where one is named. `debt`: what could not be read. */
export type Subject = { refs: SubjectRef[]; session: EntityId | null; app: EntityId | null; debt: string[] }

/**
 * RFC 9493 and SSF's complex subjects → entities. An address is no name of ours: it is looked up in the estate, among the
 * identities of the transmitter's own realm alone.
 */
export function readSubject(value: unknown, names: Naming): Subject {
  const out: Subject = { refs: [], session: null, app: null, debt: [] }
  const one = simple.safeParse(value)
  if (one.success) return addUser(out, one.data, names)
  const several = aliases.safeParse(value)
  if (several.success) return several.data.identifiers.reduce<Subject>((into, id) => addAny(into, id, names), out)
  const whole = complex.safeParse(value)
  if (!whole.success || !Object.keys(whole.data).some((key) => key !== 'format')) {
    out.debt.push(`a subject of format ${formatOf(value)}`)
    return out
  }
  const { user, session, application, device, tenant } = whole.data
  if (user !== undefined) addAny(out, user, names)
  const sessionId = idOf(session)
  if (sessionId !== undefined) out.session = entityId('credential', names.realm, `session/${sessionId}`)
  const appId = idOf(application)
  if (appId !== undefined) out.app = entityId('app', names.realm, appId)
  const isEmpty = out.refs.length === 0 && out.session === null && out.app === null
  if (isEmpty && out.debt.length === 0 && (device !== undefined || tenant !== undefined)) {
    out.debt.push('a subject without a user, session or application')
  }
  return out
}

function addAny(out: Subject, value: unknown, names: Naming): Subject {
  const several = aliases.safeParse(value)
  if (several.success && several.data.identifiers.every((id) => !aliases.safeParse(id).success)) {
    return several.data.identifiers.reduce<Subject>((into, id) => addAny(into, id, names), out)
  }
  const one = simple.safeParse(value)
  if (one.success) return addUser(out, one.data, names)
  out.debt.push(`a subject of format ${formatOf(value)}`)
  return out
}

function addUser(out: Subject, subject: Simple, names: Naming): Subject {
  switch (subject.format) {
    case 'iss_sub':
      // Of another issuer's users this transmitter only repeats what it heard, under names we cannot place.
      if (!isSameIssuer(subject.iss, names.issuer)) out.debt.push('a subject of another issuer')
      else out.refs.push({ entity: identityOf(subject.sub, names) })
      break
    case 'opaque':
      out.refs.push({ entity: identityOf(subject.id, names) })
      break
    case 'email':
      out.refs.push(addressRef(subject.email, names))
      break
    case 'account':
      out.refs.push(addressRef(subject.uri.replace(/^acct:/i, ''), names))
      break
    case 'jwt_id':
      if (!isSameIssuer(subject.iss, names.issuer)) out.debt.push('a token of another issuer')
      else out.session = entityId('credential', names.realm, `token/${subject.jti}`)
      break
  }
  return out
}

const identityOf = (sub: string, { realm, subject }: Naming): EntityId =>
  entityId(
    'identity',
    realm,
    subject.replace('{sub}', () => sub),
  )

/** Addresses are compared as the inventory writes them: case is kept there, and rarely meant. */
const addressRef = (address: string, { realm }: Naming): SubjectRef => ({
  find: { authority: realm, attribute: 'email', value: address },
})

const isSameIssuer = (one: string, other: string): boolean => one.replace(/\/+$/, '') === other.replace(/\/+$/, '')

function idOf(value: unknown): string | undefined {
  const one = simple.safeParse(value)
  if (!one.success) return undefined
  const { data } = one
  if (data.format === 'iss_sub') return data.sub
  if (data.format === 'opaque') return data.id
  return data.format === 'jwt_id' ? data.jti : undefined
}

function formatOf(value: unknown): string {
  const known = z
    .object({
      format: z
        .string()
        .max(64)
        .regex(/^[\w.:-]+$/),
    })
    .safeParse(value)
  return known.success ? `\`${known.data.format}\`` : 'nobody knows'
}
