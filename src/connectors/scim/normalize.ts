import { z } from 'zod'

import {
  closeEdge,
  entityId,
  nothingNormalized,
  ocsfEvent,
  openEdge,
  toldFact,
  type EdgeStatement,
  type EntityId,
  type Normalized,
} from '#model'
import type { NormalizeInput } from '#sources/contract'

const text = z.string()
const member = z.object({ id: text, type: z.enum(['User', 'Group']), externalId: text.nullable() })
/** As `src/scim` tells a change. `native` is what the source's setting was when it came. */
const record = z.discriminatedUnion('type', [
  z.object({
    type: z.enum(['user.set', 'user.gone']),
    id: text,
    atMs: z.int(),
    native: z.enum(['id', 'externalId']),
    externalId: text.nullable(),
    user: z.record(z.string(), z.union([z.string(), z.boolean()])),
    left: z.array(text),
  }),
  z.object({
    type: z.enum(['group.set', 'group.gone']),
    id: text,
    atMs: z.int(),
    native: z.enum(['id', 'externalId']),
    group: z.object({ displayName: text.optional() }),
    added: z.array(member),
    removed: z.array(member),
    left: z.array(text),
  }),
])
type Change = z.infer<typeof record>
type UserChange = Extract<Change, { user: unknown }>
type GroupChange = Extract<Change, { group: unknown }>

const product = { name: 'SCIM' }

export function normalize({ raw, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const parsed = record.safeParse(raw)
  if (parsed.success) return 'user' in parsed.data ? ofUser(parsed.data, authority) : ofGroup(parsed.data, authority)
  const out = nothingNormalized()
  out.ocsf.push(ocsfEvent('base_event', 'unknown', eventAtMs ?? arrivedAtMs, product, {}))
  return { ...out, unmapped: 'provisioning' }
}

/** A person whose sender wrote no id of its own keeps ours: better two names than one for two people. */
const identityOf = (authority: string, native: 'id' | 'externalId', one: { id: string; externalId: string | null }) =>
  entityId(
    'identity',
    authority,
    native === 'externalId' && one.externalId !== null ? one.externalId : `scim/${one.id}`,
  )
const groupOf = (authority: string, id: string): EntityId => entityId('identity', authority, `scim-group/${id}`)

function ofUser(change: UserChange, authority: string): Normalized {
  const { type, id, atMs, user } = change
  const identity = identityOf(authority, change.native, change)
  const isGone = type === 'user.gone'
  const { name, email, userName, title, userType, employeeNumber, department, manager, active } = user
  const enabled = !isGone && active !== false
  const isOutside = typeof userType === 'string' && /contract|vendor|external|partner|guest/i.test(userType)
  const facts = isGone
    ? toldFact(identity, atMs, { enabled: false, status: 'deleted', leftAtMs: atMs })
    : toldFact(identity, atMs, {
        kind: 'human',
        name,
        email,
        login: userName,
        enabled,
        status: enabled ? 'active' : 'inactive',
        leftAtMs: enabled ? undefined : atMs,
        external: userType === undefined ? undefined : isOutside,
        userType,
        worker: userType === undefined ? 'unknown' : isOutside ? 'contractor' : 'staff',
        employeeNumber,
        title,
        department,
        manager,
      })
  // Told also where there is none: whoever comes back has no end any more.
  facts.attributes['endAtMs'] = enabled ? null : atMs
  const activity = isGone ? 'delete' : enabled ? 'other' : 'disable'
  return {
    ...nothingNormalized(),
    ocsf: [
      ocsfEvent('account_change', activity, atMs, product, {
        uid: `${id} ${atMs}`,
        user: { uid: identity, type_id: 1 },
        ...(activity === 'other' ? { activity_name: 'provision' } : {}),
      }),
    ],
    facts: [facts],
    edges: leaving(identity, change, authority),
  }
}

const leaving = (one: EntityId, { left, atMs }: Change, authority: string): EdgeStatement[] =>
  left.map((group) => closeEdge(one, 'MEMBER_OF', groupOf(authority, group), atMs))

function ofGroup(change: GroupChange, authority: string): Normalized {
  const { type, id, atMs, native } = change
  const group = groupOf(authority, id)
  const nameOf = (one: GroupChange['added'][number]): EntityId =>
    one.type === 'Group' ? groupOf(authority, one.id) : identityOf(authority, native, one)
  const isGone = type === 'group.gone'
  return {
    ...nothingNormalized(),
    ocsf: [
      ocsfEvent('group_management', isGone ? 'delete' : 'other', atMs, product, {
        uid: `${id} ${atMs}`,
        group: { uid: group },
        ...(isGone ? {} : { activity_name: 'provision' }),
      }),
    ],
    facts: [
      toldFact(
        group,
        atMs,
        isGone ? { enabled: false, status: 'deleted' } : { kind: 'group', name: change.group.displayName },
      ),
    ],
    edges: [
      ...change.added.map((one) => openEdge(nameOf(one), 'MEMBER_OF', group, atMs)),
      ...change.removed.map((one) => closeEdge(nameOf(one), 'MEMBER_OF', group, atMs)),
      ...leaving(group, change, authority),
    ],
  }
}
