import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { CordonError, silentDiagnose, systemClock } from '#kit'
import type { JsonObject } from '#kit'
import { pullStream } from '#sources'
import { peopleConnectorIn } from '#connectors/people'

import { startCluster, type Cluster } from './postgres-cluster.ts'

// Who works here, read from a view of a real server by a login that was made as the role page says.
const peopleTotal = 12_000
const password = 'EXAMPLE-people-1'
const people = peopleConnectorIn([])
let cluster: Cluster

const configOf = (view = 'hr.cordon_people') =>
  people.config.parse({
    authority: 'people.example.com',
    sql: { host: cluster.host, port: cluster.port, database: 'postgres', user: 'cordon_people', view, ssl: 'disable' },
    columns: { person: 'Employee "No"', mail: 'mail', worker: 'kind', start: 'starts', end: 'ends' },
  })

async function look(view?: string): Promise<JsonObject[]> {
  const [stream] = people.streams
  assert.ok(stream)
  const context = {
    config: configOf(view),
    see: { password },
    http: { request: () => Promise.reject(new Error('a view is no request')) },
    clock: systemClock,
    signal: AbortSignal.timeout(60_000),
    diagnose: silentDiagnose,
  }
  const rows: JsonObject[] = []
  for await (const page of pullStream(stream)?.(context, null) ?? [])
    for (const { raw } of page.events) rows.push(...(raw as { rows: { persons: JsonObject[] } }).rows.persons)
  return rows
}

async function asOwner(sql: string): Promise<void> {
  const root = await cluster.superuser()
  await root.query(sql)
  await root.end()
}

before(async () => {
  cluster = await startCluster({ shared_preload_libraries: '' })
  await asOwner(`
    create schema hr;
    create table hr.staff (no int primary key, mail text, salary int, kind text, starts date, ends timestamptz);
    insert into hr.staff select g, 'p' || g || '@example.com', 1000 + g, case g % 3 when 0 then 'staff' else 'contractor' end,
      date '2025-01-01' + g % 300, case when g % 5 = 0 then timestamptz '2026-03-01 17:30:00.25+05:30' end
      from generate_series(1, ${peopleTotal}) g;
    create view hr.cordon_people as select no as "Employee ""No""", mail, kind, starts, ends from hr.staff;`)
  const role = people.role?.(configOf(), 'see')
  assert.ok(role)
  const sql = role.text.filter((line) => !line.startsWith('\\'))
  await asOwner(`${sql.join('\n')} alter role cordon_people password '${password}'`)
})
after(() => cluster.stop())

test('the statements of the role are enough to read the view, and let in to nothing else', async () => {
  const rows = await look()
  assert.equal(rows.length, peopleTotal)
  const [five] = rows.filter(({ key }) => key === '5')
  assert.deepEqual(
    [five?.['mail'], five?.['worker'], five?.['startAtMs'], five?.['endAtMs']],
    ['p5@example.com', 'contractor', Date.UTC(2025, 0, 6), Date.UTC(2026, 2, 1, 12, 0, 0, 250)],
  )
  const login = await cluster.client('cordon_people', password)
  await assert.rejects(login.query('select salary from hr.staff'), { code: '42501' })
  await login.end()
})

test('what the server refuses is said with its way out, and nothing of it is taken', async () => {
  const refused = async (view?: string): Promise<CordonError> => {
    const error: unknown = await look(view).then(
      () => assert.fail('read'),
      (thrown: unknown) => thrown,
    )
    assert.ok(error instanceof CordonError)
    return error
  }
  const absent = await refused('hr.nowhere')
  assert.match(absent.message, /has no such view/)
  await asOwner('revoke usage on schema hr from cordon_people')
  const schema = await refused()
  assert.match(schema.message, /lets this login not read it/)
  assert.match(schema.hint ?? '', /grant usage on schema hr to "cordon_people"; grant select on hr.cordon_people/)
  await asOwner('alter role cordon_people nologin')
  const login = await refused()
  assert.match(login.message, /was refused/)
  for (const { message } of [absent, schema, login]) assert.doesNotMatch(message, new RegExp(password))
})
