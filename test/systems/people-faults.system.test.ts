import { after, before, test } from 'node:test'
import type { Client } from 'pg'

import type { PeopleConfig } from '#connectors/people'

import { dropPercentMax, peopleColumns, peopleParts, watchedPeople } from '../conformance/faults/people.ts'
import type { FaultPlug } from '../conformance/faults/plug.ts'
import { faultSuite } from '../conformance/faults/suite.ts'
import type { VendorTwin } from '../conformance/faults/twin.ts'
import { startCluster, type Cluster } from './postgres-cluster.ts'

// Who works here, by a view of a real server whose rows come and go, which now and then refuses the login or the view.
const password = 'EXAMPLE-people-1'
let cluster: Cluster
let owner: Client

before(async () => {
  cluster = await startCluster({ shared_preload_libraries: '' })
  owner = await cluster.superuser()
  await owner.query(`
    create schema hr;
    create table hr.staff (key text primary key, mail text);
    create view hr.people as select key, mail, 'Ada'::text as name from hr.staff;
    create role cordon_people login password '${password}';
    grant usage on schema hr to cordon_people`)
})
after(() => cluster.stop())

const refusals = [
  'alter role cordon_people nologin',
  'revoke select on hr.people from cordon_people',
  'truncate hr.staff',
]

async function settle(twin: VendorTwin, random: () => number): Promise<void> {
  const { records } = twin.byPlace('people', 0, 1_000)
  await owner.query('alter role cordon_people login; grant select on hr.people to cordon_people')
  await owner.query('begin')
  await owner.query('delete from hr.staff')
  await owner.query(
    'insert into hr.staff select id, mail from jsonb_to_recordset($1::jsonb) as given (id text, mail text)',
    [JSON.stringify(records)],
  )
  await owner.query('commit')
  const refusal = twin.isQuiet() ? undefined : refusals[Math.floor(random() * 10)]
  if (refusal !== undefined) await owner.query(refusal)
}

const connector = watchedPeople([])
const plug: FaultPlug<PeopleConfig> = {
  ...peopleParts,
  name: 'people by a view',
  connector,
  get config() {
    return connector.config.parse({
      authority: 'people.example',
      sql: {
        host: cluster.host,
        port: cluster.port,
        database: 'postgres',
        user: 'cordon_people',
        view: 'hr.people',
        ssl: 'disable',
      },
      columns: peopleColumns,
      dropPercentMax,
    })
  },
  secrets: { password },
  settle,
}

for (const { name, run } of faultSuite(plug)) test(name, run)
