// Cuts the operations a twin serves out of a vendor's OpenAPI description: what is compared, no prose and no examples.
//   node --conditions=source scripts/slice-api.ts DESCRIPTION.yaml[,DESCRIPTION.yaml…] OUT.json operationId… schema:Name…
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

import { parse } from 'yaml'

import { assert, canonicalJson, isObject } from '../src/kit/index.ts'

type Node = Record<string, unknown>
const node = (value: unknown): Node => (isObject(value) ? value : {})
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const methods = ['get', 'post', 'put', 'patch', 'delete']
const kept = new Set(
  `$ref type enum required properties items additionalProperties allOf oneOf anyOf discriminator nullable minimum maximum
  maxLength minLength pattern format`.split(/\s+/),
)

/** `operations` by id and the `schemas` they lead to, with those of `also`; `$ref` has the form `#/schemas/Name`. */
export function sliceOf(description: unknown, operationIds: readonly string[], also: readonly string[] = []): Node {
  const root = node(description)
  const resolve = (value: unknown): Node => {
    const ref = node(value)['$ref']
    if (typeof ref !== 'string') return node(value)
    return ref
      .slice(2)
      .split('/')
      .reduce<Node>((at, key) => node(at[key]), root)
  }
  const wanted: string[] = [...also]
  const schemas: Record<string, unknown> = {}
  const named = (ref: string): string => {
    const name = ref.split('/').at(-1) ?? ''
    wanted.push(name)
    return `#/schemas/${name}`
  }
  const schemaOf = (value: unknown): unknown => {
    if (!isObject(value)) return value
    const out: Node = {}
    for (const [key, part] of Object.entries(value)) {
      if (!kept.has(key)) continue
      if (key === '$ref') out[key] = named(String(part))
      else if (key === 'properties') {
        out[key] = Object.fromEntries(Object.entries(node(part)).map(([name, schema]) => [name, schemaOf(schema)]))
      } else if (key === 'discriminator') {
        const { propertyName, mapping } = node(part)
        const entries = Object.entries(node(mapping)).map(([name, ref]) => [name, named(String(ref))])
        out[key] = { propertyName, mapping: Object.fromEntries(entries) }
      } else
        out[key] =
          Array.isArray(part) && key.endsWith('Of') ? part.map(schemaOf) : isObject(part) ? schemaOf(part) : part
    }
    return out
  }
  const bodyOf = (value: unknown): unknown => {
    const content = node(resolve(value)['content'])
    const json = node(content['application/json'] ?? Object.values(content)[0])
    return json['schema'] === undefined ? null : schemaOf(json['schema'])
  }
  const operations: Node = {}
  for (const [path, item] of Object.entries(node(root['paths']))) {
    for (const method of methods) {
      const operation = node(node(item)[method])
      const id = operation['operationId']
      if (typeof id !== 'string' || !operationIds.includes(id)) continue
      const parameters = [...list(node(item)['parameters']), ...list(operation['parameters'])].map((parameter) => {
        const { name, in: place, required, schema } = resolve(parameter)
        return { name, in: place, required: required === true, schema: schemaOf(schema) }
      })
      const responses = Object.entries(node(operation['responses'])).map(([status, value]) => [status, bodyOf(value)])
      operations[id] = {
        method: method.toUpperCase(),
        path,
        parameters,
        body: operation['requestBody'] === undefined ? null : bodyOf(operation['requestBody']),
        isBodyRequired: resolve(operation['requestBody'])['required'] === true,
        responses: Object.fromEntries(responses),
        scopes: list(operation['security']).flatMap((one) => list(node(one)['oauth2'])),
        isOpen: list(operation['security']).length === 0,
      }
    }
  }
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (Object.hasOwn(schemas, name)) continue
    schemas[name] = null
    schemas[name] = schemaOf(node(node(root['components'])['schemas'])[name])
  }
  const { title, version } = node(root['info'])
  return { title, version, operations, schemas }
}

/** A vendor that describes its API in parts uses one name for one schema in all of them. */
export function united(parts: readonly unknown[]): unknown {
  const read = parts.map(node)
  const paths = Object.assign({}, ...read.map((one) => node(one['paths'])))
  const schemas = Object.assign({}, ...read.map((one) => node(node(one['components'])['schemas'])))
  return { ...read[0], paths, components: { ...node(read[0]?.['components']), schemas } }
}

const read = (file: string): unknown => parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 })

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [from, to, ...names] = process.argv.slice(2)
  assert(from !== undefined && to !== undefined, 'a description to read and a file to write')
  const also = names.flatMap((name) => (name.startsWith('schema:') ? [name.slice('schema:'.length)] : []))
  const operationIds = names.filter((name) => !name.startsWith('schema:'))
  const whole = united(from.split(',').map(read))
  writeFileSync(to, `${canonicalJson(sliceOf(whole, operationIds, also))}\n`)
}
