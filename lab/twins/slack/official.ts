import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { isObject } from 'cordon/kit'

/** Fields of a type as Slack's own client declares them: `name` to the text of its type. */
type Fields = Readonly<Record<string, string>>

const folder = join(
  dirname(createRequire(import.meta.url).resolve('@slack/web-api/package.json')),
  'dist/types/response',
)
const anything: Fields = {}
const cache = new Map<string, Map<string, Fields>>()

/** `admin.users.list` → `AdminUsersListResponse`, the name of its type and of its file. */
const typeOf = (method: string): string =>
  `${method
    .split('.')
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('')}Response`

/** The declarations are generated, one field a line: `export interface User {` or `export type … = WebAPICallResult & {`. */
function declarationsOf(name: string): Map<string, Fields> {
  const known = cache.get(name)
  if (known !== undefined) return known
  const path = join(folder, `${name}.d.ts`)
  if (!existsSync(path)) throw new Error(`Slack's client declares no ${name}`)
  const found = new Map<string, Fields>()
  const text = readFileSync(path, 'utf8')
  for (const [, own, aliased, body = ''] of text.matchAll(
    /export (?:interface (\w+)|type (\w+) = WebAPICallResult &) \{\n(.*?)\n\}/gs,
  )) {
    const fields = [...body.matchAll(/^ {4}(\w+)\??: (.+);$/gm)].map(([, field = '', type = '']) => [field, type])
    found.set(own ?? aliased ?? '', Object.fromEntries(fields))
  }
  // What is said to be an object and no more: any is one.
  for (const [, open = ''] of text.matchAll(/export type (\w+) = \{\};/g)) found.set(open, anything)
  cache.set(name, found)
  return found
}

/** On Slack's method pages, and not in its client's types. */
const onPagesAlone: ReadonlySet<string> = new Set(['auth.revoke.revoked'])

/** What in an answer Slack's client does not know. Faults name the place and never the value. */
export function officialFaults(method: string, body: unknown): string[] {
  const name = typeOf(method)
  const types = declarationsOf(name)
  const check = (type: string, value: unknown, place: string): string[] => {
    if (value === undefined || value === null) return []
    if (type.endsWith('[]')) {
      if (!Array.isArray(value)) return [`${place}: no array`]
      return value.flatMap((item, at) => check(type.slice(0, -2), item, `${place}[${at}]`))
    }
    if (['string', 'number', 'boolean'].includes(type)) return typeof value === type ? [] : [`${place}: no ${type}`]
    const fields = types.get(type)
    if (fields === undefined) return [`${place}: of a type \`${type}\` that is not read here`]
    if (!isObject(value)) return [`${place}: no object`]
    if (fields === anything) return []
    return Object.entries(value).flatMap(([field, held]) => {
      const of = fields[field]
      if (of === undefined && onPagesAlone.has(`${place}.${field}`)) return []
      return of === undefined ? [`${place}.${field}: not in ${type}`] : check(of, held, `${place}.${field}`)
    })
  }
  return check(name, body, method)
}
