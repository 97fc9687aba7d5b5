import {
  advisoriesOf,
  advisoryEntity,
  artefactOf,
  isVersionNamed,
  parseArtefact,
  type Advisory,
  type EntityId,
} from '#model'
import type { Scene } from '#posture'

import type { Vendor } from './types.ts'

/**
 * Software of a vendor's: what lies here, and what a person named. `advisories` are those that name the version, or any where
 * nobody tells the version; withdrawn ones are none.
 */
export type Component = {
  purl: string
  version: string | null
  from: 'installed' | 'named'
  on: EntityId | null
  advisories: { id: string; publishedAtMs: number; sure: boolean }[]
}

export async function componentsOf(scene: Scene, { parts, components }: Vendor): Promise<Component[]> {
  const here = parts.flatMap(({ kind, entity }) => {
    const artefact = kind === 'library' || kind === 'action' ? artefactOf(entity) : undefined
    return artefact === undefined ? [] : [{ ...artefact, on: entity, from: 'installed' as const }]
  })
  const named = components.map((purl) => ({ ...parseArtefact(purl), on: null, from: 'named' as const }))
  const all = [...here, ...named].map((one) => ({ ...one, purl: purlOf(one) }))
  const facts = await scene.facts(all.map(({ purl }) => advisoryEntity(purl)))
  return all.map(({ purl, type, version, on, from }): Component => {
    const entity = advisoryEntity(purl)
    const standing = advisoriesOf(entity, facts.get(entity) ?? {}).filter(({ withdrawn }) => withdrawn !== true)
    return { purl, version, from, on, advisories: standing.flatMap((one) => against(one, type, version)) }
  })
}

function against({ id, publishedAtMs, versions }: Advisory, type: string, version: string | null) {
  const isMeant = version === null || isVersionNamed(type, versions, version)
  return isMeant ? [{ id, publishedAtMs, sure: version !== null }] : []
}

const purlOf = ({ type, name }: { type: string; name: string }): string =>
  `pkg:${type}/${name.split('/').map(encodeURIComponent).join('/')}`
