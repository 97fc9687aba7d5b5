import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Json, JsonObject } from '#kit'
import { applyProjection, createMemoryEstate, estateWriter, openEstate, type EstateView } from '#estate'
import { reachedFrom, readersOf, subjectOf } from '#access'
import type { Edge, EntityId } from '#model'
import { openLocalStore } from '#store'

import type { Query } from '../../src/connectors/postgres/client.ts'
import { relationId, roleId } from '../../src/connectors/postgres/ids.ts'
import { clusterPart, databaseParts } from '../../src/connectors/postgres/inventory.ts'
import { normalize } from '../../src/connectors/postgres/normalize.ts'
import { relationsPart, rolesPart } from '../../src/connectors/postgres/rows.ts'
import { postgres15, postgres18, startCluster, unlessInstalled } from './postgres-cluster.ts'
import { changesOf, graphOf, predefinedRoles, relationsOfGraph, schemasOfGraph } from './postgres-graphs.ts'
import { tryAll, triesSql, type Tried } from './postgres-tries.ts'

// The oracle is the server: whatever it lets a login do when it is tried, `cordon access` says, and nothing else.
const graphsTotal = Number(process.env['GRAPHS'] ?? 80)
const firstSeed = Number(process.env['SEED'] ?? 1)
const authority = '7000000000000000001'
const scriptsTotal = Number(process.env['SCRIPTS'] ?? 10)
const changesTotal = 10
const further = ['postgres', 'pg_execute_server_program', 'pg_write_server_files', ...predefinedRoles]
const quiet = { 'pgaudit.log': 'none', log_connections: 'off', log_disconnections: 'off' }
const sight = { byAuthority: { [authority]: { logged: [], blind: [] } }, late: [] }
const asking = (atMs: number | null) => ({ atMs, used: { fromMs: 0, toMs: 1 }, sight })

/** What the connector reads here, and what it states of it. */
async function inventoryOf(query: Query, takenAtMs = 0) {
  const cluster = await clusterPart(query, [])
  const parts: JsonObject[] = [cluster]
  for await (const part of databaseParts(query, 'postgres', cluster)) parts.push(part)
  const stated = parts.map((rows: Json, part) =>
    normalize({
      stream: 'inventory',
      raw: { snapshot: { id: `${takenAtMs}`, part, complete: part === parts.length - 1, takenAtMs }, rows },
      eventAtMs: takenAtMs,
      arrivedAtMs: takenAtMs,
      source: 's',
      authority,
    }),
  )
  const pages = parts.slice(1).map((part) => relationsPart.parse(part))
  const schemas = new Map(pages[0]?.schemas.map(({ oid, name }) => [oid, name]))
  const roles = rolesPart.parse(cluster).roles
  const relations = pages.flatMap((page) => page.relations)
  const names = new Map(roles.map(({ oid, name }) => [oid, name]))
  return {
    stated,
    roles: new Map(roles.map(({ oid, name }) => [name, roleId(authority, oid)])),
    relations: relations.map(({ oid, schema, name, kind, owner }) => ({
      id: relationId(authority, pages[0]?.database.oid ?? 0, oid),
      name: `${schemas.get(schema)}.${name}`,
      kind: kind === 'v' || kind === 'm' ? kind : ('r' as const),
      owner: names.get(owner) ?? '',
    })),
  }
}

const edgesOf = (stated: Awaited<ReturnType<typeof inventoryOf>>['stated']): Edge[] =>
  stated
    .flatMap(({ edges }) => edges)
    .map(({ src, type, dst, conditional = false, note = null }, edge) => ({
      edge,
      src,
      type,
      dst,
      validFrom: 0,
      validTo: null,
      observedAtMs: 0,
      confidence: 'observed',
      conditional,
      note,
      evidence: 1,
    }))

type Word = Tried['read']
const best = (words: readonly Word[]): Word =>
  words.includes('yes') ? 'yes' : words.includes('maybe') ? 'maybe' : 'no'
const atMostMaybe = (word: Word): Word => (word === 'yes' ? 'maybe' : word)

/**
 * A table is read and changed through views that lend their owner's rights, and through the table it is a part of. To drop
 * is to write, for who may do no more.
 */
