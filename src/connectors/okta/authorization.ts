import { z } from 'zod'

import { isJsonObject, parseOwnJson, type Json, type JsonObject } from '#kit'
import { keptRows, readUnlessGone, type PullContext, type SnapshotRows, type SnapshotStream } from '#sources/contract'

import { scopesToSee } from './auth.ts'
import { find, listAll, listPage, segment, textAt } from './client.ts'
import type { OktaConfig } from './config.ts'
import { rowSchemas } from './rows.ts'

export const authorizationEveryMs = 30 * 60_000
const path = '/api/v1/authorizationServers?limit=200'

type Context = PullContext<OktaConfig>
type Walk = { queue: JsonObject[]; after: string | null }

const part = keptRows(rowSchemas)
const inside = (context: Context, path: string, what: string): Promise<JsonObject[]> =>
  listAll(context, 'authorization', path, what)

/** A page of servers first, then who gets which scopes at each of them. */
async function servers(context: Context, next: string | null): Promise<SnapshotRows> {
  const walk: Walk = next === null ? { queue: [], after: path } : parseOwnJson<Walk>(next)
  const left = (rest: Walk): string | null =>
    rest.queue.length === 0 && rest.after === null ? null : JSON.stringify(rest)
  const [server, ...queue] = walk.queue
  if (server !== undefined) {
    const at = `/api/v1/authorizationServers/${segment(textAt(server, 'id'))}`
    const isThere = async () =>
      (await find(context, 'authorization', z.json(), at, 'an authorization server')) !== undefined
    const rows = await readUnlessGone([], isThere, () => rulesOf(context, server))
    return { rows, next: left({ queue, after: walk.after }) }
  }
  const listed = await listPage(context, 'authorization', walk.after ?? path, 'the list of authorization servers')
  return { rows: part('auth-servers', listed.rows), next: left({ queue: listed.rows.map(seen), after: listed.next }) }
}
/** What of a server the cursor carries. */
const seen = (row: JsonObject): JsonObject => ({ id: textAt(row, 'id'), status: textAt(row, 'status') })

async function rulesOf(context: Context, server: JsonObject): Promise<Json[]> {
  const base = `/api/v1/authorizationServers/${segment(textAt(server, 'id'))}`
  const scopes = await inside(context, `${base}/scopes?limit=200`, 'the scopes of an authorization server')
  const own = scopes.filter(({ system }) => system !== true).map((scope) => textAt(scope, 'name'))
  const policies = await inside(context, `${base}/policies`, 'the policies of an authorization server')
  const rows: JsonObject[] = []
  for (const policy of policies) {
    const at = `${base}/policies/${segment(textAt(policy, 'id'))}/rules`
    for (const rule of await inside(context, at, 'the rules of an authorization policy')) {
      const asked = included(rule, 'scopes')
      rows.push({
        server: textAt(server, 'id'),
        id: textAt(rule, 'id'),
        name: textAt(rule, 'name'),
        enabled: [server, policy, rule].every((one) => textAt(one, 'status') !== 'INACTIVE'),
        clients: included(policy, 'clients'),
        grantTypes: included(rule, 'grantTypes'),
        scopes: asked.includes('*') ? own : asked,
        users: included(rule, 'people', 'users'),
        groups: included(rule, 'people', 'groups'),
        hook: textAt(objectAt(rule, 'actions', 'token', 'inlineHook'), 'id'),
      })
    }
  }
  return part('auth-rules', rows)
}

function objectAt(row: JsonObject, ...path: readonly string[]): JsonObject {
  let at: Json = row
  for (const key of path) at = isJsonObject(at) ? (at[key] ?? null) : null
  return isJsonObject(at) ? at : {}
}
function included(row: JsonObject, ...path: readonly string[]): string[] {
  const { include } = objectAt(row, 'conditions', ...path)
  return Array.isArray(include) ? include.filter((one) => typeof one === 'string') : []
}

/** Apart from the directory: an app that was not let read them still reads all the rest. */
export const authorization: SnapshotStream<OktaConfig> = {
  name: 'authorization',
  kind: 'snapshot',
  delayMs: { typical: authorizationEveryMs / 2, worst: authorizationEveryMs * 2 },
  everyMs: authorizationEveryMs,
  covers: ['grants', 'resources'],
  scopes: scopesToSee('authorization'),
  requestsPerRun: 20,
  lists: () => ['servers'],
  page: (context, _, next) => servers(context, next),
}
