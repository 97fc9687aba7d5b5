import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'

import { seededInt, seededRandom } from '#kit'
import { pullStream } from '#sources'
import type { Page } from '#sources/contract'
import { postgres } from '#connectors/postgres'

import type { Query } from '../../src/connectors/postgres/client.ts'
import { decidingRule, type HbaRow } from '../../src/connectors/postgres/hba.ts'
import { readAddress, readNetwork } from '../../src/connectors/postgres/networks.ts'
import { membershipsOf } from '../../src/connectors/postgres/normalize-sign-in.ts'
import { signInPart as partShape } from '../../src/connectors/postgres/rows.ts'
import { signIn, signInPart } from '../../src/connectors/postgres/sign-in.ts'
import { pullContext } from './postgres-lab.ts'
import { postgres15, postgres18, startCluster, unlessInstalled, type Cluster } from './postgres-cluster.ts'

// The oracle is the server: what it answers to somebody who comes from an address of a rule's network, before they have
// shown a password.
const filesTotal = Number(process.env['FILES'] ?? 25)
const firstSeed = Number(process.env['SEED'] ?? 1)
const rulesTotal = 12
const quiet = { 'pgaudit.log': 'none', log_connections: 'off', log_disconnections: 'off' }
const password = 'EXAMPLE-see'
const logins = ['app', 'report', 'nobody'] as const
const databases = ['postgres', 'shop'] as const

/** What the server says first: that it asks for this, that they are in, or that a rule, or none, lets them. */
type Answer = 'in' | 'clear' | 'scram' | 'rejected' | 'no rule' | 'ident'
const answers: Readonly<Record<string, Answer>> = {
  trust: 'in',
  password: 'clear',
  // A password that is kept for SCRAM is asked for by SCRAM.
  md5: 'scram',
  'scram-sha-256': 'scram',
  reject: 'rejected',
  ident: 'ident',
}

function ask(port: number, from: string, user: string, database: string): Promise<{ answer?: Answer; says: string }> {
  return new Promise((settle, fail) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: from })
    socket.setTimeout(5_000, () => fail(new Error(`no answer to ${user} from ${from}`)))
    socket.once('error', fail)
    socket.once('connect', () => {
      const words = Buffer.from(['user', user, 'database', database, '', ''].join('\0'))
      const head = Buffer.alloc(8)
      head.writeInt32BE(8 + words.length, 0)
      head.writeInt32BE(196_608, 4)
      socket.write(Buffer.concat([head, words]))
    })
    socket.once('data', (data) => {
      socket.destroy()
      const says = data.toString('utf8')
      const code = says.startsWith('R') ? data.readInt32BE(5) : undefined
      const answer: Answer | undefined =
        code === 0
          ? 'in'
          : code === 3
            ? 'clear'
            : code === 10
              ? 'scram'
              : refusals.find(([words]) => says.includes(words))?.[1]
      settle({ ...(answer === undefined ? {} : { answer }), says })
    })
  })
}
const refusals = [
  ['pg_hba.conf rejects', 'rejected'],
  ['no pg_hba.conf entry', 'no rule'],
  ['Ident authentication failed', 'ident'],
] as const

/** Rules for pieces of 127.0.0.0/24, and for all of it; of the words that mean something else among them a few. */
function drawRules(seed: number): string[] {
  const unit = seededRandom(seed)
  const pick = (from: readonly string[]): string => from[seededInt(unit, from.length)] ?? ''
  return Array.from({ length: rulesTotal }, () => {
    const bits = 24 + seededInt(unit, 9)
    const network = `127.0.0.${seededInt(unit, 256)}/${bits}`
    return [
      pick(['host', 'host', 'hostnossl', 'hostssl', 'hostnogssenc', 'local']),
      pick(['all', 'all', 'shop', 'postgres', 'shop,postgres', 'replication', 'sameuser']),
      pick(['all', 'app', 'report', '+readers', '+deep', 'app,+deep', 'nobody']),
      network,
      pick(Object.keys(answers)),
    ]
      .filter((_, at, [type]) => type !== 'local' || at !== 3)
      .join(' ')
      .replace(/^(local .*) ident$/, '$1 peer')
  })
}