function withWays(tried: readonly Tried[]): (login: string, relation: string, what: 'read' | 'write') => Word {
  const direct = new Map(tried.map((one) => [`${one.login} ${one.relation}`, one]))
  const word = (login: string, relation: string, what: 'read' | 'change'): Word =>
    best([
      direct.get(`${login} ${relation}`)?.[what] ?? 'no',
      ...relationsOfGraph.flatMap((one) => [
        ...('reads' in one && one.reads === relation ? [atMostMaybe(word(login, one.name, what))] : []),
        ...('parent' in one && relation === one.name ? [word(login, one.parent, what)] : []),
      ]),
    ])
  const drops = (login: string, relation: string): boolean =>
    direct.get(`${login} ${relation}`)?.drop === true ||
    relationsOfGraph.some((one) => 'parent' in one && relation === one.name && drops(login, one.parent))
  return (login, relation, what) =>
    what === 'read'
      ? word(login, relation, 'read')
      : best([word(login, relation, 'change'), drops(login, relation) ? 'maybe' : 'no'])
}

type Tally = { graphs: number; answers: number; yes: number; maybe: number; byActs: number; wider: number }
type Answer = { where: string; said: Word; now: Word; byActs: Word; isBound: boolean; isShown: boolean }
const degrees = { no: 0, maybe: 1, yes: 2 } as const

/**
 * What is said is what the server lets somebody do; where more is let after they granted themselves what they may grant,
 * it lies between the two. `wider`: said on a condition and refused, where a view's definition and rights on single
 * columns decide: an upper bound. `isShown`: to change what only shows other data, by replacing it, is to change it.
 */
function judge(tally: Tally, { where, said, now, byActs, isBound, isShown }: Answer): string[] {
  tally.answers++
  if (now !== 'no') tally[now]++
  if (now !== byActs) tally.byActs++
  const isEnough = degrees[said] >= degrees[now] || (isShown && said !== 'no')
  const isNoMore = degrees[said] <= degrees[byActs] || (isShown && byActs !== 'no')
  if (isEnough && isNoMore) return []
  if (isEnough && isBound && said === 'maybe') {
    tally.wider++
    return []
  }
  return [`${where}: said ${said}, tried ${now}, by acts ${byActs}`]
}

for (const [name, bin] of [
  ['15', postgres15],
  ['18', postgres18],
] as const) {
  test(
    `PostgreSQL ${name}: what cordon access says of random role graphs is what the server lets every login do`,
    { skip: unlessInstalled(bin) },
    async (t) => {
      const cluster = await startCluster(quiet, bin)
      t.after(() => cluster.stop())
      const client = await cluster.superuser()
      const query: Query = async (sql, values = []) => (await client.query<JsonObject>(sql, [...values])).rows
      await client.query(triesSql)
      const [{ version = 0 } = {}] = await query(`select current_setting('server_version_num')::int4 as version`)
      const tally: Tally = { graphs: 0, answers: 0, yes: 0, maybe: 0, byActs: 0, wider: 0 }
      const differences: string[] = []
      for (let seed = firstSeed; seed < firstSeed + graphsTotal; seed++) {
        const { roles, steps } = graphOf(seed, Number(version))
        await client.query('begin')
        for (const step of steps) await client.query(step)
        const inventory = await inventoryOf(query)
        const tried = await tryAll(query, {
          roles,
          further,
          schemas: schemasOfGraph,
          relations: inventory.relations,
        })
        await client.query('rollback')
        tally.graphs++
        const { stated } = inventory
        const view = createMemoryEstate({ edges: edgesOf(stated), facts: stated.flatMap(({ facts }) => facts) })
        const found = await compare({ view, atMs: null, inventory, tried, roles, tally })
        differences.push(...found.map((line) => `seed ${seed}: ${line}`))
      }
      if (process.env['SHOW']) console.log(differences.slice(0, 40).join('\n'))
      if (process.env['SHOW'])
        console.log(JSON.stringify({ server: version, ...tally, differences: differences.length }))
      t.diagnostic(JSON.stringify({ server: version, ...tally, differences: differences.length }))
      assert.deepEqual(differences.slice(0, 10), [])
      assert.ok(tally.yes > tally.graphs * 10 && tally.maybe > tally.graphs * 4 && tally.answers > tally.graphs * 100)
    },
  )
}

