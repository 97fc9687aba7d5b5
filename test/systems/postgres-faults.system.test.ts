import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { Client } from 'pg'

import { isObject, seededInt, type JsonObject } from '#kit'
import { postgres, type PostgresConfig } from '#connectors/postgres'

import type { FaultPlug, TwinRow } from '../conformance/faults/plug.ts'
import type { Life } from '../conformance/faults/process.ts'
import { allBut, textOf } from '../conformance/faults/scratch.ts'
import { connectorSites } from '../conformance/faults/sites.ts'
import { connectorSuite } from '../conformance/faults/suite.ts'
import type { VendorTwin } from '../conformance/faults/twin.ts'
import { startCluster, type Cluster } from './postgres-cluster.ts'
import { startFaultyWire, wireFaults, type FaultyWire } from './postgres-faulty-wire.ts'

// The streams that ask a server over its own protocol, under the fault schedules of all the others: a real PostgreSQL behind
// a wire that fails, and a process that dies at its statements.

const password = 'EXAMPLE-see'
const shop = 'shop'
let cluster: Cluster
let owner: Client
let shopOwner: Client
let wire: FaultyWire
before(async () => {
  cluster = await startCluster({ max_connections: '200' })
  owner = await cluster.superuser()
  await owner.query(`create role cordon_see login password '${password}' in role pg_monitor`)
  await owner.query(
    'grant select on pg_hba_file_rules to cordon_see; grant execute on function pg_hba_file_rules() to cordon_see',
  )
  await owner.query(`create role app login password '${password}'`)
  await owner.query(`create database ${shop}`)
  shopOwner = await cluster.superuser(shop)
  await shopOwner.query('create table thing (id int); grant select on thing to app')
  wire = await startFaultyWire(cluster.port, async () => {
    await owner.query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'cordon_see'")
  })
})
after(async () => {
  for (const one of open.values()) await one.end().catch(() => undefined)
  await wire.close()
  await cluster.stop()
})

/** Each statement and each connection of Cordon's is an effect: the process may die before it, and after it. */
let life: Life | undefined
for (const method of ['connect', 'query', 'end'] as const) {
  const real: unknown = Reflect.get(Client.prototype, method)
  assert.ok(typeof real === 'function')
  const asEffect = async function (this: Client, ...given: unknown[]): Promise<unknown> {
    const isCordon = isObject(this) && nameOf(this) === 'cordon'
    if (isCordon) await life?.effect()
    const told: unknown = await Reflect.apply(real, this, given)
    if (isCordon) await life?.effect()
    return told
  }
  Reflect.set(Client.prototype, method, asEffect)
}
function nameOf(client: object): unknown {
  const parameters: unknown = Reflect.get(client, 'connectionParameters')
  return isObject(parameters) ? parameters['application_name'] : undefined
}

const idOf = ({ id }: JsonObject): string => textOf(id)
const there = (twin: VendorTwin, keep: (row: TwinRow) => boolean): string[] =>
  twin.byPlace('all', 0, 1_000, keep).records.map(idOf)

const rolesSql = "select rolname as name from pg_roles where rolname like 'ev-%'"
/** Tables and roles that the schedule in hand has now. */
async function settleCatalog(twin: VendorTwin): Promise<void> {
  const sorts = [
    { on: owner, wanted: there(twin, isRole), list: rolesSql },
    {
      on: shopOwner,
      wanted: there(twin, isTable),
      list: "select relname as name from pg_class where relname like 'ev-%'",
    },
  ]
  for (const [n, { on, wanted, list }] of sorts.entries()) await settleThings(on, wanted, list, n === 0)
}

async function settleThings(on: Client, wanted: readonly string[], list: string, areRoles: boolean): Promise<void> {
  const { rows } = await on.query<{ name: string }>(list)
  const held = new Set(rows.map(({ name }) => name))
  const [make, drop] = areRoles ? ['create role', 'drop role'] : ['create table', 'drop table']
  for (const name of wanted) if (!held.has(name)) await on.query(`${make} "${name}"${areRoles ? '' : ' (id int)'}`)
  for (const name of held) if (!wanted.includes(name)) await on.query(`${drop} "${name}"`)
}
/** Roles alone: rules of sign-in come with all of them. */
const settleRoles = (twin: VendorTwin): Promise<void> =>
  settleThings(
    owner,
    there(twin, () => true),
    rolesSql,
    true,
  )
const isRole = ({ n }: TwinRow): boolean => n % 2 === 0
const isTable = (row: TwinRow): boolean => !isRole(row)

/** Who is connected: to one of two databases, the last statement of each over a table. */
const open = new Map<string, Client>()
async function settleSessions(twin: VendorTwin): Promise<void> {
  const wanted = there(twin, () => true)
  const gone = [...open].filter(([id]) => !wanted.includes(id))
  for (const [id, client] of gone) {
    open.delete(id)
    await client.end()
  }
  for (const id of wanted) {
    if (open.has(id)) continue
    const database = open.size % 2 === 0 ? shop : 'postgres'
    const client = new Client({
      host: cluster.host,
      port: cluster.port,
      user: 'app',
      password,
      database,
      application_name: id,
    })
    client.on('error', () => undefined)
    await client.connect()
    await client.query(database === shop ? 'select * from thing' : 'select 1 from pg_class limit 1')
    open.set(id, client)
  }
  // A backend lives on for a moment once its client is gone.
  for (let tries = 0; tries < 200; tries++) {
    const { rows } = await owner.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where usename = 'app'",
    )
    if (rows[0]?.n === open.size) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail('sessions that do not end')
}

