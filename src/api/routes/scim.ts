import { z } from 'zod'

import type { JsonObject } from '#kit'
import {
  bodyOf,
  etagOf,
  listOf,
  pageDefault,
  resourceTypesOf,
  schemasOf,
  ScimError,
  serviceProviderConfigOf,
  type ResourceType,
} from '#scim'

import type { Exchange } from '../contract/index.ts'
import { ApiError } from '../error.ts'
import { exchangeDepthMax, jsonIn } from '../json-in.ts'
import type { Call, RouteHandlers } from './call.ts'

type Names =
  | 'config'
  | 'schemas'
  | 'schema'
  | 'types'
  | 'resource-type'
  | 'search'
  | 'search-all'
  | 'list'
  | 'read'
  | 'create'
  | 'replace'
  | 'patch'
  | 'remove'
type Shown = { attributes?: string | undefined; excludedAttributes?: string | undefined }

export const scimRoutes: RouteHandlers<`scim.${Names}`> = {
  'scim.config': (call) => Promise.resolve(answer(200, serviceProviderConfigOf(baseOf(call)))),
  'scim.schemas': (call) => Promise.resolve(answer(200, schemasOf(baseOf(call)))),
  'scim.schema': async (call) => answer(200, schemasOf(baseOf(call), call.params['id'])),
  'scim.types': (call) => Promise.resolve(answer(200, resourceTypesOf(baseOf(call)))),
  'scim.resource-type': async (call) => answer(200, resourceTypesOf(baseOf(call), call.params['id'])),
  'scim.list': async (call) => listed(call, call.query, [typeOf(call)]),
  'scim.search': async (call) => listed(call, searchOf(call), [typeOf(call)]),
  'scim.search-all': async (call) => listed(call, searchOf(call), ['User', 'Group']),
  'scim.read': async (call) => {
    const found = await call.services.scim.read(sourceOf(call), typeOf(call), call.params['id'] ?? '')
    if (call.header('if-none-match') === etagOf(found)) return { status: 304, headers: {}, body: null }
    return answer(200, bodyOf(found, baseOf(call), projectionOf(call.query)), etagOf(found))
  },
  'scim.create': async (call) => {
    const made = await call.services.scim.create(sourceOf(call), typeOf(call), jsonOf(call))
    const whole = bodyOf(made, baseOf(call), projectionOf(call.query))
    const { headers, ...rest } = answer(201, whole, etagOf(made))
    return { ...rest, headers: { ...headers, location: `${baseOf(call)}/${call.params['type']}/${made.id}` } }
  },
  'scim.replace': (call) => changed(call, 'replace'),
  'scim.patch': (call) => changed(call, 'patch'),
  'scim.remove': async (call) => {
    await call.services.scim.remove(sourceOf(call), typeOf(call), call.params['id'] ?? '', matchOf(call))
    return { status: 204, headers: {}, body: null }
  },
}

const names = z.array(z.string().max(256)).max(64).optional()
/** RFC 7644, 3.4.3. */
const search = z.object({
  filter: z.string().max(4096).optional(),
  attributes: names,
  excludedAttributes: names,
  startIndex: z.int().optional(),
  count: z.int().optional(),
})
type Asked = Shown & { filter?: string | undefined; startIndex?: string | undefined; count?: string | undefined }

function searchOf(call: Pick<Call, 'upload'>): Asked {
  const asked = search.safeParse(jsonOf(call))
  if (!asked.success) throw new ScimError('ERR_SCIM_SYNTAX', 'the body is no search request')
  const { attributes, excludedAttributes, startIndex, count, filter } = asked.data
  return {
    filter,
    attributes: attributes?.join(),
    excludedAttributes: excludedAttributes?.join(),
    startIndex: startIndex?.toString(),
    count: count?.toString(),
  }
}

/** One list over all types asked for: what a page does not fill with the first, it fills with the next. */
async function listed(
  call: Omit<Call, 'query' | 'body'>,
  asked: Asked,
  types: readonly ResourceType[],
): Promise<Exchange> {
  const shown = projectionOf(asked)
  const withMembers = isAsked(shown, 'members')
  const start = Math.max(1, whole(asked.startIndex, 1))
  const count = whole(asked.count, pageDefault)
  const resources: JsonObject[] = []
  let total = 0
  for (const type of types) {
    const ask = {
      filter: asked.filter,
      start: Math.max(1, start - total),
      count: count - resources.length,
      withMembers,
    }
    const found = await call.services.scim.list(sourceOf(call), type, ask)
    resources.push(...found.resources.map((one) => bodyOf(one, baseOf(call), shown)))
    total += found.total
  }
  return answer(200, listOf({ total, start, resources }))
}

type ScimCall = Omit<Call, 'query' | 'body'> & { query: Shown }

async function changed(call: ScimCall, how: 'replace' | 'patch'): Promise<Exchange> {
  const { scim } = call.services
  const done = await scim[how](sourceOf(call), typeOf(call), call.params['id'] ?? '', jsonOf(call), matchOf(call))
  return answer(200, bodyOf(done, baseOf(call), projectionOf(call.query)), etagOf(done))
}

const answer = (status: number, body: JsonObject, etag?: string): Exchange => ({
  status,
  headers: { 'content-type': 'application/scim+json', ...(etag === undefined ? {} : { etag }) },
  body,
})

/** INVARIANT: the source is the token's own; nothing in a request can name another. */
function sourceOf({ ingest }: Pick<Call, 'ingest'>): string {
  if (ingest !== null) return ingest.source
  throw new ApiError('ERR_API_FORBIDDEN', 'SCIM is for the token of one source')
}

function typeOf({ params }: Pick<Call, 'params'>): ResourceType {
  const type = params['type']
  if (type === 'Users') return 'User'
  if (type === 'Groups') return 'Group'
  if (type !== undefined && fixed.has(type)) throw new ScimError('ERR_SCIM_METHOD', `/${type} is only read`)
  throw new ScimError('ERR_SCIM_ABSENT', 'there are /Users and /Groups')
}
const fixed = new Set(['ServiceProviderConfig', 'ResourceTypes', 'Schemas'])

const jsonOf = ({ upload }: Pick<Call, 'upload'>): unknown =>
  jsonIn(upload, (why) => new ScimError('ERR_SCIM_SYNTAX', why), exchangeDepthMax)

const matchOf = ({ header }: Pick<Call, 'header'>): string | null => header('if-match') ?? null

/** As the sender calls us: `Host` is a name of ours by then. A proxy that ends TLS says so. */
function baseOf({ header }: Pick<Call, 'header'>): string {
  const scheme = header('x-forwarded-proto') === 'https' ? 'https' : 'http'
  return `${scheme}://${header('host') ?? 'localhost'}/scim/v2`
}

const projectionOf = ({ attributes, excludedAttributes }: Shown) => ({
  attributes: listIn(attributes),
  excluded: listIn(excludedAttributes),
})
type Projection = ReturnType<typeof projectionOf>

const listIn = (text: string | undefined): string[] | undefined => {
  const names = text?.split(',').map((name) => name.trim()) ?? []
  const told = names.filter((name) => name !== '')
  return told.length === 0 ? undefined : told
}

/** Members of many groups are much: brought only when they will be shown. */
function isAsked({ attributes, excluded }: Projection, name: string): boolean {
  const has = (list: string[]): boolean => list.some((one) => one.toLowerCase().split(/[.:]/).includes(name))
  return attributes === undefined ? excluded === undefined || !has(excluded) : has(attributes)
}

function whole(text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new ScimError('ERR_SCIM_VALUE', '`startIndex` and `count` are whole numbers')
}
