import assert from 'node:assert/strict'
import { test } from 'node:test'

import { oids } from './ids.ts'
import { grantsOn } from './grants.ts'
import { sourcesShown } from './needs.ts'
import { hasSchemaUsage, hasTablePrivilege, roleGraph, rowSecurityApplies } from './rights.ts'
import { roleFlags, type MembershipRow, type RelationRow, type SchemaRow } from './rows.ts'
import { statedMemberships } from './stated-memberships.ts'

const [owner, staff, ann, bob, root] = [20_001, 20_002, 20_003, 20_004, 10]
const member = (who: number, of: number, inherits = true): MembershipRow => ({
  member: who,
  role: of,
  inherits,
  sets: true,
  admin: false,
})
const plain = [owner, staff, ann, bob].map((oid) => [oid, roleFlags.inherit] as const)
const schema = (acl: [number, string][]): SchemaRow => ({ oid: 30_000, name: 's', owner: root, acl })
const table = (more: Partial<RelationRow> = {}): RelationRow => ({
  oid: 40_000,
  schema: 30_000,
  name: 't',
  kind: 'r',
  owner,
  rowSecurity: false,
  forceRowSecurity: false,
  rows: 0,
  policies: 0,
  asInvoker: false,
  acl: [],
  columns: [],
  parents: [],
  readsFrom: [],
  ...more,
})
const reads = (graph: ReturnType<typeof roleGraph>, s: SchemaRow, t: RelationRow) =>
  grantsOn(graph, s, t)
    .filter(({ type, role }) => type === 'CAN_READ' && role >= 20_000)
    .map(({ role, conditional, note }) => [role, conditional, note])

test('a grant on a table without USAGE on its schema gives nothing', () => {
  const graph = roleGraph(plain, [member(ann, staff)])
  const granted = table({ acl: [[staff, 'SELECT']] })
  assert.deepEqual(reads(graph, schema([]), granted), [])
  assert.deepEqual(reads(graph, schema([[staff, 'USAGE']]), granted), [[staff, false, 'select']])
})

test('a role that gets table and schema from different parents has a grant of its own', () => {
  const graph = roleGraph(plain, [member(ann, staff), member(ann, owner)])
  assert.deepEqual(reads(graph, schema([[owner, 'USAGE']]), table({ acl: [[staff, 'SELECT']] })), [
    [ann, false, 'select'],
  ])
})

test('NOINHERIT ends the flow of rights', () => {
  const graph = roleGraph(plain, [member(ann, staff, false)])
  const granted = table({ acl: [[staff, 'SELECT']] })
  assert.equal(hasTablePrivilege(graph, granted, ann, 'SELECT'), false)
  assert.equal(hasTablePrivilege(graph, granted, staff, 'SELECT'), true)
})

test('columns and row security make a grant conditional, unless the role is exempt', () => {
  const graph = roleGraph([...plain.slice(0, 3), [bob, roleFlags.inherit | roleFlags.bypassRls]], [member(ann, owner)])
  const all = schema([[oids.public, 'USAGE']])
  assert.deepEqual(reads(graph, all, table({ columns: [[staff, 'SELECT', 2]] })), [[staff, true, 'select (columns)']])
  const guarded = table({
    rowSecurity: true,
    acl: [
      [staff, 'SELECT'],
      [bob, 'SELECT'],
      [owner, 'SELECT'],
    ],
  })
  assert.deepEqual(reads(graph, all, guarded), [
    [owner, false, 'select'],
    [staff, true, 'select (row security)'],
    [bob, false, 'select'],
  ])
  assert.equal(rowSecurityApplies(graph, guarded, ann), false, 'the owner is exempt, and so is who has its rights')
  assert.equal(rowSecurityApplies(graph, { ...guarded, forceRowSecurity: true }, ann), true)
})

