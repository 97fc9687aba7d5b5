import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityId } from '#model'

import { createRegistry } from '../../src/app/registry.ts'

const id = (authority: string, native: string): EntityId => entityId('identity', authority, native)

/** By vendor: somebody, a group, and two that are no membership which its call could end. */
const samples: Readonly<
  Record<string, { member: string; group: string; others: readonly (readonly [string, string])[] }>
> = {
  okta: {
    member: '00u1EXAMPLEada00001',
    group: '00g1EXAMPLEeng00001',
    others: [
      ['00u1EXAMPLEada00001', 'role/SUPER_ADMIN'],
      ['00g1EXAMPLEeng00001', 'everyone'],
    ],
  },
  entra: {
    member: 'user/6f1f8d1e-0000-4000-8000-000000000001',
    group: 'group/6f1f8d1e-0000-4000-8000-000000000002',
    others: [
      ['user/6f1f8d1e-0000-4000-8000-000000000001', 'role/62e90394-69f5-4237-9190-012177145e10'],
      ['trusted/issuer/subject', 'group/6f1f8d1e-0000-4000-8000-000000000002'],
    ],
  },
  google: {
    member: '100000000000000000001',
    group: 'group/01EXAMPLE',
    others: [
      ['100000000000000000001', 'role/4201'],
      ['acting/100000000000000000001/app', 'group/01EXAMPLE'],
    ],
  },
  github: {
    member: 'user/11',
    group: 'team/7',
    others: [
      ['user/11', 'owners'],
      ['team/8', 'team/7'],
    ],
  },
}

test('whatever takes a membership is named, acts on that alone, and gives it back', () => {
  const registry = createRegistry(undefined, [])
  const taking = registry
    .all()
    .flatMap(({ id: connector, actions }) =>
      actions.flatMap((action) => (action.takesMembership === undefined ? [] : [{ connector, action }])),
    )
  assert.deepEqual(taking.map(({ connector }) => connector).sort(), Object.keys(samples).sort())
  for (const { connector, action } of taking) {
    const { member = '', group = '', others = [] } = samples[connector] ?? {}
    const takes = action.takesMembership?.(id('realm', member), id('realm', group))
    assert.ok(takes, `${connector}: takes one out of a group`)
    for (const part of [member, group])
      assert.ok(takes.includes(part.split('/').at(-1) ?? '-'), `${connector}: names both`)
    const descendant = { role: 'descendant-entity', credentialKind: null, identity: null, attributes: {} } as const
    assert.equal(action.targetFor({ ...descendant, entity: takes }), takes, `${connector}: the name its log gives it`)
    assert.ok(action.undo !== undefined && action.preview(takes, {}).reversible, `${connector}: gives it back`)
    for (const [who, into] of others)
      assert.equal(action.takesMembership?.(id('realm', who), id('realm', into)), undefined, `${connector}: ${into}`)
  }
})
