import { isObject, type Json, type JsonObject } from 'cordon/kit'

/** The JSON Schema of OpenAPI 3.0 and 3.1, as far as vendors' descriptions use it. */
export type Schema = JsonObject
export type Use = 'request' | 'answer'

/** `allOf` and `$ref` without a value between them may lead in a circle. */
const depthMax = 64

/** Follows `$ref` within a document, however often. */
export function resolveRef(document: JsonObject, value: Json | undefined): JsonObject {
  let at = value
  for (let depth = 0; depth < depthMax; depth++) {
    if (!isObject(at)) return {}
    const ref = at['$ref']
    if (typeof ref !== 'string') return at
    at = ref
      .replace(/^#\//, '')
      .split('/')
      .reduce<Json | undefined>((node, key) => childOf(node, key.replaceAll('~1', '/').replaceAll('~0', '~')), document)
  }
  return {}
}

const childOf = (node: Json | undefined, key: string): Json | undefined => (isObject(node) ? node[key] : undefined)
export const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : [])
export const schemasOf = (value: Json | undefined): JsonObject[] =>
  listOf(value).flatMap((one) => (isObject(one) ? [one] : []))

/** What is wrong with a value, each with its place (`body.role.name`); empty when it fits. */
export function checkSchema(
  document: JsonObject,
  schema: Json | undefined,
  value: Json,
  place: string,
  use: Use,
): string[] {
  const at: At = { document, use, depth: 0, isPart: false }
  return [...checkOne(at, schema, value, place), ...strangers(at, schema, value, place)]
}

/** `isPart`: within `allOf` and its like, where a schema may be the base that its own discriminator leads back from. */
type At = { document: JsonObject; use: Use; depth: number; isPart: boolean }

const intoPart = (at: At): At => ({ ...at, depth: at.depth + 1, isPart: true })
const intoValue = (at: At): At => ({ ...at, depth: 0, isPart: false })

/** The schema that a discriminator leads to; undefined where there is none, or it does not know the word. */
function branchOf({ document, isPart }: At, { discriminator }: Schema, value: Json): JsonObject | undefined {
  if (isPart || !isObject(discriminator) || !isObject(value)) return undefined
  const { propertyName, mapping } = discriminator
  const word = typeof propertyName === 'string' ? value[propertyName] : undefined
  const ref = isObject(mapping) && typeof word === 'string' ? mapping[word] : undefined
  return typeof ref === 'string' ? resolveRef(document, { $ref: ref }) : undefined
}

function checkOne(at: At, given: Json | undefined, value: Json, place: string): string[] {
  if (at.depth > depthMax) return []
  const schema = resolveRef(at.document, given)
  const deeper = intoPart(at)
  if (value === null && allowsNull(at, schema)) return []
  const branch = branchOf(at, schema, value)
  if (branch !== undefined && isObject(value)) {
    return [...checkOne(deeper, branch, value, place), ...checkObject(at, schema, value, place)]
  }
  const problems = [...checkType(schema, value, place), ...checkBounds(schema, value, place)]
  for (const part of schemasOf(schema['allOf'])) problems.push(...checkOne(deeper, part, value, place))
  for (const word of ['oneOf', 'anyOf'] as const) {
    const parts = schemasOf(schema[word])
    if (parts.length === 0) continue
    const found = parts.map((part) => checkOne(deeper, part, value, place))
    // Descriptions say `oneOf` of shapes that overlap: one that fits is enough.
    if (!found.some((one) => one.length === 0))
      problems.push(...(found.toSorted((a, b) => a.length - b.length)[0] ?? []))
  }
  if (Array.isArray(value)) {
    value.forEach((item, n) => problems.push(...checkOne(intoValue(at), schema['items'], item, `${place}[${n}]`)))
  }
  if (isObject(value)) problems.push(...checkObject(at, schema, value, place))
  return problems
}

function allowsNull(at: At, schema: Schema): boolean {
  const { type } = schema
  if (schema['nullable'] === true || type === 'null' || listOf(type).includes('null')) return true
  if (at.depth > depthMax) return false
  const deeper = intoPart(at)
  const parts = [...schemasOf(schema['oneOf']), ...schemasOf(schema['anyOf'])]
  return parts.some((part) => allowsNull(deeper, resolveRef(at.document, part)))
}

