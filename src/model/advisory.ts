import { isObject, parseOwnJson } from '#kit'

import { parseArtefact } from './artefact.ts'
import { entityId, parseEntityId, type EntityFact, type EntityId } from './entity.ts'
import { parseVersions, versionIn } from './version-set.ts'

/**
 * Somebody says that an artefact is bad. `versions`: versions, or ranges as `parseVersions` reads them; empty: every one.
 * `publishedAtMs`: when it was said. A withdrawn one is no longer said.
 */
export type Advisory = { id: string; purl: string; versions: string[]; publishedAtMs: number; withdrawn?: boolean }

/** Who may state advisories: sources whose scope is about packages of this authority, and nobody else. */
export const advisoryAuthority = 'osv'
const attributePrefix = 'advisory:'

/** The artefact under all its versions, as advisories speak of it. Throws ERR_ARTEFACT_PURL. */
export function advisoryEntity(purl: string): EntityId {
  const { type, name } = parseArtefact(purl)
  return entityId('package', advisoryAuthority, `${type}/${name}`)
}

/** The estate keeps an advisory as a fact: durable, dated, and replaced by a later word under the same id. */
export const advisoryFact = (advisory: Advisory, observedAtMs: number): EntityFact => ({
  entity: advisoryEntity(advisory.purl),
  observedAtMs,
  attributes: { [`${attributePrefix}${advisory.id}`]: JSON.stringify(advisory) },
})

/** Advisories among an entity's attributes, withdrawn ones too. */
export function advisoriesOf(entity: EntityId, attributes: Readonly<Record<string, unknown>>): Advisory[] {
  const parts = parseEntityId(entity)
  if (parts?.kind !== 'package' || parts.authority !== advisoryAuthority) return []
  return Object.entries(attributes).flatMap(([name, value]): Advisory[] => {
    if (!name.startsWith(attributePrefix) || typeof value !== 'string') return []
    const advisory = parseOwnJson<Advisory>(value)
    return isObject(advisory) ? [advisory] : []
  })
}

/**
 * Is this version one of those named? An exact text always counts as itself, and an installed version that no grammar
 * knows counts as inside a range: a recall must not miss it.
 */
export function isVersionNamed(type: string, versions: readonly string[], installed: string): boolean {
  if (versions.length === 0 || versions.includes(installed)) return true
  return versions.some((text) => {
    try {
      return versionIn(parseVersions(type, text), installed) !== 'out'
    } catch {
      return false
    }
  })
}
