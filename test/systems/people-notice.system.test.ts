import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { entityId } from '#model'

import { startCluster, type Cluster } from './postgres-cluster.ts'
import { startProduct, type Person, type Product } from './product.ts'

// Whose data, by name: asked live of a real server, by two people, and found nowhere afterwards but in the file.
const peopleTotal = 4_100
const states = ['Vermont', 'Ohio', 'Portugal']
const planted = ['Zephyrine', '@people-of.example', 'EXAMPLE-bank-account']
const passwords = { cordon_see: 'EXAMPLE-see-1', cordon_notice: 'EXAMPLE-notice-1', labeller: 'EXAMPLE-label-1' }
const source = 'people-db'
const scratch = mkdtempSync(join(tmpdir(), 'cordon-notice-'))
let cluster: Cluster
let cordon: Product
let ada: Person
let bob: Person
let incident: string

before(async () => {
  ;[cluster, cordon] = await Promise.all([startCluster({ shared_preload_libraries: '' }), startProduct()])
  const root = await cluster.superuser()
  await root.query(`
    create table people (id int primary key, name text, email text, state text);
    insert into people select g, 'Zephyrine ' || g, 'p' || g || '@people-of.example', (array['${states.join("','")}'])[1 + g % 3]
      from generate_series(1, ${peopleTotal}) g;
    create table payouts (person int, account text);
    insert into payouts select g, 'EXAMPLE-bank-account-' || g from generate_series(1, 50) g;
    create role labeller login password '${passwords.labeller}'; grant select on people, payouts to labeller;
    create schema cordon;
    create view cordon.people as select 'public.people' as relation, id::text as person, null as customer from people
      union all select 'public.payouts', person::text, null from payouts;
    create view cordon.contacts as select id::text as person, name, email, state, 'name, email, state' as held from people
      union all select p.id::text, p.name, p.email, p.state, 'bank account' from payouts join people p on p.id = person;
    create role cordon_see login password '${passwords.cordon_see}' in role pg_monitor;
    create role cordon_notice login password '${passwords.cordon_notice}';
    grant usage on schema cordon to cordon_see, cordon_notice;
    grant select on cordon.people to cordon_see; grant select on cordon.contacts to cordon_notice;`)
  const { rows } = await root.query<{ oid: string }>(`select oid::int8 as oid from pg_roles where rolname = 'labeller'`)
  await root.end()
  for (const [name, value] of Object.entries(passwords)) writeFileSync(join(scratch, name), value)
  const wanted = {
    host: cluster.host,
    port: cluster.port,
    user: 'cordon_see',
    ssl: 'disable',
    'people.database': 'postgres',
    'people.view': 'cordon.people',
    'people.contacts.view': 'cordon.contacts',
    'people.contacts.user': 'cordon_notice',
    'people.contacts.name': 'name',
    'people.contacts.contact': 'email',
    'people.contacts.jurisdiction': 'state',
    'people.contacts.elements': 'held',
  }
  const settings = Object.entries(wanted).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  const see = ['password=file:cordon_see', 'contactsPassword=file:cordon_notice'].flatMap((text) => [
    '--see',
    text.replace('file:', `file:${scratch}/`),
  ])
  await must(cordon.admin, 'source', 'add', source, '--connector', 'postgres', ...settings, ...see)
  const { authority } = await cordon.admin.api.call('source.check', { params: { source } })
  ada = await cordon.person('ada', ['responder', 'approver'])
  bob = await cordon.person('bob', ['approver'])
  for (const person of [ada, bob]) {
    await must(person, 'approver', 'enroll')
    const { loosenings } = await ada.api.call('loosening.list')
    for (const { id } of loosenings) await must(cordon.admin, 'loosening', 'consent', id)
  }
  const trigger = entityId('identity', authority, `role/${Number(rows[0]?.oid)}`)
  const end = performance.now() + 60_000
  for (;;) {
    const { exposure } = await ada.api.call('recall', {
      body: { trigger: { kind: 'identity', identity: trigger }, window: { fromMs: Date.now() - 3_600_000 } },
    })
    if (exposure.impact.people.couldReach.atMost === peopleTotal) break
    if (performance.now() > end) throw new Error(`people never came: ${cordon.diagnostics()}`)
    await new Promise((done) => setTimeout(done, 250))
  }
  incident = JSON.parse(await must(ada, 'incident', 'open', trigger, '--since', '1h', '--json')).id
})
after(async () => {
  await cordon?.stop()
  await cluster?.stop()
  cordon?.remove()
  rmSync(scratch, { recursive: true, force: true })
})

