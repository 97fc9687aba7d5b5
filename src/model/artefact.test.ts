import assert from 'node:assert/strict'
import { test } from 'node:test'

import { artefactOf, parseArtefact } from './artefact.ts'
import { entityId } from './entity.ts'

const cases: [string, string, string, string | null][] = [
  ['pkg:pypi/litellm', 'pypi', 'litellm', null],
  ['pkg:pypi/Lite_LLM.core@1.82.7', 'pypi', 'lite-llm-core', '1.82.7'],
  ['pkg:npm/%40scope/name@1.0.0', 'npm', '@scope/name', '1.0.0'],
  ['pkg:npm/@scope/name', 'npm', '@scope/name', null],
  ['pkg:npm/@scope/name@2.0.0-rc.1?arch=x64#lib', 'npm', '@scope/name', '2.0.0-rc.1'],
  ['pkg:golang/example.org/a/b@v1.2.3', 'golang', 'example.org/a/b', 'v1.2.3'],
]
for (const [purl, type, name, version] of cases) {
  test(`\`${purl}\` is read`, () => assert.deepEqual(parseArtefact(purl), { type, name, version }))
}

for (const purl of ['litellm', 'pkg:', 'pkg:pypi', 'pkg:pypi/', 'pkg:npm/%zz']) {
  test(`\`${purl}\` is refused with the way out`, () =>
    assert.throws(() => parseArtefact(purl), { code: 'ERR_ARTEFACT_PURL' }))
}

test('a package entity says what it is', () => {
  assert.deepEqual(artefactOf(entityId('package', 'npm', '@scope/name@1.0.0')), {
    type: 'npm',
    name: '@scope/name',
    version: '1.0.0',
  })
  assert.equal(artefactOf(entityId('host', 'host', 'a@1')), undefined)
})
