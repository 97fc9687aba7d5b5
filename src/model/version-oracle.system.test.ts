// The order and the ranges, against the ecosystems' own implementations: `packaging` inside pip, `semver` inside npm.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'

import { seededInt, seededRandom } from '#kit'

import { compareVersions, parseVersions, versionIn } from './version-set.ts'

const pairs = 2_000
const hasPackaging = spawnSync('python3', ['-c', 'import pip._vendor.packaging.specifiers']).status === 0

const pick = <T>(random: () => number, values: readonly T[]): T => values[seededInt(random, values.length)] as T
const number = (random: () => number): number => seededInt(random, random() < 0.8 ? 4 : 300)

function pep440(random: () => number, release = 1 + seededInt(random, 4)): string {
  const separator = (): string => pick(random, ['', '.', '-', '_'])
  const part = (odds: number, names: readonly string[]): string =>
    random() < odds ? separator() + pick(random, names) + separator() + number(random) : ''
  return [
    random() < 0.1 ? `${seededInt(random, 2)}!` : '',
    Array.from({ length: release }, () => number(random)).join('.'),
    part(0.3, ['a', 'b', 'rc', 'c', 'alpha', 'beta', 'preview', 'RC']),
    random() < 0.1 ? `-${number(random)}` : part(0.2, ['post', 'rev', 'r']),
    part(0.2, ['dev']),
    random() < 0.15 ? `+${pick(random, ['abc', '5', 'abc.5', '1-2', 'ubuntu1'])}` : '',
  ].join('')
}

const oracle = `
import sys, json
from pip._vendor.packaging.version import Version
from pip._vendor.packaging.specifiers import SpecifierSet
out = []
for kind, a, b in json.load(sys.stdin):
    if kind == 'compare':
        x, y = Version(a), Version(b)
        out.append(0 if x == y else -1 if x < y else 1)
    else:
        # In normal form: packaging before 22 compares prefixes as text.
        op = b[:2] if b[1] == '=' else b[0]
        v = b[len(op):]
        v = str(Version(v[:-2])) + '.*' if v.endswith('.*') else str(Version(v))
        out.append(SpecifierSet(op + v).contains(a, prereleases=True))
json.dump(out, sys.stdout)
`

test(
  `PEP 440 agrees with packaging on ${pairs} pairs and ${pairs} specifiers`,
  { skip: hasPackaging ? false : 'no python3 with pip here' },
  () => {
    const random = seededRandom(440)
    const questions: (readonly [string, string, string])[] = []
    for (let i = 0; i < pairs; i++) questions.push(['compare', pep440(random), pep440(random)])
    for (let i = 0; i < pairs; i++) {
      const operator = pick(random, ['==', '!=', '<=', '>=', '<', '>', '~=', '==*', '!=*'])
      // A prefix is no longer than the version tried: packaging before 22 padded the two differently.
      const isPrefix = operator.endsWith('*')
      const bound = pep440(random, isPrefix ? 2 : 2 + seededInt(random, 2))
      const spec = isPrefix
        ? `${operator.slice(0, 2)}${/^(?:\d+!)?\d+\.\d+/.exec(bound)?.[0]}.*`
        : `${operator}${operator === '==' || operator === '!=' ? bound : bound.replace(/\+.*/, '')}`
      questions.push(['contains', pep440(random, isPrefix ? 2 + seededInt(random, 2) : undefined), spec])
    }
    const run = spawnSync('python3', ['-W', 'ignore', '-c', oracle], { input: JSON.stringify(questions) })
    assert.equal(run.status, 0, run.stderr.toString())
    const answers = JSON.parse(run.stdout.toString()) as (number | boolean)[]
    assert.equal(answers.length, pairs * 2)
    assert.ok(new Set(answers).size === 5, 'the oracle must give every answer')
    for (const [index, [kind, a, b]] of questions.entries()) {
      const ours =
        kind === 'compare'
          ? Math.sign(compareVersions('pypi', a, b) ?? NaN)
          : versionIn(parseVersions('pypi', b), a) === 'in'
      assert.equal(ours, answers[index], `${kind} ${a} ${b}`)
    }
  },
)

const npmRoot = spawnSync('npm', ['root', '-g']).stdout?.toString().trim() ?? ''
const semverPath = join(npmRoot, 'npm', 'node_modules', 'semver')

test(
  `npm ranges agree with node-semver on ${pairs} pairs and ${pairs} ranges`,
  { skip: existsSync(semverPath) ? false : 'no npm with its own semver here' },
  () => {
    const semver = createRequire(import.meta.url)(semverPath) as {
      compare(a: string, b: string): number
      satisfies(version: string, range: string, options: { includePrerelease: boolean }): boolean
    }
    const random = seededRandom(2)
    const pre = (): string => (random() < 0.3 ? `-${pick(random, ['alpha', 'beta.2', 'rc.10', '0', 'x-y.1'])}` : '')
    const full = (): string => `${seededInt(random, 3)}.${seededInt(random, 3)}.${seededInt(random, 3)}${pre()}`
    const partial = (): string =>
      pick(random, [full(), full().replace(/\.\d+(-.*)?$/, ''), `${seededInt(random, 3)}.x`])
    for (let i = 0; i < pairs; i++) {
      const [a, b] = [full(), full()]
      assert.equal(Math.sign(compareVersions('npm', a, b) ?? NaN), semver.compare(a, b), `${a} ${b}`)
    }
    let inside = 0
    for (let i = 0; i < pairs; i++) {
      const range = pick(random, [
        () => pick(random, ['^', '~', '>=', '<=', '<', '>', '', '>= ']) + partial(),
        () => `${full()} - ${partial()}`,
        () => `>=0.${seededInt(random, 2)}.0 <${1 + seededInt(random, 2)}.${1 + seededInt(random, 2)}.0`,
        () => `${partial()} || ^${full()}`,
      ])()
      const version = full()
      let ours: boolean
      try {
        ours = versionIn(parseVersions('npm', range), version) === 'in'
      } catch {
        ours = false
      }
      const theirs = semver.satisfies(version, range, { includePrerelease: true })
      if (theirs) inside++
      assert.equal(ours, theirs, `${version} in ${range}`)
    }
    assert.ok(inside > pairs / 10, 'the ranges must match something')
  },
)