test('what cordon access says of a past time is what the server let every login do then', async (t) => {
  const cluster = await startCluster(quiet)
  t.after(() => cluster.stop())
  const client = await cluster.superuser()
  const query: Query = async (sql, values = []) => (await client.query<JsonObject>(sql, [...values])).rows
  await client.query(triesSql)
  const tally: Tally = { graphs: 0, answers: 0, yes: 0, maybe: 0, byActs: 0, wider: 0 }
  const differences: string[] = []
  for (let seed = firstSeed; seed < firstSeed + scriptsTotal; seed++) {
    const { roles, steps } = graphOf(seed, 150_000)
    const { writer, reader } = openLocalStore([estateWriter])
    const estate = openEstate({ reader, tenant: 't_default', snapshotPath: null })
    await client.query('begin')
    for (const step of steps) await client.query(step)
    const moments: Pick<Comparing, 'atMs' | 'inventory' | 'tried'>[] = []
    let offset = 0
    for (const [n, change] of ['select', ...changesOf(seed, roles, changesTotal)].entries()) {
      await client.query(change)
      const takenAtMs = Date.UTC(2026, 2, 24) + n * 60_000
      const inventory = await inventoryOf(query, takenAtMs)
      const tried = await tryAll(query, { roles, further, schemas: schemasOfGraph, relations: inventory.relations })
      moments.push({ atMs: takenAtMs + 30_000, inventory, tried })
      const items = inventory.stated.map((one) => ({
        ...one,
        offset: ++offset,
        stream: 'inventory',
        eventAtMs: takenAtMs,
        arrivedAtMs: takenAtMs,
      }))
      const [applied] = await writer.submit(
        applyProjection({ tenant: 't_default', source: 's', skewMs: 0, projectionVersion: 1, through: offset, items }),
      )
      estate.apply(applied)
    }
    await client.query('rollback')
    for (const moment of moments) {
      const found = await compare({ view: estate.view(), ...moment, roles, tally })
      differences.push(...found.map((line) => `seed ${seed} at ${moment.atMs}: ${line}`))
    }
    tally.graphs++
  }
  if (process.env['SHOW'])
    console.log(
      JSON.stringify({ past: true, ...tally, differences: differences.length }),
      differences.slice(0, 10).join('\n'),
    )
  t.diagnostic(JSON.stringify({ ...tally, differences: differences.length }))
  assert.deepEqual(differences.slice(0, 10), [])
  assert.ok(tally.answers > tally.graphs * changesTotal * 100)
})

type Comparing = {
  view: EstateView
  atMs: number | null
  inventory: Pick<Awaited<ReturnType<typeof inventoryOf>>, 'roles' | 'relations'>
  tried: readonly Tried[]
  roles: readonly string[]
  tally: Tally
}

async function compare({ view, atMs, inventory, tried, roles, tally }: Comparing): Promise<string[]> {
  const { roles: ids, relations } = inventory
  const asked = asking(atMs)
  const now = withWays(tried.filter(({ acts }) => !acts))
  const byActs = withWays(tried.filter(({ acts }) => acts))
  const readers = new Map<EntityId, Map<EntityId, Word>>()
  for (const { id } of relations) {
    const found = await readersOf(view, await subjectOf(view, id, asked), asked)
    // Who reads only something inside it reads a part.
    const whole = found.readers.filter((one) => one.whole)
    readers.set(id, new Map(whole.map(({ entity, certain }) => [entity, certain ? 'yes' : 'maybe'])))
  }
  const differences: string[] = []
  for (const role of roles) {
    const id = ids.get(role) ?? assert.fail(role)
    const { things } = await reachedFrom(view, id, asked)
    const of = new Map(things.map((thing) => [thing.resource, thing]))
    for (const relation of relations) {
      const thing = of.get(relation.id)
      for (const what of ['read', 'write'] as const) {
        const said =
          thing?.may.includes(what) === true ? 'yes' : thing?.perhaps.includes(what) === true ? 'maybe' : 'no'
        const isBound =
          relation.kind !== 'r' || relationsOfGraph.some((one) => 'reads' in one && one.reads === relation.name)
        differences.push(
          ...judge(tally, {
            where: `${role} ${what} ${relation.name}`,
            said,
            now: now(role, relation.name, what),
            byActs: byActs(role, relation.name, what),
            isBound,
            isShown: what === 'write' && relation.kind !== 'r',
          }),
        )
        const who = readers.get(relation.id)?.get(id) ?? 'no'
        if (what === 'read' && (said === 'yes' || who !== 'no')) assert.equal(who, said, 'who and of say the same')
      }
    }
  }
  return differences
}
