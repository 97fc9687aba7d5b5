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
