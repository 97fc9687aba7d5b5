import { assert, isObject, parseJson, type Json } from 'cordon/kit'

import { checkSchema, type Use } from './schema.ts'

export type Parameter = { name: string; in: string; required: boolean; schema: Json }
/** One operation as `scripts/slice-api.ts` cuts it out of a vendor's OpenAPI description. */
export type Operation = {
  method: string
  path: string
  parameters: Parameter[]
  body: Json
  isBodyRequired: boolean
  /** Schema by status; null: no body. */
  responses: Record<string, Json>
  scopes: string[]
  isOpen: boolean
}
export type Found = { id: string; operation: Operation; params: Record<string, string> }
export type Asked = { params: Record<string, string>; query: URLSearchParams; body: Json | undefined }

/** A vendor's own description: it says which requests there are, and how its answers look. */
export type Description = {
  operationIds: readonly string[]
  find(method: string, path: string): Found | undefined
  requestFaults(operation: Operation, asked: Asked): string[]
  answerFaults(operation: Operation, status: number, body: Json | undefined): string[]
}

export function readDescription(text: string): Description {
  const slice = parseJson(text)
  assert(isObject(slice) && isObject(slice['operations']) && isObject(slice['schemas']), 'a slice of a description')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by slice-api.ts, committed beside the twin
  const operations = Object.entries(slice['operations']) as unknown as [string, Operation][]
  const routes = operations.map(([id, operation]) => ({ id, operation, parts: operation.path.split('/') }))
  // A fixed word wins over a parameter in its place.
  const blanks = (parts: readonly string[]): number => parts.filter((part) => part.startsWith('{')).length
  routes.sort((a, b) => blanks(a.parts) - blanks(b.parts))
  const check = (use: Use) => (schema: Json | undefined, value: Json, place: string) =>
    checkSchema(slice, schema, value, place, use)
  const [checkRequest, checkAnswer] = [check('request'), check('answer')]
  return {
    operationIds: operations.map(([id]) => id),
    find(method, path) {
      const asked = path.split('/')
      for (const { id, operation, parts } of routes) {
        if (operation.method !== method || parts.length !== asked.length) continue
        const params = match(parts, asked)
        if (params !== undefined) return { id, operation, params }
      }
      return undefined
    },
    requestFaults({ parameters, body: schema, isBodyRequired }, { params, query, body }) {
      const faults: string[] = []
      const known = new Set(parameters.flatMap((one) => (one.in === 'query' ? [one.name] : [])))
      for (const name of query.keys()) {
        if (!known.has(name) && !isInside(parameters, name)) faults.push(`query ${name}: no such parameter`)
      }
      for (const { name, in: place, required, schema } of parameters) {
        const text = place === 'path' ? params[name] : place === 'query' ? query.get(name) : undefined
        if (text === undefined || text === null) {
          if (required && place !== 'header') faults.push(`${place} ${name}: absent`)
        } else faults.push(...checkRequest(schema, readText(schema, text), `${place} ${name}`))
      }
      if (body === undefined) return isBodyRequired ? [...faults, 'body: absent'] : faults
      return schema === null ? [...faults, 'body: none is taken'] : [...faults, ...checkRequest(schema, body, 'body')]
    },
    answerFaults({ responses }, status, body) {
      if (!Object.hasOwn(responses, String(status))) return [`status ${status}: not in the description`]
      const schema = responses[String(status)]
      if (schema === null) return body === undefined ? [] : ['body: there should be none']
      return body === undefined ? ['body: absent'] : checkAnswer(schema, body, 'body')
    },
  }
}

function match(parts: readonly string[], asked: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {}
  for (const [at, part] of parts.entries()) {
    const text = asked[at] ?? ''
    const name = /^\{(.+)\}$/.exec(part)?.[1]
    if (name === undefined ? part !== text : text === '') return undefined
    if (name !== undefined) params[name] = decodeURIComponent(text)
  }
  return params
}

/** `group_by[]` of a list, `effective_at[gte]` of an object with that field. */
function isInside(parameters: readonly Parameter[], name: string): boolean {
  const [, outer = '', inner = ''] = /^([^[\]]+)\[([^[\]]*)\]$/.exec(name) ?? []
  const schema = parameters.find((one) => one.in === 'query' && one.name === outer)?.schema
  if (!isObject(schema)) return false
  if (inner === '') return schema['type'] === 'array'
  return isObject(schema['properties']) && Object.hasOwn(schema['properties'], inner)
}

/** A parameter travels as text, whatever its schema calls it. */
function readText(schema: Json, text: string): Json {
  const type = isObject(schema) ? schema['type'] : undefined
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  return (type === 'integer' || type === 'number') && /^-?\d+$/.test(text) ? Number(text) : text
}
