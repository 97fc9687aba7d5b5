import assert from 'node:assert/strict'
import { test } from 'node:test'

import { operationIds } from '../../../lab/twins/github/operations.ts'
import { description } from '../../../lab/twins/github/twin.ts'

test('the twin serves the operations it lists', () => {
  assert.ok(operationIds.length >= 40)
  assert.deepEqual(description.operationIds.toSorted(), operationIds.toSorted())
})
