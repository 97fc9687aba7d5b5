import assert from 'node:assert/strict'
import { test } from 'node:test'

import { href, routeOf } from './route.ts'

test('an address leads where it was made for, whatever the name holds', () => {
  for (const id of ['people-db', 'a/b?c#d', '100 %', 'Zoë', '<img src=x onerror=alert(1)>']) {
    assert.deepEqual(routeOf(href('sources', id, { before: '900', rule: 'a&b=c' })), {
      page: 'sources',
      id,
      query: { before: '900', rule: 'a&b=c' },
    })
  }
})

test('without a place it is the sources', () => {
  for (const hash of ['', '#', '#/']) assert.deepEqual(routeOf(hash), { page: 'sources', id: null, query: {} })
})

test('what is no address still leads somewhere', () => {
  assert.deepEqual(routeOf('#/sources/%E0%A4%A'), { page: 'sources', id: '%E0%A4%A', query: {} })
  assert.deepEqual(routeOf('#/constructor'), { page: 'constructor', id: null, query: {} })
})