async function must(person: Person, ...args: string[]): Promise<string> {
  const { code, out, err } = await person.cli(...args)
  assert.equal(code, 0, `cordon ${args.join(' ')}: ${code} ${err}${out}`)
  return out
}
const ask = (person: Person, ...more: string[]) =>
  person.cli('impact', 'export', incident, '--people', '--set', 'reached', ...more)

test('one person alone is told nobody, however often they ask', async () => {
  for (let times = 0; times < 2; times++) {
    const { code, out } = await ask(ada)
    assert.equal(code, 1, out)
    assert.match(out, /cordon impact approve inc_\w+ --for ada --set reached/)
    assert.ok(!planted.some((word) => out.includes(word)))
  }
  const direct = ada.api.call('people.export', { params: { incident }, body: { people: 'couldReach' } })
  await assert.rejects(direct, { code: 'ERR_APPROVAL_MISSING' })
})

test('with a second signature: name, contact, state, elements and counts, once, in a file of mode 0600', async () => {
  const root = await cluster.superuser()
  await root.query('delete from payouts where person = 7; delete from people where id = 7')
  await must(bob, 'impact', 'approve', incident, '--for', 'ada', '--set', 'reached')
  const other = await bob.cli('impact', 'export', incident, '--people', '--set', 'reached')
  assert.equal(other.code, 1, 'a consent for ada is none for bob')
  const file = join(scratch, 'people.json')
  writeFileSync(file, 'mine')
  assert.equal((await ask(ada, '--out', file)).code, 2, 'a file that is there is kept, and so are the signatures')
  assert.equal(readFileSync(file, 'utf8'), 'mine')
  rmSync(file)
  const { code, out, err } = await ask(ada, '--out', file)
  assert.equal(code, 1, `one is no longer there: ${err}`)
  assert.equal(out, '')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const said = JSON.parse(readFileSync(file, 'utf8'))
  const { rows } = await root.query<{ person: string; name: string; email: string; state: string; held: boolean }>(
    `select id::text as person, name, email, state, exists (select from payouts where person = id) as held from people order by id`,
  )
  const byKey = (a: { key: string }, b: { key: string }) => Number(a.key) - Number(b.key)
  type Said = { person: string; name: string; contact: string; jurisdiction: string; elements: string[] }
  assert.deepEqual(
    said.persons
      .map((one: Said) => ({ ...one, person: undefined, key: one.person.split(':').at(-1) ?? '' }))
      .toSorted(byKey),
    rows.map(({ person, name, email, state, held }) => ({
      person: undefined,
      key: person,
      name,
      contact: email,
      jurisdiction: state,
      elements: [...(held ? ['bank account'] : []), 'email', 'name', 'state'],
    })),
  )
  assert.equal(said.missing.length, 1)
  assert.match(said.missing[0], /:7$/)
  const counts = await root.query<{ state: string; n: number }>(
    'select state, count(*)::int4 as n from people group by state',
  )
  await root.end()
  assert.deepEqual(
    said.jurisdictions.toSorted((a: { jurisdiction: string }, b: { jurisdiction: string }) =>
      a.jurisdiction < b.jurisdiction ? -1 : 1,
    ),
    counts.rows
      .map(({ state, n }) => ({ jurisdiction: state, people: n }))
      .toSorted((a, b) => (a.jurisdiction < b.jurisdiction ? -1 : 1)),
  )
  assert.equal((await ask(ada)).code, 1, 'the signatures are used up')
})

test('the ledger has who asked under seal and counts in the open; nobody is anywhere else', async () => {
  const listed = JSON.parse(await must(ada, 'ledger', 'list', '--data', cordon.data, '--max', '200', '--json'))
  type Leaf = { what: string; facts: Record<string, unknown> }
  const of = (what: string): Leaf | undefined => listed.receipts.find((leaf: Leaf) => leaf.what === what)
  assert.deepEqual(
    [of('people.export-begun')?.facts['persons'], of('people.exported')?.facts['named']],
    [peopleTotal, peopleTotal - 1],
  )
  assert.equal(of('people.exported')?.facts['missing'], 1)
  const kept = readdirSync(cordon.data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'))
  assert.ok(kept.length > 3, 'there is something to look through')
  for (const word of planted) {
    assert.ok(!kept.some((bytes) => bytes.includes(word)), `${word} was kept`)
    assert.ok(!cordon.diagnostics().includes(word), `${word} was logged`)
  }
})