test('a superuser needs no grant, and its heirs do not inherit that', () => {
  const graph = roleGraph([...plain, [root, roleFlags.super | roleFlags.inherit]], [member(ann, root)])
  assert.equal(hasTablePrivilege(graph, table(), root, 'SELECT'), true)
  assert.equal(hasTablePrivilege(graph, table(), ann, 'SELECT'), false)
})

test('pg_database_owner is the owner of this database, by inheritance only', () => {
  const usage = schema([[oids.pgDatabaseOwner, 'USAGE']])
  const roles = [...plain, [oids.pgDatabaseOwner, roleFlags.inherit] as const]
  assert.equal(hasSchemaUsage(roleGraph(roles, [], { oid: ann, version: 150_000 }), usage, ann), true)
  assert.equal(hasSchemaUsage(roleGraph(roles, []), usage, ann), false)
  const closed = roleGraph(
    [
      [ann, 0],
      [oids.pgDatabaseOwner, 0],
    ],
    [],
    { oid: ann, version: 150_000 },
  )
  assert.equal(hasSchemaUsage(closed, usage, ann), false)
})

const membership = (who: number, of: number, more: Partial<MembershipRow>): MembershipRow => ({
  ...member(who, of),
  ...more,
})
const stated = (rows: MembershipRow[], supers: number[] = []) =>
  statedMemberships(
    rows,
    (role) => supers.includes(role),
    (role) => supers.includes(role),
  ).map(({ member: who, type, role }) => [who, type, role])

test('who inherits a role and may not become it has its rights, and nothing that it could become', () => {
  const bare = membership(ann, staff, { sets: false })
  assert.deepEqual(stated([bare]), [[ann, 'MEMBER_OF', staff]])
  const leadsOn = [bare, membership(staff, bob, { inherits: false })]
  assert.deepEqual(stated(leadsOn), [[staff, 'ASSUMES', bob]])
  const graph = roleGraph(plain, leadsOn)
  const usage = schema([[oids.public, 'USAGE']])
  const grants = table({
    acl: [
      [staff, 'SELECT'],
      [bob, 'INSERT'],
    ],
  })
  assert.deepEqual(reads(graph, usage, grants), [
    [staff, false, 'select'],
    [ann, false, 'select'],
  ])
  const writers = grantsOn(graph, usage, grants).filter(({ type }) => type === 'CAN_WRITE')
  assert.deepEqual(
    writers.map(({ role }) => role),
    [bob],
  )
  assert.deepEqual(stated([bare], [staff]), [], 'nor a superuser’s power')
})

test('ADMIN on a role lets somebody grant it to themselves, but a superuser only a superuser grants', () => {
  const lent = membership(ann, staff, { inherits: false, sets: false, admin: true })
  assert.deepEqual(stated([lent]), [[ann, 'ASSUMES', staff]])
  assert.deepEqual(stated([lent], [staff]), [])
})

test('a view lends its owner’s rights, and with security_invoker none', () => {
  const graph = roleGraph(plain, [])
  const usage = schema([[oids.public, 'USAGE']])
  const source = table({ oid: 40_001, acl: [[owner, 'SELECT']] })
  const known = new Map([[source.oid, source]])
  const shown = (more: Partial<RelationRow>) => {
    const view = table({ kind: 'v', readsFrom: [source.oid], acl: [[staff, 'SELECT']], ...more })
    const found = grantsOn(graph, usage, view, known).filter(({ type }) => type === 'CAN_READ')
    return { readers: found.map(({ role, conditional }) => [role, conditional]), of: sourcesShown(graph, view, known) }
  }
  assert.deepEqual(shown({}), { readers: [[staff, false]], of: [source.oid] })
  assert.deepEqual(shown({ owner: bob }), { readers: [], of: [] }, 'an owner who reads nothing lends nothing')
  assert.deepEqual(shown({ asInvoker: true }), { readers: [], of: [] })
  source.acl.push([staff, 'SELECT'])
  assert.deepEqual(shown({ asInvoker: true }), { readers: [[staff, false]], of: [] })
})
