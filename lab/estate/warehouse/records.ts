import type { Json, JsonObject } from 'cordon/kit'

import { breakGlassOid, ownerOid, standingAt, type Done, type Warehouse } from './warehouse.ts'

/** Records as Cordon's connector of PostgreSQL would have read them from the server, and the authority they are of. */
export const warehouseAuthority = '7300000000000000001'
const database = { oid: 16_384, name: 'warehouse', owner: ownerOid }
const version = 160_000
const superFlag = 1
const inheritFlag = 2

/** One whole snapshot: who there is at that time, and what they may do. */
export function inventoryAt(house: Warehouse, atMs: number): Json[] {
  const { logins, memberships: members, grants } = standingAt(house, atMs)
  const roles = [
    role(breakGlassOid, 'emergency', { super: true, canLogin: true }),
    role(ownerOid, 'warehouse_owner', {}),
    ...house.groups.map(({ oid, name }) => role(oid, name, {})),
    ...logins.map(({ oid, name }) => role(oid, name, { canLogin: true })),
  ]
  const memberships = members.map(({ group, member }) => ({
    role: group,
    member,
    admin: false,
    inherits: true,
    sets: true,
  }))
  const byTable = Map.groupBy(grants, ({ table }) => table)
  const bySchema = Map.groupBy(house.tables, ({ schema }) => schema)
  const part = (n: number, rows: Json): Json => ({
    snapshot: { id: `warehouse-${atMs}`, part: n, complete: n === 1, takenAtMs: atMs },
    rows,
  })
  return [
    part(0, {
      kind: 'roles',
      version,
      own: [],
      roles,
      memberships,
      databases: [{ ...database, allowsConnections: true, canConnect: true }],
    }),
    part(1, {
      kind: 'relations',
      version,
      database,
      roles: roles.map((one) => [one.oid, one.super ? superFlag | inheritFlag : inheritFlag]),
      memberships,
      schemas: [...bySchema].map(([oid, [first]]) => ({
        oid,
        name: first?.schemaName ?? '',
        owner: ownerOid,
        acl: [[0, 'USAGE']],
      })),
      relations: house.tables.map(({ oid, schema, name }) => ({
        oid,
        schema,
        name,
        kind: 'r',
        owner: ownerOid,
        rowSecurity: false,
        forceRowSecurity: false,
        rows: 1_000,
        policies: 0,
        asInvoker: false,
        acl: (byTable.get(oid) ?? []).map((grant) => [grant.role, grant.deed === 'read' ? 'SELECT' : 'UPDATE']),
        columns: [],
        parents: [],
        readsFrom: [],
      })),
      defaults: [],
    }),
  ]
}

const role = (oid: number, name: string, more: { super?: boolean; canLogin?: boolean }) => ({
  oid,
  name,
  super: more.super === true,
  inherit: true,
  createRole: false,
  createDb: false,
  canLogin: more.canLogin === true,
  replication: false,
  bypassRls: false,
  connLimit: -1,
  validUntilMs: null,
})

/** People whose data tables hold: as one record, stated once. */
export const peopleOf = ({ tables }: Warehouse, atMs: number): Json[] =>
  tables
    .filter(({ people }) => people > 0)
    .map(({ oid, people }, n, all) => ({
      snapshot: { id: `warehouse-people-${atMs}`, part: n, complete: n === all.length - 1, takenAtMs: atMs },
      rows: {
        kind: 'people',
        authority: null,
        database: database.oid,
        relation: oid,
        first: true,
        persons: Array.from({ length: people }, (_, person) => [`${oid}-${person}`, null]),
      },
    }))

/** One statement, as the server's audit log tells it. */
export function lineOf({ login, table, deed, atMs }: Done): JsonObject {
  const startMs = Math.floor(atMs / 1000) * 1000
  return {
    kind: 'audit',
    timestamp: `${new Date(atMs).toISOString().replace('T', ' ').slice(0, 23)} UTC`,
    user: login.name,
    dbname: database.name,
    pid: 1_000 + (login.oid % 30_000),
    remote_host: '192.0.2.7',
    remote_port: 40_000,
    session_id: `${startMs.toString(16)}.${login.oid.toString(16)}`,
    line_num: table.oid,
    ps: deed === 'read' ? 'SELECT' : 'UPDATE',
    error_severity: 'LOG',
    state_code: null,
    message: '',
    statement: null,
    application_name: 'psql',
    audit: {
      type: 'SESSION',
      id: '1,1',
      class: deed === 'read' ? 'READ' : 'WRITE',
      command: deed === 'read' ? 'SELECT' : 'UPDATE',
      objectType: 'TABLE',
      object: `${table.schemaName}.${table.name}`,
      rows: 10,
    },
    resolved: {
      startMs,
      roleOid: login.oid,
      databaseOid: database.oid,
      touches: [{ name: `${table.schemaName}.${table.name}`, oid: table.oid, verb: deed, rows: 10 }],
      unknownRead: null,
      created: [],
      altered: [],
      dropped: [],
      granted: [],
      revoked: [],
      setsPassword: false,
    },
  }
}
