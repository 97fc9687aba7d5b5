import type { Attribute, Class, Entity, Schema } from './resolve.ts'
import { valuesOf } from './tables.ts'

const head = ({ version }: Schema): string =>
  `// Generated from the OCSF schema ${version} by \`npm run generate:ocsf\`; do not edit. See NOTICE beside this file.\n`

/** `Authentication Ticket` → `authentication_ticket`: how code names an activity. */
export const activityName = (caption: string): string =>
  caption
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')

const typeName = (name: string): string =>
  name
    .split('_')
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join('')

/** The table of classes that code looks up at run time. */
export function classesSource(schema: Schema): string {
  const rows = schema.classes.map(({ name, classUid, categoryUid, attributes }) => {
    const values = attributes.find((one) => one.name === 'activity_id')?.values ?? new Map<string, string>()
    const activities = [...values].map(([id, caption]) => `${activityName(caption)}: ${id}`)
    if (new Set([...values.values()].map(activityName)).size !== values.size)
      throw new Error(`two activities of \`${name}\` have one name`)
    return `  ${name}: { class_uid: ${classUid}, category_uid: ${categoryUid}, activities: { ${activities.join(', ')} } },`
  })
  const profiles = schema.profiles.map((name) => `'${name}'`)
  return `${head(schema)}export const ocsfVersion = '${schema.version}'

/** Ids of each class and its activities, by name. */
export const ocsfClasses = {
${rows.join('\n')}
} as const

export const ocsfProfiles = [${profiles.join(', ')}] as const
`
}

export function objectTypesSource(schema: Schema): string {
  const objects = schema.objects.map(
    ({ name, attributes }) => `export interface ${objectTypeName(name)} { ${fields(attributes)} }`,
  )
  const byName = schema.objects.map(({ name }) => `  ${name}: ${objectTypeName(name)}`)
  return `${head(schema)}
${objects.join('\n')}

export type OcsfObjects = {
${byName.join('\n')}
}
`
}

/** An object without attributes takes any. */
const objectTypeName = (name: string): string => (name === 'object' ? 'AnyObject' : typeName(name))

const scalars: Record<string, string> = {
  boolean_t: 'boolean',
  integer_t: 'number',
  long_t: 'number',
  float_t: 'number',
  port_t: 'number',
  timestamp_t: 'number',
  json_t: 'unknown',
}

function typeOf({ type, values, isArray }: Attribute): string {
  const one =
    values === null
      ? type.endsWith('_t')
        ? (scalars[type] ?? 'string')
        : objectTypeName(type)
      : valuesOf(values)
          .map((value) => (typeof value === 'number' ? value : `'${value}'`))
          .join(' | ')
  return isArray ? (one.includes('|') ? `(${one})[]` : `${one}[]`) : one
}

/** What a profile requires is optional here: the compiler cannot know which profiles an event has. */
const field = (attribute: Attribute, type = typeOf(attribute)): string =>
  `${attribute.name}${attribute.isRequired && attribute.profiles.length === 0 ? '' : '?'}: ${type}`
const fields = (attributes: readonly Attribute[]): string =>
  attributes.length === 0 ? '[attribute: string]: unknown' : attributes.map((one) => field(one)).join('; ')

/**
 * Each class lists what it has beyond the base event. `OcsfEvent` is an event as a reader meets it, of whatever class:
 * the base event with every other attribute optional.
 */
export function classTypesSource(schema: Schema): string {
  const base = schema.classes.find(({ name }) => name === 'base_event')
  if (base === undefined) throw new Error('the schema has no base event')
  const wide = widest(schema.classes)
  const inBase = new Map(base.attributes.map((one) => [one.name, field(one, wide.get(one.name))]))
  const others = schema.classes.filter((one) => one !== base)
  const optional = [...wide].filter(([name]) => !inBase.has(name)).map(([name, type]) => `${name}?: ${type}`)
  const classes = others.map(
    (one) => `export interface ${typeName(one.name)} extends BaseEvent { ${ownFields(one, inBase)} }`,
  )
  const byName = schema.classes.map(({ name }) => `  ${name}: ${typeName(name)}`)
  const used = schema.objects
    .map(({ name }) => objectTypeName(name))
    .filter((name) => usesType([...wide.values()], name))
  return `${head(schema)}import type { ${used.join(', ')} } from './object-types.ts'

export interface BaseEvent { ${[...inBase.values()].join('; ')} }
export interface OcsfEvent extends BaseEvent { ${optional.join('; ')} }
${classes.join('\n')}

export type OcsfEvents = {
${byName.join('\n')}
}
`
}

const usesType = (types: readonly string[], name: string): boolean =>
  types.some((type) => type.split(/[^A-Za-z0-9]+/).includes(name))

function ownFields({ attributes, classUid, categoryUid }: Class, inBase: ReadonlyMap<string, string>): string {
  const own = attributes.map((one) =>
    field(
      one,
      one.name === 'class_uid' ? String(classUid) : one.name === 'category_uid' ? String(categoryUid) : computed(one),
    ),
  )
  const known = new Set(inBase.values())
  return own.filter((line) => !known.has(line)).join('; ')
}

const computed = (one: Attribute): string => (one.name === 'type_uid' ? 'number' : typeOf(one))

/** A type that fits the attribute in every class: enumerations that differ become numbers or text. */
function widest(entities: readonly Entity[]): Map<string, string> {
  const types = new Map<string, Set<string>>()
  for (const one of entities.flatMap(({ attributes }) => attributes)) {
    types.set(one.name, (types.get(one.name) ?? new Set<string>()).add(typeOf(one)))
  }
  return new Map(
    [...types]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, all]) => {
        const [first = ''] = all
        const isComputed = ['class_uid', 'category_uid', 'type_uid'].includes(name)
        if (all.size === 1 && !isComputed) return [name, first]
        return [name, /^\d/.test(first) ? 'number' : first.startsWith("'") ? 'string' : [...all].sort().join(' | ')]
      }),
  )
}
