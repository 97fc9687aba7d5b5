import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { nativeOf, type EntityFact } from '#model'

import { decidingRule, type HbaRow } from './hba.ts'
import { normalize } from './normalize.ts'
import { addressIn, readAddress, readNetwork, writeNetwork } from './networks.ts'

const authority = '7000000000000000001'
const rule = (words: string, more: Partial<HbaRow> = {}): HbaRow => {
  const [type = '', databases = '', users = '', address = '', mask = '', method = ''] = words.split(' ')
  const split = (list: string): string[] => list.split(',')
  return {
    line: 1,
    type,
    databases: split(databases),
    users: split(users),
    address,
    mask: mask === '-' ? null : mask,
    method,
    clientCert: false,
    isBroken: false,
    ...more,
  }
}
const role = (oid: number, name: string, canLogin = true) => ({
  oid,
  name,
  super: false,
  inherit: false,
  createRole: false,
  createDb: false,
  canLogin,
  replication: false,
  bypassRls: false,
  connLimit: -1,
  validUntilMs: null,
})
const roles = [role(100, 'app'), role(101, 'report'), role(102, 'readers', false)]
const memberships = [{ role: 102, member: 101, admin: false, inherits: false, sets: false }]
const databases = ['shop', 'other'].map((name, n) => ({
  oid: 200 + n,
  name,
  owner: 10,
  allowsConnections: true,
  canConnect: true,
}))
const stated = (rules: readonly HbaRow[], tls = true) =>
  normalize({
    stream: 'sign-in',
    raw: {
      snapshot: { id: 's', part: 0, complete: true, takenAtMs: 5 },
      rows: { kind: 'sign-in', rules: rules.map((one) => ({ ...one })), tls, roles, memberships, databases },
    },
    eventAtMs: 5,
    arrivedAtMs: 5,
    source: 's',
    authority,
  })
const factsOf = (facts: readonly EntityFact[], native: string): EntityFact['attributes'] =>
  Object.assign({}, ...facts.filter(({ entity }) => nativeOf(entity) === native).map(({ attributes }) => attributes))

test('networks are read, written and held against addresses as they stand', () => {
  for (const [address, mask, text] of [
    ['10.1.2.3', '255.0.0.0', '10.0.0.0/8'],
    ['0.0.0.0', '0.0.0.0', '0.0.0.0/0'],
    ['198.51.100.7', '255.255.255.255', '198.51.100.7/32'],
    ['2001:db8::', 'ffff:ffff::', '2001:db8:0:0:0:0:0:0/32'],
    ['::', '::', '0:0:0:0:0:0:0:0/0'],
  ] as const) {
    const network = readNetwork(address, mask)
    assert.ok(network)
    assert.equal(writeNetwork(network), text)
  }
  assert.equal(readNetwork('10.0.0.0', '255.0.255.0'), undefined)
  assert.equal(readNetwork('10.0.0.0', 'ffff::'), undefined)
  const [wide, low, high] = ['0.0.0.0 0.0.0.0', '0.0.0.0 128.0.0.0', '128.0.0.0 128.0.0.0'].map((one) => {
    const [address = '', mask = ''] = one.split(' ')
    return readNetwork(address, mask)
  })
  assert.ok(wide && low && high)
  assert.deepEqual(addressIn(wide, [wide, low]), readAddress('128.0.0.0'))
  assert.equal(addressIn(wide, [wide, low, high]), undefined, 'the two halves leave nothing of it')
})

test('of each login it is told from where it comes and by what, the first rule that matches deciding', () => {
  const { facts } = stated([
    rule('host all report 10.0.0.0 255.0.0.0 reject'),
    rule('host shop +readers 192.0.2.0 255.255.255.0 md5'),
    rule('hostssl all all 0.0.0.0 0.0.0.0 scram-sha-256'),
    rule('host all all 127.0.0.1 255.255.255.255 trust'),
  ])
  assert.equal(
    factsOf(facts, 'role/100')['comesBy'],
    '0.0.0.0/0 scram-sha-256 (TLS); 10.0.0.0/8 scram-sha-256 (TLS); 192.0.2.0/24 scram-sha-256 (TLS)',
  )
  assert.equal(
    factsOf(facts, 'role/101')['comesBy'],
    '0.0.0.0/0 scram-sha-256 (TLS); 192.0.2.0/24 md5; 192.0.2.0/24 scram-sha-256 (TLS)',
  )
  assert.equal(factsOf(facts, 'role/102')['comesBy'], undefined)
  assert.deepEqual(
    ['0.0.0.0/0', '10.0.0.0/8'].map((text) => factsOf(facts, `hba-network/${text}`)['where']),
    ['anyone', 'own'],
  )
})

test('without TLS at the server its rules let nobody in; a file with an error tells nothing', () => {
  const ssl = rule('hostssl all all 0.0.0.0 0.0.0.0 trust')
  assert.equal(factsOf(stated([ssl], false).facts, 'hba/0')['clients'], '')
  assert.equal(factsOf(stated([ssl]).facts, 'hba/0')['clients'], 'tls')
  const broken = factsOf(stated([ssl, rule('host x x x x x', { isBroken: true })]).facts, 'hba/1')
  assert.deepEqual([broken['order'], broken['outsider'], broken['asksMost']], [-1, 'untold', 'refused'])
})

test('what was not read takes back what was told before', () => {
  const out = normalize({
    stream: 'sign-in',
    raw: { snapshot: { id: 's', part: 0, complete: true, takenAtMs: 5 }, rows: { kind: 'unseen', databases: [] } },
    eventAtMs: 5,
    arrivedAtMs: 5,
    source: 's',
    authority,
  })
  assert.deepEqual([out.edges, out.facts, out.snapshot?.complete], [[], [], true])
})

test('an address that a narrower network holds is never taken for the wider one’s', () => {
  const network = fc
    .record({ value: fc.integer({ min: 0, max: 255 }), bits: fc.integer({ min: 0, max: 8 }) })
    .map(({ value, bits }) => readNetwork(`0.0.0.${value}`, `255.255.255.${256 - 2 ** (8 - bits)}`.replace('256', '0')))
  fc.assert(
    fc.property(fc.array(network, { minLength: 1, maxLength: 6 }), (drawn) => {
      const all = drawn.filter((one) => one !== undefined)
      for (const one of all) {
        const size = (of: typeof one): bigint => of.end - of.start
        const narrower = all.filter((other) => size(other) < size(one))
        const free = Array.from({ length: Number(size(one)) + 1 }, (_, n) => one.start + BigInt(n)).filter((at) =>
          narrower.every(({ start, end }) => at < start || at > end),
        )
        const found = addressIn(one, all)
        assert.equal(found === undefined, free.length === 0)
        if (found !== undefined) assert.ok(free.includes(found.value))
      }
    }),
    { numRuns: 200 },
  )
})

test('a pattern leaves open which rule decides', () => {
  const any = rule('host all all 0.0.0.0 0.0.0.0 trust')
  const one = {
    role: { name: 'app', groups: new Set(['app']) },
    database: 'shop',
    tls: false,
    address: readAddress('192.0.2.1') ?? null,
  }
  assert.equal(decidingRule([rule('host all /^a 0.0.0.0 0.0.0.0 reject'), any], one), 'perhaps')
  assert.equal(decidingRule([rule('host sameuser all 0.0.0.0 0.0.0.0 reject'), any], one), 'perhaps')
  assert.equal(decidingRule([rule('host replication all 0.0.0.0 0.0.0.0 reject'), any], one), any)
  assert.equal(decidingRule([rule('hostgssenc all all 0.0.0.0 0.0.0.0 reject'), any], one), any)
})
