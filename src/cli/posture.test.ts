import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId } from '#model'

import { renderFinding } from './posture.ts'

type Finding = Parameters<typeof renderFinding>[0]
const key = entityId('credential', 'aws', 'AKIAEXAMPLE')
const findingWith = (fix: Pick<Finding['fix'], 'kind' | 'verbs'>): Finding => ({
  id: 'fnd_aaaaaaaaaaaaaaaa',
  kind: 'unused-key',
  title: 'a key that nobody uses',
  severity: 'medium',
  on: key,
  name: null,
  owner: null,
  sinceMs: null,
  why: 'nobody has ever used it',
  also: [],
  evidence: [],
  exception: null,
  reach: { people: 1, dataSets: 1, resources: 2 },
  fix: { target: key, preview: 'it opens nothing', undo: 'it is switched on again', ...fix },
})
const waysOf = (fix: Pick<Finding['fix'], 'kind' | 'verbs'>): string[] =>
  renderFinding(findingWith(fix)).filter((line) => line.startsWith('by '))

test('a finding says what serves its fix, or that a person does it', () => {
  const verbs = [{ source: 'aws', verb: 'aws.key.deactivate', title: 'switch the key off' }]
  assert.deepEqual(waysOf({ kind: 'revoke', verbs }), ['by       aws.key.deactivate of `aws`: switch the key off'])
  assert.match(waysOf({ kind: 'revoke', verbs: [] }).join(), /hand: no connected source/)
  assert.match(waysOf({ kind: 'task', verbs: [] }).join(), /hand: a person does it/)
})
