import { z } from 'zod'

import { isObject, parseOwnJson, type Json, type JsonObject } from '#kit'
import {
  keptRows,
  readAnswer,
  VendorError,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { get, readReadiness } from './client.ts'
import type { LitellmConfig } from './config.ts'
import { hostOf, rowSchemas, type RowKind } from './rows.ts'

export const inventoryEveryMs = 5 * 60_000
/** The most that LiteLLM gives at once. */
const pageRows = 100

type Context = PullContext<LitellmConfig>
type List = (context: Context, next: string | null) => Promise<SnapshotRows>

const part = keptRows(rowSchemas)

const self: List = async (context) => {
  const { litellm_version: version } = await readReadiness(context)
  const { hosts, ownUsers, database: hasDatabase } = context.config
  return { rows: part('self', [{ version, hosts, ownUsers, hasDatabase }]), next: null }
}

/** Where a list is read on. `isFirst`: how many pages it has is not known yet. */
type Walk = { page: number; isFirst?: true }
type Paged = {
  kind: RowKind
  path: string
  what: string
  query: Readonly<Record<string, string | number | boolean>>
  /** Names of the parameter that bounds a page, and of the fields that hold the rows, their number and the pages'. */
  size: string
  rows: string
  total: string
  pages: string
  shape(row: JsonObject, config: LitellmConfig): JsonObject
}

/**
 * Page numbers shift when a row in front is deleted, and whoever reads on passes over the row that moved up: it would be
 * taken for ended. So a list is read backwards once its first page told how many there are: a row that moves does so towards
 * pages that are still to be read, and comes twice at worst. What is created meanwhile stands behind, since the oldest come
 * first (decision 008).
 */
function paged({ kind, path, what, query, size, rows, total, pages, shape }: Paged): List {
  return async (context, next) => {
    const { page, isFirst }: Walk = next === null ? { page: 1, isFirst: true } : parseOwnJson<Walk>(next)
    const response = await get(context, path, { ...query, [size]: pageRows, page })
    const answer = readAnswer(z.record(z.string(), z.json()), response, what)
    const listed = answer[rows]
    const [count, last] = [answer[total], answer[pages]]
    if (!Array.isArray(listed) || typeof count !== 'number' || typeof last !== 'number') {
      throw new VendorError('ERR_VENDOR_SHAPE', `${what} has no \`${rows}\`, \`${total}\` and \`${pages}\``)
    }
    const kept = part(
      kind,
      listed.filter((row): row is JsonObject => isObject(row)).map((row) => shape(row, context.config)),
    )
    // A page that must hold rows and is empty is asked for again.
    const isMissing = listed.length === 0 && count > 0 && page <= last
    const before = isFirst === true ? (last > 1 ? last : null) : page > 1 ? page - 1 : null
    const then: Walk | null = isMissing
      ? { page, ...(isFirst === true ? { isFirst } : {}) }
      : before === null
        ? null
        : { page: before }
    return { rows: kept, next: then === null ? null : JSON.stringify(then) }
  }
}

/** A list that comes whole. `of`: the field its rows stand in, where they stand in one. */
function whole(
  kind: RowKind,
  path: string,
  what: string,
  of: string | null,
  shape: (row: JsonObject) => JsonObject,
): List {
  return async (context) => {
    const answer = readAnswer(z.json(), await get(context, path), what)
    const listed = of === null ? answer : isObject(answer) ? answer[of] : undefined
    if (!Array.isArray(listed)) throw new VendorError('ERR_VENDOR_SHAPE', `${what} is no list`)
    return { rows: part(kind, listed.filter((row): row is JsonObject => isObject(row)).map(shape)), next: null }
  }
}

const inside = (row: JsonObject, key: string): JsonObject => {
  const held = row[key]
  return isObject(held) ? held : {}
}
const namesIn = (held: Json | undefined): string[] => (isObject(held) ? Object.keys(held) : [])
const isOwnUser = ({ ownUsers }: LitellmConfig, user: Json | undefined): boolean =>
  typeof user === 'string' && ownUsers.includes(user)

function deployment(row: JsonObject): JsonObject {
  const [params, info] = [inside(row, 'litellm_params'), inside(row, 'model_info')]
  const { model, custom_llm_provider: named, litellm_credential_name: credential } = params
  const provider = typeof named === 'string' ? named : typeof model === 'string' ? model.split('/')[0] : undefined
  return {
    id: info['id'] ?? '',
    model_name: row['model_name'] ?? '',
    model: model ?? null,
    provider: info['litellm_provider'] ?? provider ?? null,
    host: hostOf(params['api_base']),
    credential: credential ?? null,
    isStored: info['db_model'] === true,
    blocked: info['blocked'] ?? null,
    team_id: info['team_id'] ?? null,
    access_groups: info['access_groups'] ?? null,
    created_at: info['created_at'] ?? null,
    created_by: info['created_by'] ?? null,
  }
}

const mcp = (row: JsonObject): JsonObject => ({
  ...row,
  host: hostOf(row['url']),
  fields: [...namesIn(row['static_headers']), ...namesIn(row['env']), ...namesIn(row['credentials'])],
})

function guardrail(row: JsonObject): JsonObject {
  const { guardrail: provider, mode, default_on: isDefault } = inside(row, 'litellm_params')
  return {
    id: row['guardrail_id'] ?? row['guardrail_name'] ?? '',
    name: row['guardrail_name'] ?? null,
    provider: provider ?? null,
    mode: Array.isArray(mode) ? mode.filter((one) => typeof one === 'string').join(' ') : (mode ?? null),
    isDefault: isDefault ?? null,
  }
}

const ofDatabase: Record<string, List> = {
  keys: paged({
    kind: 'keys',
    path: '/key/list',
    what: 'the list of keys',
    query: { return_full_object: true, include_team_keys: true, sort_by: 'created_at', sort_order: 'asc' },
    size: 'size',
    rows: 'keys',
    total: 'total_count',
    pages: 'total_pages',
    shape: ({ token = '', ...row }, config) => ({
      ...row,
      hash: token,
      sha256: `sha256:${typeof token === 'string' ? token : ''}`,
      isOwn: isOwnUser(config, row['user_id']),
    }),
  }),
  users: paged({
    kind: 'users',
    path: '/user/list',
    what: 'the list of users',
    query: { sort_by: 'created_at', sort_order: 'asc' },
    size: 'page_size',
    rows: 'users',
    total: 'total',
    pages: 'total_pages',
    shape: (row, config) => ({ ...row, isOwn: isOwnUser(config, row['user_id']) }),
  }),
  teams: paged({
    kind: 'teams',
    path: '/v2/team/list',
    what: 'the list of teams',
    query: { sort_by: 'created_at', sort_order: 'asc' },
    size: 'page_size',
    rows: 'teams',
    total: 'total',
    pages: 'total_pages',
    shape: (row) => row,
  }),
  organizations: whole('organizations', '/organization/list', 'the list of organisations', null, (row) => row),
  deployments: paged({
    kind: 'deployments',
    path: '/v2/model/info',
    what: 'the list of deployments',
    query: { sortBy: 'created_at', sortOrder: 'asc' },
    size: 'size',
    rows: 'data',
    total: 'total_count',
    pages: 'total_pages',
    shape: deployment,
  }),
}
const ofAny: Record<string, List> = {
  credentials: whole('credentials', '/credentials', 'the list of credentials', 'credentials', (row) => ({
    name: row['credential_name'] ?? '',
    provider: inside(row, 'credential_info')['custom_llm_provider'] ?? null,
    fields: namesIn(row['credential_values']),
  })),
  mcp: whole('mcp', '/v1/mcp/server', 'the list of MCP servers', null, mcp),
  guardrails: whole('guardrails', '/v2/guardrails/list', 'the list of guardrails', 'guardrails', guardrail),
}
/** A gateway without a database knows its configuration file alone. */
const bare: Record<string, List> = {
  self,
  deployments: whole('deployments', '/model/info', 'the list of deployments', 'data', deployment),
  ...ofAny,
}
const full: Record<string, List> = { self, ...ofDatabase, ...ofAny }
const listsOf = ({ database }: LitellmConfig): Record<string, List> => (database ? full : bare)

export const inventory: SnapshotStream<LitellmConfig> = {
  name: 'inventory',
  kind: 'snapshot',
  delayMs: { typical: inventoryEveryMs / 2, worst: inventoryEveryMs * 2 },
  everyMs: inventoryEveryMs,
  tells: ['keys', 'key-use', 'model-keys', 'administrators'],
  covers: ['identities', 'grants', 'resources', 'admin'],
  scopes: scopesOfStream('inventory'),
  requestsPerRun: 30,
  lists: (config) => Object.keys(listsOf(config)),
  async page(context, list, next) {
    return listsOf(context.config)[list]?.(context, next) ?? { rows: [], next: null }
  },
}
