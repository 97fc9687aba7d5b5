import { CordonError } from '#kit'

import { normalizePep440 } from './pep440.ts'
import { entityId, type EntityId } from './entity.ts'

export class PurlError extends CordonError<
  'ERR_PURL_SYNTAX' | 'ERR_VERSIONS_SYNTAX' | 'ERR_VERSIONS_EMPTY' | 'ERR_VERSIONS_TYPE'
> {}

/**
 * Package URL (https://github.com/package-url/purl-spec, PURL-SPECIFICATION.rst). Parts are decoded and in canonical
 * form: `type` lower case, PyPI names per PEP 503, npm names lower case. Absent parts are null; qualifiers sorted by key.
 */
export type Purl = {
  type: string
  namespace: string | null
  name: string
  version: string | null
  qualifiers: Record<string, string>
  subpath: string | null
}

/** Characters of a purl given by a person or a vendor. */
export const purlLengthMax = 2048

/** PEP 503: runs of `-`, `_` and `.` become one `-`; lower case. */
export const normalizePypiName = (name: string): string => name.replace(/[-_.]+/g, '-').toLowerCase()

/** Throws ERR_PURL_SYNTAX. A scope may stand unencoded (`pkg:npm/@babel/core`), as people write it. */
export function parsePurl(text: string): Purl {
  if (text.length > purlLengthMax) throw syntax(text.slice(0, 64), `longer than ${purlLengthMax} characters`)
  const [beforeHash, hash] = splitLast(text.trim(), '#')
  const [beforeQuery, query] = splitLast(beforeHash, '?')
  if (!/^pkg:/i.test(beforeQuery)) throw syntax(text, 'it does not begin with `pkg:`')
  const path = beforeQuery.slice(4).replace(/^\/+/, '')
  const slash = path.indexOf('/')
  if (slash < 0) throw syntax(text, 'type and name are separated by `/`')
  let rest = path.slice(slash + 1)
  let version: string | null = null
  const at = rest.lastIndexOf('@')
  // Before the last `/` it is the `@` of an unencoded scope.
  if (at > rest.lastIndexOf('/')) {
    version = decode(text, rest.slice(at + 1))
    if (version === '') throw syntax(text, 'nothing follows the `@`')
    rest = rest.slice(0, at)
  }
  const segments = rest
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => decode(text, segment))
  return canonical(text, {
    type: path.slice(0, slash),
    namespace: segments.length > 1 ? segments.slice(0, -1).join('/') : null,
    name: segments.at(-1) ?? '',
    version,
    qualifiers: query === undefined ? {} : parseQualifiers(text, query),
    subpath: hash === undefined ? null : cleanSubpath(hash.split('/').map((segment) => decode(text, segment))),
  })
}

/** Checks the parts, brings them into canonical form and writes them. Throws ERR_PURL_SYNTAX. */
export function formatPurl(parts: Pick<Purl, 'type' | 'name'> & Partial<Purl>): string {
  const given = { namespace: null, version: null, qualifiers: {}, subpath: null, ...parts }
  const purl = canonical(`${parts.type}/${parts.name}`, {
    ...given,
    subpath: given.subpath === null ? null : cleanSubpath(given.subpath.split('/')),
  })
  const path = [...(purl.namespace === null ? [] : purl.namespace.split('/')), purl.name].map(encode).join('/')
  const query = Object.entries(purl.qualifiers)
    .map(([key, value]) => `${key}=${encode(value).replaceAll('%2F', '/')}`)
    .join('&')
  return [
    `pkg:${purl.type}/${path}`,
    purl.version === null ? '' : `@${encode(purl.version)}`,
    query === '' ? '' : `?${query}`,
    purl.subpath === null ? '' : `#${purl.subpath.split('/').map(encode).join('/')}`,
  ].join('')
}

/** `package:pypi:litellm@1.82.7`, `package:npm:@scope/name@1.0.0`: the same package gives the same id however it was spelt. */
export function packageEntity(type: string, fullName: string, version: string): EntityId {
  const { type: canonicalType, name } = packageName(type, fullName)
  return entityId('package', canonicalType, `${name}@${normalizeVersion(canonicalType, version)}`)
}

