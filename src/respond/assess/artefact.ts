import { parseEntityId, type EntityId } from '#model'
import type { EstateView } from '#estate'
import { CordonError } from '#kit'

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

/** Package entities of the artefact: every known version when the list is empty, else exactly those named. */
export async function findPackages(view: EstateView, purl: string, versions: readonly string[]): Promise<EntityId[]> {
  const { type, name, version } = parseArtefact(purl)
  const wanted = new Set(version === null ? versions : [...versions, version])
  const found = await view.find('package', { type, name })
  const facts = await view.facts(found)
  const versionOf = (entity: EntityId): string => {
    const stated = facts.get(entity)?.['version']
    if (typeof stated === 'string') return stated
    const native = parseEntityId(entity)?.native ?? ''
    return native.slice(native.lastIndexOf('@') + 1)
  }
  return found.filter((entity) => wanted.size === 0 || wanted.has(versionOf(entity))).sort()
}
