import { CordonError } from '#kit'

import { parseEntityId, type EntityId } from './entity.ts'

export class ArtefactError extends CordonError<'ERR_ARTEFACT_PURL'> {}

/** A package URL's parts, names normalised as the estate keeps them. `version` null when the URL names none. */
export type Artefact = { type: string; name: string; version: string | null }

/**
 * Reads `pkg:type/namespace/name@version?qualifiers#subpath` (github.com/package-url/purl-spec). Qualifiers and subpath
 * are dropped. Names are normalised: PEP 503 for pypi, lower case for npm. Throws ERR_ARTEFACT_PURL.
 */
export function parseArtefact(purl: string): Artefact {
  const match = /^pkg:\/{0,2}([a-z][a-z0-9.+-]*)\/([^?#]+)/i.exec(purl.trim())
  const type = match?.[1]?.toLowerCase()
  const path = match?.[2]?.replace(/\/+$/, '')
  if (type === undefined || path === undefined || path === '') {
    throw new ArtefactError('ERR_ARTEFACT_PURL', `\`${purl}\` is no package URL`, {
      hint: 'write it as `pkg:pypi/litellm` or `pkg:npm/%40scope/name`',
    })
  }
  const at = path.lastIndexOf('@')
  const isVersioned = at > 0 && path[at - 1] !== '/'
  const rawName = isVersioned ? path.slice(0, at) : path
  const version = isVersioned ? decode(path.slice(at + 1), purl) : null
  const name = rawName
    .split('/')
    .map((part) => decode(part, purl))
    .join('/')
  return { type, name: normalName(type, name), version: version === '' ? null : version }
}

const normalName = (type: string, name: string): string =>
  type === 'pypi' ? name.toLowerCase().replace(/[-_.]+/g, '-') : type === 'npm' ? name.toLowerCase() : name

function decode(part: string, purl: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new ArtefactError('ERR_ARTEFACT_PURL', `\`${purl}\` holds a broken percent escape`, {
      hint: 'write `@` of an npm scope as `%40`',
    })
  }
}

/** What a package entity's id says of it: `package:pypi:litellm@1.82.7`; undefined for other entities. */
export function artefactOf(entity: EntityId): Artefact | undefined {
  const parts = parseEntityId(entity)
  if (parts?.kind !== 'package') return undefined
  const at = parts.native.lastIndexOf('@')
  const name = at > 0 ? parts.native.slice(0, at) : parts.native
  return { type: parts.authority, name, version: at > 0 ? parts.native.slice(at + 1) : null }
}
