import { isObject, type JsonObject } from '#kit'
import {
  freshParts,
  keptRows,
  type PartsSeen,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { addRules } from './bound-rules.ts'
import { listPageAnywhere } from './by-namespace.ts'
import { listPage, metadataOnly } from './client.ts'
import { ownAccounts, type KubernetesConfig } from './config.ts'
import { rowSchemas, type RowKind } from './rows.ts'

type Context = PullContext<KubernetesConfig>
type List = {
  path: string
  accept?: string
  fieldSelector?: string
  /** Its things are of no namespace. */
  ofCluster?: true
  /** What Cordon knows of a row beside what Kubernetes says, and what of it could not be read. */
  add?(context: Context): Promise<{ add: (row: JsonObject) => JsonObject; seen?: PartsSeen }>
}

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const inventoryEveryMs = 300_000

const lists: Partial<Record<RowKind, List>> = {
  namespaces: { path: '/api/v1/namespaces', ofCluster: true },
  serviceaccounts: { path: '/api/v1/serviceaccounts', add: markOwn },
  nodes: { path: '/api/v1/nodes', ofCluster: true },
  pods: { path: '/api/v1/pods' },
  deployments: { path: '/apis/apps/v1/deployments' },
  statefulsets: { path: '/apis/apps/v1/statefulsets' },
  daemonsets: { path: '/apis/apps/v1/daemonsets' },
  cronjobs: { path: '/apis/batch/v1/cronjobs' },
  clusterrolebindings: { path: `${rbac}/clusterrolebindings`, ofCluster: true, add: addRules },
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

async function readRows(context: Context, kind: RowKind, list: List, next: string | null): Promise<SnapshotRows> {
  const { path, add, ofCluster, ...asked } = list
  const what = { of: kind, what: `${kind} of a namespace are` }
  const { blind, read, ...listed } =
    ofCluster === true
      ? { ...(await listPage(context, path, `the list of ${kind}`, { next, ...asked })), ...freshParts() }
      : await listPageAnywhere(context, path, { what, next, ...asked })
  const added = await add?.(context)
  return {
    rows: kept(kind, added === undefined ? listed.rows : listed.rows.map(added.add)),
    next: listed.next,
    blind: [...blind, ...(added?.seen?.blind ?? [])],
    read: new Set([...read, ...(added?.seen?.read ?? [])]),
  }
}

async function markOwn({ config }: Context) {
  const own = ownAccounts(config)
  const add = (row: JsonObject): JsonObject => ({
    ...row,
    isOwn: own.includes(`${textIn(row, 'namespace')}/${textIn(row, 'name')}`),
  })
  return { add }
}

/** `managedFields` tells which keys there are, without what they hold. */
async function nameKeys() {
  const add = (row: JsonObject): JsonObject => {
    const managed = isObject(row['metadata']) ? row['metadata']['managedFields'] : undefined
    const keys = new Set<string>()
    for (const entry of Array.isArray(managed) ? managed : []) {
      const fields = isObject(entry) ? entry['fieldsV1'] : undefined
      const data = isObject(fields) ? fields['f:data'] : undefined
      for (const key of isObject(data) ? Object.keys(data) : []) if (key.startsWith('f:')) keys.add(key.slice(2))
    }
    return { ...row, keys: [...keys].sort() }
  }
  return { add }
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
