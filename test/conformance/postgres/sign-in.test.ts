import assert from 'node:assert/strict'
import { test } from 'node:test'

import { seededInt, seededRandom } from '#kit'
import { authorityOf, defaultTenant, entityId, type EntityId } from '#model'
import { createMemoryEstate } from '#estate'
import { gapsIn } from '#trim'
import { postgres } from '#connectors/postgres'

import { asksOf, decidingRule, type HbaRow } from '../../../src/connectors/postgres/hba.ts'
import { roleId, relationId, databaseId } from '../../../src/connectors/postgres/ids.ts'
import { isWithin, readAddress, readNetwork } from '../../../src/connectors/postgres/networks.ts'
import { makeStatements } from '../../simulation/statements.ts'

// What is said of each login against a plain look at every address where rules part, by the rule that decides there. That
// this rule decides at the server is held by test/systems/postgres-sign-in.system.test.ts.
const authority = '7000000000000000001'
const nowMs = 20_000 * 86_400_000
const logins = ['app', 'report', 'etl'].map((name, n) => ({ name, oid: 100 + n }))
const databases = ['shop', 'other'].map((name, n) => ({ name, oid: 200 + n }))
const table = relationId(authority, 200, 300)
const networks = [
  '10.0.0.0/255.0.0.0',
  '10.1.0.0/255.255.0.0',
  '203.0.113.0/255.255.255.0',
  '0.0.0.0/0.0.0.0',
  '0.0.0.0/128.0.0.0',
  '128.0.0.0/128.0.0.0',
  '::/::',
  '127.0.0.1/255.255.255.255',
]
const methods = ['trust', 'reject', 'scram-sha-256', 'md5', 'cert', 'radius', 'ident']

function draw(seed: number): HbaRow[] {
  const unit = seededRandom(seed)
  const pick = (from: readonly string[]): string => from[seededInt(unit, from.length)] ?? ''
  return Array.from({ length: 1 + seededInt(unit, 6) }, (_, line) => {
    const [address = '', mask = ''] = pick(networks).split('/')
    return {
      line,
      type: pick(['host', 'host', 'hostssl', 'hostnossl']),
      databases: [pick(['all', 'all', 'shop', 'other', 'replication'])],
      users: [pick(['all', 'app', 'report', '+group', '/^x'])],
      address,
      mask,
      method: pick(methods),
      clientCert: seededInt(unit, 8) === 0,
      isBroken: seededInt(unit, 30) === 0,
    }
  })
}

/** Somebody in none of the networks that are narrower than 10.0.0.0/8, nor on the server itself. */
function addressesOf(rules: readonly HbaRow[]): { outside: string[]; own: string[] } {
  const own = rules
    .flatMap(({ address, mask }) => readNetwork(address ?? '', mask ?? '') ?? [])
    .filter(({ family, start, end }) => end - start < (family === 4 ? 2n ** 24n : 2n ** 112n))
  const tried = [
    '9.255.255.255',
    '10.0.0.1',
    '10.1.0.1',
    '11.0.0.1',
    '127.0.0.2',
    '127.255.0.1',
    '128.0.0.1',
    '203.0.113.9',
    '203.0.114.1',
    '2001:db8::1',
  ]
  const at = (text: string) => readAddress(text) ?? assert.fail(text)
  const isOwn = (text: string): boolean => own.some((one) => isWithin(at(text), one))
  return {
    outside: tried.filter((one) => !isOwn(one)),
    own: tried.filter((one) => isOwn(one) && !one.startsWith('127')),
  }
}

type Said = 'open' | 'held' | 'untold'
function byHand(rules: readonly HbaRow[], name: string, kind: 'factor' | 'condition'): Said {
  const { outside, own } = addressesOf(rules)
  const groups = new Set([name, ...(name === 'report' ? ['group'] : [])])
  const order = ['nothing', 'password', 'factor', 'refused']
  const enough = kind === 'factor' ? 1 : 3
  let said: Said = 'held'
  if (rules.some(({ isBroken }) => isBroken)) return 'untold'
  for (const address of kind === 'factor' ? [...outside, ...own] : outside) {
    for (const tls of [true, false]) {
      const tried = { role: { name, groups }, database: 'shop', address: readAddress(address) ?? null, tls }
      const asked = askedBy(rules, tried)
      if (order.indexOf(asked.most) < enough) return 'open'
      if (order.indexOf(asked.least) < enough) said = 'untold'
    }
  }
  return said
}

