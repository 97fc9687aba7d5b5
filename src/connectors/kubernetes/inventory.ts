import { isObject, type JsonObject } from '#kit'
import { keptRows, onceARun, type PullContext, type SnapshotStream } from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { listAll, listPage, metadataOnly, type Access } from './client.ts'
import { ownAccounts, type KubernetesConfig } from './config.ts'
import { roleRow, rowSchemas, rulesOf, type RoleRow, type RowKind } from './rows.ts'

type Context = PullContext<KubernetesConfig>
type List = {
  path: string
  accept?: string
  fieldSelector?: string
  add?(access: Access): Promise<(row: JsonObject) => JsonObject>
}

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const inventoryEveryMs = 300_000

const lists: Partial<Record<RowKind, List>> = {
  namespaces: { path: '/api/v1/namespaces' },
  serviceaccounts: { path: '/api/v1/serviceaccounts', add: markOwn },
  nodes: { path: '/api/v1/nodes' },
  pods: { path: '/api/v1/pods' },
  deployments: { path: '/apis/apps/v1/deployments' },
  statefulsets: { path: '/apis/apps/v1/statefulsets' },
  daemonsets: { path: '/apis/apps/v1/daemonsets' },
  cronjobs: { path: '/apis/batch/v1/cronjobs' },
  clusterrolebindings: { path: `${rbac}/clusterrolebindings`, add: addRules },
  rolebindings: { path: `${rbac}/rolebindings`, add: addRules },
}
/** Which of them are legacy tokens only the second list tells: its metadata alone says no type, and anybody may annotate. */
const secretLists: Partial<Record<RowKind, List>> = {
  secrets: {
    path: '/api/v1/secrets',
    accept: metadataOnly,
    fieldSelector: 'type!=kubernetes.io/service-account-token',
    add: nameKeys,
  },
  tokens: { path: '/api/v1/secrets', accept: metadataOnly, fieldSelector: 'type=kubernetes.io/service-account-token' },
}

/** INVARIANT: only the fields that `rows.ts` names leave here; a secret's values are not even asked for. */
const kept = keptRows(rowSchemas)

async function readRows(context: Context, kind: RowKind, list: List, next: string | null) {
  const { path, add, ...asked } = list
  const listed = await listPage(context, path, `the list of ${kind}`, { next, ...asked })
  const added = await add?.(context)
  return { rows: kept(kind, added === undefined ? listed.rows : listed.rows.map(added)), next: listed.next }
}

async function markOwn({ config }: Access): Promise<(row: JsonObject) => JsonObject> {
  const own = ownAccounts(config)
  return (row) => ({ ...row, isOwn: own.includes(`${textIn(row, 'namespace')}/${textIn(row, 'name')}`) })
}

/** A binding means nothing without the rules it gives: they are read once a run, in one state of the cluster or nearly so. */
const rulesByRole = onceARun(async (access: Access) => {
  const read = async (resource: string): Promise<Map<string, RoleRow>> => {
    const roles = await listAll(access, `${rbac}/${resource}`, roleRow, `the list of ${resource}`)
    return new Map(roles.map((role) => [`${role.metadata.namespace ?? ''}/${role.metadata.name}`, role]))
  }
  return { clusterRoles: await read('clusterroles'), roles: await read('roles') }
})

async function addRules(access: Access): Promise<(row: JsonObject) => JsonObject> {
  const { clusterRoles, roles } = await rulesByRole(access)
  return (row) => {
    const ref = isObject(row['roleRef']) ? row['roleRef'] : {}
    const name = typeof ref['name'] === 'string' ? ref['name'] : ''
    const role =
      ref['kind'] === 'Role' ? roles.get(`${textIn(row, 'namespace')}/${name}`) : clusterRoles.get(`/${name}`)
    const isAggregated = role?.aggregationRule !== undefined && role.aggregationRule !== null
    return { ...row, rules: role === undefined ? null : rulesOf(role.rules), isAggregated }
  }
}

/** `managedFields` tells which keys there are, without what they hold. */
async function nameKeys(): Promise<(row: JsonObject) => JsonObject> {
  return (row) => {
    const managed = isObject(row['metadata']) ? row['metadata']['managedFields'] : undefined
    const keys = new Set<string>()
    for (const entry of Array.isArray(managed) ? managed : []) {
      const fields = isObject(entry) ? entry['fieldsV1'] : undefined
      const data = isObject(fields) ? fields['f:data'] : undefined
      for (const key of isObject(data) ? Object.keys(data) : []) if (key.startsWith('f:')) keys.add(key.slice(2))
    }
    return { ...row, keys: [...keys].sort() }
  }
}

const textIn = (row: JsonObject, key: string): string => {
  const metadata = row['metadata']
  const value = isObject(metadata) ? metadata[key] : undefined
  return typeof value === 'string' ? value : ''
}

const isRowKind = (kind: string): kind is RowKind => Object.hasOwn(rowSchemas, kind)

const snapshotOf = (lists: Partial<Record<RowKind, List>>) => ({
  kind: 'snapshot' as const,
  delayMs: { typical: inventoryEveryMs / 2, worst: inventoryEveryMs * 2 },
  everyMs: inventoryEveryMs,
  lists: () => Object.keys(lists),
  async page(context: Context, list: string, next: string | null) {
    const found = isRowKind(list) ? lists[list] : undefined
    if (found === undefined || !isRowKind(list)) return { rows: [], next: null }
    return readRows(context, list, found, next)
  },
})

export const inventory: SnapshotStream<KubernetesConfig> = {
  name: 'inventory',
  ...snapshotOf(lists),
  tells: ['cluster-rights'],
  covers: ['identities', 'grants', 'resources', 'admin'],
  scopes: scopesOfStream('inventory'),
  requestsPerRun: 20,
}

export const secrets: SnapshotStream<KubernetesConfig> = {
  name: 'secrets',
  ...snapshotOf(secretLists),
  tells: ['keys', 'stored-tokens'],
  covers: ['resources', 'grants'],
  scopes: scopesOfStream('secrets'),
  requestsPerRun: 4,
  isOn: ({ listSecrets }) => listSecrets,
}
