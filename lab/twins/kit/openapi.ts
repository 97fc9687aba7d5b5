import { CordonError, isObject, type Json, type JsonObject } from 'cordon/kit'

import { checkBody, checkCredential, checkParameters, type VendorRequest } from './request.ts'
import { checkSchema, listOf, resolveRef, schemasOf, type Schema } from './schema.ts'

export type { VendorRequest } from './request.ts'

export class DescriptionError extends CordonError<'ERR_DESCRIPTION_SHAPE'> {}

export type Operation = {
  /** The vendor's own id, or `GET /path` where it gives none. */
  id: string
  method: string
  path: string
  /** Any one list is enough; an empty one: no credential. Names of scopes, where the description tells them. */
  scopes: readonly (readonly string[])[]
}

export type Checked = {
  operation: Operation | undefined
  parameters: Readonly<Record<string, string>>
  problems: string[]
}

/** A vendor's OpenAPI description, whole or cut down to some operations. */
export type Description = {
  operations: readonly Operation[]
  checkRequest(request: VendorRequest): Checked
  /** Is this what the description says the operation answers? */
  checkAnswer(operation: Operation, status: number, body: Json | undefined): string[]
  /** Schema of an answer, resolved; undefined where none is described. */
  answerSchema(operation: Operation, status: number): Schema | undefined
  document: JsonObject
}

type Entry = Operation & { parts: RegExp; names: string[]; node: JsonObject; shared: JsonObject[]; literals: number }

const methods = ['get', 'post', 'put', 'patch', 'delete']

/** `basePath`: where the paths begin at the vendor; default: the path of the description's first server. */
export function openDescription(document: Json, options: { basePath?: string } = {}): Description {
  if (!isObject(document) || !isObject(document['paths'])) {
    throw new DescriptionError('ERR_DESCRIPTION_SHAPE', 'an OpenAPI description has `paths`', {
      hint: 'give the document as parsed JSON or YAML, version 3.0 or 3.1',
    })
  }
  const basePath = options.basePath ?? serverPath(document)
  const entries = Object.entries(document['paths']).flatMap(([path, item]) =>
    methods.flatMap((method) => entryOf(document, path, resolveRef(document, item), method)),
  )
  // `/users/me` before `/users/{id}`.
  entries.sort((a, b) => b.literals - a.literals)
  const entryFor = (operation: Operation): Entry | undefined =>
    entries.find(({ method, path }) => method === operation.method && path === operation.path)

  return {
    document,
    operations: entries,
    checkRequest(request) {
      const path = request.url.pathname
      const own = path.startsWith(basePath) ? path.slice(basePath.length) : undefined
      const here = own === undefined ? [] : entries.filter(({ parts }) => parts.test(own))
      const entry = here.find(({ method }) => method === request.method)
      if (own === undefined || entry === undefined) {
        const instead = here.map(({ method }) => method).join(', ')
        const says = instead === '' ? 'is no path of the description' : `takes ${instead} alone`
        return { operation: undefined, parameters: {}, problems: [`${request.method} ${path}: the path ${says}`] }
      }
      const values = entry.parts.exec(own)?.slice(1).map(decodeURIComponent) ?? []
      const parameters = Object.fromEntries(entry.names.map((name, n) => [name, values[n] ?? '']))
      const problems = [
        ...checkParameters(document, entry, request, parameters),
        ...checkBody(document, entry, request),
        ...checkCredential(document, entry, request),
      ]
      return { operation: entry, parameters, problems: problems.map((problem) => `${entry.id}: ${problem}`) }
    },
    answerSchema: (operation, status) => answerOf(document, entryFor(operation), status)?.schema,
    checkAnswer(operation, status, body) {
      const answer = answerOf(document, entryFor(operation), status)
      if (answer === undefined) return [`${operation.id}: ${status} is no answer of the description`]
      if (answer.schema === undefined || body === undefined) return []
      return checkSchema(document, answer.schema, body, `${operation.id}: answer`, 'answer')
    },
  }
}

function serverPath(document: JsonObject): string {
  const [server] = listOf(document['servers'])
  const url = isObject(server) && typeof server['url'] === 'string' ? server['url'] : '/'
  return new URL(url.replaceAll(/\{[^}]*\}/g, 'x'), 'https://x.example').pathname.replace(/\/$/, '')
}

function entryOf(document: JsonObject, path: string, item: JsonObject, method: string): Entry[] {
  const node = item[method]
  if (!isObject(node)) return []
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name)
  const pattern = path
    .split(/\{[^}]+\}/)
    .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('([^/]+)')
  const security = node['security'] ?? document['security']
  return [
    {
      id: typeof node['operationId'] === 'string' ? node['operationId'] : `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      scopes: schemasOf(security).map((one) => Object.values(one).flatMap((scopes) => listOf(scopes).map(String))),
      parts: new RegExp(`^${pattern}/?$`),
      names,
      node,
      shared: schemasOf(item['parameters']),
      literals: path.split('/').filter((part) => !part.includes('{')).length * 100 - names.length,
    },
  ]
}

function answerOf(
  document: JsonObject,
  entry: Entry | undefined,
  status: number,
): { schema: Schema | undefined } | undefined {
  const responses = isObject(entry?.node['responses']) ? entry.node['responses'] : {}
  const given = responses[status] ?? responses[`${Math.floor(status / 100)}XX`] ?? responses['default']
  if (given === undefined) return undefined
  const { content } = resolveRef(document, given)
  const media = isObject(content) ? (content['application/json'] ?? Object.values(content)[0]) : undefined
  return {
    schema: isObject(media) && media['schema'] !== undefined ? resolveRef(document, media['schema']) : undefined,
  }
}