/** Share of runs that meet a fault, until the vendor is quiet: at any of so many statements that a run has at most. */
const faultShare = 0.5
const statementsMax: Record<string, number> = { inventory: 24, sessions: 8, 'sign-in': 10 }
const refusals = { 'too-many': 'connection limit 0', 'no-login': 'nologin' } as const
const refused = new Map<string, number>()
async function settleFault(stream: string, twin: VendorTwin, random: () => number): Promise<void> {
  await owner.query('alter role cordon_see login connection limit -1')
  wire.arm(undefined, 0)
  if (twin.isQuiet() || random() > faultShare) return
  const kinds = [...wireFaults, 'too-many', 'no-login'] as const
  const kind = kinds[seededInt(random, kinds.length)] ?? 'refused'
  if (kind === 'too-many' || kind === 'no-login') {
    await owner.query(`alter role cordon_see ${refusals[kind]}`)
    refused.set(kind, (refused.get(kind) ?? 0) + 1)
  } else wire.arm(kind, seededInt(random, statementsMax[stream] ?? 1))
}

type Rows = (part: JsonObject) => JsonObject[]
const named = (list: unknown, field: string): JsonObject[] =>
  (Array.isArray(list) ? list : []).flatMap((one: unknown) => {
    const id = isObject(one) ? one[field] : undefined
    return typeof id === 'string' && id.startsWith('ev-') ? [{ id }] : []
  })
const rowsOf: Record<string, Rows> = {
  inventory: (part) =>
    part['kind'] === 'roles'
      ? named(part['roles'], 'name')
      : part['kind'] === 'relations'
        ? named(part['relations'], 'name')
        : [],
  sessions: (part) => named(part['sessions'], 'application'),
  'sign-in': (part) => named(part['roles'], 'name'),
}

/** The suite knows rows by their place in a part and an `id`: they are put there beside the connector's own. */
const watched: typeof postgres = {
  ...postgres,
  streams: postgres.streams.map((stream) => {
    const rows = rowsOf[stream.name]
    if (!('pull' in stream) || rows === undefined) return stream
    return {
      ...stream,
      async *pull(context, cursor) {
        for await (const page of stream.pull(context, cursor)) {
          for (const { raw } of page.events) {
            const part = isObject(raw) && isObject(raw['rows']) ? raw['rows'] : {}
            part['rows'] = rows(part)
          }
          yield page
        }
      },
    } satisfies typeof stream
  }),
}

type Settle = (twin: VendorTwin) => Promise<void>
const plug = (stream: string, settle: Settle, holds: FaultPlug['holds'] = {}): FaultPlug<PostgresConfig> => ({
  name: `postgres ${stream}`,
  connector: watched,
  get config() {
    const at = { host: cluster.host, port: wire.port, user: 'cordon_see', ssl: 'disable' }
    return postgres.config.parse(at)
  },
  secrets: { password },
  stream,
  record: ({ id }) => ({ id }),
  keeps: ['id'],
  rowsMax: 14,
  // A real server: some seconds each where the machine has much else to do.
  schedulesPerTest: 10,
  answer: () => ({ status: 404, body: null }),
  born(fresh) {
    wire.cut()
    life = fresh
  },
  async settle(twin, random) {
    // What the suite itself does is no effect of the process.
    await settle(twin)
    await settleFault(stream, twin, random)
  },
  without: allBut(['clock-ahead', 'clock-behind', 'late'], 'no HTTP: the wire and the server have faults of their own'),
  holds,
})

const plugs = [
  plug('inventory', settleCatalog, { roles: isRole, relations: isTable }),
  plug('sessions', settleSessions),
  plug('sign-in', settleRoles),
]
const elsewhere = [
  [/postgres\/(?!(inventory|sessions|sign-in|client|catalog)\.ts)/, 'of other streams, of actions and of the check'],
  [/import\('pg'\)/, 'read once, before there is anything to lose'],
  [/pg_control_system|const \[row\] = await ask\(/, 'who the cluster is: the check alone asks'],
] as const
const others = 'played over its files, in test/conformance/faults'
const gate = {
  sites: (hits: ReadonlyMap<string, number>) => connectorSites('postgres', hits, elsewhere),
  unplayed: { log: others, 'rds-log': others, people: 'a customer’s own view, one transaction: people-view' },
}
for (const { name, run } of connectorSuite(watched, plugs, gate, 24)) test(name, run)

test('the wire and the server failed in every way', () => {
  for (const kind of wireFaults) assert.ok((wire.hits.get(kind) ?? 0) > 0, kind)
  for (const kind of Object.keys(refusals)) assert.ok((refused.get(kind) ?? 0) > 0, kind)
})
