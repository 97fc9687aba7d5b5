import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { parse } from 'yaml'

import { canonicalJson } from '#kit'

import { operationIds } from '../../../lab/twins/okta/operations.ts'
import { description } from '../../../lab/twins/okta/twin.ts'
import { sliceOf } from '../../../scripts/slice-api.ts'
import { oktaSchemas, oktaSlice } from '../ssf/okta-schemas.ts'

test('the twin serves the operations it lists', () => {
  assert.ok(operationIds.length >= 60)
  assert.deepEqual(description.operationIds.toSorted(), operationIds.toSorted())
})

const whole = '../shared/corpora/api-descriptions/okta-management.yaml'
test("the slice is the vendor's own, unaltered", (t) => {
  if (!existsSync(whole)) return t.skip('the description is not here')
  const all: unknown = parse(readFileSync(whole, 'utf8'), { maxAliasCount: -1 })
  const cut = sliceOf(all, operationIds)
  assert.equal(`${canonicalJson(cut)}\n`, readFileSync('lab/twins/okta/fixtures/api.json', 'utf8'))
  const signals = sliceOf(all, [], oktaSchemas)
  assert.equal(`${canonicalJson(signals)}\n`, readFileSync(oktaSlice, 'utf8'))
})
