import { isObject, parseJson, type Json, type JsonObject } from 'cordon/kit'

import { checkSchema, resolveRef, schemasOf, type Schema } from './schema.ts'

export type VendorRequest = {
  method: string
  url: URL
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>
  body: string
}

/** An operation's node in the description, and the parameters its path has for every method. */
type Described = { node: JsonObject; shared: JsonObject[] }

export function checkParameters(
  document: JsonObject,
  { node, shared }: Described,
  { url, headers }: VendorRequest,
  inPath: Readonly<Record<string, string>>,
): string[] {
  const declared = [...shared, ...schemasOf(node['parameters'])].map((one) => resolveRef(document, one))
  const problems: string[] = []
  const asked = new Set(url.searchParams.keys())
  for (const { name, in: place, required, schema } of declared) {
    if (typeof name !== 'string') continue
    if (place === 'query') {
      const values = takeQuery(url.searchParams, name, asked)
      if (values === undefined) {
        if (required === true) problems.push(`query.${name}: missing`)
      } else problems.push(...checkText(document, schema, values, `query.${name}`))
    }
    if (place === 'path') problems.push(...checkText(document, schema, [inPath[name] ?? ''], `path.${name}`))
    if (place === 'header') {
      const value = headers[name.toLowerCase()]
      if (value !== undefined) problems.push(...checkText(document, schema, [value], `header.${name}`))
      else if (required === true) problems.push(`header.${name}: missing`)
    }
  }
  return [...problems, ...[...asked].map((name) => `query.${name}: the operation has no such parameter`)]
}

/** The values of a parameter, `name`, `name[]` or `name[part]`; what it takes is no longer asked. */
function takeQuery(
  query: URLSearchParams,
  name: string,
  asked: Set<string>,
): string[] | Record<string, string> | undefined {
  if (query.has(name)) {
    asked.delete(name)
    return query.getAll(name)
  }
  const parts = [...query.entries()].filter(([key]) => key.startsWith(`${name}[`) && key.endsWith(']'))
  if (parts.length === 0) return undefined
  for (const [key] of parts) asked.delete(key)
  if (parts.every(([key]) => key === `${name}[]`)) return parts.map(([, value]) => value)
  return Object.fromEntries(parts.map(([key, value]) => [key.slice(name.length + 1, -1), value]))
}

/** Text of an address or a header, as the value that the schema means. */
function checkText(
  document: JsonObject,
  given: Json | undefined,
  text: string[] | Record<string, string>,
  place: string,
): string[] {
  const schema = resolveRef(document, given)
  if (!Array.isArray(text)) {
    const properties = isObject(schema['properties']) ? schema['properties'] : {}
    const value = Object.fromEntries(
      Object.entries(text).map(([key, one]) => [key, valueOf(resolveRef(document, properties[key]), one)]),
    )
    return checkSchema(document, schema, value, place, 'request')
  }
  if (schema['type'] === 'array') {
    const items = resolveRef(document, schema['items'])
    const [only = ''] = text
    const all = text.length === 1 ? only.split(',') : text
    return checkSchema(
      document,
      schema,
      all.map((one) => valueOf(items, one)),
      place,
      'request',
    )
  }
  if (text.length > 1) return [`${place}: given ${text.length} times`]
  const parts = ['oneOf', 'anyOf', 'allOf'].flatMap((word) => schemasOf(schema[word]))
  const owner = parts.map((part) => resolveRef(document, part)).find(({ type }) => type !== undefined) ?? schema
  return checkSchema(
    document,
    schema,
    valueOf(schema['type'] === undefined ? owner : schema, text[0] ?? ''),
    place,
    'request',
  )
}

function valueOf({ type }: Schema, text: string): Json {
  const types = Array.isArray(type) ? type : [type]
  if ((types.includes('integer') || types.includes('number')) && /^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  return types.includes('boolean') && /^(true|false)$/.test(text) ? text === 'true' : text
}

export function checkBody(document: JsonObject, { node }: Described, { headers, body }: VendorRequest): string[] {
  const described = resolveRef(document, node['requestBody'])
  const content = isObject(described['content']) ? described['content'] : {}
  if (body === '') return described['required'] === true ? ['body: missing'] : []
  if (node['requestBody'] === undefined) return ['body: the operation takes none']
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const media = content[type] ?? content['*/*']
  if (!isObject(media)) return [`header.content-type: \`${type}\` is none of ${Object.keys(content).join(', ')}`]
  if (/^application\/x-www-form-urlencoded$/.test(type)) {
    return checkSchema(document, media['schema'], formOf(document, media['schema'], body), 'body', 'request')
  }
  if (!/\bjson\b/.test(type)) return []
  try {
    return checkSchema(document, media['schema'], parseJson(body), 'body', 'request')
  } catch {
    return ['body: no JSON']
  }
}

function formOf(document: JsonObject, schema: Json | undefined, body: string): JsonObject {
  const { properties } = resolveRef(document, schema)
  const known = isObject(properties) ? properties : {}
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([name, text]) => [name, valueOf(resolveRef(document, known[name]), text)]),
  )
}

/** One of the ways to sign in that the operation names is used; whether it is good is the twin's to say. */
export function checkCredential(document: JsonObject, { node }: Described, { url, headers }: VendorRequest): string[] {
  const ways = schemasOf(node['security'] ?? document['security'])
  if (ways.length === 0) return []
  const components = isObject(document['components']) ? document['components'] : {}
  const schemes = resolveRef(document, components['securitySchemes'])
  const isGiven = (name: string): boolean => {
    const { type, in: place, name: field } = resolveRef(document, schemes[name])
    if (type !== 'apiKey' || typeof field !== 'string') return headers['authorization'] !== undefined
    return place === 'query' ? url.searchParams.has(field) : headers[field.toLowerCase()] !== undefined
  }
  return ways.some((way) => Object.keys(way).every(isGiven)) ? [] : ['no credential']
}
