import type { Layer, RawAttribute, RawEntity, RawSchema, RawType } from './read.ts'

export type Attribute = {
  name: string
  /** A data type (`ip_t`) or the name of an object. */
  type: string
  isRequired: boolean
  isArray: boolean
  isDeprecated: boolean
  /** Captions by value. */
  values: ReadonlyMap<string, string> | null
  sibling: string | null
  /** Profiles that bring it in; empty when the class or object has it of itself. */
  profiles: readonly string[]
}
export type Entity = {
  name: string
  attributes: Attribute[]
  atLeastOne: readonly string[]
  justOne: readonly string[]
  isDeprecated: boolean
}
export type Class = Entity & { classUid: number; categoryUid: number }
export type Schema = {
  version: string
  types: Map<string, RawType>
  profiles: string[]
  objects: Entity[]
  classes: Class[]
}

type Placed = RawAttribute & { profiles?: readonly string[] }
type Node = Omit<RawEntity, 'attributes' | 'name'> & {
  name: string
  extension: Layer['extension']
  attributes: Map<string, Placed>
}

/** Classes and objects with all that `extends`, `$include`, extensions and the dictionary give them. */
export function resolveSchema({ version, categories, layers }: RawSchema): Schema {
  const dictionary = new Map(layers.flatMap((layer) => Object.entries(layer.dictionary.attributes)))
  const types = new Map(layers.flatMap((layer) => Object.entries(layer.dictionary.types?.attributes ?? {})))
  const classNodes = gather(layers, (layer) => layer.classes)
  const objectNodes = gather(layers, (layer) => layer.objects)
  const observables = observableTypes(layers)
  const finish = (node: Node): Entity => {
    const entity = finishEntity(node, dictionary, types)
    if (node.name === 'observable')
      for (const one of entity.attributes) if (one.name === 'type_id') addValues(one, observables)
    return entity
  }
  return {
    version,
    types,
    profiles: layers.flatMap((layer) => [...layer.profiles].map(([, profile]) => profileName(layer, profile))).sort(),
    objects: [...objectNodes.values()]
      .filter(({ name }) => !name.startsWith('_'))
      .map((node) => finish(inherit(node, objectNodes)))
      .sort(byName),
    classes: [...classNodes.values()]
      .filter(({ uid, name }) => uid !== undefined || name === 'base_event')
      .map((own) => {
        const node = inherit(own, classNodes)
        const category = categories.get(node.category ?? '') ?? 0
        const categoryUid = (node.extension?.uid ?? 0) * 100 + category
        return { ...finish(node), categoryUid: category, classUid: categoryUid * 1000 + (own.uid ?? 0) }
      })
      .sort((one, other) => one.classUid - other.classUid),
  }
}

/** The schema marks what may be an observable where it defines it: `observable.type_id` has the numbers of all of them. */
function observableTypes(layers: readonly Layer[]): Map<string, string> {
  const found = new Map<string, string>()
  const note = (marks: readonly { observable?: number | undefined; caption?: string | undefined }[]): void => {
    for (const { observable, caption = '' } of marks)
      if (observable !== undefined) found.set(String(observable), caption)
  }
  for (const { dictionary, classes, objects } of layers) {
    note(Object.values(dictionary.types?.attributes ?? {}))
    note(Object.values(dictionary.attributes))
    for (const entity of [...classes, ...objects]) note([entity, ...Object.values(entity.attributes.own)])
  }
  return found
}

const addValues = (attribute: Attribute, values: ReadonlyMap<string, string>): void => {
  attribute.values = new Map([...(attribute.values ?? []), ...values])
}

const byName = (one: Entity, other: Entity): number => (one.name < other.name ? -1 : 1)
const profileName = ({ extension }: Layer, { name = '' }: RawEntity): string =>
  extension === null ? name : `${extension.name}/${name}`

