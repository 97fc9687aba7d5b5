// Makes the description of Microsoft Graph's twin: operations as listed beside the twin, shapes out of Microsoft's types.
//   node --conditions=source scripts/describe-graph.ts lab/twins/entra/fixtures/api.json
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

import { operations, ownSchemas, type Told } from '../lab/twins/entra/operations.ts'
import { assert, canonicalJson } from '../src/kit/index.ts'

type Schema = Record<string, unknown>
type Interface = { base: string | undefined; fields: [name: string, type: string][] }
type Types = { interfaces: Map<string, Interface>; unions: Map<string, string[]> }

const packages = {
  '': 'node_modules/@microsoft/microsoft-graph-types/microsoft-graph.d.ts',
  'Beta.': 'node_modules/@microsoft/microsoft-graph-types-beta/microsoft-graph.d.ts',
} as const
type Prefix = keyof typeof packages

/** Microsoft's files are written by a generator, one shape after the other: interfaces and unions of words, and no more. */
function readTypes(path: string): Types {
  const text = readFileSync(path, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
  // Namespaces repeat names of the top level.
  const top = text.slice(0, text.search(/^export namespace /m))
  const interfaces = new Map<string, Interface>()
  for (const [, name = '', base, body = ''] of top.matchAll(
    /^export interface (\w+)(?: extends (\w+))? \{([^}]*)\}/gm,
  )) {
    const fields = [...body.matchAll(/^\s*"?([@\w.]+)"?\??:\s*([^;]+);/gm)].map(
      ([, field = '', type = '']): [string, string] => [field, type.replace(/\s+/g, ' ').trim()],
    )
    interfaces.set(name, { base, fields })
  }
  const unions = new Map<string, string[]>()
  for (const [, name = '', words = ''] of top.matchAll(/^export type (\w+) =([^;]+);/gm)) {
    unions.set(
      name,
      [...words.matchAll(/"([^"]*)"/g)].map(([, word = '']) => word),
    )
  }
  assert(interfaces.size > 1_000 && unions.size > 300, `${path} holds Microsoft's types`)
  return { interfaces, unions }
}

const odata = ['@odata.type', '@odata.context', '@odata.id', '@odata.etag'].map((name) => [name, { type: 'string' }])

export function describeGraph(): Schema {
  const types: Record<Prefix, Types> = { '': readTypes(packages['']), 'Beta.': readTypes(packages['Beta.']) }
  const schemas: Schema = {}

  const refTo = (prefix: Prefix, name: string): Schema => {
    const full = `${prefix}${name}`
    if (!Object.hasOwn(schemas, full)) {
      schemas[full] = null
      schemas[full] = schemaOf(prefix, name)
    }
    return { $ref: `#/schemas/${full}` }
  }
  const isEntity = ({ interfaces }: Types, name: string): boolean => {
    for (let at: string | undefined = name; at !== undefined; at = interfaces.get(at)?.base)
      if (at === 'Entity') return true
    return false
  }
  function schemaOf(prefix: Prefix, name: string): Schema {
    const fields: [string, unknown][] = []
    for (let at: string | undefined = name; at !== undefined; at = types[prefix].interfaces.get(at)?.base) {
      const found: Interface | undefined = types[prefix].interfaces.get(at)
      assert(found !== undefined, `\`${at}\` is one of Microsoft's types`)
      for (const [field, type] of found.fields) fields.push([field, typeOf(prefix, type)])
    }
    const extra = [...odata, ['members@delta', {}], ['@removed', {}]]
    return { type: 'object', properties: Object.fromEntries([...extra, ...fields]) }
  }
  function typeOf(prefix: Prefix, text: string): Schema {
    const nullable = /^NullableOption<(.*)>$/.exec(text)?.[1]
    if (nullable !== undefined) {
      const type = typeOf(prefix, nullable)
      // Beside a `$ref` nothing else counts (OpenAPI 3.0).
      return type['$ref'] === undefined ? { ...type, nullable: true } : { allOf: [type], nullable: true }
    }
    const item = /^\(?(.*?)\)?\[\]$/.exec(text)?.[1]
    if (item !== undefined) return { type: 'array', items: typeOf(prefix, item) }
    if (text === 'string' || text === 'number' || text === 'boolean') return { type: text }
    const words = types[prefix].unions.get(text)
    if (words !== undefined) return { type: 'string', enum: words }
    // What leads to other objects is a relation: in an answer only where it was asked for.
    if (!types[prefix].interfaces.has(text) || isEntity(types[prefix], text)) return {}
    return refTo(prefix, text)
  }
  const named = (name: string): Schema => {
    if (Object.hasOwn(ownSchemas, name)) return { $ref: `#/schemas/${name}` }
    return name.startsWith('Beta.') ? refTo('Beta.', name.slice(5)) : refTo('', name)
  }
  const answerOf = (gives: string): Schema => {
    const item = /^(.*)\[\]$/.exec(gives)?.[1]
    if (item === undefined) return named(gives)
    const texts = ['@odata.context', '@odata.nextLink', '@odata.deltaLink'].map((name) => [name, { type: 'string' }])
    const properties = {
      ...Object.fromEntries(texts),
      '@odata.count': { type: 'number' },
      value: { type: 'array', items: named(item) },
    }
    return { type: 'object', required: ['value'], properties }
  }
  const operationOf = ({ at, query = [], body, gives, status, needs }: Told): Schema => {
    const [method = '', path = ''] = at.split(' ')
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      in: 'path',
      name,
      required: true,
      schema: { type: 'string' },
    }))
    const inQuery = query.map((name) => ({ in: 'query', name, required: false, schema: { type: 'string' } }))
    return {
      method,
      path,
      parameters: [...inPath, ...inQuery],
      body: body === undefined ? null : named(body),
      isBodyRequired: body !== undefined,
      responses: gives === undefined ? { '204': null } : { [String(status ?? 200)]: answerOf(gives) },
      scopes: needs,
      isOpen: false,
    }
  }
  for (const { anyOf } of [ownSchemas.Method]) for (const { $ref } of anyOf) named($ref.slice('#/schemas/'.length))
  named('PasswordCredential')
  const described = Object.fromEntries(Object.entries(operations).map(([id, told]) => [id, operationOf(told)]))
  return { title: 'Microsoft Graph', operations: described, schemas: { ...schemas, ...ownSchemas } }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , to] = process.argv
  assert(to !== undefined, 'a file to write')
  writeFileSync(to, `${canonicalJson(describeGraph())}\n`)
}