/** The canonical name with its namespace (`@scope/name`), as package facts carry it. Any text serves: hosts hold odd names. */
export function packageName(type: string, fullName: string): { type: string; name: string } {
  const lower = type.toLowerCase()
  if (lower === 'pypi') return { type: lower, name: normalizePypiName(fullName) }
  return { type: lower, name: lower === 'npm' ? fullName.toLowerCase() : fullName }
}

/** PEP 440 normal form for PyPI where the text is a version at all; elsewhere verbatim but for npm's leading `v` or `=`. */
export function normalizeVersion(type: string, version: string): string {
  if (type === 'pypi') return normalizePep440(version) ?? version
  return type === 'npm' ? version.trim().replace(/^[v=\s]+/, '') : version
}

/** `@scope/name` or `name`: the name as the ecosystem's own tools write it. */
export const fullName = (purl: Pick<Purl, 'namespace' | 'name'>): string =>
  purl.namespace === null ? purl.name : `${purl.namespace}/${purl.name}`

function canonical(text: string, purl: Purl): Purl {
  const type = purl.type.toLowerCase()
  if (!/^[a-z][a-z0-9.-]*$/.test(type)) throw syntax(text, 'a type is a letter, then letters, digits, `.` and `-`')
  if (purl.name === '') throw syntax(text, 'it has no name')
  if (purl.version === '') throw syntax(text, 'its version is empty')
  const qualifiers: Record<string, string> = {}
  const sorted = Object.entries(purl.qualifiers).map(([key, value]) => [key.toLowerCase(), value] as const)
  for (const [key, value] of sorted.sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!/^[a-z][a-z0-9._-]*$/.test(key)) throw syntax(text, `\`${key}\` is no qualifier key`)
    if (Object.hasOwn(qualifiers, key)) throw syntax(text, `the qualifier \`${key}\` stands twice`)
    if (value !== '') qualifiers[key] = value
  }
  const namespace = purl.namespace === null || purl.namespace === '' ? null : purl.namespace
  const rest = { version: purl.version, qualifiers, subpath: purl.subpath }
  if (type === 'pypi') return { type, namespace, name: normalizePypiName(purl.name), ...rest }
  if (type !== 'npm') return { type, namespace, name: purl.name, ...rest }
  const scope = namespace?.toLowerCase() ?? null
  const name = purl.name.toLowerCase()
  if (scope !== null && !/^@[a-z0-9~!'()*-][a-z0-9~!'()*._-]*$/.test(scope)) throw syntax(text, 'not an npm scope')
  // A scoped name may begin with `_` or `.`: npm grants scopes to their owners (validate-npm-package-name).
  const isName = scope === null ? /^[a-z0-9~!'()*-][a-z0-9~!'()*._-]*$/ : /^[a-z0-9~!'()*._-]+$/
  if (!isName.test(name)) throw syntax(text, 'not an npm name')
  return { type, namespace: scope, name, ...rest }
}

function parseQualifiers(text: string, query: string): Record<string, string> {
  const qualifiers: Record<string, string> = {}
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const key = (equals < 0 ? pair : pair.slice(0, equals)).toLowerCase()
    if (!/^[a-z][a-z0-9._-]*$/.test(key)) throw syntax(text, `\`${key}\` is no qualifier key`)
    if (Object.hasOwn(qualifiers, key)) throw syntax(text, `the qualifier \`${key}\` stands twice`)
    qualifiers[key] = equals < 0 ? '' : decode(text, pair.slice(equals + 1))
  }
  return qualifiers
}

function cleanSubpath(segments: readonly string[]): string | null {
  const kept = segments.filter((segment) => segment !== '' && segment !== '.' && segment !== '..')
  return kept.length === 0 ? null : kept.join('/')
}

/** Everything but the unreserved characters of RFC 3986, and `:`, is percent-encoded. */
const encode = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':')

function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw syntax(text, `\`${part}\` is wrongly percent-encoded`)
  }
}

function splitLast(text: string, separator: string): [string, string | undefined] {
  const at = text.lastIndexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

const syntax = (text: string, why: string): PurlError =>
  new PurlError('ERR_PURL_SYNTAX', `\`${text}\` is no package URL: ${why}`, {
    hint: 'write it as `pkg:pypi/litellm@1.82.7` or `pkg:npm/%40scope/name@1.0.0`',
  })
