import { type Json, type JsonObject, type Diagnose } from '#kit'
import type { PullContext, SnapshotPart, Stream, StreamEvent } from '#sources/contract'

import {
  readDatabases,
  readDefaults,
  readMemberships,
  readRelations,
  readRoles,
  readSchemas,
  readServer,
} from './catalog.ts'
import { inTransaction, PostgresError, withConnection, type Query } from './client.ts'
import type { PostgresConfig } from './config.ts'
import { databaseRow, flagsOf, roleRow, schemaRow } from './rows.ts'

/** Beyond these an inventory fails by name: half a map would read as "nothing there". */
export const databasesMax = 64
export const rolesMax = 20_000
export const membershipsMax = 20_000
export const schemasMax = 10_000
export const relationsMax = 200_000
export const relationsPageMax = 500
const rolesPageMax = 2_000

/** Roles and memberships of the cluster, read in one go. */
export async function clusterPart(query: Query, own: readonly string[]): Promise<JsonObject> {
  const roles = await readAllRoles(query)
  const memberships = await readAllMemberships(query)
  const databases = await readAllDatabases(query)
  const { version } = await readServer(query)
  return { kind: 'roles', version, own: [...own], roles, memberships, databases }
}

export async function readAllRoles(query: Query): Promise<Json[]> {
  const roles: Json[] = []
  for (let after = 0; ;) {
    const page = await readRoles(query, after, rolesPageMax)
    roles.push(...page)
    if (roles.length > rolesMax) throw tooMany('roles', rolesMax)
    if (page.length < rolesPageMax) return roles
    after = roleRow.parse(page.at(-1)).oid
  }
}

export async function readAllMemberships(query: Query): Promise<Json[]> {
  const memberships = await readMemberships(query, membershipsMax + 1)
  if (memberships.length > membershipsMax) throw tooMany('memberships', membershipsMax)
  return memberships
}

export async function readAllDatabases(query: Query): Promise<Json[]> {
  const databases = await readDatabases(query, databasesMax + 1)
  if (databases.length > databasesMax) throw tooMany('databases', databasesMax)
  return databases
}

/** Schemas and relations of the database this connection is in, page by page. */
export async function* databaseParts(
  query: Query,
  name: string,
  cluster: JsonObject,
  pageMax = relationsPageMax,
): AsyncIterable<JsonObject> {
  const server = await readServer(query)
  const schemas = await readSchemas(query, schemasMax + 1)
  if (schemas.length > schemasMax) throw tooMany('schemas', schemasMax)
  const defaults = await readDefaults(query, schemasMax)
  const schemaOids = schemas.map((row) => schemaRow.parse(row).oid)
  const rows = cluster['roles']
  const roles = (Array.isArray(rows) ? rows : []).map((row) => roleRow.parse(row))
  let total = 0
  for (let after = 0; ;) {
    const relations = await readRelations(query, after, pageMax, schemaOids)
    total += relations.length
    if (total > relationsMax) throw tooMany('relations', relationsMax)
    yield {
      kind: 'relations',
      version: server.version,
      database: { oid: server.database, name, owner: server.owner },
      roles: roles.map((role) => [role.oid, flagsOf(role)]),
      memberships: cluster['memberships'] ?? [],
      schemas,
      relations,
      defaults: after === 0 ? defaults : [],
    }
    if (relations.length < pageMax) return
    const last = relations.at(-1)
    after = Number(typeof last === 'object' && last !== null && !Array.isArray(last) ? last['oid'] : after)
  }
}

const tooMany = (what: string, max: number): PostgresError =>
  new PostgresError('ERR_POSTGRES_QUERY', `this cluster has more than ${max} ${what}`, {
    hint: 'split the cluster over several sources, or raise the bound in inventory.ts',
  })

/** Snapshot records are numbered from 0; the last one says that all was read. */
export function snapshotRecorder(stream: string, takenAtMs: number) {
  let part = 0
  const id = `${stream}-${takenAtMs}`
  return (rows: JsonObject, complete: boolean): StreamEvent => {
    const record: SnapshotPart = { snapshot: { id, part, complete, takenAtMs }, rows }
    return { native: `${id}/${part++}`, eventAtMs: takenAtMs, raw: { ...record } }
  }
}

export const inventory: Stream<PostgresConfig> = {
  name: 'inventory',
  kind: 'snapshot',
  delayMs: { typical: 300_000, worst: 600_000 },
  everyMs: 300_000,
  covers: ['identities', 'grants', 'resources'],
  scopes: ['LOGIN'],
  async *pull({ config, see, clock, diagnose }: PullContext<PostgresConfig>) {
    const login = { user: config.user, password: see['password'] ?? '' }
    const own = [config.user, ...(config.containUser === undefined ? [] : [config.containUser])]
    const record = snapshotRecorder('inventory', clock.nowMs())
    const cluster = await withConnection(config, { ...login, database: config.database }, (query) =>
      inTransaction(query, true, () => clusterPart(query, own)),
    )
    const successors = config.successors.map(({ role, standby, place }) => ({ role, standby, place }))
    yield { events: [record({ ...cluster, successors }, false)], cursor: null }
    const listed = cluster['databases']
    const databases = (Array.isArray(listed) ? listed : []).map((row) => databaseRow.parse(row))
    const refused = databases.filter((d) => d.allowsConnections && !d.canConnect).map((d) => d.name)
    const failed: string[] = []
    for (const database of databases.filter((d) => d.allowsConnections && d.canConnect)) {
      const parts = await readDatabase(config, { ...login, database: database.name }, cluster, diagnose)
      if (parts === undefined) failed.push(database.name)
      else for (const part of parts) yield { events: [record(part, false)], cursor: null }
    }
    // A database that failed this time must not look empty: without the mark no edge of an earlier snapshot closes.
    // One that always refuses (a managed service keeps such) must not hold the rest back: it is named as unseen.
    yield {
      events: [record({ kind: 'unseen', databases: [...refused, ...failed] }, failed.length === 0)],
      cursor: null,
    }
  },
}

async function readDatabase(
  config: PostgresConfig,
  login: { user: string; password: string; database: string },
  cluster: JsonObject,
  diagnose: Diagnose,
): Promise<JsonObject[] | undefined> {
  try {
    return await withConnection(config, login, (query) =>
      inTransaction(query, true, async () => {
        const parts: JsonObject[] = []
        for await (const part of databaseParts(query, login.database, cluster)) parts.push(part)
        return parts
      }),
    )
  } catch (error) {
    if (!(error instanceof PostgresError) || error.retryable) throw error
    diagnose('warn', 'postgres.database.unseen', { code: error.code, sqlState: error.sqlState ?? '' })
    return undefined
  }
}