/** An extension's file that extends its own name, or has none, is a patch of the core's. */
function gather(layers: readonly Layer[], pick: (layer: Layer) => RawEntity[]): Map<string, Node> {
  const nodes = new Map<string, Node>()
  for (const layer of layers) {
    for (const raw of pick(layer)) {
      const name = raw.name ?? raw.extends ?? ''
      const attributes = withIncludes(raw, layer, layers)
      const before = nodes.get(name)
      if (before === undefined) nodes.set(name, { ...raw, name, extension: layer.extension, attributes })
      else if (raw.extends === name) {
        before.attributes = overlay(before.attributes, attributes)
        before.constraints = { ...before.constraints, ...raw.constraints }
      } else throw new Error(`the schema has two of \`${name}\`: an extension must patch it by extending its own name`)
    }
  }
  return nodes
}

function withIncludes(raw: RawEntity, layer: Layer, layers: readonly Layer[]): Map<string, Placed> {
  let attributes = new Map<string, Placed>()
  for (const path of raw.attributes.include) {
    const owner = [layer, ...layers].find(({ profiles }) => profiles.has(path))
    const profile = owner?.profiles.get(path)
    if (owner === undefined || profile === undefined)
      throw new Error(`\`${raw.name}\` includes ${path}, which is absent`)
    const name = profileName(owner, profile)
    const own = Object.entries(profile.attributes.own).map(
      ([key, one]) => [key, { ...profile.annotations, ...one, profiles: [name] }] as const,
    )
    attributes = overlay(attributes, new Map(own))
  }
  return overlay(attributes, new Map(Object.entries(raw.attributes.own)))
}

function overlay(under: ReadonlyMap<string, Placed>, over: ReadonlyMap<string, Placed>): Map<string, Placed> {
  const all = new Map(under)
  for (const [name, one] of over) {
    const before = all.get(name)
    all.set(name, before === undefined ? one : overlayOne(before, one))
  }
  return all
}

function overlayOne(under: Placed, over: Placed): Placed {
  const values = under.enum !== undefined || over.enum !== undefined ? { enum: { ...under.enum, ...over.enum } } : {}
  const profiles = [...new Set([...(under.profiles ?? []), ...(over.profiles ?? [])])].sort()
  return { ...under, ...over, ...values, profiles }
}

function inherit(node: Node, nodes: ReadonlyMap<string, Node>): Node {
  if (node.extends === undefined) return node
  const parent = nodes.get(node.extends)
  if (parent === undefined) throw new Error(`\`${node.name}\` extends \`${node.extends}\`, which is absent`)
  const above = inherit(parent, nodes)
  return {
    ...above,
    ...node,
    category: node.category ?? above.category,
    constraints: node.constraints ?? above.constraints,
    attributes: overlay(above.attributes, node.attributes),
  }
}

function finishEntity(node: Node, dictionary: ReadonlyMap<string, RawAttribute>, types: Schema['types']): Entity {
  const found = new Map<string, Attribute>()
  for (const [name, own] of node.attributes) {
    const known = dictionary.get(name)
    if (known === undefined) throw new Error(`\`${name}\` of \`${node.name}\` is not in the dictionary`)
    const all = overlayOne(known, own)
    const { type } = all
    if (type === undefined) throw new Error(`\`${name}\` of \`${node.name}\` has no type`)
    found.set(name, {
      name,
      type: type === 'object_t' ? 'object' : type,
      isRequired: all.requirement === 'required',
      isArray: all.is_array === true,
      isDeprecated: all['@deprecated'] !== undefined,
      values: all.enum === undefined ? null : new Map(Object.entries(all.enum).map(([key, one]) => [key, one.caption])),
      sibling: all.sibling ?? null,
      profiles: own.profile === undefined ? (own.profiles ?? []) : own.profile === null ? [] : [own.profile],
    })
    if (type === 'timestamp_t' && types.has('datetime_t')) addDatetime(found, name)
  }
  return {
    name: node.name,
    attributes: [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1)),
    atLeastOne: node.constraints?.at_least_one ?? [],
    justOne: node.constraints?.just_one ?? [],
    isDeprecated: node['@deprecated'] !== undefined,
  }
}

/** The datetime profile has no attributes of its own: it doubles every timestamp as text. */
function addDatetime(found: Map<string, Attribute>, timestamp: string): void {
  const name = `${timestamp}_dt`
  found.set(name, {
    name,
    type: 'datetime_t',
    isRequired: false,
    isArray: false,
    isDeprecated: false,
    values: null,
    sibling: null,
    profiles: ['datetime'],
  })
}
