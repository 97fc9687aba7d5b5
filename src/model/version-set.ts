import {
  comparePep440,
  parsePep440,
  pep440Operators,
  satisfiesPep440,
  type Pep440,
  type Pep440Operator,
} from './pep440.ts'
import { normalizeVersion, PurlError } from './purl.ts'
import {
  compareSemver,
  parseSemver,
  parseSemverRange,
  satisfiesSemver,
  type Semver,
  type SemverComparator,
} from './semver.ts'

/** One condition on a version, already parsed. `exact` keeps the text, for versions no grammar knows. */
type Condition =
  | { kind: 'exact'; text: string }
  | { kind: 'pypi'; operator: Pep440Operator; version: Pep440; isPrefix: boolean }
  | { kind: 'npm'; comparator: SemverComparator }
  | { kind: 'order'; operator: '<' | '<=' | '>='; version: string }

/** Any of `alternatives`, each of which must hold whole; an alternative without conditions is every version. */
export type VersionSet = { type: string; text: string; alternatives: Condition[][] }

/** `unknown`: the installed version is of no known grammar, so a range could not decide; never read it as `out`. */
export type Membership = 'in' | 'out' | 'unknown'

export const versionAlternativesMax = 10_000

/**
 * Reads lists (`1.82.7, 1.82.8`), comparators (`>=1.0, <1.2`; a run of comparators must hold together, as in advisories
 * and PEP 440), npm ranges (`^1.2.3`, `1.x`, `1.2.3 - 1.4`), and `||` between alternatives. An array is alternatives;
 * empty means every version. Throws ERR_VERSIONS_SYNTAX, ERR_VERSIONS_EMPTY for a run nothing can satisfy,
 * ERR_VERSIONS_TYPE for ranges of a type whose order is not known here.
 */
export function parseVersions(type: string, versions: string | readonly string[]): VersionSet {
  const texts = typeof versions === 'string' ? [versions] : versions
  const set: VersionSet = { type: type.toLowerCase(), text: texts.join(' || '), alternatives: [] }
  for (const text of texts.flatMap((text) => text.split('||'))) set.alternatives.push(...parseText(set.type, text))
  if (set.alternatives.length > versionAlternativesMax) {
    throw new PurlError('ERR_VERSIONS_SYNTAX', `more than ${versionAlternativesMax} alternatives`)
  }
  if (set.alternatives.length === 0) set.alternatives.push([])
  return set
}

export function versionIn(set: VersionSet, version: string): Membership {
  const subject = { text: normalizeVersion(set.type, version), pypi: parsePep440(version), npm: parseSemver(version) }
  let membership: Membership = 'out'
  for (const alternative of set.alternatives) {
    const verdict = holds(set.type, alternative, subject)
    if (verdict === 'in') return 'in'
    if (verdict === 'unknown') membership = 'unknown'
  }
  return membership
}

/** Undefined where one of the two is no version of this type, or the type's order is not known here. */
export function compareVersions(type: string, a: string, b: string): number | undefined {
  if (type === 'pypi') {
    const [left, right] = [parsePep440(a), parsePep440(b)]
    return left === undefined || right === undefined ? undefined : comparePep440(left, right)
  }
  if (type !== 'npm') return a === b ? 0 : undefined
  const [left, right] = [parseSemver(a), parseSemver(b)]
  return left === undefined || right === undefined ? undefined : compareSemver(left, right)
}

/** The `affected[]` of an OSV record (https://ossf.github.io/osv-schema/#affectedranges-field), this package's alone. */
export type OsvAffected = {
  versions?: readonly string[]
  ranges?: readonly { type: string; events: readonly Record<string, string>[] }[]
}

/** GIT ranges name commits, not versions, and are left out. */
export function osvVersions(type: string, affected: OsvAffected): VersionSet {
  const set: VersionSet = { type: type.toLowerCase(), text: 'OSV record', alternatives: [] }
  for (const version of affected.versions ?? []) {
    set.alternatives.push([{ kind: 'exact', text: normalizeVersion(set.type, version) }])
  }
  for (const range of affected.ranges ?? []) {
    if (range.type !== 'GIT') set.alternatives.push(...osvRange(set.type, range.events))
  }
  if (set.alternatives.length === 0) {
    throw new PurlError('ERR_VERSIONS_EMPTY', 'the record names no version of this package')
  }
  return set
}

/** Plain order, as OSV evaluates: `fixed: 2.0` leaves `2.0rc1` affected, where PEP 440's `<2.0` would not. */
function osvRange(type: string, events: readonly Record<string, string>[]): Condition[][] {
  const marks = events
    .flatMap((event) => Object.entries(event))
    .filter(([kind]) => kind !== 'limit')
    .sort(([aKind, a], [bKind, b]) => {
      if (a === '0' || b === '0') return a === b ? 0 : a === '0' ? -1 : 1
      return compareVersions(type, a, b) || (aKind === 'introduced' ? -1 : bKind === 'introduced' ? 1 : 0)
    })
  const alternatives: Condition[][] = []
  let open: Condition[] | null = null
  for (const [kind, version] of marks) {
    if (kind === 'introduced') open ??= version === '0' ? [] : [{ kind: 'order', operator: '>=', version }]
    else if (open !== null) {
      alternatives.push([...open, { kind: 'order', operator: kind === 'fixed' ? '<' : '<=', version }])
      open = null
    }
  }
  if (open !== null) alternatives.push(open)
  return alternatives
}

type Subject = { text: string; pypi: Pep440 | undefined; npm: Semver | undefined }

