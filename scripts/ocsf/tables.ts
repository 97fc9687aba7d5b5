import { attributeFlags, type OcsfTables } from '../../src/model/ocsf/tables.ts'

import type { Attribute, Entity, Schema } from './resolve.ts'

/** What the validator reads: every distinct attribute and enumeration once, classes and objects as lists of numbers. */
export function tablesOf({ version, types, profiles, objects, classes }: Schema): OcsfTables {
  const typeNames = [...types.keys()].sort()
  const enums = new Interned<(string | number)[]>()
  const attributes = new Interned<OcsfTables['attributes'][number]>()
  const attribute = (one: Attribute): number => {
    const type = typeNames.indexOf(one.type)
    const flags =
      (one.isRequired ? attributeFlags.required : 0) |
      (one.isArray ? attributeFlags.array : 0) |
      (one.isDeprecated ? attributeFlags.deprecated : 0)
    return attributes.add([
      one.name,
      type < 0 ? one.type : type,
      flags,
      one.values === null || isComputed(one.name) ? -1 : enums.add(valuesOf(one.values)),
      one.sibling ?? '',
      one.profiles.map((name) => profiles.indexOf(name)),
    ])
  }
  const node = (entity: Entity) => ({
    attributes: entity.attributes.map(attribute),
    ...(entity.atLeastOne.length === 0 ? {} : { atLeastOne: entity.atLeastOne }),
    ...(entity.justOne.length === 0 ? {} : { justOne: entity.justOne }),
    ...(entity.isDeprecated ? { isDeprecated: true } : {}),
  })
  const byObject = Object.fromEntries(objects.map((object) => [object.name, node(object)]))
  const byClass = Object.fromEntries(
    classes.map((one) => [one.classUid, { name: one.name, categoryUid: one.categoryUid, ...node(one) }]),
  )
  return {
    version,
    profiles,
    types: typeNames.map((name) => {
      const { type, regex, max_len: lengthMax, range } = types.get(name) ?? {}
      return { name, base: type ?? name, ...defined({ regex, lengthMax, range }) }
    }),
    enums: enums.all,
    attributes: attributes.all,
    objects: byObject,
    classes: byClass,
  }
}

/** These follow from the class, which the validator knows. */
const isComputed = (name: string): boolean => ['class_uid', 'category_uid', 'type_uid'].includes(name)

export function valuesOf(values: ReadonlyMap<string, string>): (string | number)[] {
  const keys = [...values.keys()]
  return keys.every((key) => /^\d+$/.test(key)) ? keys.map(Number).sort((one, other) => one - other) : keys.sort()
}

const defined = <Fields extends object>(fields: Fields): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields // oxlint-disable-line typescript/no-unsafe-type-assertion -- the same fields, fewer

class Interned<Value> {
  readonly all: Value[] = []
  readonly #places = new Map<string, number>()

  add(value: Value): number {
    const key = JSON.stringify(value)
    const place = this.#places.get(key)
    if (place !== undefined) return place
    this.#places.set(key, this.all.length)
    return this.all.push(value) - 1
  }
}
