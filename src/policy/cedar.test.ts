import assert from 'node:assert/strict'
import { test } from 'node:test'

import { loadCedar } from './cedar.ts'
import { policySchema } from './schema.ts'

test('a request that the schema does not allow is refused before any policy is asked', () => {
  const cedar = loadCedar(policySchema, [{ place: 'loose', text: '@id("all") permit (principal, action, resource);' }])
  const resource = { type: 'Resource', id: 'incident/inc_1' }
  const ask = (principal: string) =>
    cedar.ask({
      principal: { type: principal, id: 'p1' },
      action: 'incident.read',
      resource,
      context: {},
      entities: [{ uid: resource, attrs: { kind: 'incident' }, parents: [], tags: {} }],
    })
  assert.deepEqual(ask('User'), { allowed: true, reasons: ['all'], errors: [] })
  assert.equal(ask('Automation').allowed, false)
  assert.match(ask('Automation').errors.join(), /Automation/)
})

test('a forbid that errors denies, though a permit stands', () => {
  const cedar = loadCedar(policySchema, [
    {
      place: 'mine',
      text: `@id("all") permit (principal, action, resource);
@id("broken") forbid (principal, action == Action::"incident.read", resource)
when { resource.kind like "x*" || 9223372036854775807 + 1 > 0 };`,
    },
  ])
  const resource = { type: 'Resource', id: 'incident/inc_1' }
  const answer = cedar.ask({
    principal: { type: 'User', id: 'p1' },
    action: 'incident.read',
    resource,
    context: {},
    entities: [{ uid: resource, attrs: { kind: 'incident' }, parents: [], tags: {} }],
  })
  assert.equal(answer.allowed, false)
  assert.match(answer.errors.join(), /broken.*overflow/)
})
