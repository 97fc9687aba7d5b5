import { isObject, type Json, type JsonObject } from 'cordon/kit'

import { resolveRef, schemasOf, type Schema } from './schema.ts'

/** An answer that a description allows: every field filled, one item to a list, circles cut. */
const depthMax = 6
const time = '2026-03-24T10:39:00.000Z'

export function instanceOf(document: JsonObject, given: Json | undefined, depth = 0): Json {
  const schema = resolveRef(document, given)
  const { nullable } = schema
  if (depth > depthMax) return nullable === true ? null : (emptyOf(schema) ?? null)
  const words = schema['enum']
  if (Array.isArray(words)) return words.find((word) => word !== null) ?? null
  if (schema['const'] !== undefined) return schema['const']
  const whole = schemasOf(schema['allOf']).map((part) => instanceOf(document, part, depth + 1))
  const choice = schemasOf(schema['oneOf'])[0] ?? schemasOf(schema['anyOf'])[0]
  if (choice !== undefined) whole.push(instanceOf(document, choice, depth + 1))
  const own =
    schema['type'] === undefined && schema['properties'] === undefined ? [] : [plainOf(document, schema, depth)]
  const parts = [...whole, ...own]
  if (parts.length > 0 && parts.every(isObject)) return Object.assign({}, ...parts)
  return parts[0] ?? null
}

function plainOf(document: JsonObject, schema: Schema, depth: number): Json {
  const [type = 'object'] = Array.isArray(schema['type'])
    ? schema['type'].filter((one) => one !== 'null')
    : [schema['type']]
  if (type === 'array') return [instanceOf(document, schema['items'], depth + 1)]
  if (type !== 'object') return emptyOf(schema) ?? null
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  return Object.fromEntries(
    Object.entries(properties).map(([name, own]) => [name, instanceOf(document, own, depth + 1)]),
  )
}

function emptyOf({ type: given, format, minimum }: Schema): Json | undefined {
  const [type] = Array.isArray(given) ? given.filter((one) => one !== 'null') : [given]
  if (type === 'integer' || type === 'number') return typeof minimum === 'number' ? minimum : 1
  if (type === 'boolean') return false
  if (type === 'array') return []
  if (type === 'object') return {}
  if (type !== 'string') return undefined
  if (format === 'date-time') return time
  if (format === 'date') return time.slice(0, 10)
  return format === 'uri' || format === 'url' ? 'https://twin.example/x' : 'x1'
}
