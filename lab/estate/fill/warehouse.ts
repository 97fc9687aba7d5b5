import { dayMs, type Company } from '../company/model.ts'
import type { Part } from '../part.ts'
import { pgSignIn, type PgLogin, type PgSession } from '../prober/pg-wire.ts'
import { draftOf, tellIdentity, type Draft, type SourceSetup } from '../truth.ts'
import {
  cordonSql,
  databaseName,
  emergencyRole,
  passwordOf,
  peopleView,
  rightsSql,
  rolesSql,
  rowsOf,
  standingIn,
  tablesSql,
  type Standing,
} from '../warehouse/sql.ts'
import { makeWarehouse, type Warehouse } from '../warehouse/warehouse.ts'

/** A server that nobody else uses, on loopback, and its superuser. It is filled, and left so. */
export type PostgresServer = Omit<PgLogin, 'database'>

export const warehouseDays = 600
const statementsPerBatch = 500
/** Owner, superuser for emergencies, and Cordon's two. */
const rolesBeside = 4

/** The company's warehouse in a real server: roles, logins with passwords, memberships, tables with rows, grants. */
export const warehouse =
  (server: PostgresServer): Part =>
  async (company) => {
    const house = makeWarehouse(company, company.nowMs - warehouseDays * dayMs)
    const standing = standingIn(house, company.nowMs)
    const source = sourceOf(server, company.seed)
    await onServer(server, 'postgres', async (session) => {
      await requireEmpty(session, company.nowMs)
      await run(session, [`create database ${databaseName}`])
    })
    const oids = await onServer(server, databaseName, async (session) => {
      await run(session, rolesSql(house, standing))
      await run(session, tablesSql(company, house))
      await run(session, cordonSql(source.see['password'] ?? '', source.contain['password'] ?? ''))
      await run(session, rightsSql(house, standing))
      return new Map(
        (await run(session, ['select rolname, oid from pg_roles'])).map(([name = '', oid = '']) => [name, oid]),
      )
    })
    const fill = tell(company, house, standing, oids)
    const tables = house.tables.map(({ schemaName, name }) => `${schemaName}.${name}`)
    return {
      url: `postgres://${server.host}:${server.port}/${databaseName}`,
      fill: { ...fill, source, names: { tables, views: [peopleView] } },
      pasts: {},
      close: () => Promise.resolve(),
    }
  }

async function onServer<T>(
  server: PostgresServer,
  database: string,
  work: (session: PgSession) => Promise<T>,
): Promise<T> {
  const session = await pgSignIn({ ...server, database })
  if (session === undefined)
    throw new Error(`PostgreSQL at port ${server.port} refuses the name or password of its superuser`)
  try {
    return await work(session)
  } finally {
    session.close()
  }
}

/** Each batch as a whole or not at all; the rows of the last statement. */
async function run(session: PgSession, statements: readonly string[]): Promise<string[][]> {
  let rows: string[][] = []
  for (let at = 0; at < statements.length; at += statementsPerBatch) {
    const answer = await session.ask(statements.slice(at, at + statementsPerBatch).join(';\n'))
    if (answer.state !== '') throw new Error(`PostgreSQL refuses the warehouse: ${answer.state} ${answer.says}`)
    rows = answer.rows
  }
  return rows
}

/** Nobody's server is filled with a made-up company by mistake; and whose password has run out there must be kept out. */
async function requireEmpty(session: PgSession, nowMs: number): Promise<void> {
  if (!session.isSuper) throw new Error('PostgreSQL is filled by a superuser only: give one of an empty server')
  const firstOwnOid = 16_384
  const [[roles = '', clockMs = ''] = []] = await run(session, [
    `select (select count(*) from pg_roles where oid >= ${firstOwnOid}) + (select count(*) from pg_database where oid >= ${firstOwnOid}),
            trunc(extract(epoch from now()) * 1000)`,
  ])
  if (roles !== '0') throw new Error('this PostgreSQL has roles or databases of its own: give an empty server')
  if (Number(clockMs) < nowMs) throw new Error("the clock of PostgreSQL is before the company's day: set it right")
}

function sourceOf({ host, port }: PostgresServer, seed: number): SourceSetup {
  const config = {
    host,
    port,
    user: 'cordon_see',
    containUser: 'cordon_contain',
    ssl: 'disable',
    people: { database: databaseName, view: peopleView },
  }
  const own = (role: string): { password: string } => ({ password: passwordOf(seed, role) })
  return { connector: 'postgres', config, see: own('cordon_see'), contain: own('cordon_contain') }
}

/** `native` of a role is the oid that the server gave it. */
function tell(company: Company, house: Warehouse, standing: Standing, oids: ReadonlyMap<string, string>): Draft {
  const fill = draftOf('postgres')
  const { accounts, memberships } = standing
  const { seed, nowMs } = company
  const people = new Map(company.people.map(({ n, email }) => [email.split('@')[0] ?? email, n]))
  const hold = (name: string, createdMs: number, person?: number): void => {
    const native = oids.get(name)
    if (native === undefined) throw new Error(`the server has no role ${name}`)
    fill.credentials.push({
      id: `postgres/password/${name}`,
      vendor: 'postgres',
      kind: 'password',
      native,
      value: passwordOf(seed, name),
      with: { role: name },
      owner: name,
      ...(person === undefined ? {} : { person }),
      createdMs,
      lastUsedMs: null,
      lies: [],
    })
    if (person !== undefined) fill.natives.set(person, native)
    else tellIdentity(fill, { kind: 'service', noun: 'role', native, label: name })
  }
  for (const { name, startMs } of accounts) hold(name, startMs, people.get(name))
  hold(emergencyRole, nowMs - warehouseDays * dayMs)
  const schemas = new Set(house.tables.map(({ schema }) => schema)).size
  fill.counts = {
    roles: accounts.length + house.groups.length + rolesBeside,
    passwords: accounts.filter(({ ended }) => ended !== 'no-login').length + rolesBeside - 1,
    memberships: new Set(memberships.map(({ group, member }) => `${group} ${member}`)).size,
    // With the one that each server has from the start, and its schema; and the view of people in a schema of its own.
    databases: 2,
    schemas: schemas + 2,
    relations: house.tables.length + 1,
    rows: house.tables.reduce((sum, table) => sum + rowsOf(table), 0),
  }
  return fill
}
