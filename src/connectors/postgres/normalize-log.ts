import {
  nothingNormalized,
  ocsfEndpoint,
  ocsfEvent,
  type EdgeStatement,
  type EdgeType,
  type EntityId,
  type Normalized,
  type OcsfActivity,
  type OcsfEvent,
  type OcsfObject,
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
type Status = (typeof status)[keyof typeof status]

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
  else if (envelope.kind === 'refused') out.ocsf.push(authentication(line, 'logon', status.failure))
  else if (envelope.kind === 'audit' && envelope.audit?.class === 'ROLE') rolesChanged(line, out)
  else if (envelope.kind === 'forged' || envelope.kind === 'setting') {
    // The base event has no actor: who it was stands beside it.
    const unmapped = { session, ...(actor === null ? {} : { actor }) }
    out.ocsf.push(
      ocsfEvent('base_event', 'other', line.atMs, product, {
        uid: uidOf(envelope),
        activity_name: envelope.kind,
        message: envelope.message,
        severity_id: 3,
        unmapped,
      }),
    )
    return { ...out, unmapped: `postgres.log.${envelope.kind}` }
  } else out.ocsf.push(...datastore(line))
  touched(line, out)
  return out
}

const uidOf = ({ session_id, line_num }: LogEnvelope): string => `${session_id}.${line_num}`

/** Who did it and from where: the same in every class. */
const context = ({ envelope, actor, session }: Line) => ({
  uid: uidOf(envelope),
  src_endpoint: endpoint(envelope),
  actor: {
    session: { uid: session },
    ...(actor === null ? {} : { user: { uid: actor, ...(envelope.user === null ? {} : { name: envelope.user }) } }),
    ...(envelope.application_name === '' ? {} : { app_name: envelope.application_name }),
  },
})

/** A unix socket has no address: the log writes `[local]`. */
const endpoint = ({ remote_host, remote_port }: LogEnvelope): OcsfObject<'network_endpoint'> => ({
  ...ocsfEndpoint(remote_host === null || remote_host === '[local]' ? 'localhost' : remote_host),
  ...(remote_port === null ? {} : { port: remote_port }),
})

const databaseOf = ({ envelope, authority }: Line): EntityId | null =>
  envelope.resolved.databaseOid !== null
    ? databaseId(authority, envelope.resolved.databaseOid)
    : envelope.dbname === null
      ? null
      : namedDatabaseId(authority, envelope.dbname)

function authentication(line: Line, activity: OcsfActivity<'authentication'>, outcome: Status): OcsfEvent {
  const { envelope, actor, session, atMs } = line
  return ocsfEvent('authentication', activity, atMs, product, {
    ...context(line),
    status_id: outcome,
    status_detail: envelope.state_code ?? undefined,
    user: { uid: actor ?? 'unknown', ...(envelope.user === null ? {} : { name: envelope.user }) },
    session: { uid: session },
    dst_endpoint: { svc_name: 'postgresql' },
  })
}

function connected(line: Line, out: Normalized): void {
  const { envelope, authority, atMs, actor, session } = line
  out.ocsf.push(authentication(line, 'logon', status.success))
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
  out.ocsf.push(authentication(line, 'logoff', status.success))
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
  const says = (role: ResolvedRole, activity: OcsfActivity<'account_change'>): void => {
    out.ocsf.push(
      ocsfEvent('account_change', activity, atMs, product, {
        ...context(line),
        activity_name: activity === 'other' ? 'alter' : undefined,
        user: { uid: idOf(role), name: role.name },
        message: envelope.statement ?? undefined,
      }),
    )
  }
  for (const role of created) {
    says(role, 'create')
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
    says(role, setsPassword ? 'password_change' : 'other')
    if (setsPassword && role.oid !== null) opensPassword(role.oid, role.name)
  }
  for (const role of dropped) says(role, 'delete')
  for (const { role, member } of granted) {
    says(member, 'attach_policy')
    const inherits = member.memberOf.find(([parent]) => parent === role.oid)?.[1] ?? true
    out.edges.push(edge(idOf(member), inherits ? 'MEMBER_OF' : 'ASSUMES', idOf(role), 'open', atMs))
  }
  for (const { role, member } of revoked) {
    says(member, 'detach_policy')
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
  const { roleOid, refused = [] } = envelope.resolved
  if (databaseOid === null || roleOid === null || refused.length === 0) return
  const identity = roleId(authority, roleOid)
  out.refusals = refused.map((oid) => ({
    identity,
    resource: relationId(authority, databaseOid, oid),
    atMs: line.atMs,
  }))
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

function datastoreActivity({ resolved, audit }: LogEnvelope): OcsfActivity<'datastore_activity'> {
  const verb = resolved.touches[0]?.verb
  if (verb === 'read' || verb === 'delete') return verb
  if (verb === 'write') return audit?.command === 'UPDATE' ? 'update' : 'write'
  if (audit?.class === 'DDL' && audit.command.startsWith('CREATE')) return 'create'
  return audit?.class === 'DDL' && audit.command.startsWith('DROP') ? 'delete' : 'query'
}

function datastore(line: Line): OcsfEvent[] {
  const { envelope, atMs } = line
  const uid = databaseOf(line)
  const object = envelope.audit?.object ?? ''
  return [
    ocsfEvent('datastore_activity', datastoreActivity(envelope), atMs, product, {
      ...context(line),
      status_id: envelope.kind === 'fault' ? status.failure : status.success,
      status_detail: envelope.state_code ?? undefined,
      database: {
        type_id: relational,
        ...(uid === null ? {} : { uid }),
        name: envelope.dbname ?? 'unknown',
      },
      table: object === '' ? undefined : { name: object },
      query_info: envelope.statement === null ? undefined : { uid: uidOf(envelope), query_string: envelope.statement },
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
