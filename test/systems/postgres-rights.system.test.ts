import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'

import { seededInt, seededRandom, type Json, type JsonObject } from '#kit'
import type { EdgeStatement } from '#model'

import { ask, type Query } from '../../src/connectors/postgres/client.ts'
import { clusterPart, databaseParts } from '../../src/connectors/postgres/inventory.ts'
import { databaseId, oids, relationId, roleId } from '../../src/connectors/postgres/ids.ts'
import { normalize } from '../../src/connectors/postgres/normalize.ts'
import {
  becomes,
  hasAnyColumnPrivilege,
  hasSchemaUsage,
  hasTablePrivilege,
  isSuper,
  rightsOf,
  roleGraph,
} from '../../src/connectors/postgres/rights.ts'
import { relationsPart, rolesPart } from '../../src/connectors/postgres/rows.ts'
import { postgres15, postgres18, startCluster, unlessInstalled } from './postgres-cluster.ts'

// The oracle is the server: every answer of has_*_privilege and pg_has_role over random role graphs must equal ours.
const graphsTotal = Number(process.env['GRAPHS'] ?? 10_000)
const graphsPerBatch = 200
const rolesPerGraph = 5
const authority = '7000000000000000001'
const predefined = ['pg_read_all_data', 'pg_write_all_data', 'pg_database_owner']

/** One graph: roles, memberships, owners, grants to roles, PUBLIC, columns and predefined roles, defaults, row security. */
function graphSql(random: () => number, g: number, isNew: boolean): string {
  const roll = (percent: number): boolean => random() * 100 < percent
  const pick = <T>(list: readonly T[]): T => list[seededInt(random, list.length)] as T
  // From 16 on each membership says whether it is inherited.
  const withOption = (): string =>
    roll(15) ? ' with admin option' : isNew && roll(25) ? ` with inherit ${roll(50)}` : ''
  const roles = Array.from({ length: rolesPerGraph }, (_, k) => `r${g}_${k}`)
  const anyone = (): string => (roll(12) ? 'public' : roll(8) ? pick(predefined) : pick(roles))
  const sql: string[] = []
  for (const role of roles) {
    sql.push(
      `create role ${role} ${roll(30) ? 'noinherit' : ''} ${roll(3) ? 'superuser' : ''} ${roll(5) ? 'bypassrls' : ''}`,
    )
  }
  roles.forEach((member, k) => {
    for (const role of roles.slice(0, k)) if (roll(30)) sql.push(`grant ${role} to ${member}${withOption()}`)
    if (roll(4)) sql.push(`grant ${pick(predefined.slice(0, 2))} to ${member}`)
  })
  const schema = `s${g}`
  if (roll(40)) sql.push(`alter schema ${schema} owner to ${pick(roles)}`)
  if (roll(15)) sql.push(`revoke usage on schema ${schema} from ${pick(['postgres', ...roles])}`)
  for (let n = seededInt(random, 3); n > 0; n--) sql.push(`grant usage on schema ${schema} to ${anyone()}`)
  if (roll(15)) {
    const maker = pick(roles)
    sql.push(
      `grant all on schema ${schema} to ${maker}`,
      `alter default privileges for role ${maker} in schema ${schema} grant ${pick(['select', 'insert', 'all'])} on tables to ${anyone()}`,
      `set local role ${maker}`,
      `create table ${schema}.later (a int, b int)`,
      'reset role',
    )
  }
  for (const table of [`${schema}.t`, `public.t${g}`]) {
    if (roll(40)) sql.push(`alter table ${table} owner to ${pick(roles)}`)
    if (roll(10)) sql.push(`revoke select on ${table} from ${pick(['postgres', ...roles])}`)
    for (let n = seededInt(random, 4); n > 0; n--) {
      const what = pick([
        'select',
        'insert',
        'update',
        'delete',
        'truncate',
        'all',
        'select (a)',
        'update (b)',
        'insert (a, b)',
        'references',
      ])
      sql.push(`grant ${what} on ${table} to ${anyone()}`)
    }
    if (roll(10)) sql.push(`alter table ${table} enable row level security`)
  }
  if (g % graphsPerBatch === 0) sql.push(`alter database postgres owner to ${pick(roles)}`)
  if (g % graphsPerBatch === 1 && roll(30)) sql.push(`alter schema public owner to ${pick(roles)}`)
  return sql.join(';\n')
}

const tableAnswer = z.object({
  role: z.number(),
  relation: z.number(),
  table: z.array(z.boolean()),
  column: z.array(z.boolean()),
  usage: z.boolean(),
})
const roleAnswer = z.object({ role: z.number(), other: z.number(), usage: z.boolean(), member: z.boolean() })
const tablePrivileges = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const
const columnPrivileges = ['SELECT', 'INSERT', 'UPDATE'] as const

