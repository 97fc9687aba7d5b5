import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Json } from '#kit'
import type { EdgeStatement, Normalized } from '#model'
import { validateOcsf } from '#model/ocsf'

import { normalize } from './normalize.ts'

const authority = '7000000000000000001'
const at = 1_795_197_926_349
const startMs = 1_795_197_926_000
const say = (stream: string, raw: Json): Normalized => {
  const out = normalize({ stream, raw, eventAtMs: at, arrivedAtMs: at + 900, source: 'src_test', authority })
  assert.deepEqual(out.ocsf.flatMap(validateOcsf), [])
  return out
}
const part = (rows: Json, complete = true): Json => ({
  snapshot: { id: 'i-1', part: 0, complete, takenAtMs: at },
  rows,
})
const words = ({ src, type, dst, op, conditional }: EdgeStatement): string =>
  `${op} ${src.replace(`:${authority}:`, ' ')} ${type} ${dst.replace(`:${authority}:`, ' ')}${conditional === true ? ' ?' : ''}`

const line = (kind: string, resolved: Record<string, Json>, more: Record<string, Json> = {}): Json => ({
  kind,
  timestamp: '2026-11-20 18:05:26.349 UTC',
  user: 'app',
  dbname: 'postgres',
  pid: 11_076,
  remote_host: '192.0.2.7',
  remote_port: 37_592,
  session_id: '6b008be6.2b44',
  line_num: 7,
  ps: 'SELECT',
  error_severity: 'LOG',
  state_code: null,
  message: '',
  statement: null,
  application_name: 'psql',
  audit: null,
  resolved: {
    startMs,
    roleOid: 20_001,
    databaseOid: 5,
    touches: [],
    unknownRead: null,
    created: [],
    altered: [],
    dropped: [],
    granted: [],
    revoked: [],
    setsPassword: false,
    ...resolved,
  },
  ...more,
})
const audit = (group: string, command: string): Json => ({
  type: 'SESSION',
  id: '4,1',
  class: group,
  command,
  objectType: '',
  object: '',
  rows: 0,
})

test('a login opens a session of its password, and its end closes it', () => {
  const opened = say('log', line('connected', {}))
  const session = `credential session/11076.${startMs}`
  assert.deepEqual(opened.edges.map(words), [
    `open credential role/20001/password DERIVES ${session}`,
    `open ${session} AUTHENTICATES_AS identity role/20001`,
  ])
  assert.deepEqual(
    opened.touches.map(({ verb, origin }) => [verb, origin]),
    [['login', '192.0.2.7']],
  )
  assert.equal(opened.ocsf[0]?.class_uid, 3002)
  assert.deepEqual(
    say('log', line('disconnected', {})).edges.map(words),
    opened.edges.map(words).map((text) => text.replace('open', 'close')),
  )
})

test('a role made by a session descends from it, password and memberships too', () => {
  const made = {
    name: 'backup_svc',
    oid: 20_009,
    canLogin: true,
    memberOf: [
      [20_001, true],
      [20_002, false],
    ] as [number, boolean][],
  }
  const { edges, ocsf } = say(
    'log',
    line('audit', { created: [made], setsPassword: true }, { audit: audit('ROLE', 'CREATE ROLE') }),
  )
  const session = `credential session/11076.${startMs}`
  assert.deepEqual(edges.map(words), [
    `open ${session} CREATED identity role/20009`,
    'open identity role/20001 CREATED identity role/20009',
    `open ${session} CREATED credential role/20009/password`,
    'open identity role/20001 CREATED credential role/20009/password',
    'open credential role/20009/password AUTHENTICATES_AS identity role/20009',
    'open identity role/20009 MEMBER_OF identity role/20001',
    'open identity role/20009 ASSUMES identity role/20002',
  ])
  assert.deepEqual(
    ocsf.map(({ class_uid, activity_id }) => [class_uid, activity_id]),
    [[3001, 1]],
  )
})

test('a new password for another role is a credential the session made', () => {
  const altered = { name: 'payroll', oid: 20_005, canLogin: true, memberOf: [] }
  const { edges } = say(
    'log',
    line('audit', { altered: [altered], setsPassword: true }, { audit: audit('ROLE', 'ALTER ROLE') }),
  )
  assert.ok(edges.map(words).includes('open identity role/20001 CREATED credential role/20005/password'))
})

