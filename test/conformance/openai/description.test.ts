import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { canonicalJson, parseJson } from '#kit'

import { operationIds } from '../../../lab/twins/openai/operations.ts'
import { description } from '../../../lab/twins/openai/twin.ts'
import { sliceOf } from '../../../scripts/slice-api.ts'

test('the twin serves the operations it lists', () => {
  assert.ok(operationIds.length >= 50)
  assert.deepEqual(description.operationIds.toSorted(), operationIds.toSorted())
})

const whole = '../shared/corpora/api-descriptions/openai.json'
test("the slice is the vendor's own, unaltered", (t) => {
  if (!existsSync(whole)) return t.skip('the description is not here')
  const cut = sliceOf(parseJson(readFileSync(whole, 'utf8')), operationIds)
  assert.equal(`${canonicalJson(cut)}\n`, readFileSync('lab/twins/openai/fixtures/api.json', 'utf8'))
})

test('what is null, and what stands in brackets, is held against a description of 3.1', () => {
  const found = description.find('GET', '/v1/organization/audit_logs')
  assert.ok(found)
  const faults = (query: string) =>
    description.requestFaults(found.operation, { params: {}, query: new URLSearchParams(query), body: undefined })
  assert.deepEqual(faults('effective_at[gte]=1&limit=1'), [])
  assert.equal(faults('effective_at[since]=1').length, 1)
  assert.equal(faults('actor[id]=1').length, 1)
  const users = description.find('GET', '/v1/organization/users')
  assert.ok(users)
  const answer = (row: Record<string, string | number | null>) =>
    description.answerFaults(users.operation, 200, {
      object: 'list',
      data: [{ object: 'organization.user', id: 'u', added_at: 1, ...row }],
      has_more: false,
    })
  assert.deepEqual(answer({ name: null }), [])
  assert.equal(answer({ name: 7 }).length, 1)
  assert.equal(answer({ id: null }).length, 1)
  assert.equal(answer({ secret: 'x' }).length, 1)
})
