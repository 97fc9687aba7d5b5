import { isObject, type Json } from 'cordon/kit'

type Schema = Readonly<Record<string, unknown>>
export type Schemas = Readonly<Record<string, unknown>>
/** `isClosed`: a field the schema does not name is a fault too. What a twin makes up by mistake shows by that alone. */
export type Strictness = { isClosed: boolean }

const asSchema = (value: unknown): Schema => (isObject(value) ? value : {})
const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const refName = (ref: unknown): string => String(ref).split('/').at(-1) ?? ''

/** Checks values against the schemas of an OpenAPI 3.0 description. Faults name the place and never the value. */
export function createSchemaCheck(schemas: Schemas, { isClosed }: Strictness) {
  const resolve = (value: unknown): Schema => {
    const schema = asSchema(value)
    return schema['$ref'] === undefined ? schema : resolve(schemas[refName(schema['$ref'])])
  }
  /** OpenAPI 3.1 says it by a type beside others. */
  const takesNull = (schema: Schema): boolean =>
    [schema['type']].flat().includes('null') ||
    [...asList(schema['oneOf']), ...asList(schema['anyOf'])].some((option) => takesNull(resolve(option)))
  /** The schema a discriminator leads to; undefined where there is none, or it does not know the word. */
  const chosen = (schema: Schema, value: unknown): unknown => {
    const { propertyName, mapping } = asSchema(schema['discriminator'])
    if (typeof propertyName !== 'string' || !isObject(value)) return undefined
    const ref = asSchema(mapping)[String(value[propertyName])]
    return ref === undefined ? undefined : schemas[refName(ref)]
  }

  function check(given: unknown, value: unknown, place: string, isPart = false): string[] {
    const schema = resolve(given)
    if (value === null)
      return schema['nullable'] === true || isAnything(schema) || takesNull(schema) ? [] : [`${place}: null`]
    // A part of `allOf` may be the base that its own discriminator leads back from.
    const branch = isPart ? undefined : chosen(schema, value)
    if (branch !== undefined && isObject(value)) {
      const faults = [...check(branch, value, place, true), ...objectFaults(schema, value, place)]
      return faults.concat(unnamed(given, value, place))
    }
    const faults = [...scalarFaults(schema, value, place)]
    for (const part of asList(schema['allOf'])) faults.push(...check(part, value, place, true))
    const options = [...asList(schema['oneOf']), ...asList(schema['anyOf'])]
    if (options.length > 0 && !options.some((option) => check(option, value, place, true).length === 0)) {
      faults.push(`${place}: fits none of ${options.length} shapes`)
    }
    if (Array.isArray(value)) {
      const { items } = schema
      if (items !== undefined) value.forEach((item, at) => faults.push(...check(items, item, `${place}[${at}]`)))
    } else if (isObject(value)) faults.push(...objectFaults(schema, value, place))
    return isPart ? faults : faults.concat(unnamed(given, value, place))
  }

  function objectFaults(schema: Schema, value: Record<string, unknown>, place: string): string[] {
    const properties = asSchema(schema['properties'])
    const missing = asList(schema['required']).filter((name) => value[String(name)] === undefined)
    const faults = missing.map((name) => `${place}.${String(name)}: absent`)
    for (const [name, held] of Object.entries(value)) {
      const property =
        properties[name] ?? (isObject(schema['additionalProperties']) ? schema['additionalProperties'] : undefined)
      if (property !== undefined && held !== undefined) faults.push(...check(property, held, `${place}.${name}`))
    }
    return faults
  }

  /** Names an object may have; undefined: any. */
  function namesOf(given: unknown, value: unknown, isPart: boolean): Set<string> | undefined {
    const schema = resolve(given)
    const branch = isPart ? undefined : chosen(schema, value)
    const own = Object.keys(asSchema(schema['properties']))
    if (branch !== undefined) {
      const names = namesOf(branch, value, true)
      return names === undefined ? undefined : new Set([...names, ...own])
    }
    const parts = [...asList(schema['allOf']), ...asList(schema['oneOf']), ...asList(schema['anyOf'])]
    const isOpen = schema['additionalProperties'] !== undefined && schema['additionalProperties'] !== false
    if (isOpen || (parts.length === 0 && schema['properties'] === undefined)) return undefined
    const names = new Set(own)
    for (const part of parts) {
      // An empty part adds prose alone, and null has no fields.
      if (Object.keys(asSchema(part)).length === 0 || asSchema(part)['type'] === 'null') continue
      const more = namesOf(part, value, true)
      if (more === undefined) return undefined
      for (const name of more) names.add(name)
    }
    return names
  }
  function unnamed(given: unknown, value: unknown, place: string): string[] {
    if (!isClosed || !isObject(value)) return []
    const names = namesOf(given, value, false)
    return names === undefined
      ? []
      : Object.keys(value).flatMap((name) => (names.has(name) ? [] : [`${place}.${name}: not in the description`]))
  }

  return (schema: unknown, value: Json, place: string): string[] => check(schema, value, place)
}
export type SchemaCheck = ReturnType<typeof createSchemaCheck>

const isAnything = (schema: Schema): boolean => Object.keys(schema).every((key) => key === 'properties')

function scalarFaults(schema: Schema, value: unknown, place: string): string[] {
  const { type, enum: words, pattern, format, minimum, maximum, minLength, maxLength } = schema
  const faults: string[] = []
  const kinds = asList([type].flat()).filter((one) => typeof one === 'string')
  if (kinds.length > 0 && !kinds.some((one) => isOf(one, value))) faults.push(`${place}: no ${kinds.join(' or ')}`)
  if (Array.isArray(words) && !words.includes(value)) faults.push(`${place}: not one of ${words.length} words`)
  if (typeof value === 'string') {
    if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) faults.push(`${place}: not as ${pattern}`)
    if (format === 'date-time' && Number.isNaN(Date.parse(value))) faults.push(`${place}: no time`)
    if (typeof minLength === 'number' && value.length < minLength) faults.push(`${place}: under ${minLength} letters`)
    if (typeof maxLength === 'number' && value.length > maxLength) faults.push(`${place}: over ${maxLength} letters`)
  }
  if (typeof value === 'number') {
    if (typeof minimum === 'number' && value < minimum) faults.push(`${place}: under ${minimum}`)
    if (typeof maximum === 'number' && value > maximum) faults.push(`${place}: over ${maximum}`)
  }
  return faults
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}
