/**
 * Versions and specifiers of Python packages: PEP 440, now
 * https://packaging.python.org/en/latest/specifications/version-specifiers/. Numbers are kept as digit strings, so that
 * a date with twenty digits compares exactly.
 */
export type Pep440 = {
  epoch: string
  release: string[]
  pre: ['a' | 'b' | 'rc', string] | null
  post: string | null
  dev: string | null
  local: string[] | null
}

export const pep440Operators = ['===', '==', '!=', '<=', '>=', '~=', '<', '>'] as const
export type Pep440Operator = (typeof pep440Operators)[number]

/** Characters; longer texts are no version. */
export const versionLengthMax = 256

/** Appendix B of PEP 440. */
const pattern =
  /^v?(?:(\d+)!)?(\d+(?:\.\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?(\d*))?(?:-(\d+)|[-_.]?(post|rev|r)[-_.]?(\d*))?(?:[-_.]?(dev)[-_.]?(\d*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/
const preNames: Record<string, 'a' | 'b' | 'rc'> = {
  a: 'a',
  alpha: 'a',
  b: 'b',
  beta: 'b',
  c: 'rc',
  rc: 'rc',
  pre: 'rc',
  preview: 'rc',
}

/** Undefined when the text is no PEP 440 version. */
export function parsePep440(text: string): Pep440 | undefined {
  if (text.length > versionLengthMax) return undefined
  const match = pattern.exec(text.trim().toLowerCase())
  if (match === null) return undefined
  const [, epoch, release = '', preName, pre, dashPost, postName, post, devName, dev, local] = match
  const preKind = preName === undefined ? undefined : preNames[preName]
  return {
    epoch: digits(epoch),
    release: release.split('.').map(digits),
    pre: preKind === undefined ? null : [preKind, digits(pre)],
    post: dashPost !== undefined ? digits(dashPost) : postName === undefined ? null : digits(post),
    dev: devName === undefined ? null : digits(dev),
    local: local === undefined ? null : local.split(/[-_.]/).map((part) => (/^\d+$/.test(part) ? digits(part) : part)),
  }
}

/** The normal form of PEP 440; trailing zeros stay, as `pip list` shows them. Undefined when the text is no version. */
export function normalizePep440(text: string): string | undefined {
  const version = parsePep440(text)
  if (version === undefined) return undefined
  return [
    version.epoch === '0' ? '' : `${version.epoch}!`,
    version.release.join('.'),
    version.pre === null ? '' : version.pre.join(''),
    version.post === null ? '' : `.post${version.post}`,
    version.dev === null ? '' : `.dev${version.dev}`,
    version.local === null ? '' : `+${version.local.join('.')}`,
  ].join('')
}

/** Total order; 0 for two spellings of the same version (`1.0` and `1.0.0`). */
export function comparePep440(a: Pep440, b: Pep440): number {
  return comparePublic(a, b) || compareLocal(a.local, b.local)
}

/** Whether `version` satisfies `operator spec`, pre-releases included: a recall must not miss them. */
export function satisfiesPep440(version: Pep440, operator: Pep440Operator, spec: Pep440, isPrefix = false): boolean {
  switch (operator) {
    case '===':
    case '==':
      if (isPrefix) return hasPrefix(version, spec.epoch, spec.release)
      return spec.local === null ? comparePublic(version, spec) === 0 : comparePep440(version, spec) === 0
    case '!=':
      return !satisfiesPep440(version, '==', spec, isPrefix)
    case '<=':
      return comparePublic(version, spec) <= 0
    case '>=':
      return comparePublic(version, spec) >= 0
    case '~=':
      return comparePublic(version, spec) >= 0 && hasPrefix(version, spec.epoch, spec.release.slice(0, -1))
    case '<':
      if (comparePep440(version, spec) >= 0) return false
      return isPrerelease(spec) || !isPrerelease(version) || !hasSameBase(version, spec)
    case '>':
      if (comparePep440(version, spec) <= 0) return false
      if (spec.post === null && version.post !== null && hasSameBase(version, spec)) return false
      return version.local === null || !hasSameBase(version, spec)
  }
}

const isPrerelease = (version: Pep440): boolean => version.pre !== null || version.dev !== null
const hasSameBase = (a: Pep440, b: Pep440): boolean => a.epoch === b.epoch && compareRelease(a.release, b.release) === 0

function hasPrefix(version: Pep440, epoch: string, prefix: readonly string[]): boolean {
  return version.epoch === epoch && prefix.every((part, index) => (version.release[index] ?? '0') === part)
}

function comparePublic(a: Pep440, b: Pep440): number {
  return (
    compareDigits(a.epoch, b.epoch) ||
    compareRelease(a.release, b.release) ||
    preRank(a) - preRank(b) ||
    compareDigits(a.pre?.[1] ?? '0', b.pre?.[1] ?? '0') ||
    compareAbsent(a.post, b.post, -1) ||
    compareAbsent(a.dev, b.dev, 1)
  )
}

/** `1.0.dev1` stands before `1.0a1`; a version without a pre-release part stands after its release candidates. */
function preRank(version: Pep440): number {
  if (version.pre !== null) return { a: 1, b: 2, rc: 3 }[version.pre[0]]
  return version.post === null && version.dev !== null ? 0 : 4
}

function compareRelease(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const order = compareDigits(a[index] ?? '0', b[index] ?? '0')
    if (order !== 0) return order
  }
  return 0
}

/** `absent`: where null stands against a number, -1 before it, 1 after it. */
function compareAbsent(a: string | null, b: string | null, absent: -1 | 1): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? absent : -absent
  return compareDigits(a, b)
}

function compareLocal(a: readonly string[] | null, b: readonly string[] | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [left = '', right = ''] = [a[index], b[index]]
    const [leftIsNumber, rightIsNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)]
    if (leftIsNumber !== rightIsNumber) return leftIsNumber ? 1 : -1
    const order = leftIsNumber ? compareDigits(left, right) : compareText(left, right)
    if (order !== 0) return order
  }
  return a.length - b.length
}

const digits = (text: string | undefined): string => (text ?? '').replace(/^0+(?=\d)/, '') || '0'
const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)
/** Both without leading zeros. */
export const compareDigits = (a: string, b: string): number => a.length - b.length || compareText(a, b)