/** Asks the server about every role and relation, and every two roles, of one graph, the predefined roles among them. */
async function truth(
  query: Query,
  graphs: ReadonlyMap<string, { roles: number[]; relations: number[] }>,
  extra: number[],
  becoming: 'MEMBER' | 'SET',
) {
  const tablePairs: [number, number][] = []
  const rolePairs: [number, number][] = []
  for (const { roles, relations } of graphs.values()) {
    for (const role of [...roles, ...extra]) {
      for (const relation of relations) tablePairs.push([role, relation])
      if (!extra.includes(role)) for (const other of [...roles, ...extra]) rolePairs.push([role, other])
    }
  }
  const columns = (pairs: [number, number][]) => [pairs.map(([one]) => one), pairs.map(([, other]) => other)]
  const tables = await ask(
    query,
    tableAnswer,
    `select p.role::int8::float8 as role, p.relation::int8::float8 as relation,
       array[${tablePrivileges.map((name) => `has_table_privilege(p.role, p.relation, '${name}')`).join(', ')}] as table,
       array[${columnPrivileges.map((name) => `has_any_column_privilege(p.role, p.relation, '${name}')`).join(', ')}] as column,
       has_schema_privilege(p.role, c.relnamespace, 'USAGE') as usage
     from unnest($1::oid[], $2::oid[]) as p(role, relation) join pg_class c on c.oid = p.relation`,
    columns(tablePairs),
  )
  const roles = await ask(
    query,
    roleAnswer,
    `select p.role::int8::float8 as role, p.other::int8::float8 as other, pg_has_role(p.role, p.other, 'USAGE') as usage,
       pg_has_role(p.role, p.other, '${becoming}') as member
     from unnest($1::oid[], $2::oid[]) as p(role, other)`,
    columns(rolePairs),
  )
  return { tables, roles }
}

type Walk = { roles: Map<string, Set<string>>; reads: Map<string, Set<string>>; whole: Map<string, Set<string>> }
function walkOf(edges: readonly EdgeStatement[]): Walk {
  const walk: Walk = { roles: new Map(), reads: new Map(), whole: new Map() }
  const add = (map: Map<string, Set<string>>, from: string, to: string) =>
    map.set(from, (map.get(from) ?? new Set()).add(to))
  for (const { src, type, dst, conditional } of edges) {
    if (type === 'MEMBER_OF' || type === 'ASSUMES') add(walk.roles, src, dst)
    if (type !== 'CAN_READ') continue
    add(walk.reads, src, dst)
    if (conditional !== true) add(walk.whole, src, dst)
  }
  return walk
}
const reached = (next: Map<string, Set<string>>, from: string): Set<string> => {
  const seen = new Set([from])
  for (const one of seen) for (const other of next.get(one) ?? []) seen.add(other)
  return seen
}

