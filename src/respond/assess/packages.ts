import { artefactOf, isVersionNamed, parseArtefact, type EntityId } from '#model'
import type { EstateView } from '#estate'

/** Package entities of the artefact: every known version when the list is empty, else those named, one by one or in a range. */
export async function findPackages(view: EstateView, purl: string, versions: readonly string[]): Promise<EntityId[]> {
  const { type, name, version } = parseArtefact(purl)
  const wanted = version === null ? versions : [...versions, version]
  const found = await view.find('package', { type, name })
  const facts = await view.facts(found)
  const versionOf = (entity: EntityId): string => {
    const stated = facts.get(entity)?.['version']
    return typeof stated === 'string' ? stated : (artefactOf(entity)?.version ?? '')
  }
  return found.filter((entity) => isVersionNamed(type, wanted, versionOf(entity))).sort()
}
