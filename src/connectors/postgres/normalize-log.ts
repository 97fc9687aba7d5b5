import {
  nothingNormalized,
  ocsfEvent,
  type EdgeStatement,
  type EdgeType,
  type EntityId,
  type Normalized,
  type OcsfEvent,
} from '#model'
import type { NormalizeInput } from '#sources/contract'

import {
  databaseId,
  namedDatabaseId,
  namedRelationId,
  namedRoleId,
  passwordId,
  relationId,
  roleId,
  sessionId,
} from './ids.ts'
import { logEnvelope, type LogEnvelope, type ResolvedRole } from './log-envelope.ts'

const product = { vendor_name: 'PostgreSQL', name: 'PostgreSQL' }
const relational = 1
const status = { success: 1, failure: 2 } as const
/** activity_id of OCSF 1.8 by class. */
const activities = {
  authentication: { logon: 1, logoff: 2 },
  account: { create: 1, passwordChange: 3, delete: 6, attachPolicy: 7 },
  datastore: { read: 1, update: 2, query: 4, write: 5, create: 6, delete: 7 },
} as const

const other = 99

type Line = { envelope: LogEnvelope; authority: string; atMs: number; actor: EntityId | null; session: EntityId }

/** One log line → what happened, to what, by whom. Pure; the line carries all that had to be looked up. */
export function normalizeLog({ raw, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const parsed = logEnvelope.safeParse(raw)
  if (!parsed.success) return { ...nothingNormalized(), unmapped: 'postgres.log.too-long' }
  const envelope = parsed.data
  const { roleOid, startMs } = envelope.resolved
  const actor =
    envelope.user === null
      ? null
      : roleOid === null
        ? namedRoleId(authority, envelope.user)
        : roleId(authority, roleOid)
  const session = sessionId(authority, envelope.pid, startMs)
  const line: Line = { envelope, authority, atMs: eventAtMs ?? arrivedAtMs, actor, session }
  const out = nothingNormalized()
  if (envelope.kind === 'connected') connected(line, out)
  else if (envelope.kind === 'disconnected') disconnected(line, out)
  else if (envelope.kind === 'refused')
    out.ocsf.push(authentication(line, activities.authentication.logon, status.failure))
  else if (envelope.kind === 'audit' && envelope.audit?.class === 'ROLE') rolesChanged(line, out)
  else if (envelope.kind === 'forged' || envelope.kind === 'setting') {
    // The base event has no actor: who it was stands beside it.
    const unmapped = { session, ...(actor === null ? {} : { actor }) }
    const uid = `${envelope.session_id}.${envelope.line_num}`
    out.ocsf.push(
      ocsfEvent('base_event', other, line.atMs, product, { uid, message: envelope.message, severity_id: 3, unmapped }),
    )
    return { ...out, unmapped: `postgres.log.${envelope.kind}` }
  } else out.ocsf.push(...datastore(line))
  touched(line, out)
  return out
}

type Fields = NonNullable<Parameters<typeof ocsfEvent>[4]>

function event(
  { envelope, atMs, actor, session }: Line,
  name: Parameters<typeof ocsfEvent>[0],
  activity: number,
  fields: Fields,
): OcsfEvent {
  return ocsfEvent(name, activity, atMs, product, {
    uid: `${envelope.session_id}.${envelope.line_num}`,
    src_endpoint: endpoint(envelope),
    actor: {
      session: { uid: session },
      ...(actor === null ? {} : { user: { uid: actor, ...(envelope.user === null ? {} : { name: envelope.user }) } }),
      ...(envelope.application_name === '' ? {} : { app_name: envelope.application_name }),
    },
    ...fields,
  })
}

/** A unix socket has no address: the log writes `[local]`. */
const endpoint = ({ remote_host, remote_port }: LogEnvelope): NonNullable<OcsfEvent['src_endpoint']> => ({
  ...(remote_host !== null && /^[\da-f.:]+$/i.test(remote_host)
    ? { ip: remote_host }
    : { hostname: remote_host === null || remote_host === '[local]' ? 'localhost' : remote_host }),
  ...(remote_port === null ? {} : { port: remote_port }),
})

const databaseOf = ({ envelope, authority }: Line): EntityId | null =>
  envelope.resolved.databaseOid !== null
    ? databaseId(authority, envelope.resolved.databaseOid)
    : envelope.dbname === null
      ? null
      : namedDatabaseId(authority, envelope.dbname)

function authentication(line: Line, activity: number, outcome: number): OcsfEvent {
  const { envelope, actor, session } = line
  return event(line, 'authentication', activity, {
    status_id: outcome,
    ...(envelope.state_code === null ? {} : { status_detail: envelope.state_code }),
    user: { uid: actor ?? 'unknown', ...(envelope.user === null ? {} : { name: envelope.user }) },
    session: { uid: session },
    dst_endpoint: { svc_name: 'postgresql' },
  })
}

function connected(line: Line, out: Normalized): void {
  const { envelope, authority, atMs, actor, session } = line
  out.ocsf.push(authentication(line, activities.authentication.logon, status.success))
  if (actor === null) return
  const { roleOid } = envelope.resolved
  if (roleOid !== null) out.edges.push(edge(passwordId(authority, roleOid), 'DERIVES', session, 'open', atMs))
  out.edges.push(edge(session, 'AUTHENTICATES_AS', actor, 'open', atMs))
  out.facts.push({
    entity: session,
    observedAtMs: atMs,
    attributes: {
      name: `session ${envelope.pid} of ${envelope.user ?? 'unknown'}`,
      kind: 'session',
      createdAtMs: envelope.resolved.startMs,
      application: envelope.application_name,
    },
  })
  if (roleOid === null && envelope.user !== null) out.facts.push(unresolvedFact(actor, envelope.user, atMs))
  const database = databaseOf(line)
  if (database !== null) out.touches.push(touch(line, database, 'login', null))
}

function disconnected(line: Line, out: Normalized): void {
  const { envelope, authority, atMs, actor, session } = line
  out.ocsf.push(authentication(line, activities.authentication.logoff, status.success))
  if (actor === null) return
  const { roleOid } = envelope.resolved
  if (roleOid !== null) out.edges.push(edge(passwordId(authority, roleOid), 'DERIVES', session, 'close', atMs))
  out.edges.push(edge(session, 'AUTHENTICATES_AS', actor, 'close', atMs))
}

/** Who made, changed, dropped, granted whom. What a session made is its descendant, and so is a password it set. */
function rolesChanged(line: Line, out: Normalized): void {
  const { envelope, authority, atMs, actor, session } = line
  const { created, altered, dropped, granted, revoked, setsPassword } = envelope.resolved
  const idOf = (role: ResolvedRole): EntityId =>
    role.oid === null ? namedRoleId(authority, role.name) : roleId(authority, role.oid)
  const makes = (made: EntityId): void => {
    out.edges.push(edge(session, 'CREATED', made, 'open', atMs))
    if (actor !== null && actor !== made) out.edges.push(edge(actor, 'CREATED', made, 'open', atMs))
  }
  const says = (role: ResolvedRole, activity: number): void => {
    out.ocsf.push(
      event(line, 'account_change', activity, {
        user: { uid: idOf(role), name: role.name },
        ...(envelope.statement === null ? {} : { message: envelope.statement }),
      }),
    )
  }
  for (const role of created) {
    says(role, activities.account.create)
    makes(idOf(role))
    if (role.oid === null) {
      out.facts.push(unresolvedFact(idOf(role), role.name, atMs))
      continue
    }
    out.facts.push({
      entity: idOf(role),
      observedAtMs: atMs,
      attributes: { name: role.name, kind: 'role', canLogin: role.canLogin, createdAtMs: atMs },
    })
    if (role.canLogin) opensPassword(role.oid, role.name)
    for (const [parent, inherits] of role.memberOf) {
      out.edges.push(edge(idOf(role), inherits ? 'MEMBER_OF' : 'ASSUMES', roleId(authority, parent), 'open', atMs))
    }
  }
  for (const role of altered) {
    says(role, setsPassword ? activities.account.passwordChange : other)
    if (setsPassword && role.oid !== null) opensPassword(role.oid, role.name)
  }
  for (const role of dropped) says(role, activities.account.delete)
  for (const { role, member } of granted) {
    says(member, activities.account.attachPolicy)
    const inherits = member.memberOf.find(([parent]) => parent === role.oid)?.[1] ?? true
    out.edges.push(edge(idOf(member), inherits ? 'MEMBER_OF' : 'ASSUMES', idOf(role), 'open', atMs))
  }
  for (const { role, member } of revoked) {
    says(member, other)
    for (const type of ['MEMBER_OF', 'ASSUMES'] as const)
      out.edges.push(edge(idOf(member), type, idOf(role), 'close', atMs))
  }
  if (created.length + altered.length + dropped.length + granted.length + revoked.length === 0) {
    out.ocsf.push(...datastore(line))
  }

  function opensPassword(oid: number, name: string): void {
    const password = passwordId(authority, oid)
    makes(password)
    out.edges.push(edge(password, 'AUTHENTICATES_AS', roleId(authority, oid), 'open', atMs))
    out.facts.push({
      entity: password,
      observedAtMs: atMs,
      attributes: { name: `password of ${name}`, kind: 'password', createdAtMs: atMs },
    })
  }
}

function touched(line: Line, out: Normalized): void {
  const { envelope, authority } = line
  const { touches, unknownRead, databaseOid } = envelope.resolved
  for (const { name, oid, verb, rows } of touches) {
    const resource =
      oid === null || databaseOid === null
        ? namedRelationId(authority, envelope.dbname ?? '', name)
        : relationId(authority, databaseOid, oid)
    out.touches.push(touch(line, resource, verb, rows))
  }
  const database = databaseOf(line)
  if (unknownRead !== null && database !== null) out.touches.push(touch(line, database, 'read', unknownRead.rows))
}

const touch = (
  { envelope, atMs, actor, session }: Line,
  resource: EntityId,
  verb: Normalized['touches'][number]['verb'],
  records: number | null,
): Normalized['touches'][number] => ({
  identity: actor,
  credential: session,
  resource,
  verb,
  atMs,
  records,
  origin: envelope.remote_host,
})

const query = ({ envelope }: Line): Fields =>
  envelope.statement === null ? {} : { query_info: { query_string: envelope.statement } }

function datastore(line: Line): OcsfEvent[] {
  const { envelope } = line
  const { datastore: known } = activities
  const group = envelope.audit?.class
  const verb = envelope.resolved.touches[0]?.verb
  const activity =
    verb === 'read'
      ? known.read
      : verb === 'delete'
        ? known.delete
        : verb === 'write'
          ? envelope.audit?.command === 'UPDATE'
            ? known.update
            : known.write
          : group === 'DDL' && envelope.audit?.command.startsWith('CREATE')
            ? known.create
            : group === 'DDL' && envelope.audit?.command.startsWith('DROP')
              ? known.delete
              : known.query
  const database = databaseOf(line)
  const object = envelope.audit?.object ?? ''
  return [
    event(line, 'datastore_activity', activity, {
      status_id: envelope.kind === 'fault' ? status.failure : status.success,
      ...(envelope.state_code === null ? {} : { status_detail: envelope.state_code }),
      database: {
        type_id: relational,
        ...(database === null ? {} : { uid: database }),
        ...(envelope.dbname === null ? {} : { name: envelope.dbname }),
      },
      ...(object === '' ? {} : { table: { name: object } }),
      ...query(line),
    }),
  ]
}

const unresolvedFact = (entity: EntityId, name: string, observedAtMs: number): Normalized['facts'][number] => ({
  entity,
  observedAtMs,
  attributes: { name, kind: 'role', unresolved: true },
})

const edge = (src: EntityId, type: EdgeType, dst: EntityId, op: 'open' | 'close', atMs: number): EdgeStatement => ({
  src,
  type,
  dst,
  confidence: 'observed',
  op,
  atMs,
})
