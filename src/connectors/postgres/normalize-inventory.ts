import { entityId, type EdgeStatement, type EdgeType, type EntityFact, type EntityId, type Normalized } from '#model'
import type { SnapshotPart } from '#sources/contract'

import { belowSuperuserId, databaseId, oids, passwordId, relationId, roleId, schemaId, sessionId } from './ids.ts'
import { droppers, grantsOn } from './grants.ts'
import { sourcesShown } from './needs.ts'
import { roleGraph } from './rights.ts'
import { inventoryPart, peoplePart, sessionsPart, type rolesPart, type RelationRow, type RoleRow } from './rows.ts'
import { statedMemberships } from './stated-memberships.ts'
import type { z } from 'zod'

type Mark = SnapshotPart['snapshot']
/** Edges and facts of one snapshot record, all true from the moment it was taken. */
class Statements {
  readonly edges: EdgeStatement[] = []
  readonly facts: EntityFact[] = []
  readonly atMs: number
  constructor(atMs: number) {
    this.atMs = atMs
  }
  edge(src: EntityId, type: EdgeType, dst: EntityId, more: { conditional?: boolean; note?: string } = {}): void {
    this.edges.push({ src, type, dst, confidence: 'observed', op: 'open', atMs: this.atMs, ...more })
  }
  fact(entity: EntityId, attributes: EntityFact['attributes']): void {
    this.facts.push({ entity, observedAtMs: this.atMs, attributes })
  }
  normalized(snapshot: Mark): Normalized {
    return { ocsf: [], touches: [], edges: this.edges, facts: this.facts, snapshot }
  }
}

const relationKinds = { r: 'table', p: 'table', v: 'view', m: 'materialized-view', f: 'foreign-table' } as const
/** Memberships in these end in the bootstrap superuser's power (https://www.postgresql.org/docs/15/predefined-roles.html). */
const asGoodAsSuperuser = [oids.pgExecuteServerProgram, oids.pgWriteServerFiles]
const versionWithAdminOnlyCreateRole = 160_000

export function normalizeInventory(authority: string, snapshot: Mark, rows: unknown): Normalized {
  const part = inventoryPart.parse(rows)
  const say = new Statements(snapshot.takenAtMs)
  if (part.kind === 'roles') sayRoles(say, authority, part)
  else if (part.kind === 'relations') sayRelations(say, authority, part)
  return say.normalized(snapshot)
}

function sayRoles(
  say: Statements,
  authority: string,
  part: Extract<z.output<typeof inventoryPart>, { kind: 'roles' }>,
) {
  const everyone = roleId(authority, oids.public)
  say.fact(everyone, { name: 'PUBLIC', kind: 'group', everyone: true })
  const known = new Set(part.roles.map((role) => role.oid))
  const creators =
    part.version < versionWithAdminOnlyCreateRole ? part.roles.filter((r) => r.createRole && !r.super) : []
  const below = belowSuperuserId(authority)
  if (creators.length > 0) say.fact(below, { name: 'every role that is no superuser', kind: 'group', everyone: true })
  for (const role of part.roles) {
    const id = roleId(authority, role.oid)
    const own = part.own.includes(role.name)
    say.fact(id, {
      name: role.name,
      kind: 'role',
      canLogin: role.canLogin,
      superuser: role.super,
      createRole: role.createRole,
      replication: role.replication,
      bypassRowSecurity: role.bypassRls,
      ...(role.oid === oids.bootstrapSuperuser ? { bootstrap: true } : {}),
      ...(own ? { own: true } : {}),
    })
    say.edge(id, 'MEMBER_OF', everyone)
    if (role.canLogin) {
      const password = passwordId(authority, role.oid)
      if (!hasRunOut(role, say.atMs)) say.edge(password, 'AUTHENTICATES_AS', id)
      say.fact(password, {
        name: `password of ${role.name}`,
        kind: 'password',
        expiresAtMs: role.validUntilMs,
        ...(own ? { own: true } : {}),
        ...successorOf(part, role.name),
      })
    }
    if (role.super) {
      for (const database of part.databases) {
        for (const type of ['CAN_READ', 'CAN_WRITE', 'CAN_ADMIN'] as const) {
          say.edge(id, type, databaseId(authority, database.oid), { note: 'superuser' })
        }
      }
    } else if (creators.length > 0) say.edge(below, 'ASSUMES', id, { note: 'createrole' })
  }
  for (const creator of creators) say.edge(roleId(authority, creator.oid), 'ASSUMES', below, { note: 'createrole' })
  const supers = new Set(part.roles.filter((role) => role.super).map(({ oid }) => oid))
  const powers = new Set(part.roles.filter((role) => role.super || role.bypassRls).map(({ oid }) => oid))
  for (const { member, role, type, note } of statedMemberships(
    part.memberships,
    (oid) => supers.has(oid),
    (oid) => powers.has(oid),
  )) {
    say.edge(roleId(authority, member), type, roleId(authority, role), note === null ? {} : { note })
  }
  for (const oid of asGoodAsSuperuser.filter((oid) => known.has(oid))) {
    say.edge(roleId(authority, oid), 'ASSUMES', roleId(authority, oids.bootstrapSuperuser), {
      note: 'runs as the server',
    })
  }
  for (const database of part.databases) {
    const id = databaseId(authority, database.oid)
    say.fact(id, { name: database.name, kind: 'database', unseen: database.allowsConnections && !database.canConnect })
    say.edge(id, 'OWNED_BY', roleId(authority, database.owner))
  }
}

