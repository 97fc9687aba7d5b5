import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { formatPurl, fullName, normalizePypiName, packageEntity, parsePurl, PurlError } from './purl.ts'

/** Round trips published in package-url/purl-spec, tests/types/pypi-test.json and npm-test.json (MIT). */
const roundTrips: readonly (readonly [string, string])[] = [
  ['pkg:pypi/My.PyPI_.--._Package@1.11.1.dev1', 'pkg:pypi/my-pypi-package@1.11.1.dev1'],
  ['pkg:pypi/django@1.11.1?filename=Django-1.11.1.tar.gz', 'pkg:pypi/django@1.11.1?filename=Django-1.11.1.tar.gz'],
  ['pkg:pypi/django-allauth@12.23', 'pkg:pypi/django-allauth@12.23'],
  ['pkg:npm/%40angular/animation@12.3.1', 'pkg:npm/%40angular/animation@12.3.1'],
  ['pkg:npm/foobar@12.3.1', 'pkg:npm/foobar@12.3.1'],
  [
    'pkg:npm/mypackage@12.4.5?vcs_url=git://host.com/path/to/repo.git%404345abcd34343',
    'pkg:npm/mypackage@12.4.5?vcs_url=git://host.com/path/to/repo.git%404345abcd34343',
  ],
  ['pkg:npm/@babel/core#/googleapis/api/annotations/', 'pkg:npm/%40babel/core#googleapis/api/annotations'],
  ['pkg:npm/core@2.0.1#/googleapis/api/annotations/', 'pkg:npm/core@2.0.1#googleapis/api/annotations'],
  ['pkg:npm/LoDash@4.17.21', 'pkg:npm/lodash@4.17.21'],
  ['pkg:npm/%40MyScope/MyPackage@1.0.0', 'pkg:npm/%40myscope/mypackage@1.0.0'],
  ['pkg:npm/foo@1.0.0#src/%F0%9F%98%83/file.js', 'pkg:npm/foo@1.0.0#src/%F0%9F%98%83/file.js'],
  [
    'pkg:npm/foo@1.0.0?vcs_url=https://a.com/b/c%F0%9F%98%83d.git',
    'pkg:npm/foo@1.0.0?vcs_url=https://a.com/b/c%F0%9F%98%83d.git',
  ],
  ['pkg:npm/foo@1.2.3-%F0%9F%98%83', 'pkg:npm/foo@1.2.3-%F0%9F%98%83'],
  ['pkg:npm/foo.bar@1.2.3', 'pkg:npm/foo.bar@1.2.3'],
  [
    'pkg:generic/bitwarderl?checksum=sha1:ad9503c3e994a4f%2Csha256:41bf9088b3a1e6c1ef1d',
    'pkg:generic/bitwarderl?checksum=sha1:ad9503c3e994a4f%2Csha256:41bf9088b3a1e6c1ef1d',
  ],
]

/** Refusals published in the same files and in tests/spec/specification-test.json. */
const refused: readonly string[] = [
  'EnterpriseLibrary.Common@6.0.1304',
  'pkg:EnterpriseLibrary.Common@6.0.1304',
  'pkg:n&g?inx/nginx@0.8.9',
  'pkg:3nginx/nginx@0.8.9',
  'pkg:nginx:a/nginx@0.8.9',
  'pkg:npm/myartifact@1.0.0?in%20production=true',
  'pkg:maven/@1.3.4',
  'pkg%3Amaven/org.apache.commons/io',
  'pkg:npm/foobar@',
  'pkg:npm/.foobar@1.0.0',
  'pkg:npm/_foobar@1.0.0',
  'pkg:npm/',
  'pkg:npm/foo%F0%9F%98%83bar@1.0.0',
  'pkg:npm/%40foo%F0%9F%98%83/bar@1.0.0',
]

test('purls round trip as the specification publishes', () => {
  for (const [input, output] of roundTrips) assert.equal(formatPurl(parsePurl(input)), output)
})

test('purls the specification refuses are refused with the way out', () => {
  for (const input of refused) {
    assert.throws(
      () => parsePurl(input),
      (error) => error instanceof PurlError && error.code === 'ERR_PURL_SYNTAX' && error.hint !== undefined,
      input,
    )
  }
})

test('the parts of a scoped name', () => {
  assert.deepEqual(parsePurl('pkg:npm/@babel/core@7.0.0-beta+1'), {
    type: 'npm',
    namespace: '@babel',
    name: 'core',
    version: '7.0.0-beta+1',
    qualifiers: {},
    subpath: null,
  })
  assert.equal(fullName(parsePurl('pkg:npm/%40babel/core')), '@babel/core')
  assert.equal(parsePurl('pkg:npm/@babel/core').version, null)
})

test('whatever the parts, what is written reads back as the same parts', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('pypi', 'npm', 'golang'),
      fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,12}[a-z0-9]$/),
      fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.isWellFormed()),
      fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/), fc.string({ minLength: 1, unit: 'grapheme' }), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
      (type, name, version, qualifiers) => {
        const cleanName = type === 'pypi' ? normalizePypiName(name) : name
        const purl = parsePurl(formatPurl({ type, name, version, qualifiers }))
        assert.deepEqual(
          { name: purl.name, version: purl.version, qualifiers: purl.qualifiers },
          { name: cleanName, version, qualifiers },
        )
      },
    ),
    { numRuns: 200 },
  )
})

test('one package has one entity id, however it is spelt', () => {
  assert.equal(packageEntity('pypi', 'Lite_LLM', '1.0.0-RC1'), 'package:pypi:lite-llm@1.0.0rc1')
  assert.equal(packageEntity('npm', '@Scope/Name', 'v1.0.0'), 'package:npm:@scope/name@1.0.0')
})
