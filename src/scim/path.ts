import { badPath } from './error.ts'
import { parseFilter, type Filter } from './filter.ts'
import { attributesOf, extensionsOf, findAttribute, type Attribute, type ResourceType } from './schemas.ts'

/**
 * A place in a resource: `name.familyName`, `emails[type eq "work"].value`, `urn:…:User:department`. `extension`: the
 * URN of the schema it stands under, null for the core. `attribute` undefined: the extension as a whole.
 */
export type Path = {
  extension: string | null
  attribute: Attribute | undefined
  filter: Filter | null
  sub: Attribute | undefined
}

const shape = /^([A-Za-z$][\w$-]*)(?:\[(.*)\])?(?:\.([A-Za-z$][\w$-]*))?$/s

/** Undefined: no attribute of ours is called so. Throws for what is no path at all. */
export function parsePath(text: string, type: ResourceType): Path | undefined {
  const { extension, rest } = splitUrn(text.trim(), type)
  const list =
    extension === null ? attributesOf(type) : (extensionsOf[type].find(({ id }) => id === extension)?.attributes ?? [])
  if (rest === '') return { extension, attribute: undefined, filter: null, sub: undefined }
  const match = shape.exec(rest)
  if (match === null) throw badPath('the path is none that SCIM knows')
  const [, name = '', inner, subName] = match
  const attribute = findAttribute(list, name)
  if (attribute === undefined) return undefined
  const filter = inner === undefined ? null : parseFilter(inner)
  if (filter !== null && attribute.sub === undefined) throw badPath(`\`${attribute.name}\` has no parts to choose by`)
  if (subName === undefined) return { extension, attribute, filter, sub: undefined }
  const sub = findAttribute(attribute.sub ?? [], subName)
  return sub === undefined ? undefined : { extension, attribute, filter, sub }
}

/** The URN may stand before an attribute, by a colon (RFC 7644, 3.10). The core schema's own is left out. */
function splitUrn(text: string, type: ResourceType): { extension: string | null; rest: string } {
  const lower = text.toLowerCase()
  for (const { id } of extensionsOf[type]) {
    if (lower === id.toLowerCase()) return { extension: id, rest: '' }
    if (lower.startsWith(`${id.toLowerCase()}:`)) return { extension: id, rest: text.slice(id.length + 1) }
  }
  const core = `urn:ietf:params:scim:schemas:core:2.0:${type.toLowerCase()}:`
  return { extension: null, rest: lower.startsWith(core) ? text.slice(core.length) : text }
}
