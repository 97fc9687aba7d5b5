import assert from 'node:assert/strict'
import { test } from 'node:test'

import { dialects } from './dialects.ts'
import { ApiError, toProblem } from './error.ts'

test('a refusal in the words of a standard names the place and the way out, too', () => {
  const problem = toProblem(
    new ApiError('ERR_API_SHAPE', 'too long', { place: 'query: filter', hint: 'send a shorter one' }),
  )
  const says = 'query: filter: too long: send a shorter one'
  assert.deepEqual(dialects.set(problem).body, { err: 'invalid_request', description: says })
  assert.deepEqual(dialects.scim(problem).body, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: '400',
    scimType: 'invalidSyntax',
    detail: says,
  })
})