test('rows are what the source allows, and a read of something unknown touches the database', () => {
  const touches = [{ name: '', oid: 40_001, verb: 'read', rows: 20 }]
  const fetched = say('log', line('audit', { touches }, { audit: audit('MISC', 'FETCH') }))
  assert.deepEqual(
    fetched.touches.map(({ resource, records }) => [resource, records]),
    [[`resource:${authority}:db/5/rel/40001`, 20]],
  )
  const blind = say('log', line('disconnected', { unknownRead: { rows: null } }))
  assert.deepEqual(
    blind.touches.map(({ resource, records }) => [resource, records]),
    [[`resource:${authority}:db/5`, null]],
  )
})

const role = (oid: number, name: string, more: Record<string, Json> = {}): Json => ({
  oid,
  name,
  super: false,
  inherit: true,
  createRole: false,
  createDb: false,
  canLogin: true,
  replication: false,
  bypassRls: false,
  connLimit: -1,
  validUntilMs: null,
  ...more,
})

test('a password that has run out signs nobody in, and until clocks agree it counts as good', () => {
  const roles = [
    role(20_001, 'app', { validUntilMs: at - 300_001 }),
    role(20_002, 'late', { validUntilMs: at - 300_000 }),
    role(20_003, 'reader', { validUntilMs: at + 1 }),
  ]
  const out = say(
    'inventory',
    part({ kind: 'roles', version: 160_000, own: [], roles, memberships: [], databases: [] }),
  )
  assert.deepEqual(
    out.edges.filter(({ type }) => type === 'AUTHENTICATES_AS').map(words),
    [20_002, 20_003].map((oid) => `open credential role/${oid}/password AUTHENTICATES_AS identity role/${oid}`),
  )
  const told = out.facts.find(({ entity }) => entity.endsWith('role/20001/password'))
  assert.equal(told?.attributes['expiresAtMs'], at - 300_001, 'it is still known')
})

test('before 16 CREATEROLE can become every role but a superuser, and the inventory says so once', () => {
  const roles = [
    role(10, 'postgres', { super: true }),
    role(20_001, 'app', { createRole: true }),
    role(20_002, 'staff', { canLogin: false }),
  ]
  const rows = {
    kind: 'roles',
    own: ['app'],
    roles,
    memberships: [],
    databases: [{ oid: 5, name: 'postgres', owner: 10, allowsConnections: true, canConnect: true }],
  }
  const of = (version: number) => say('inventory', part({ ...rows, version })).edges.map(words)
  const reach = of(150_018)
  assert.ok(reach.includes('open identity role/20001 ASSUMES identity roles/below-superuser'))
  assert.ok(reach.includes('open identity roles/below-superuser ASSUMES identity role/20002'))
  assert.ok(!reach.includes('open identity roles/below-superuser ASSUMES identity role/10'))
  assert.ok(reach.includes('open identity role/10 CAN_READ resource db/5'))
  assert.ok(
    !reach.includes('open credential role/20002/password AUTHENTICATES_AS identity role/20002'),
    'it cannot log in',
  )
  assert.ok(!of(160_000).some((text) => text.includes('below-superuser')))
})

test('what cannot be read is counted as debt, not guessed', () => {
  assert.equal(say('log', { kind: 'too-long', inode: '1', offset: 0 }).unmapped, 'postgres.log.too-long')
  assert.equal(say('inventory', { rows: {} }).unmapped, 'postgres.inventory')
  assert.equal(say('log', line('forged', {})).unmapped, 'postgres.log.forged')
})

test('a refusal names whom it refused and which relations, and nothing where either is not known', () => {
  const refused = (resolved: Record<string, Json>) =>
    say('log', line('fault', resolved, { state_code: '42501' })).refusals
  const id = (rest: string) => `${rest.startsWith('role') ? 'identity' : 'resource'}:${authority}:${rest}`
  assert.deepEqual(refused({ refused: [7, 9] }), [
    { identity: id('role/20001'), resource: id('db/5/rel/7'), atMs: at },
    { identity: id('role/20001'), resource: id('db/5/rel/9'), atMs: at },
  ])
  for (const unknown of [{}, { refused: [7], roleOid: null }, { refused: [7], databaseOid: null }])
    assert.equal(refused(unknown), undefined)
})
