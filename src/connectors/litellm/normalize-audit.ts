import {
  nothingNormalized,
  ocsfEvent,
  type EdgeStatement,
  type EntityId,
  type Normalized,
  type OcsfActivity,
} from '#model'
import type { NormalizeInput } from '#sources/contract'

import {
  keyNamed,
  nameDeployment,
  nameGateway,
  nameKey,
  nameKeyHolder,
  nameRoleAssignment,
  nameTeam,
  nameUser,
} from './names.ts'
import { isAdmin, isTold } from './rights.ts'
import { auditRow, type AuditRow } from './rows.ts'
import { close, fact, open, product, timeMs } from './statements.ts'

const tables = {
  LiteLLM_VerificationToken: 'key',
  LiteLLM_UserTable: 'user',
  LiteLLM_TeamTable: 'team',
  LiteLLM_ProxyModelTable: 'deployment',
} as const
type Noun = (typeof tables)[keyof typeof tables]
const isTable = (name: string): name is keyof typeof tables => Object.hasOwn(tables, name)

/** LiteLLM has these six words; a new one is `other`, and counted as unmapped. */
const activities = {
  created: 'create',
  updated: 'update',
  deleted: 'delete',
  blocked: 'disable',
  unblocked: 'enable',
  rotated: 'update',
} as const satisfies Record<string, OcsfActivity<'entity_management'>>
const isAction = (word: string): word is keyof typeof activities => Object.hasOwn(activities, word)

/** One change of the gateway's own tables → who made, changed or ended what. */
export function normalizeAudit({ raw, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const parsed = auditRow.safeParse(raw)
  if (!parsed.success) return { ...out, unmapped: 'audit' }
  const row = parsed.data
  const atMs = timeMs(row.updated_at) ?? eventAtMs ?? arrivedAtMs
  const by = { credential: keyNamed(authority, row.byHash) ?? null, identity: whoDid(authority, row) }
  out.ocsf.push(describe(row, atMs, authority))
  out.touches.push({ ...by, resource: nameGateway(authority), verb: 'admin', atMs, records: null, origin: null })
  const noun = isTable(row.table_name) ? tables[row.table_name] : undefined
  if (noun === undefined || row.object_id === '') return { ...out, unmapped: row.table_name }
  if (!isAction(row.action)) return { ...out, unmapped: row.action }
  const entity = named(noun, authority, row.object_id)
  if (entity === undefined) return { ...out, unmapped: row.table_name }
  if (row.action === 'created') stateCreated(out, entity, by, atMs)
  if (noun === 'key') stateKey(out, row, entity, { authority, atMs })
  if (noun === 'user') stateUser(out, row, entity, { authority, atMs, by })
  if (noun === 'team' || noun === 'deployment') stateEnabled(out, row, entity, atMs)
  return out
}

type By = { credential: EntityId | null; identity: EntityId | null }

const whoDid = (authority: string, { changed_by: by }: AuditRow): EntityId | null =>
  isTold(by) ? nameUser(authority, by) : null

function named(noun: Noun, authority: string, id: string): EntityId | undefined {
  switch (noun) {
    case 'key':
      return /^[0-9a-f]{64}$/.test(id) ? nameKey(authority, id) : undefined
    case 'user':
      return nameUser(authority, id)
    case 'team':
      return nameTeam(authority, id)
    case 'deployment':
      return nameDeployment(authority, id)
  }
}

/** By the key that was used and by whom it belongs to: either may be what was stolen. */
function stateCreated(out: Normalized, entity: EntityId, { credential, identity }: By, atMs: number): void {
  for (const maker of [credential, identity]) {
    if (maker !== null && maker !== entity) out.edges.push(open(maker, 'CREATED', entity, atMs))
  }
}

function stateKey(
  out: Normalized,
  row: AuditRow,
  entity: EntityId,
  { authority, atMs }: { authority: string; atMs: number },
) {
  const values = { ...row.before_value, ...told(row.updated_values) }
  const holder = isTold(values.user_id)
    ? nameUser(authority, values.user_id)
    : isTold(values.team_id)
      ? nameTeam(authority, values.team_id)
      : nameKeyHolder(authority, row.object_id)
  const login = (op: typeof open | typeof close): EdgeStatement => op(entity, 'AUTHENTICATES_AS', holder, atMs)
  // A rotated key has another hash from then on: this one opens nothing more.
  if (row.action === 'deleted' || row.action === 'blocked' || row.action === 'rotated') out.edges.push(login(close))
  if (row.action === 'created' || row.action === 'unblocked') out.edges.push(login(open))
  const attributes =
    row.action === 'created' ? { kind: 'key', name: values.key_alias, createdAtMs: atMs, owner: holder } : {}
  out.facts.push(fact(entity, atMs, { ...attributes, ...enabledBy(row) }))
}

function stateUser(
  out: Normalized,
  row: AuditRow,
  entity: EntityId,
  { authority, atMs, by }: { authority: string; atMs: number; by: By },
): void {
  const [before, role] = [row.before_value?.user_role, row.updated_values?.user_role]
  const admin = (op: typeof open | typeof close): EdgeStatement => op(entity, 'CAN_ADMIN', nameGateway(authority), atMs)
  if (row.action === 'deleted' && isAdmin(before)) out.edges.push(admin(close))
  if (isTold(role) && role !== before) {
    if (isAdmin(role)) out.edges.push(admin(open))
    else if (isAdmin(before)) out.edges.push(admin(close))
    // A role that was given to somebody who was there before is a thing of its own: it is taken back, the user stays.
    if (row.action === 'updated') stateCreated(out, nameRoleAssignment(authority, row.object_id, role), by, atMs)
    out.facts.push(fact(entity, atMs, { role, admin: isAdmin(role) }))
  }
  if (row.action === 'deleted') out.facts.push(fact(entity, atMs, { enabled: false }))
}

function stateEnabled(out: Normalized, row: AuditRow, entity: EntityId, atMs: number): void {
  const attributes = enabledBy(row)
  if (Object.keys(attributes).length > 0) out.facts.push(fact(entity, atMs, attributes))
}

function enabledBy({ action }: AuditRow): { enabled?: boolean } {
  if (action === 'blocked' || action === 'deleted' || action === 'rotated') return { enabled: false }
  return action === 'created' || action === 'unblocked' ? { enabled: true } : {}
}

/** What the change left alone comes as null. */
const told = <T extends object>(values: T | null | undefined): Partial<T> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same entries, fewer
  Object.fromEntries(
    Object.entries(values ?? {}).filter(([, value]) => value !== null && value !== undefined),
  ) as Partial<T>

function describe(row: AuditRow, atMs: number, authority: string) {
  const activity = isAction(row.action) ? activities[row.action] : 'other'
  const noun = isTable(row.table_name) ? tables[row.table_name] : row.table_name
  const values = row.updated_values ?? row.before_value
  const name = values?.key_alias ?? values?.team_alias ?? values?.model_name ?? undefined
  return ocsfEvent('entity_management', activity, atMs, product, {
    uid: row.id,
    message: `${noun} ${row.action}`,
    ...(activity === 'other' ? { activity_name: row.action } : {}),
    status_id: 1,
    actor: {
      user: {
        uid: row.changed_by ?? 'unknown',
        type_id: isTold(row.changed_by) ? 1 : 0,
        ...(isTold(row.byHash) ? { programmatic_credentials: [{ uid: row.byHash, type: 'virtual key' }] } : {}),
      },
    },
    entity: { uid: row.object_id === '' ? authority : row.object_id, type: noun, ...(isTold(name) ? { name } : {}) },
  })
}
