import { compareDigits, versionLengthMax } from './pep440.ts'

/** Semantic Versioning 2.0.0 (https://semver.org); numbers as digit strings. Build metadata does not order versions. */
export type Semver = { core: [string, string, string]; pre: string[] }
export type SemverOperator = '=' | '<' | '<=' | '>' | '>='
export type SemverComparator = { operator: SemverOperator; version: Semver }

const identifiers = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*'
const full = new RegExp(`^[v=\\s]*(\\d+)\\.(\\d+)\\.(\\d+)(?:-?(${identifiers}))?(?:\\+${identifiers})?$`)
const partial = new RegExp(
  `^[v=\\s]*(\\d+|[xX*])(?:\\.(\\d+|[xX*])(?:\\.(\\d+|[xX*])(?:-?(${identifiers}))?(?:\\+${identifiers})?)?)?$`,
)
/** Below every release with the same core: the lower edge of a range, pre-releases included. */
const lowest = ['0']

/** Undefined when the text is no full version. A leading `v` or `=` is allowed, as npm allows it. */
export function parseSemver(text: string): Semver | undefined {
  const match = text.length > versionLengthMax ? null : full.exec(text.trim())
  if (match === null) return undefined
  const [, major, minor, patch, pre] = match
  return { core: [digits(major), digits(minor), digits(patch)], pre: pre === undefined ? [] : pre.split('.') }
}

/** SemVer §11. */
export function compareSemver(a: Semver, b: Semver): number {
  for (const index of [0, 1, 2] as const) {
    const order = compareDigits(a.core[index], b.core[index])
    if (order !== 0) return order
  }
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length
  for (let index = 0; index < Math.max(a.pre.length, b.pre.length); index++) {
    const [left, right] = [a.pre[index], b.pre[index]]
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1
    const order = compareIdentifier(left, right)
    if (order !== 0) return order
  }
  return 0
}

export function satisfiesSemver(version: Semver, { operator, version: bound }: SemverComparator): boolean {
  const order = compareSemver(version, bound)
  if (operator === '=') return order === 0
  if (operator === '<' || operator === '<=') return order < 0 || (operator === '<=' && order === 0)
  return order > 0 || (operator === '>=' && order === 0)
}

/**
 * One set of npm's range grammar (node-semver README, "Ranges") without `||`: comparators that must all hold. `^`, `~`,
 * x-ranges and hyphen ranges become plain bounds; pre-releases count like any version (`includePrerelease`), because
 * a recall must not miss them. Undefined when the text is no range.
 */
export function parseSemverRange(text: string): SemverComparator[] | undefined {
  const trimmed = text.trim()
  const hyphen = /^(\S+)\s+-\s+(\S+)$/.exec(trimmed)
  if (hyphen !== null) {
    const [from, to] = [parsePartial(hyphen[1]), parsePartial(hyphen[2])]
    return from === undefined || to === undefined ? undefined : [...lower(from), ...upper(to)]
  }
  const out: SemverComparator[] = []
  const joined = trimmed.replace(/(<=|>=|~>|[<>=~^])\s+/g, '$1')
  for (const part of joined === '' ? [] : joined.split(/\s+/)) {
    const match = /^(<=|>=|~>|[<>=~^])?(.*)$/.exec(part)
    const version = match === null || match[2] === '' ? undefined : parsePartial(match[2])
    if (version === undefined) return undefined
    out.push(...desugar(match?.[1] ?? '=', version))
  }
  return out
}

type Partial = { core: string[]; pre: string[] }

function parsePartial(text: string | undefined): Partial | undefined {
  const match = text === undefined || text.length > versionLengthMax ? null : partial.exec(text)
  if (match === null) return undefined
  const core: string[] = []
  for (const part of match.slice(1, 4)) {
    if (part === undefined || /^[xX*]$/.test(part)) break
    core.push(digits(part))
  }
  return { core, pre: core.length === 3 && match[4] !== undefined ? match[4].split('.') : [] }
}

function desugar(operator: string, partial: Partial): SemverComparator[] {
  if (partial.core.length === 0) return operator === '<' || operator === '>' ? nothing() : []
  switch (operator) {
    case '^': {
      const significant = partial.core.findIndex((part) => part !== '0')
      return [...lower(partial), ...below(partial, significant < 0 ? partial.core.length - 1 : significant)]
    }
    case '~':
    case '~>':
      return [...lower(partial), ...below(partial, Math.min(1, partial.core.length - 1))]
    case '>=':
      return lower(partial)
    case '<=':
      return upper(partial)
    case '<':
      return [{ operator: '<', version: floor(partial) }]
    case '>':
      return partial.core.length === 3
        ? [{ operator: '>', version: floor(partial) }]
        : below(partial, partial.core.length - 1).map(({ version }) => ({ operator: '>=', version }))
    default:
      return partial.core.length === 3
        ? [{ operator: '=', version: floor(partial) }]
        : [...lower(partial), ...upper(partial)]
  }
}

const lower = (partial: Partial): SemverComparator[] =>
  partial.core.length === 0 ? [] : [{ operator: '>=', version: floor(partial) }]

function upper(partial: Partial): SemverComparator[] {
  if (partial.core.length === 0) return []
  return partial.core.length === 3
    ? [{ operator: '<=', version: floor(partial) }]
    : below(partial, partial.core.length - 1)
}

/** `<` the next version at `index`, its pre-releases excluded with it. */
function below(partial: Partial, index: number): SemverComparator[] {
  const core = partial.core.slice(0, index + 1)
  core[index] = increment(core[index] ?? '0')
  return [{ operator: '<', version: { core: padded(core), pre: lowest } }]
}

function floor(partial: Partial): Semver {
  return { core: padded(partial.core), pre: partial.core.length === 3 ? partial.pre : lowest }
}

const nothing = (): SemverComparator[] => [{ operator: '<', version: { core: ['0', '0', '0'], pre: lowest } }]
const padded = (core: readonly string[]): [string, string, string] => [core[0] ?? '0', core[1] ?? '0', core[2] ?? '0']
const digits = (text: string | undefined): string => (text ?? '').replace(/^0+(?=\d)/, '') || '0'
const increment = (text: string): string => (BigInt(text) + 1n).toString()

function compareIdentifier(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1
  return aIsNumber ? compareDigits(digits(a), digits(b)) : a === b ? 0 : a < b ? -1 : 1
}
