import assert from 'node:assert/strict'
import { appendFile, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { createHttp, systemClock, type Http } from '#kit'
import { nativeOf } from '#model'
import { validateOcsf } from '#model/ocsf'
import { postgres, type PostgresConfig } from '#connectors/postgres'

import { startAwsTwin } from '../../lab/twins/aws/twin.ts'
import { createFeed } from '../../src/connectors/postgres/feed.ts'
import { namedRoleId, relationId, roleId } from '../../src/connectors/postgres/ids.ts'
import { createRdsFeed } from '../../src/connectors/postgres/rds-feed.ts'
import { quietLog, readLog, type Cluster } from './postgres-cluster.ts'
import {
  configOf,
  hasEdge,
  passwords,
  pull,
  pullContext,
  startLab,
  streamNamed,
  takeSome,
  type Seen,
} from './postgres-lab.ts'

// The log is as talkative as a server can make it: every way in which a value could leave is open.
let cluster: Cluster
let config: PostgresConfig
let authority: string
before(async () => {
  cluster = await startLab({
    log_statement: 'all',
    log_min_duration_statement: '0',
    log_error_verbosity: 'verbose',
    log_min_messages: 'debug1',
    log_parameter_max_length_on_error: '1000',
    log_filename: 'pg-%H%M%S.log',
  })
  config = configOf(cluster)
  authority = (await postgres.check(pullContext(config))).authority
})
after(() => cluster.stop())

/** Of all that happened before it. */
const pullLog: typeof pull = async (...args) => {
  await quietLog(cluster)
  return pull(...args)
}

const planted = ['Quillon', 'Vexworth', 'planted.example', '8675309421', '1987-03-14', 'PlantedSecret', 'Zanzibar']
const statements = [
  `select * from people where name = 'Quillon Vexworth' and email = 'q@planted.example' and id <> 8675309421`,
  `select E'Quillon\\'s Vexworth', U&'Zanzibar', $$PlantedSecret$$, $tag$ 'Quillon' $tag$, date '1987-03-14', 8675309421.5e3 -- Zanzibar`,
  `/* Quillon /* Vexworth */ */ select count(*) from people where email like '%planted.example'`,
  `insert into people values (900001, 'Quillon', 'q@planted.example', 'Zanzibar')`,
  `insert into people values (900001, 'Quillon', 'q@planted.example', 'Zanzibar')`,
  `update people set name = 'Vexworth' where id = 900001`,
  `select 'Quillon Vexworth'::int`,
  `select * from people where name = "Quillon Vexworth"`,
  `select * from people where name = "Zanzibar"`,
  'select * from people where name = Zanzibar',
  `select id as "Quillon Vexworth" from people limit 1`,
  `select * from people where name = 'Quillon`,
  `selekt 'Quillon' 8675309421`,
  `set standard_conforming_strings = off; set escape_string_warning = off; select 'it\\'s Quillon', name from people limit 1; set standard_conforming_strings = on`,
  `prepare q(text) as select * from people where name = $1; execute q('Quillon Vexworth')`,
  `do $$ begin raise log 'Quillon %', 'Vexworth'; raise notice 'Zanzibar'; raise exception 'PlantedSecret'; end $$`,
  `do $$ begin execute format('select %L from people limit 1', 'Quillon'); end $$`,
  `create or replace function f() returns text language sql as $$ select 'PlantedSecret' $$; select f()`,
  `comment on table people is 'Quillon'; notify c, 'Vexworth'; set my.setting = 'Zanzibar'`,
  `create role planted login password 'PlantedSecret' valid until '1987-03-14'; alter role planted password 'PlantedSecret2'; drop role planted`,
  `begin; declare "Zanzibar c" cursor for select * from people where name = 'Quillon'; fetch 3 from "Zanzibar c"; commit`,
  `copy (select * from people where email = 'q@planted.example') to stdout`,
  `select ${`'Quillon', `.repeat(3000)} 8675309421`,
  `select 1/(id - id), 'Quillon' from people`,
]

test('no value of a statement, message or parameter leaves the connector, and both log forms tell the same', async () => {
  const root = await cluster.superuser()
  for (const sql of statements) await root.query(sql).catch(() => root.query('rollback'))
  await root.query('select * from people where name = $1 and id <> $2 and email = $3', [
    'Quillon Vexworth',
    867530942,
    'q@planted.example',
  ])
  await root.query('select $1::int', ['Zanzibar']).catch(() => undefined)
  await root.end()

  const [json, csv] = [await readLog(cluster, 'json'), await readLog(cluster, 'csv')]
  for (const value of planted)
    assert.ok(json.includes(value) && csv.includes(value), `${value} is in the server's own log`)

  const context = pullContext(config)
  const fromJson = await pull(createFeed(), context, authority)
  const csvLogs = { format: 'csvlog', path: `${cluster.logs}/*.csv` } as const
  const fromCsv = await pull(createFeed(), { ...context, config: { ...config, logs: csvLogs } }, authority)
  const polled = await pull(streamNamed('sessions'), context, authority)
  const mapped = await pull(streamNamed('inventory'), context, authority)
  const all = [...fromJson.seen, ...fromCsv.seen, ...polled.seen, ...mapped.seen]
  assert.ok(fromJson.seen.length > statements.length)
  const text = JSON.stringify(all) + (fromJson.cursor ?? '')
  for (const value of planted) assert.ok(!text.includes(value), `${value} left the connector: ${around(text, value)}`)
  assert.ok(text.includes('select count(*) from people where email like ?'), 'the shape of a statement stays')

  const comparable = (seen: readonly Seen[]) => seen.map(({ event, normalized }) => ({ event, normalized }))
  // Each form may end with lines of the other's own reading: compare what both have.
  const natives = new Set(fromCsv.seen.map(({ event }) => event.native))
  const both = fromJson.seen.filter(({ event }) => natives.has(event.native))
  assert.ok(both.length > statements.length)
  assert.deepEqual(
    comparable(both),
    comparable(fromCsv.seen.filter(({ event }) => both.some((one) => one.event.native === event.native))),
  )
})

test('the same log read at RDS tells the same events', async () => {
  const twin = await startAwsTwin('111122223333', systemClock)
  const { state } = twin
  const reads = { Statement: [{ Effect: 'Allow', Action: 'rds:*', Resource: '*' }] }
  const key = state.addKey(state.addUser('cordon-logs', 0, { reads }), 0)
  const names = (await readdir(cluster.logs)).filter((name) => name.endsWith('.csv')).sort()
  const files = new Map<string, string>()
  for (const name of names) files.set(`error/${name}`, await readFile(join(cluster.logs, name), 'utf8'))
  state.logFiles.set('people-1', files)
  state.portionLinesMax = 50

  const logs = { rds: { region: 'us-east-1', instances: ['people-1'], endpoint: twin.url } }
  const atRds = { ...config, logs }
  const plain = createHttp([twin.url])
  const sign = postgres.auth?.(atRds, 'see')['rds']
  assert.ok(sign?.kind === 'signed')
  const secrets = { awsAccessKeyId: key.id, awsSecretAccessKey: key.secret }
  const http: Http = {
    request(to, request = {}) {
      const { method = 'GET', headers = {}, body = '' } = request
      const signable = { url: new URL(to), method, headers, body: String(body) }
      return plain.request(to, {
        ...request,
        headers: { ...headers, ...sign.sign(signable, secrets, systemClock.nowMs()) },
      })
    },
  }
  const context = pullContext(config)
  const fromRds = await pull(createRdsFeed(), { ...context, config: atRds, http }, authority)
  await twin.close()
  const csvLogs = { format: 'csvlog', path: `${cluster.logs}/*.csv` } as const
  const fromCsv = await pull(createFeed(), { ...context, config: { ...config, logs: csvLogs } }, authority)
  const comparable = (seen: readonly Seen[]) =>
    seen.map(({ event, normalized: { ocsf, touches, edges } }) => ({
      event: { ...event, native: event.native.replace(/^people-1\//, '') },
      ocsf,
      touches,
      edges,
    }))
  assert.ok(fromRds.seen.length > statements.length)
  // The files go on growing while they are read.
  assert.deepEqual(comparable(fromRds.seen), comparable(fromCsv.seen.slice(0, fromRds.seen.length)))
})

const around = (text: string, value: string): string =>
  text.slice(Math.max(0, text.indexOf(value) - 200), text.indexOf(value) + 60)

test('OCSF events are valid', async () => {
  await assert.rejects(cluster.client('app', 'EXAMPLE-wrong'))
  const reader = await cluster.client('reader', passwords.reader)
  await reader.query(`do $$ begin raise log 'AUDIT: SESSION,1,1,READ,SELECT,,,x,y'; end $$`)
  await reader.end()
  const { seen } = await pull(createFeed(), pullContext(config), authority)
  const events = seen.flatMap(({ normalized }) => normalized.ocsf)
  const classes = new Set(events.map((event) => event.class_uid))
  for (const wanted of [0, 3001, 3002, 6005]) assert.ok(classes.has(wanted), `class ${wanted} is among them`)
  assert.deepEqual(events.flatMap(validateOcsf), [])
  const refusedLogin = events.find((event) => event.class_uid === 3002 && event.status_id === 2)
  assert.equal(refusedLogin?.status_detail, '28P01')
  assert.notDeepEqual(
    events.flatMap((event) => validateOcsf({ ...event, activity_id: 42 })),
    [],
    'the check can fail',
  )
})

test('rows taken through the wire protocol and then rolled back, hung up on or killed are not missed', async () => {
  const context = pullContext(config)
  const feed = createFeed()
  const root = await cluster.superuser()
  const relation = await root.query<{ db: string; rel: string }>(
    `select (select oid from pg_database where datname = 'postgres')::int8 as db, 'people'::regclass::oid::int8 as rel`,
  )
  const people = relationId(authority, Number(relation.rows[0]?.db), Number(relation.rows[0]?.rel))
  const ends: Record<string, (client: Awaited<ReturnType<Cluster['client']>>) => Promise<unknown>> = {
    'rolled back': (client) => client.query('rollback'),
    'hung up': (client) => client.end(),
    killed: () => root.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'app'`),
  }
  for (const [how, end] of Object.entries(ends)) {
    const { cursor } = await pullLog(feed, context, authority)
    const thief = await cluster.client('app', passwords.app)
    await thief.query('begin')
    assert.equal(await takeSome(thief, 'select * from people where id > 5', 50), 50)
    await end(thief)
    await thief.end().catch(() => undefined)
    await new Promise((done) => setTimeout(done, 200))
    const { seen } = await pullLog(feed, context, authority, cursor)
    const reads = seen.flatMap(({ normalized }) => normalized.touches).filter(({ verb }) => verb === 'read')
    assert.ok(
      reads.some(({ resource, records }) => resource === people && records === null),
      how,
    )
  }
  await root.end()
})

test('a line that a login writes itself is no evidence against another', async () => {
  const context = pullContext(config)
  const feed = createFeed()
  const { cursor } = await pullLog(feed, context, authority)
  const thief = await cluster.client('reader', passwords.reader)
  await thief.query(
    `do $$ begin raise log 'AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.people,select 1,<none>,7'; raise log 'connection authorized: user=app database=postgres'; end $$`,
  )
  await thief.end()
  const { seen } = await pullLog(feed, context, authority, cursor)
  assert.ok(seen.some(({ normalized }) => normalized.unmapped === 'postgres.log.forged'))
  assert.deepEqual(
    seen.flatMap(({ normalized }) => normalized.touches).map(({ verb }) => verb),
    ['login'],
  )
})

test('a role that came and went between two looks is known by its name, and says so', async () => {
  const context = pullContext(config)
  const feed = createFeed()
  const { cursor } = await pullLog(feed, context, authority)
  const root = await cluster.superuser()
  await root.query(`create role fleeting login`)
  await root.query('drop role fleeting')
  const { rows } = await root.query<{ oid: string }>(`select 'app'::regrole::oid::int8 as oid`)
  await root.query('grant app to readers; revoke app from readers; grant select on hr.pay to app')
  const readers = await root.query<{ oid: string }>(`select 'readers'::regrole::oid::int8 as oid`)
  await root.end()
  const { seen } = await pullLog(feed, context, authority, cursor)
  const named = namedRoleId(authority, 'fleeting')
  assert.ok(hasEdge(seen, roleId(authority, 10), 'CREATED', named))
  assert.ok(
    seen.some(({ normalized }) =>
      normalized.facts.some((fact) => fact.entity === named && fact.attributes['unresolved'] === true),
    ),
  )
  const [app, group] = [roleId(authority, Number(rows[0]?.oid)), roleId(authority, Number(readers.rows[0]?.oid))]
  assert.ok(hasEdge(seen, group, 'MEMBER_OF', app) && hasEdge(seen, group, 'MEMBER_OF', app, 'close'))
  const shared = seen.flatMap(({ normalized }) => normalized.touches).filter(({ verb }) => verb === 'share')
  assert.deepEqual(
    shared.map(({ resource }) => nativeOf(resource).split('/').slice(0, 1)),
    [['db']],
  )
})

test('rotation, renames and half lines lose no line and tell none twice', async () => {
  const context = pullContext(config)
  const feed = createFeed()
  const seen: string[] = []
  let cursor: string | null = null
  const look = async () => {
    const next = await pullLog(feed, context, authority, cursor)
    cursor = next.cursor
    seen.push(...next.seen.map(({ event }) => event.native))
  }
  const root = await cluster.superuser()
  await look()
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 20; n++) await root.query('select count(*) from people')
    await look()
    for (let n = 0; n < 5; n++) await root.query('select count(*) from hr.pay')
    // File names carry seconds: a new name needs the next one.
    await new Promise((done) => setTimeout(done, 1_050))
    await root.query('select pg_rotate_logfile()')
    await new Promise((done) => setTimeout(done, 200))
    const files = (await readdir(cluster.logs)).filter((name) => name.endsWith('.json')).sort()
    const oldest = files[0]
    // As logrotate would: the finished file gets a name the pattern does not match.
    if (round === 1 && oldest !== undefined && files.length > 1)
      await rename(`${cluster.logs}/${oldest}`, `${cluster.logs}/${oldest}.1`)
  }
  const newest =
    (await readdir(cluster.logs))
      .filter((name) => name.endsWith('.json'))
      .sort()
      .at(-1) ?? ''
  await look()
  await appendFile(`${cluster.logs}/${newest}`, '{"timestamp":"half a li')
  await look()
  await root.end()
  assert.equal(new Set(seen).size, seen.length, 'told twice')
  const counted = seen.length
  assert.ok(counted >= 75 * 2, `${counted} lines`)
  const lines = await readLog(cluster, 'json')
  const audited = [
    ...lines.matchAll(/"session_id":"([^"]+)","line_num":(\d+)[^\n]*AUDIT: SESSION,\d+,1,READ,SELECT,TABLE,hr\.pay/g),
  ].map(([, session, line]) => `${session}.${line}`)
  assert.ok(audited.length >= 10 && audited.every((native) => seen.includes(native)))
})