/** Of every rule that may be the one. */
function askedBy(rules: readonly HbaRow[], tried: Parameters<typeof decidingRule>[1]) {
  const order = ['nothing', 'password', 'factor', 'refused'] as const
  const levels: number[] = []
  for (const [at] of rules.entries()) {
    const alone = decidingRule(rules.slice(at, at + 1), tried)
    if (alone === undefined) continue
    const rule = rules[at]
    assert.ok(rule)
    const { least, most } = asksOf(rule)
    levels.push(order.indexOf(least), order.indexOf(most))
    if (alone !== 'perhaps') return between(levels)
  }
  return between([...levels, 3])
  function between(of: readonly number[]) {
    return { least: order[Math.min(...of)] ?? 'nothing', most: order[Math.max(...of)] ?? 'nothing' }
  }
}

async function said(rules: readonly HbaRow[], kind: 'factor' | 'condition'): Promise<Map<string, Said>> {
  const flags = {
    super: false,
    inherit: true,
    createRole: false,
    createDb: false,
    replication: false,
    bypassRls: false,
  }
  const role = (name: string, oid: number, canLogin: boolean) => ({
    name,
    oid,
    canLogin,
    connLimit: -1,
    validUntilMs: null,
    ...flags,
  })
  const rows = {
    kind: 'sign-in',
    rules: rules.map((one) => ({ ...one })),
    tls: true,
    roles: [...logins.map(({ name, oid }) => role(name, oid, true)), role('group', 150, false)],
    memberships: [{ role: 150, member: 101, admin: false, inherits: false, sets: false }],
    databases: databases.map((one) => ({ ...one, owner: 10, allowsConnections: true, canConnect: true })),
  }
  const snapshot = { id: 's', part: 0, complete: true, takenAtMs: nowMs }
  const { edges, facts } = postgres.normalize({
    stream: 'sign-in',
    raw: { snapshot, rows },
    eventAtMs: nowMs,
    arrivedAtMs: nowMs,
    source: 's',
    authority,
  })
  const { edge, fact } = makeStatements(nowMs)
  const named = new Map<EntityId, string>(logins.map(({ name, oid }) => [roleId(authority, oid), name]))
  const view = createMemoryEstate({
    edges: [
      ...edges.map(({ src, type, dst }) => edge(src, type, dst)),
      edge(databaseId(authority, 200), 'CONTAINS', table),
      ...[...named.keys()].map((one) => edge(one, 'CAN_READ', table)),
    ],
    facts: [...facts, ...[...named].map(([one, name]) => fact(one, { kind: 'role', name, canLogin: true }))],
    people: [{ resource: table, persons: [{ person: entityId('person', 'hr', '1'), customer: null }] }],
  })
  const one = async (spared: EntityId[]) =>
    gapsIn(view, {
      tenant: defaultTenant,
      atMs: nowMs,
      windowMs: 86_400_000,
      horizonMs: 86_400_000,
      tells: new Map(),
      spared: new Set(spared),
      withPartly: false,
      conditionsTold: new Set(),
      rulesDecide: new Set([authorityOf(table)]),
      rulesTold: new Set([authorityOf(table)]),
      changesMax: 50,
      kind,
    })
  const out = new Map<string, Said>()
  for (const [id, name] of named) {
    const { found, untold } = await one([...named.keys()].filter((other) => other !== id))
    out.set(name, found > 0 ? 'open' : untold.length > 0 ? 'untold' : 'held')
  }
  return out
}

test('each login’s gap is what the rules that decide leave open, address by address', async () => {
  const met = new Map<string, number>()
  for (let seed = 1; seed <= 60; seed++) {
    const rules = draw(seed)
    for (const kind of ['factor', 'condition'] as const) {
      for (const [name, what] of await said(rules, kind)) {
        assert.equal(what, byHand(rules, name, kind), `${seed} ${kind} ${name} ${JSON.stringify(rules)}`)
        met.set(what, (met.get(what) ?? 0) + 1)
      }
    }
  }
  for (const what of ['open', 'held', 'untold']) assert.ok((met.get(what) ?? 0) > 20, JSON.stringify([...met]))
})
