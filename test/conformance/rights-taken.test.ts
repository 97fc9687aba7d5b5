import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, nativeOf, type EntityId } from '#model'

import { createRegistry } from '../../src/app/registry.ts'

const identity = (native: string): EntityId => entityId('identity', 'realm', native)
const resource = (native: string): EntityId => entityId('resource', 'realm', native)
type Sample = {
  member: EntityId
  thing: EntityId
  takes: string
  /** No right that its call could take alone, and give back. */
  others: readonly (readonly [member: EntityId, thing: EntityId])[]
}
const [ada, eng] = [identity('00u1EXAMPLEada00001'), identity('00g1EXAMPLEeng00001')]
const [entraUser, entraGroup] = [1, 2].map((n) => `6f1f8d1e-0000-4000-8000-00000000000${n}`)
const globalAdmin = '62e90394-69f5-4237-9190-012177145e10'

/** By verb. */
const samples: Readonly<Record<string, Sample>> = {
  'okta.membership.remove': {
    member: ada,
    thing: eng,
    takes: 'membership/00g1EXAMPLEeng00001/00u1EXAMPLEada00001',
    others: [
      [ada, identity('role/SUPER_ADMIN')],
      [eng, identity('everyone')],
    ],
  },
  'okta.assignment.remove': {
    member: ada,
    thing: resource('app/0oa1EXAMPLEwiki0001'),
    takes: 'assignment/0oa1EXAMPLEwiki0001/00u1EXAMPLEada00001',
    others: [
      [eng, resource('app/0oa1EXAMPLEwiki0001')],
      [ada, resource('app-settings/0oa1EXAMPLEwiki0001')],
      [ada, resource('app/payroll')],
      [ada, identity('app/0oa1EXAMPLEwiki0001')],
    ],
  },
  'okta.role.unassign': {
    member: eng,
    thing: identity('role/SUPER_ADMIN'),
    takes: 'role-assignment/00g1EXAMPLEeng00001/SUPER_ADMIN',
    others: [
      [ada, eng],
      [ada, identity('role/APP_ADMIN')],
      [ada, identity('role/CUSTOM/cr0/iam1')],
      [identity('everyone'), identity('role/SUPER_ADMIN')],
      [ada, resource('role/SUPER_ADMIN')],
    ],
  },
  'entra.membership.remove': {
    member: identity(`user/${entraUser}`),
    thing: identity(`group/${entraGroup}`),
    takes: `membership/${entraGroup}/${entraUser}`,
    others: [
      [identity(`user/${entraUser}`), identity(`role/${globalAdmin}`)],
      [identity('trusted/issuer/subject'), identity(`group/${entraGroup}`)],
    ],
  },
  'entra.role.unassign': {
    member: identity(`sp/${entraUser}`),
    thing: identity(`role/${globalAdmin}`),
    takes: `role-assignment/${entraUser}/${globalAdmin}`,
    others: [
      [identity(`user/${entraUser}`), identity(`group/${entraGroup}`)],
      [identity('trusted/issuer/subject'), identity(`role/${globalAdmin}`)],
    ],
  },
  'google.membership.remove': {
    member: identity('100000000000000000001'),
    thing: identity('group/01EXAMPLE'),
    takes: 'membership/01EXAMPLE/100000000000000000001',
    others: [
      [identity('100000000000000000001'), identity('role/4201')],
      [identity('acting/100000000000000000001/app'), identity('group/01EXAMPLE')],
    ],
  },
  'google.role.unassign': {
    member: identity('group/01EXAMPLE'),
    thing: identity('role/4201'),
    takes: 'role-assignment/group:01EXAMPLE/id:4201',
    others: [
      [identity('100000000000000000001'), identity('group/01EXAMPLE')],
      [identity('acting/100000000000000000001/app'), identity('role/4201')],
    ],
  },
  'github.team.remove-member': {
    member: identity('user/11'),
    thing: identity('team/7'),
    takes: 'teamplace/7/11',
    others: [
      [identity('user/11'), identity('owners')],
      [identity('team/8'), identity('team/7')],
    ],
  },
  'github.collaborator.remove': {
    member: identity('user/11'),
    thing: resource('repo/5'),
    takes: 'collaboration/5/11',
    others: [
      [identity('team/7'), resource('repo/5')],
      [identity('user/11'), identity('team/7')],
      [identity('user/11'), resource('repo/5/actions')],
    ],
  },
  'aws.user-policy.remove': {
    member: identity('AIDAEXAMPLE0000000001'),
    thing: resource('arn:aws:s3:::people'),
    takes: 'user-right/AIDAEXAMPLE0000000001/arn:aws:s3:::people',
    others: [
      [identity('AROAEXAMPLE0000000001'), resource('arn:aws:s3:::people')],
      [identity('user/ci'), resource('arn:aws:s3:::people')],
      [identity('AIDAEXAMPLE0000000001'), resource('account')],
      [identity('AIDAEXAMPLE0000000001'), entityId('resource', 'elsewhere', 'arn:aws:s3:::people')],
    ],
  },
  'postgres.membership.revoke': {
    member: identity('role/20001'),
    thing: identity('role/20000'),
    takes: 'membership/20000/20001',
    others: [
      [identity('role/20001'), identity('role/10')],
      [identity('role/0'), identity('role/20000')],
      [identity('role/20001'), identity('role/20001')],
      [identity('role/name=gone'), identity('role/20000')],
      [identity('role/20001'), entityId('identity', 'elsewhere', 'role/20000')],
      [entityId('credential', 'realm', 'role/20001/password'), identity('role/20000')],
    ],
  },
  'postgres.grant.revoke': {
    member: identity('role/20001'),
    thing: resource('db/5/rel/17000'),
    takes: 'db/5/rel/17000/grant/20001',
    others: [
      [identity('role/0'), resource('db/5/rel/17000')],
      [identity('role/20001'), resource('db/5')],
      [identity('role/20001'), identity('role/20000')],
      [identity('role/20001'), entityId('resource', 'elsewhere', 'db/5/rel/17000')],
    ],
  },
}

test('whatever takes a right is named, acts on that alone, and gives it back', () => {
  const registry = createRegistry(undefined, [])
  const taking = registry.all().flatMap(({ actions }) => actions.filter((action) => action.takesRight !== undefined))
  assert.deepEqual(taking.map(({ verb }) => verb).sort(), Object.keys(samples).sort())
  for (const action of taking) {
    const { verb } = action
    const { member, thing, takes: named, others } = samples[verb] ?? assert.fail(verb)
    const takes = action.takesRight?.(member, thing)
    assert.ok(takes !== undefined && nativeOf(takes) === named, `${verb}: ${takes}`)
    assert.ok(action.undo !== undefined && action.preview(takes, {}).reversible, `${verb}: gives it back`)
    for (const [who, what] of others) assert.equal(action.takesRight?.(who, what), undefined, `${verb}: ${who} ${what}`)
    const descendant = { role: 'descendant-entity', credentialKind: null, identity: null, attributes: {} } as const
    // A right of PostgreSQL, or of a policy of AWS, is no descendant of anything: no log names one.
    if (!/^(?:postgres|aws)\./.test(verb))
      assert.equal(action.targetFor({ ...descendant, entity: takes }), takes, `${verb}: of the kind its log names`)
  }
})
