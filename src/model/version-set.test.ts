import assert from 'node:assert/strict'
import { test } from 'node:test'

import { normalizePep440 } from './pep440.ts'
import { PurlError } from './purl.ts'
import { compareVersions, osvVersions, parseVersions, versionIn } from './version-set.ts'

/** PEP 440, "Summary of permitted suffixes and relative ordering" (1.dev0 … 1.1.dev1), then epochs, then locals. */
const pep440Ascending = [
  '1.dev0',
  '1.0.dev456',
  '1.0a1',
  '1.0a2.dev456',
  '1.0a12.dev456',
  '1.0a12',
  '1.0b1.dev456',
  '1.0b2',
  '1.0b2.post345.dev456',
  '1.0b2.post345',
  '1.0rc1.dev456',
  '1.0rc1',
  '1.0',
  '1.0+abc.5',
  '1.0+abc.7',
  '1.0+5',
  '1.0.post456.dev34',
  '1.0.post456',
  '1.0.15',
  '1.1.dev1',
  '20240101123456789012',
  '20240101123456789013',
  '1!0.1',
]
/** SemVer 2.0.0 §11. */
const semverAscending = [
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '2.0.0',
  '2.1.0',
  '2.1.1',
]

for (const [type, ascending] of [
  ['pypi', pep440Ascending],
  ['npm', semverAscending],
] as const) {
  test(`${type} versions stand in the published order`, () => {
    for (const [i, a] of ascending.entries()) {
      for (const [j, b] of ascending.entries()) {
        assert.equal(Math.sign(compareVersions(type, a, b) ?? NaN), Math.sign(i - j), `${a} against ${b}`)
      }
    }
  })
}

test('spellings of one version are equal', () => {
  assert.equal(compareVersions('pypi', '1.0', 'v1.0.0'), 0)
  assert.equal(compareVersions('pypi', '1.0-5', '1.0.post5'), 0)
  assert.equal(compareVersions('pypi', '1.0alpha1', '1.0a01'), 0)
  assert.equal(compareVersions('npm', 'v1.2.3', '1.2.3+build.7'), 0)
  assert.equal(normalizePep440('1.0-C.056+AbC-01'), '1.0rc56+abc.1')
  assert.equal(normalizePep440('french toast'), undefined)
})

const cases: readonly (readonly [string, string, string[], string[]])[] = [
  ['pypi', '1.82.7, 1.82.8', ['1.82.7', '1.82.8', '1.82.8.0', 'v1.82.7'], ['1.82.6', '1.82.9', '1.82.7.post1']],
  ['pypi', '>=1.0, <1.2', ['1.0', '1.1.9', '1.1rc1'], ['0.9', '1.2', '1.2.dev0']],
  ['pypi', '>= 1.0, < 1.2, 2.5', ['1.1', '2.5'], ['1.3', '2.4']],
  ['pypi', '>=1,<2 || >=3,<4', ['1.5', '3.5'], ['2.5', '4']],
  ['pypi', '==1.1.*', ['1.1', '1.1.5', '1.1a1'], ['1.10', '1.2']],
  ['pypi', '~=2.2', ['2.2', '2.9'], ['2.1', '3.0']],
  ['pypi', '~=1.4.5a4', ['1.4.5a4', '1.4.9'], ['1.4.5a3', '1.5']],
  ['pypi', '!=1.0', ['1.1'], ['1.0.0']],
  ['npm', '1.2.3, 1.2.4', ['1.2.3', '1.2.4+x'], ['1.2.5', '1.2.3-rc.1']],
  ['npm', '>= 1.0.0, < 1.2.3', ['1.0.0', '1.2.3-beta'], ['1.2.3', '0.9.9']],
  ['npm', '^1.2.3', ['1.2.3', '1.9.0', '1.3.0-rc.1'], ['1.2.2', '2.0.0', '2.0.0-rc.1']],
  ['npm', '^0.2.3', ['0.2.9'], ['0.3.0']],
  ['npm', '~1.2', ['1.2.9'], ['1.3.0']],
  ['npm', '1.2', ['1.2.0', '1.2.7'], ['1.3.0']],
  ['npm', '1.x || 3.0.0', ['1.0.0', '1.99.0', '3.0.0'], ['2.0.0', '3.0.1']],
  ['npm', '1.2.3 - 1.4', ['1.2.3', '1.4.99'], ['1.5.0']],
  ['maven', '1.0-jre, 1.1', ['1.0-jre', '1.1'], ['1.0']],
]

test('sets of versions', () => {
  for (const [type, text, inside, outside] of cases) {
    const set = parseVersions(type, text)
    for (const version of inside) assert.equal(versionIn(set, version), 'in', `${version} in ${type} ${text}`)
    for (const version of outside) assert.equal(versionIn(set, version), 'out', `${version} in ${type} ${text}`)
  }
})

test('no versions named means every version', () => {
  for (const versions of ['', '*', []]) assert.equal(versionIn(parseVersions('pypi', versions), 'anything'), 'in')
})

test('a version no grammar knows is unknown to a range, and equal only to itself', () => {
  assert.equal(versionIn(parseVersions('pypi', '>=1.0'), 'lolwat'), 'unknown')
  assert.equal(versionIn(parseVersions('pypi', '==lolwat'), 'lolwat'), 'in')
  assert.equal(versionIn(parseVersions('pypi', '1.0'), 'lolwat'), 'out')
})

test('texts that would silently match nothing are refused', () => {
  const code = (type: string, text: string): string => {
    try {
      parseVersions(type, text)
      return 'accepted'
    } catch (error) {
      return error instanceof PurlError ? error.code : String(error)
    }
  }
  assert.equal(code('pypi', '>=1,<2,>=3,<4'), 'ERR_VERSIONS_EMPTY')
  assert.equal(code('npm', '1.2.3 1.2.4'), 'ERR_VERSIONS_EMPTY')
  assert.equal(code('pypi', '1.82.7 1.82.8'), 'ERR_VERSIONS_SYNTAX')
  assert.equal(code('npm', 'latest'), 'ERR_VERSIONS_SYNTAX')
  assert.equal(code('pypi', '~=1'), 'ERR_VERSIONS_SYNTAX')
  assert.equal(code('maven', '>=1.0'), 'ERR_VERSIONS_TYPE')
})

test('OSV ranges: introduced and fixed toggle, last_affected includes, pre-releases of the fix are affected', () => {
  const set = osvVersions('pypi', {
    versions: ['0.1'],
    ranges: [
      { type: 'GIT', events: [{ introduced: '0' }] },
      { type: 'ECOSYSTEM', events: [{ fixed: '2.0' }, { introduced: '1.0' }, { introduced: '3.0' }] },
    ],
  })
  for (const version of ['0.1', '1.0', '2.0rc1', '3.1']) assert.equal(versionIn(set, version), 'in', version)
  for (const version of ['0.2', '2.0', '2.5']) assert.equal(versionIn(set, version), 'out', version)
  const last = osvVersions('npm', {
    ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { last_affected: '1.2.0' }] }],
  })
  assert.equal(versionIn(last, '1.2.0'), 'in')
  assert.equal(versionIn(last, '1.2.1'), 'out')
  assert.throws(() => osvVersions('npm', {}), PurlError)
})
