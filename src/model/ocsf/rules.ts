import { isIP } from 'node:net'

import { attributeFlags, readTables, type OcsfTables } from './tables.ts'

/** One attribute of a class or object, ready to check. */
export type AttributeRule = {
  name: string
  isRequired: boolean
  isArray: boolean
  isDeprecated: boolean
  /** Name of the data type or object, for messages. */
  type: string
  /** Undefined for an object. */
  accepts: ((value: unknown) => boolean) | undefined
  object: string
  values: ReadonlySet<unknown> | undefined
  sibling: string
  profiles: readonly string[]
}
export type NodeRules = {
  name: string
  byName: ReadonlyMap<string, AttributeRule>
  required: readonly AttributeRule[]
  atLeastOne: readonly string[]
  justOne: readonly string[]
  isDeprecated: boolean
  /** The object without attributes of its own takes any: `unmapped`, `xattributes`. */
  isOpen: boolean
}
export type ClassRules = NodeRules & { classUid: number; categoryUid: number }

/** Longer text is not tried against an expression. */
const matchedCharsMax = 8_192

/** The schema's tables as maps and functions; each class and object is compiled when an event first has it. */
export class OcsfRules {
  readonly version: string
  readonly #tables: OcsfTables
  readonly #accepts: ((value: unknown) => boolean)[]
  readonly #enums: ReadonlySet<unknown>[]
  readonly #objects = new Map<string, NodeRules>()
  readonly #classes = new Map<number, ClassRules>()

  constructor(tables: OcsfTables) {
    this.version = tables.version
    this.#tables = tables
    this.#accepts = tables.types.map(acceptOf)
    this.#enums = tables.enums.map((values) => new Set<unknown>(values))
  }

  class(classUid: number): ClassRules | undefined {
    const known = this.#classes.get(classUid)
    const table = this.#tables.classes[String(classUid)]
    if (known !== undefined || table === undefined) return known
    const rules = { ...this.#compile(table.name, table), classUid, categoryUid: table.categoryUid }
    this.#classes.set(classUid, rules)
    return rules
  }

  object(name: string): NodeRules {
    const known = this.#objects.get(name)
    if (known !== undefined) return known
    const table = this.#tables.objects[name]
    const rules = this.#compile(name, table ?? { attributes: [] })
    this.#objects.set(name, rules)
    return rules
  }

  #compile(name: string, table: OcsfTables['objects'][string]): NodeRules {
    const rules = table.attributes.flatMap((place) => {
      const row = this.#tables.attributes[place]
      return row === undefined ? [] : [this.#attribute(row)]
    })
    return {
      name,
      byName: new Map(rules.map((rule) => [rule.name, rule])),
      required: rules.filter(({ isRequired }) => isRequired),
      atLeastOne: table.atLeastOne ?? [],
      justOne: table.justOne ?? [],
      isDeprecated: table.isDeprecated ?? false,
      isOpen: rules.length === 0,
    }
  }

  #attribute([name, type, flags, place, sibling, profiles]: OcsfTables['attributes'][number]): AttributeRule {
    return {
      name,
      isRequired: (flags & attributeFlags.required) !== 0,
      isArray: (flags & attributeFlags.array) !== 0,
      isDeprecated: (flags & attributeFlags.deprecated) !== 0,
      type: typeof type === 'string' ? type : (this.#tables.types[type]?.name ?? ''),
      accepts: typeof type === 'string' ? undefined : this.#accepts[type],
      object: typeof type === 'string' ? type : '',
      values: this.#enums[place],
      sibling,
      profiles: profiles.map((at) => this.#tables.profiles[at] ?? ''),
    }
  }
}

const bases: Record<string, (value: unknown) => boolean> = {
  string_t: (value) => typeof value === 'string',
  integer_t: Number.isInteger,
  long_t: Number.isInteger,
  float_t: (value) => typeof value === 'number' && Number.isFinite(value),
  boolean_t: (value) => typeof value === 'boolean',
  json_t: () => true,
}

function acceptOf({ name, base, regex, lengthMax, range }: OcsfTables['types'][number]): (value: unknown) => boolean {
  const isBase = bases[base]
  // The published expression does not escape its dots and takes `192.0.2`.
  if (name === 'ip_t')
    return (value) => typeof value === 'string' && value.length <= (lengthMax ?? matchedCharsMax) && isIP(value) > 0
  if (isBase === undefined) throw new Error(`the OCSF tables have a type \`${name}\` of an unknown base`)
  const length = lengthMax ?? matchedCharsMax
  if (regex !== undefined) {
    const expression = new RegExp(regex, 'u')
    return (value) => typeof value === 'string' && value.length <= length && expression.test(value)
  }
  if (lengthMax !== undefined) return (value) => typeof value === 'string' && value.length <= lengthMax
  if (range === undefined) return isBase
  const [min, max] = range
  return (value) => isBase(value) && typeof value === 'number' && value >= min && value <= max
}

let rules: OcsfRules | undefined
export const ocsfRules = (): OcsfRules => (rules ??= new OcsfRules(readTables()))
