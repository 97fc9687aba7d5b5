import assert from 'node:assert/strict'
import { test } from 'node:test'

import { apiActions, isApiAction } from '#policy'

import { routes, type RouteSpec } from './contract/index.ts'
import { handlers } from './routes/index.ts'

test('every route has a Cedar action that policy knows, and a handler', () => {
  const all = Object.entries<RouteSpec>(routes)
  assert.ok(all.length > 30, 'the gate must see routes')
  for (const [name, { action }] of all) {
    assert.ok(action === 'public' || isApiAction(action), `${name}: policy does not know \`${action}\``)
    assert.ok(name === 'system.openapi' || name in handlers, `${name} has no handler`)
  }
  assert.ok(Object.keys(apiActions).length > 20)
})