function holds(type: string, conditions: readonly Condition[], subject: Subject): Membership {
  let membership: Membership = 'in'
  for (const condition of conditions) {
    const verdict = holdsOne(type, condition, subject)
    if (verdict === 'out') return 'out'
    if (verdict === 'unknown') membership = 'unknown'
  }
  return membership
}

function holdsOne(type: string, condition: Condition, subject: Subject): Membership {
  if (condition.kind === 'exact') {
    if (condition.text === subject.text) return 'in'
    return compareVersions(type, condition.text, subject.text) === 0 ? 'in' : 'out'
  }
  if (condition.kind === 'order') {
    const order = compareVersions(type, subject.text, condition.version)
    if (order === undefined) return 'unknown'
    if (condition.operator === '>=') return order >= 0 ? 'in' : 'out'
    return order < 0 || (order === 0 && condition.operator === '<=') ? 'in' : 'out'
  }
  if (condition.kind === 'npm') {
    if (subject.npm === undefined) return 'unknown'
    return satisfiesSemver(subject.npm, condition.comparator) ? 'in' : 'out'
  }
  if (subject.pypi === undefined) return 'unknown'
  return satisfiesPep440(subject.pypi, condition.operator, condition.version, condition.isPrefix) ? 'in' : 'out'
}

/** Splits at commas; bare and exact versions are alternatives of their own, neighbouring comparators join. */
function parseText(type: string, text: string): Condition[][] {
  const alternatives: Condition[][] = []
  let run: Condition[] | undefined
  for (const piece of text.split(',').map((part) => part.trim())) {
    if (piece === '') continue
    const [, sign = '', exact] = /^(={0,3})\s*([^\s<>=~^!*|]+)$/.exec(piece) ?? []
    if (exact !== undefined && isExact(type, sign, exact)) {
      alternatives.push([{ kind: 'exact', text: normalizeVersion(type, exact) }])
      run = undefined
      continue
    }
    if (run === undefined) alternatives.push((run = []))
    run.push(...parseComparators(type, piece))
  }
  if (alternatives.length === 0) return [[]]
  for (const alternative of alternatives) refuseEmpty(type, alternative, text)
  return alternatives
}

/** A version, or a text after `=` that no grammar knows. `1.2` is a version for PyPI and a range for npm. */
function isExact(type: string, sign: string, text: string): boolean {
  if (type === 'npm') return parseSemver(text) !== undefined || (sign !== '' && parseSemverRange(text) === undefined)
  return type !== 'pypi' || sign !== '' || parsePep440(text) !== undefined
}

function parseComparators(type: string, piece: string): Condition[] {
  if (piece === '*') return []
  if (type === 'npm') {
    const comparators = parseSemverRange(piece)
    if (comparators === undefined) throw syntax(piece)
    return comparators.map((comparator) => ({ kind: 'npm', comparator }))
  }
  if (type !== 'pypi') {
    throw new PurlError(
      'ERR_VERSIONS_TYPE',
      `\`${piece}\` is a range, and the order of ${type} versions is not known`,
      {
        hint: 'list the versions: `--versions "1.0.1, 1.0.2"`; ranges work for pypi and npm',
      },
    )
  }
  const conditions: Condition[] = []
  for (const part of piece.replace(/([<>=!~]=?=?)\s+/g, '$1').split(/\s+/)) {
    const operator = pep440Operators.find((known) => part.startsWith(known))
    const rest = operator === undefined ? '' : part.slice(operator.length)
    const isPrefix = rest.endsWith('.*') && (operator === '==' || operator === '!=')
    const version = parsePep440(isPrefix ? rest.slice(0, -2) : rest)
    if (operator === undefined || version === undefined) throw syntax(piece)
    if (operator === '~=' && version.release.length < 2) throw syntax(piece)
    conditions.push({ kind: 'pypi', operator, version, isPrefix })
  }
  return conditions
}

/** A slip such as `>=1, <2, >=3, <4` would match nothing, and a recall that matches nothing looks like good news. */
function refuseEmpty(type: string, conditions: readonly Condition[], text: string): void {
  const bounds = conditions.flatMap(boundOf)
  for (const low of bounds) {
    if (low.operator !== '>' && low.operator !== '>=') continue
    for (const high of bounds) {
      if (high.operator !== '<' && high.operator !== '<=') continue
      const order = low.compareTo(high.version)
      if (order < 0 || (order === 0 && low.operator === '>=' && high.operator === '<=')) continue
      throw new PurlError('ERR_VERSIONS_EMPTY', `no ${type} version can satisfy \`${text.trim()}\``, {
        hint: 'separate alternatives with `||`: `>=1, <2 || >=3, <4`',
      })
    }
  }
}

type Bound = { operator: string; version: Pep440 | Semver; compareTo(other: Pep440 | Semver): number }

function boundOf(condition: Condition): Bound[] {
  if (condition.kind === 'pypi') {
    const { operator, version } = condition
    return [{ operator, version, compareTo: (other) => ('epoch' in other ? comparePep440(version, other) : 0) }]
  }
  if (condition.kind !== 'npm') return []
  const { operator, version } = condition.comparator
  const compareTo = (other: Pep440 | Semver): number => ('core' in other ? compareSemver(version, other) : 0)
  const operators = operator === '=' ? ['>=', '<='] : [operator]
  return operators.map((operator) => ({ operator, version, compareTo }))
}

const syntax = (piece: string): PurlError =>
  new PurlError('ERR_VERSIONS_SYNTAX', `\`${piece}\` is no version and no range`, {
    hint: 'write `1.82.7, 1.82.8` or `>=1.0, <1.2`',
  })