for (const [name, bin] of [
  ['15', postgres15],
  ['18', postgres18],
] as const) {
  test(
    `effective rights equal the server's on ${graphsTotal} random role graphs, PostgreSQL ${name}`,
    { skip: unlessInstalled(bin) },
    async (t) => {
      const cluster = await startCluster(
        { 'pgaudit.log': 'none', log_connections: 'off', log_disconnections: 'off' },
        bin,
      )
      t.after(() => cluster.stop())
      const client = await cluster.superuser()
      // The graph must be seen before it is rolled back, so all goes through the one session that made it.
      const query: Query = async (sql, values = []) => (await client.query<JsonObject>(sql, [...values])).rows
      const random = seededRandom(20_261_120)
      const pool = (_: unknown, g: number) =>
        `create schema s${g}; create table s${g}.t (a int, b int); create table public.t${g} (a int, b int)`
      await client.query(Array.from({ length: graphsPerBatch }, pool).join(';'))
      const counts = { graphs: 0, answers: 0, mismatches: 0, walks: 0, walkMismatches: 0 }
      const examples: string[] = []
      const differ = (what: string, ours: boolean, theirs: boolean): void => {
        counts.answers++
        if (ours === theirs) return
        counts.mismatches++
        if (examples.length < 5) examples.push(`${what}: ours ${ours}, server ${theirs}`)
      }
      while (counts.graphs < graphsTotal) {
        const startedMs = performance.now()
        const lap = (what: string) =>
          process.env['LAPS'] && console.log(what, Math.round(performance.now() - startedMs))
        await client.query('begin')
        await client.query(
          Array.from({ length: graphsPerBatch }, (_, g) => graphSql(random, g, name !== '15')).join(';\n'),
        )
        lap('made')
        const read = await clusterPart(query, [])
        const parts: JsonObject[] = [read]
        for await (const part of databaseParts(query, 'postgres', read)) parts.push(part)
        lap('read')
        const pages = parts.slice(1).map((part) => relationsPart.parse(part))
        const named = rolesPart.parse(read).roles
        const graphs = new Map<string, { roles: number[]; relations: number[] }>()
        const of = (g: string | undefined) => {
          const found = graphs.get(g ?? '') ?? { roles: [], relations: [] }
          graphs.set(g ?? '', found)
          return found
        }
        for (const { oid, name } of named) if (/^r\d+_/.test(name)) of(/\d+/.exec(name)?.[0]).roles.push(oid)
        const schemaNames = new Map(pages[0]?.schemas.map(({ oid, name }) => [oid, name]))
        for (const { oid, name, schema } of pages.flatMap((page) => page.relations)) {
          of(/\d+/.exec(name === 't' || name === 'later' ? (schemaNames.get(schema) ?? '') : name)?.[0]).relations.push(
            oid,
          )
        }
        const extra = named.filter(({ name }) => predefined.includes(name)).map(({ oid }) => oid)
        assert.deepEqual(
          [graphs.size, extra.length, [...graphs.keys()].filter((k) => Number.isNaN(Number(k)) || k === '')],
          [graphsPerBatch, predefined.length, []],
        )
        const server = await truth(query, graphs, extra, name === '15' ? 'MEMBER' : 'SET')
        lap('truth')
        await client.query('rollback')
        lap('rolled')
        counts.graphs += graphsPerBatch

        const first = pages[0]
        assert.ok(first !== undefined)
        const graph = roleGraph(first.roles, first.memberships, { oid: first.database.owner, version: first.version })
        const schemas = new Map(first.schemas.map((schema) => [schema.oid, schema]))
        const relations = new Map(pages.flatMap((page) => page.relations).map((relation) => [relation.oid, relation]))
        for (const { role, relation: oid, table, column, usage } of server.tables) {
          const relation = relations.get(oid)
          const schema = schemas.get(relation?.schema ?? -1)
          assert.ok(relation !== undefined && schema !== undefined)
          tablePrivileges.forEach((privilege, i) =>
            differ(
              `${role} ${privilege} ${oid}`,
              hasTablePrivilege(graph, relation, role, privilege),
              table[i] === true,
            ),
          )
          columnPrivileges.forEach((privilege, i) =>
            differ(
              `${role} column ${privilege} ${oid}`,
              hasAnyColumnPrivilege(graph, relation, role, privilege),
              column[i] === true,
            ),
          )
          differ(`${role} usage`, hasSchemaUsage(graph, schema, role), usage)
        }
        for (const { role, other, usage, member } of server.roles) {
          differ(`${role} has rights of ${other}`, isSuper(graph, role) || rightsOf(graph, role).has(other), usage)
          differ(`${role} can become ${other}`, becomes(graph, role).has(other), member)
        }

        // The stated edges, walked, give all that the server grants to every role one could become.
        const edges = parts.flatMap(
          (rows: Json, part) =>
            normalize({
              stream: 'inventory',
              raw: { snapshot: { id: 'x', part, complete: false, takenAtMs: 0 }, rows },
              eventAtMs: 0,
              arrivedAtMs: 0,
              source: 's',
              authority,
            }).edges,
        )
        lap('edges')
        const walk = walkOf(edges)
        const readable = new Map<string, { any: boolean; whole: boolean }>()
        for (const { role, relation, table, column, usage } of server.tables) {
          readable.set(`${role}/${relation}`, { any: usage && column[0] === true, whole: usage && table[0] === true })
        }
        const canBecome = new Map<number, number[]>()
        for (const { role, other, member } of server.roles) {
          if (member) canBecome.set(role, [...(canBecome.get(role) ?? []), other])
        }
        const database = databaseId(authority, first.database.oid)
        for (const { role, relation: oid } of server.tables) {
          const others = canBecome.get(role)
          if (others === undefined) continue
          const hasAny = others.some((other) => readable.get(`${other}/${oid}`)?.any === true)
          const hasWhole = others.some((other) => readable.get(`${other}/${oid}`)?.whole === true)
          const id = relationId(authority, first.database.oid, oid)
          const roles = [...reached(walk.roles, roleId(authority, role))]
          const reaches = (map: Map<string, Set<string>>) =>
            roles.some((one) => map.get(one)?.has(id) === true || map.get(one)?.has(database) === true)
          counts.walks++
          const isFiltered = relations.get(oid)?.rowSecurity === true
          // What somebody may grant themselves is walked to as well: postgres-access.system.test.ts tries it.
          if ((hasAny && !reaches(walk.reads)) || (hasWhole && !isFiltered && !reaches(walk.whole))) {
            counts.walkMismatches++
            if (examples.length < 5) examples.push(`walk ${role} to ${oid}: any ${hasAny}, whole ${hasWhole}`)
          }
        }
      }
      t.diagnostic(JSON.stringify(counts))
      assert.deepEqual(examples, [])
      assert.equal(counts.mismatches + counts.walkMismatches, 0)
      assert.ok(counts.answers > counts.graphs * 50 && counts.walks > counts.graphs * 5)
      assert.equal(oids.public, 0)
    },
  )
}