function checkType(schema: Schema, value: Json, place: string): string[] {
  const types = typeof schema['type'] === 'string' ? [schema['type']] : listOf(schema['type']).map(String)
  const problems: string[] = []
  if (types.length > 0 && !types.some((type) => isType(type, value)))
    problems.push(`${place}: not ${types.join(' or ')}`)
  const words = listOf(schema['enum'])
  if (words.length > 0 && !words.includes(value)) problems.push(`${place}: none of the ${words.length} words it may be`)
  if (schema['const'] !== undefined && schema['const'] !== value) problems.push(`${place}: not the one value it may be`)
  return problems
}

function isType(type: string, value: Json): boolean {
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  return type === 'null' ? value === null : typeof value === type
}

function checkBounds(schema: Schema, value: Json, place: string): string[] {
  const problems: string[] = []
  const beyond = (name: string, size: number, isOver: (bound: number) => boolean): void => {
    const bound = schema[name]
    if (typeof bound === 'number' && isOver(bound)) problems.push(`${place}: ${size} is beyond \`${name}\` of ${bound}`)
  }
  if (typeof value === 'number') {
    beyond('minimum', value, (bound) => value < bound)
    beyond('maximum', value, (bound) => value > bound)
  }
  if (typeof value === 'string') {
    beyond('minLength', value.length, (bound) => value.length < bound)
    beyond('maxLength', value.length, (bound) => value.length > bound)
    if (typeof schema['pattern'] === 'string' && !matches(schema['pattern'], value)) {
      problems.push(`${place}: not of the form \`${schema['pattern']}\``)
    }
    if (schema['format'] === 'date-time' && !isDateTime(value)) problems.push(`${place}: no RFC 3339 time`)
  }
  if (Array.isArray(value)) {
    beyond('minItems', value.length, (bound) => value.length < bound)
    beyond('maxItems', value.length, (bound) => value.length > bound)
  }
  return problems
}

const isDateTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))

/** Patterns are written for other engines; one that this engine cannot read says nothing. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return true
  }
}

function checkObject(at: At, schema: Schema, value: JsonObject, place: string): string[] {
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  const problems: string[] = []
  for (const name of listOf(schema['required']).map(String)) {
    const owner = resolveRef(at.document, properties[name])
    const isTheirs = at.use === 'request' ? owner['readOnly'] === true : owner['writeOnly'] === true
    if (!isTheirs && value[name] === undefined) problems.push(`${place}.${name}: missing`)
  }
  for (const [name, item] of Object.entries(value)) {
    const own =
      properties[name] ?? (isObject(schema['additionalProperties']) ? schema['additionalProperties'] : undefined)
    if (own !== undefined) problems.push(...checkOne(intoValue(at), own, item, `${place}.${name}`))
  }
  return problems
}

/** Fields that the description does not know: in a request a slip, in an answer a twin that makes things up. */
function strangers(at: At, given: Json | undefined, value: Json, place: string): string[] {
  if (Array.isArray(value)) {
    const { items } = fieldsOf(at, given, value)
    return value.flatMap((item, n) => strangers(at, items, item, `${place}[${n}]`))
  }
  if (!isObject(value)) return []
  const { known, isOpen } = fieldsOf(at, given, value)
  return Object.entries(value).flatMap(([name, item]) => {
    const own = known.get(name)
    if (own !== undefined) return strangers(at, own, item, `${place}.${name}`)
    return isOpen ? [] : [`${place}.${name}: the vendor's description has no such field`]
  })
}

type Fields = { known: Map<string, Json>; isOpen: boolean; items: Json | undefined }

/** All fields an object of this schema may have, over every part it is made of; open when any part says so, or none has a field. */
function fieldsOf(at: At, given: Json | undefined, value: Json): Fields {
  const schema = resolveRef(at.document, given)
  const more = schema['additionalProperties']
  const fields: Fields = {
    known: new Map(Object.entries(isObject(schema['properties']) ? schema['properties'] : {})),
    isOpen: more === true || isObject(more),
    items: schema['items'],
  }
  if (at.depth > depthMax) return fields
  const branch = branchOf(at, schema, value)
  const parts = branch === undefined ? ['allOf', 'oneOf', 'anyOf'].flatMap((word) => schemasOf(schema[word])) : [branch]
  for (const part of parts) {
    const one = fieldsOf(intoPart(at), part, value)
    for (const [name, own] of one.known) if (!fields.known.has(name)) fields.known.set(name, own)
    fields.isOpen ||= one.isOpen && one.known.size > 0
    fields.items ??= one.items
  }
  if (fields.known.size === 0) fields.isOpen = true
  return fields
}
