import assert from 'node:assert/strict'
import { test } from 'node:test'

import { operationIds } from '../../../lab/twins/litellm/operations.ts'
import { description } from '../../../lab/twins/litellm/twin.ts'

test('the twin serves the operations it lists', () => {
  assert.ok(operationIds.length >= 25)
  assert.deepEqual(description.operationIds.toSorted(), operationIds.toSorted())
})
