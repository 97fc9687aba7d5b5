// Cuts the operations the CrowdStrike twin serves out of CrowdStrike's own client for Node (crowdstrike-falcon, MIT), which
// is generated from their OpenAPI description; the description itself is not public. No prose is kept.
//   node --conditions=source scripts/slice-falcon.ts UNPACKED-PACKAGE OUT.json Api.method…
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { assert, canonicalJson, isObject, parseJson } from '../src/kit/index.ts'

type Schema = Record<string, unknown>

/** The operations `Api.method` (`HostsApi.performActionV2`) and the schemas they lead to, in the form of `slice-api.ts`. */
export function sliceOf(folder: string, methods: readonly string[]): Schema {
  const schemas: Record<string, Schema> = {}
  const textOf = (...path: string[]): string => readFileSync(join(folder, 'dist', ...path), 'utf8')

  const schemaOf = (type: string): Schema => {
    const list = /^(?:Array<(.+)>|Set<(.+)>)$/.exec(type)
    if (list !== null) return { type: 'array', items: schemaOf(list[1] ?? list[2] ?? 'any') }
    if (type === 'Date') return { type: 'string', format: 'date-time' }
    if (['string', 'number', 'boolean'].includes(type)) return { type }
    const map = /^\{ *\[key: string\]: (.+?);? *\}$/.exec(type)
    if (map !== null) return { type: 'object', additionalProperties: schemaOf(map[1] ?? 'any') }
    if (existsSync(join(folder, 'dist/models', `${type}.d.ts`))) {
      addSchema(type)
      return { $ref: `#/schemas/${type}` }
    }
    return {}
  }
  function addSchema(name: string): void {
    if (Object.hasOwn(schemas, name)) return
    schemas[name] = {}
    const declared = textOf('models', `${name}.d.ts`)
    const body = new RegExp(`export interface ${name} \\{\\n(.*?)\\n\\}`, 's').exec(declared)?.[1] ?? ''
    const code = textOf('models', `${name}.js`)
    const [properties, required]: [Schema, string[]] = [{}, []]
    for (const [, own = '', optional, type = ''] of body.matchAll(/^ {4}(\w+)(\?)?: (.+);$/gm)) {
      const wire = new RegExp(`\\b${own}: [^,]*?json\\["([^"]+)"\\]`).exec(code)?.[1] ?? own
      properties[wire] = schemaOf(type)
      if (optional === undefined) required.push(wire)
    }
    const isOpen = /^ {4}\[key: string\]: /m.test(body)
    schemas[name] = { type: 'object', properties, required, ...(isOpen ? { additionalProperties: {} } : {}) }
  }

  const operations: Schema = {}
  for (const method of methods) {
    const [api = '', name = ''] = method.split('.')
    const code = textOf('apis', `${api}.js`)
    const raw = new RegExp(`^ {4}${name}Raw\\(.*?^ {4}\\}$`, 'ms').exec(code)?.[0]
    assert(raw !== undefined, `the client has ${method}`)
    const types = textOf('apis', `${api}.d.ts`)
    const given = new RegExp(
      `export interface ${api}${name.slice(0, 1).toUpperCase()}${name.slice(1)}Request \\{(.*?)\\}`,
      's',
    )
    const typeOf = (parameter: string): string =>
      new RegExp(`\\n {4}${parameter}\\??: (.+?);\\n`).exec(`\n${given.exec(types)?.[1] ?? ''}\n`)?.[1] ?? 'any'
    const required = new Set([...raw.matchAll(/RequiredError\("(\w+)"/g)].map(([, one]) => one))
    const parameters = [...raw.matchAll(/queryParameters\["(\w+)"\] = requestParameters\["(\w+)"\]/g)].map(
      ([, wire = '', own = '']) => ({
        name: wire,
        in: 'query',
        required: required.has(own),
        // A list travels as a repeated parameter: each is one of its items.
        schema: schemaOf(/^Array<(.+)>$/.exec(typeOf(own))?.[1] ?? typeOf(own)),
      }),
    )
    const answer = /index_1\.(\w+)FromJSON\)\(jsonValue\)/.exec(raw)?.[1]
    const body = /body: \(0, index_1\.(\w+)ToJSON\)/.exec(raw)?.[1]
    operations[name] = {
      method: /method: "(\w+)"/.exec(raw)?.[1],
      path: /path: `([^`]+)`/.exec(raw)?.[1],
      parameters,
      body: body === undefined ? null : schemaOf(body),
      isBodyRequired: body !== undefined,
      // The client reads every success alike.
      responses: Object.fromEntries(
        [200, 201, 202].map((code) => [code, answer === undefined ? null : schemaOf(answer)]),
      ),
      scopes: [...raw.matchAll(/accessToken\("oauth2", \["([^"]+)"\]\)/g)].map(([, scope]) => scope),
      isOpen: !raw.includes('accessToken('),
    }
  }
  const about = parseJson(readFileSync(join(folder, 'package.json'), 'utf8'))
  return { title: 'crowdstrike-falcon', version: isObject(about) ? about['version'] : null, operations, schemas }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [from, to, ...methods] = process.argv.slice(2)
  assert(from !== undefined && to !== undefined, 'an unpacked package and a file to write')
  writeFileSync(to, `${canonicalJson(sliceOf(from, methods))}\n`)
}
