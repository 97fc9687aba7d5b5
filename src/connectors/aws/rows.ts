import { z } from 'zod'

import { keptRows } from '#sources/contract'

/** What inventory keeps of AWS's answers: each row says which it is (`of`), and nothing unnamed here is kept. */
const text = z.string()
const time = z.string().nullish()
const named = { id: text, name: text, arn: text, createdAt: time }

export const rowSchemas = {
  account: z.object({
    id: text,
    name: text.nullish(),
    email: text.nullish(),
    status: text.nullish(),
    scps: z.array(text),
  }),
  user: z.object({ ...named, groups: z.array(text), policies: z.array(text), boundary: text.nullish() }),
  group: z.object({ ...named, policies: z.array(text) }),
  role: z.object({
    ...named,
    policies: z.array(text),
    boundary: text.nullish(),
    lastUsedAt: time,
    instanceProfiles: z.array(text),
    isOwn: z.boolean(),
  }),
  key: z.object({
    id: text,
    user: text,
    userId: text,
    status: text,
    createdAt: time,
    lastUsedAt: time,
    lastUsedFor: text.nullish(),
    /** False: when it was last used could not be asked. */
    tellsUse: z.boolean().default(true),
    /** Where a successor would be written, by this source's configuration. */
    successorIn: text.nullish(),
    successorFrom: text.optional(),
    isOwn: z.boolean(),
  }),
  /** Absent `factors`: they could not be asked. `isStrong`: one of them cannot be passed on. */
  login: z.object({
    user: text,
    userId: text,
    createdAt: time,
    factors: z.int().nullish(),
    isStrong: z.boolean().optional(),
  }),
  mfa: z.object({ user: text, userId: text, serial: text, createdAt: time }),
  member: z.object({ userId: text, group: text }),
  bucket: z.object({ arn: text, name: text, createdAt: time, region: text.nullish() }),
  kmsKey: z.object({ arn: text }),
  queue: z.object({ arn: text, name: text }),
  secret: z.object({ arn: text, name: text, createdAt: time, lastUsedAt: time, rotates: z.boolean() }),
  function: z.object({ arn: text, name: text, role: text.nullish(), changedAt: time }),
  /** Of Identity Center: who may act in the account by which permission set, for how long at a time (ISO 8601). */
  centerUser: z.object({ id: text, name: text, display: text, email: text.nullish(), status: text.nullish() }),
  centerGroup: z.object({ id: text, name: text }),
  centerMember: z.object({ user: text, group: text }),
  permissionSet: z.object({ set: text, name: text, duration: text }),
  assignment: z.object({ name: text, type: z.enum(['USER', 'GROUP']), principal: text }),
  /** One answer of the evaluator. `from` and `to`: unique ids of principals, ARNs of everything else. */
  right: z.object({
    from: text,
    type: z.enum(['ASSUMES', 'CAN_READ', 'CAN_WRITE', 'CAN_ADMIN']),
    to: text,
    conditional: z.boolean(),
    note: text,
  }),
  /** Of a user's right to one thing: the one policy that gives it and no more; else why there is none. */
  source: z.object({ user: text, name: text, to: text, policy: text.optional(), why: text.optional() }),
  /** What a resource's own policy gives to others than this account. */
  share: z.object({
    principal: text,
    type: z.enum(['CAN_READ', 'CAN_WRITE', 'CAN_ADMIN']),
    to: text,
    conditional: z.boolean(),
    note: text,
  }),
  /** Policies that are there and could not be read: what they alone grant or deny is not known. */
  unread: z.object({ arn: text }),
  /** Who a trust policy lets in, beyond the principals of this account. */
  trust: z.object({
    role: text,
    principal: text,
    conditional: z.boolean(),
    note: text,
    /** Whose jobs, as its conditions say: subjects, apart by a space. */
    jobs: text.optional(),
  }),
}
export const rows = keptRows(rowSchemas)
export type RowKind = keyof typeof rowSchemas
export type Row<Kind extends RowKind> = z.infer<(typeof rowSchemas)[Kind]>