async function load(cluster: Cluster, query: Query, rules: readonly string[], n: number): Promise<void> {
  const lines = [
    'host all postgres,cordon_see 127.0.0.1/32 scram-sha-256',
    `host all heard_${n} 127.0.0.1/32 trust`,
    ...rules,
  ]
  await writeFile(join(dirname(cluster.logs), 'pg_hba.conf'), `${lines.join('\n')}\n`)
  await query('select pg_reload_conf()')
  // Read anew once it knows of a login by this file alone.
  for (let tries = 0; tries < 200; tries++) {
    const { says } = await ask(cluster.port, '127.0.0.1', `heard_${n}`, 'postgres')
    if (says.includes('does not exist')) return
    await new Promise((done) => setTimeout(done, 10))
  }
  assert.fail('the server did not read its rules anew')
}

const live = (bin: string) => async (t: TestContext) => {
  const cluster = await startCluster(bin === postgres15 ? quiet : {}, bin)
  t.after(() => cluster.stop())
  const owner = await cluster.superuser()
  await owner.query(`
    create role cordon_see login password '${password}' in role pg_monitor;
    create role readers; create role deep; grant deep to readers;
    create role app login password 'EXAMPLE-app'; create role report login noinherit password 'EXAMPLE-report' in role readers;
    create role nobody login password 'EXAMPLE-nobody';`)
  await owner.query('create database shop')
  const see = await cluster.client('cordon_see', password)
  const query: Query = async (sql, values) => (await see.query(sql, [...(values ?? [])])).rows
  const asOwner: Query = async (sql) => (await owner.query(sql)).rows

  const config = postgres.config.parse({ host: cluster.host, port: cluster.port, user: 'cordon_see', ssl: 'disable' })
  const pulled = async () => {
    const context = { ...pullContext(config), see: { password } }
    const pages: Page[] = []
    for await (const page of pullStream(signIn)?.(context, null) ?? []) pages.push(page)
    return pages
  }
  const [unread] = await pulled()
  assert.deepEqual(
    unread?.blind?.map(({ of }) => of),
    ['sign-in'],
    'without the grants it says what it does not tell',
  )
  await owner.query('grant select on pg_hba_file_rules to cordon_see')
  await owner.query('grant execute on function pg_hba_file_rules() to cordon_see')
  const [read] = await pulled()
  assert.deepEqual(read?.blind, [])

  const met = new Map<string, number>()
  let perhaps = 0
  for (let n = 0; n < filesTotal; n++) {
    await load(cluster, asOwner, drawRules(firstSeed + n), n)
    const part = partShape.parse(await signInPart(query))
    assert.ok(part.kind === 'sign-in' && part.rules.length === rulesTotal + 2)
    const groupsOf = membershipsOf(part.roles, part.memberships)
    const oids = new Map(part.roles.map(({ oid, name }) => [name, oid]))
    for (const rule of part.rules) {
      const from = addressFor(rule, firstSeed + n)
      for (const user of logins) {
        for (const database of databases) {
          const tried = decidingRule(part.rules, {
            role: { name: user, groups: groupsOf(oids.get(user) ?? 0) },
            database,
            address: readAddress(from) ?? null,
            tls: false,
          })
          if (tried === 'perhaps') {
            perhaps++
            continue
          }
          const said = tried === undefined ? 'no rule' : answers[tried.method ?? '']
          const { answer, says } = await ask(cluster.port, from, user, database)
          assert.equal(answer, said, `${user} to ${database} from ${from}: ${says} ${JSON.stringify(part.rules)}`)
          met.set(said ?? '', (met.get(said ?? '') ?? 0) + 1)
        }
      }
    }
  }
  const words = [...met].map(([answer, count]) => `${answer} ${count}`).join(', ')
  t.diagnostic(`${filesTotal} files of ${rulesTotal} rules: ${words}; not told ${perhaps}`)
  assert.deepEqual([...met.keys()].sort(), ['clear', 'ident', 'in', 'no rule', 'rejected', 'scram'])
}

/** One in its network; of rules for the socket any. */
function addressFor({ address, mask }: HbaRow, seed: number): string {
  const network = readNetwork(address ?? '', mask ?? '')
  if (network === undefined) return '127.0.0.9'
  const size = Number(network.end - network.start) + 1
  const at = network.start + BigInt(seededInt(seededRandom(seed), size))
  return `127.0.0.${Number(at & 255n)}`.replace(/^127\.0\.0\.0$/, '127.0.0.2')
}

suite('each rule of pg_hba.conf against the server', () => {
  test('15', { skip: unlessInstalled(postgres15) }, live(postgres15))
  test('18', { skip: unlessInstalled(postgres18) }, live(postgres18))
})