/** The server's clock decides, and ours may be ahead of it: until then the password counts as good. */
const clockSkewMsMax = 300_000
/** VALID UNTIL is the end of the password alone: sessions go on, and the role may sign in by other means. */
const hasRunOut = ({ validUntilMs }: RoleRow, atMs: number): boolean =>
  validUntilMs !== null && validUntilMs + clockSkewMsMax < atMs

/** Null takes back what an earlier configuration said. */
function successorOf({ successors }: z.output<typeof rolesPart>, name: string): EntityFact['attributes'] {
  const line = successors?.find(({ role }) => role === name)
  return successors === undefined ? {} : { successorIn: line?.place ?? null, successorFrom: line?.standby ?? null }
}

function sayRelations(
  say: Statements,
  authority: string,
  part: Extract<z.output<typeof inventoryPart>, { kind: 'relations' }>,
): void {
  const db = part.database.oid
  const graph = roleGraph(part.roles, part.memberships, { oid: part.database.owner, version: part.version })
  // pg_database_owner means another role in each database: its rights are stated for the owner of this one.
  const holder = (oid: number): EntityId => roleId(authority, oid === oids.pgDatabaseOwner ? part.database.owner : oid)
  const schemas = new Map(part.schemas.map((schema) => [schema.oid, schema]))
  for (const schema of part.schemas) {
    const id = schemaId(authority, db, schema.oid)
    say.edge(databaseId(authority, db), 'CONTAINS', id)
    say.edge(id, 'OWNED_BY', holder(schema.owner))
    const later = part.defaults.filter((d) => d.schema === schema.oid || d.schema === 0)
    say.fact(id, {
      name: `${part.database.name}.${schema.name}`,
      kind: 'schema',
      ...(later.length > 0
        ? { laterTablesGrantedTo: new Set(later.flatMap((d) => d.acl.map(([to]) => to))).size }
        : {}),
    })
    // Who owns a schema can drop what lies in it, and read none of it.
    for (const role of droppers(graph, schema.owner)) {
      say.edge(holder(role), 'CAN_WRITE', id, { conditional: true, note: 'owner of the schema: may drop' })
    }
  }
  const known = new Map(part.relations.map((relation) => [relation.oid, relation]))
  for (const relation of part.relations) {
    const schema = schemas.get(relation.schema)
    if (schema === undefined) continue
    const id = relationId(authority, db, relation.oid)
    say.edge(schemaId(authority, db, relation.schema), 'CONTAINS', id)
    say.edge(id, 'OWNED_BY', holder(relation.owner))
    say.fact(id, relationFacts(`${part.database.name}.${schema.name}.${relation.name}`, relation))
    for (const parent of relation.parents) say.edge(relationId(authority, db, parent), 'CONTAINS', id)
    for (const source of relation.readsFrom) {
      say.edge(id, 'DERIVED_FROM', relationId(authority, db, source))
    }
    // A view shows part of its tables by its owner's rights; how much, its definition decides.
    for (const source of sourcesShown(graph, relation, known)) {
      say.edge(id, 'CONTAINS', relationId(authority, db, source), { conditional: true, note: 'through the view' })
    }
    for (const { role, type, conditional, note } of grantsOn(graph, schema, relation, known)) {
      say.edge(holder(role), type, id, { note, ...(conditional ? { conditional } : {}) })
    }
  }
}

const relationFacts = (name: string, relation: RelationRow): EntityFact['attributes'] => ({
  name,
  kind: relationKinds[relation.kind],
  ...(relation.rows >= 0 ? { rowsEstimate: relation.rows } : {}),
  ...(relation.rowSecurity ? { rowSecurity: true, policies: relation.policies } : {}),
})

export function normalizeSessions(authority: string, snapshot: Mark, rows: unknown): Normalized {
  const part = sessionsPart.parse(rows)
  const say = new Statements(snapshot.takenAtMs)
  const normalized = say.normalized(snapshot)
  for (const session of part.sessions) {
    const id = sessionId(authority, session.pid, session.startMs)
    const role = roleId(authority, session.roleOid)
    say.edge(passwordId(authority, session.roleOid), 'DERIVES', id)
    say.edge(id, 'AUTHENTICATES_AS', role)
    say.fact(id, {
      name: `session ${session.pid} of ${session.role ?? session.roleOid}`,
      kind: 'session',
      createdAtMs: session.startMs,
      application: session.application,
      pooled: session.pooled,
      ...(session.own ? { own: true } : {}),
    })
    if (session.own || session.databaseOid === null) continue
    for (const relation of session.reads) {
      normalized.touches.push({
        identity: role,
        credential: id,
        resource: relationId(authority, session.databaseOid, relation),
        verb: 'read',
        atMs: session.sinceMs ?? snapshot.takenAtMs,
        records: null,
        origin: session.client,
      })
    }
  }
  return normalized
}

export function normalizePeople(authority: string, snapshot: Mark, rows: unknown): Normalized {
  const part = peoplePart.parse(rows)
  const realm = part.authority ?? authority
  const persons = part.persons.map(([person, customer]) => ({
    person: entityId('person', realm, person),
    customer: customer === null ? null : entityId('customer', 'cordon', customer),
  }))
  return {
    ...new Statements(snapshot.takenAtMs).normalized(snapshot),
    snapshot: { ...snapshot, ...(part.ends ? { allPeople: true } : {}) },
    people:
      part.relation === null
        ? []
        : [{ resource: relationId(authority, part.database, part.relation), complete: part.first, persons }],
  }
}
