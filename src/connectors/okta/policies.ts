import { z } from 'zod'

import { isJsonObject, parseOwnJson, type Json, type JsonObject } from '#kit'
import {
  freshParts,
  isScopeRefusal,
  keptRows,
  onceARun,
  readInsideOrBlind,
  readUnlessGone,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { scopesToSee } from './auth.ts'
import { find, listAll, listPage, readOrg, segment, textAt } from './client.ts'
import type { OktaConfig } from './config.ts'
import { conditions, type policyTypes } from './policy-rows.ts'
import { rowSchemas } from './rows.ts'

export const policiesEveryMs = 30 * 60_000
const pageRows = 200

type Context = PullContext<OktaConfig>
type PolicyType = (typeof policyTypes)[number]
/** What of a policy its rules are kept with. */
type Parent = { policy: string; policyName: string; policyType: PolicyType; policyPriority: Json }
type Walk = { queue: Parent[]; after: string | null }

const part = keptRows(rowSchemas)

const lists: Record<string, (context: Context, next: string | null) => Promise<SnapshotRows>> = {
  'session-policies': (context, next) => policies('OKTA_SIGN_ON', 'session-policies', context, next),
  // Classic Engine has policies of apps that no call lists.
  'app-policies': async (context, next) =>
    (await isClassic(context)) ? { rows: [], next: null } : policies('ACCESS_POLICY', 'app-policies', context, next),
  'policy-apps': async (context, next) => {
    const listed = await listPage(context, 'apps', next ?? `/api/v1/apps?limit=${pageRows}`, 'the list of apps')
    const rows = listed.rows.map((app) => ({
      id: app['id'] ?? null,
      catalog: app['name'] ?? null,
      policy: policyOf(app),
    }))
    return { rows: part('policy-apps', rows), next: listed.next }
  },
}

const isClassic = onceARun(async (context: Context) => (await readOrg(context)).pipeline === 'v1')

/** A page of policies first, then the rules of each of them. */
async function policies(type: PolicyType, list: string, context: Context, next: string | null): Promise<SnapshotRows> {
  const path = `/api/v1/policies?type=${type}&limit=${pageRows}`
  const walk: Walk = next === null ? { queue: [], after: path } : parseOwnJson<Walk>(next)
  const left = (rest: Walk): string | null =>
    rest.queue.length === 0 && rest.after === null ? null : JSON.stringify(rest)
  const [parent, ...queue] = walk.queue
  if (parent === undefined) {
    const listed = await listPage(context, 'policies', walk.after ?? path, 'the list of policies of sign-on')
    const rows = listed.rows.map((row) => ({ ...row, policyType: type, others: strangersIn(row['conditions'], known) }))
    const parents = listed.rows.map((row): Parent => ({
      policy: textAt(row, 'id'),
      policyName: textAt(row, 'name'),
      policyType: type,
      policyPriority: row['priority'] ?? null,
    }))
    return { rows: part('policies', rows), next: left({ queue: parents, after: listed.next }) }
  }
  const seen = freshParts()
  const at = `/api/v1/policies/${segment(parent.policy)}`
  const isThere = async () => (await find(context, 'policies', z.json(), at, 'a policy of sign-on')) !== undefined
  const what = { of: `${list}/rules`, what: 'rules of a policy of sign-on are', thing: parent.policy }
  const rows = await readUnlessGone([], isThere, () =>
    readInsideOrBlind(seen, what, [], isThere, () => rulesOf(context, parent, at)),
  )
  return { rows, next: left({ queue, after: walk.after }), ...seen }
}

async function rulesOf(context: Context, parent: Parent, at: string): Promise<Json[]> {
  const listed = await listAll(context, 'policies', `${at}/rules?limit=${pageRows}`, 'the rules of a policy')
  const rows: JsonObject[] = []
  for (const rule of listed) {
    const others = strangersIn(rule['conditions'], known)
    rows.push({ ...rule, ...parent, others, conditions: await withZones(context, rule['conditions'] ?? null) })
  }
  return part('policy-rules', rows)
}

const allZones = 'ALL_ZONES'
const zonesOf = onceARun(async (context: Context): Promise<string[]> => {
  const zones = await listAll(context, 'zones', `/api/v1/zones?limit=${pageRows}`, 'the list of network zones')
  // A zone to block is none that a rule could mean.
  return zones.filter(({ usage }) => usage !== 'BLOCKLIST').map((zone) => textAt(zone, 'id'))
})

/** Where zones may not be read, all of them stay a place of which nobody can say anything. */
async function withZones(context: Context, given: Json): Promise<Json> {
  const network = isJsonObject(given) ? given['network'] : undefined
  if (!isJsonObject(given) || !isJsonObject(network) || !JSON.stringify(network).includes(`"${allZones}"`)) return given
  const zones = await zonesOf(context).catch((error: unknown) => {
    if (isScopeRefusal(error)) return [allZones]
    throw error
  })
  const written = (some: Json | undefined): Json =>
    Array.isArray(some) ? some.flatMap((one) => (one === allZones ? zones : [one])) : (some ?? null)
  return {
    ...given,
    network: { ...network, include: written(network['include']), exclude: written(network['exclude']) },
  }
}

/** The policy stands in a link alone: `…/api/v1/policies/rst…`. */
function policyOf(app: JsonObject): string | null {
  const links = app['_links']
  const link = isJsonObject(links) ? links['accessPolicy'] : undefined
  const [, id] = /\/policies\/([A-Za-z0-9]{1,40})$/.exec(isJsonObject(link) ? textAt(link, 'href') : '') ?? []
  return id ?? null
}

/** Conditions that are read, down to their leaves; an array stands for whatever is in it. */
const named = { include: [], exclude: [] }
const known: JsonObject = {
  people: { users: named, groups: named },
  network: { connection: '', ...named },
  device: { managed: true, registered: true, assurance: { include: [] } },
  platform: named,
  authContext: { authType: '' },
} satisfies Record<keyof typeof conditions.shape, Json>

/** Names of conditions beside those that ask for something. */
function strangersIn(given: Json | undefined, shape: JsonObject, at = ''): string[] {
  if (!isJsonObject(given)) return []
  return Object.entries(given).flatMap(([name, value]) => {
    const below = shape[name]
    if (below === undefined) return asksForNothing(value) ? [] : [`${at}${name}`]
    return isJsonObject(below) ? strangersIn(value, below, `${at}${name}.`) : []
  })
}

/** Okta writes conditions out that ask for nothing. */
function asksForNothing(value: Json): boolean {
  if (value === null || value === false || value === '' || value === 'ANY') return true
  return typeof value === 'object' && Object.values(value).every(asksForNothing)
}

/** Apart from the directory: an app that was not let read them still reads all the rest. */
export const signOn: SnapshotStream<OktaConfig> = {
  name: 'sign-on',
  kind: 'snapshot',
  delayMs: { typical: policiesEveryMs / 2, worst: policiesEveryMs * 2 },
  everyMs: policiesEveryMs,
  tells: ['sign-in-rules'],
  covers: ['resources'],
  scopes: scopesToSee('policies', 'apps', 'zones'),
  requestsPerRun: 40,
  lists: () => Object.keys(lists),
  async page(context, list, next) {
    return lists[list]?.(context, next) ?? { rows: [], next: null }
  },
}
