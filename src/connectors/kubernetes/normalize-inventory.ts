import type { z } from 'zod'

import { ocsfEvent, openEdge, toldFact, type EdgeStatement, type Stated } from '#model'
import { snapshotNormalizer, type TakenAt } from '#sources/contract'

import { cloudRoles } from './cloud.ts'
import { product } from './describe.ts'
import {
  everywhere,
  nameAccount,
  nameAccountTokens,
  nameAnyAccount,
  nameCluster,
  nameGroup,
  nameNamespace,
  nameNode,
  nameNodes,
  nameObjects,
  namePods,
  nameSecret,
  nameSecrets,
  nameSecretToken,
  nameSecretValue,
  nameUser,
} from './names.ts'
import { stateBinding } from './normalize-access.ts'
import { idOf, stateCronJob, statePod, stateWorkload } from './normalize-pods.ts'
import { superusers } from './rights.ts'
import { rowSchemas, timeMs, type RowKind } from './rows.ts'

type Rows = { [Kind in RowKind]: z.infer<(typeof rowSchemas)[Kind]> }

/** Records of the snapshot streams → entities, edges, facts. */
export const normalizeInventory = snapshotNormalizer({
  shapes: rowSchemas,
  states: {
    namespaces: stateNamespace,
    serviceaccounts: stateAccount,
    nodes: stateNode,
    pods: statePod,
    deployments: stateWorkload('Deployment', 'deployments'),
    statefulsets: stateWorkload('StatefulSet', 'statefulsets'),
    daemonsets: stateWorkload('DaemonSet', 'daemonsets'),
    cronjobs: stateCronJob,
    clusterrolebindings: stateBinding,
    rolebindings: stateBinding,
    secrets: stateSecret,
    tokens: stateTokenSecret,
  },
  event: ({ authority, atMs }) =>
    ocsfEvent('cloud_resources_inventory_info', 'collect', atMs, product, { idp: { uid: authority } }),
})

function stateNamespace({ metadata }: Rows['namespaces'], { authority, atMs }: TakenAt): Stated {
  const { name, sinceMs } = idOf(metadata)
  const namespace = nameNamespace(authority, name)
  return {
    facts: [toldFact(namespace, atMs, { name: `namespace ${name}`, createdAtMs: sinceMs })],
    edges: [
      ...(name === 'kube-system' ? clusterEdges(authority) : []),
      openEdge(nameCluster(authority), 'CONTAINS', namespace, sinceMs),
      ...[nameSecrets, namePods, nameObjects].flatMap((part) => [
        openEdge(namespace, 'CONTAINS', part(authority, name), sinceMs),
        openEdge(part(authority, everywhere), 'CONTAINS', part(authority, name), sinceMs),
      ]),
      openEdge(nameAnyAccount(authority, everywhere), 'ASSUMES', nameAnyAccount(authority, name), sinceMs),
    ],
  }
}

/** What every cluster has: it is said with the namespace that every cluster has. */
const clusterEdges = (authority: string): EdgeStatement[] => [
  ...[nameSecrets, namePods, nameObjects].map((part) =>
    openEdge(nameCluster(authority), 'CONTAINS', part(authority, everywhere), 0),
  ),
  openEdge(nameCluster(authority), 'CONTAINS', nameNodes(authority), 0),
  openEdge(nameGroup(authority, superusers), 'CAN_ADMIN', nameCluster(authority), 0),
]

function stateAccount(row: Rows['serviceaccounts'], { authority, atMs }: TakenAt): Stated {
  const { name, uid, namespace, sinceMs } = idOf(row.metadata)
  const account = nameAccount(authority, namespace, name)
  const tokens = nameAccountTokens(authority, namespace, name, uid)
  const roles = cloudRoles(row.metadata.annotations)
  return {
    facts: [
      toldFact(account, atMs, {
        kind: 'service',
        name: `${namespace}/${name}`,
        namespace,
        uid,
        createdAtMs: sinceMs,
        byDefault: name === 'default',
        automount: row.automountServiceAccountToken !== false,
        cloudRole: roles[0],
        ...(row.isOwn ? { own: true } : {}),
      }),
      toldFact(tokens, atMs, {
        kind: 'token',
        name: `tokens of ${namespace}/${name}`,
        // Each of them ends by itself.
        static: false,
        owner: account,
        createdAtMs: sinceMs,
        ...(row.isOwn ? { own: true } : {}),
      }),
    ],
    edges: [
      openEdge(tokens, 'AUTHENTICATES_AS', account, sinceMs),
      openEdge(nameAnyAccount(authority, namespace), 'ASSUMES', account, sinceMs),
      ...['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'].map((group) =>
        openEdge(account, 'MEMBER_OF', nameGroup(authority, group), sinceMs),
      ),
      ...roles.map((role) => openEdge(account, 'ASSUMES', role, sinceMs, { note: 'by annotation' })),
    ],
  }
}

function stateNode({ metadata, spec, status }: Rows['nodes'], { authority, atMs }: TakenAt): Stated {
  const { name, sinceMs } = idOf(metadata)
  const node = nameNode(authority, name)
  const kubelet = nameUser(authority, `system:node:${name}`)
  return {
    facts: [
      toldFact(node, atMs, {
        kind: 'node',
        name,
        createdAtMs: sinceMs,
        enabled: spec?.unschedulable !== true,
        providerId: spec?.providerID,
        version: status?.nodeInfo?.kubeletVersion,
        os: status?.nodeInfo?.osImage,
      }),
      toldFact(kubelet, atMs, { kind: 'service', name: `kubelet of ${name}`, login: `system:node:${name}` }),
    ],
    edges: [
      openEdge(nameNodes(authority), 'CONTAINS', node, sinceMs),
      openEdge(kubelet, 'RUNS_ON', node, sinceMs),
      openEdge(kubelet, 'MEMBER_OF', nameGroup(authority, 'system:authenticated'), sinceMs),
    ],
  }
}

function stateSecret({ metadata, keys }: Rows['secrets'], { authority, atMs }: TakenAt): Stated {
  const { name, namespace, sinceMs } = idOf(metadata)
  const secret = nameSecret(authority, namespace, name)
  const value = nameSecretValue(authority, namespace, name)
  return {
    facts: [
      toldFact(secret, atMs, { kind: 'secret', name: `${namespace}/${name}`, namespace, createdAtMs: sinceMs }),
      toldFact(value, atMs, {
        kind: 'file',
        name: `secret ${namespace}/${name}`,
        keys: keys.length === 0 ? undefined : keys.slice(0, 20).join(' '),
        createdAtMs: sinceMs,
      }),
    ],
    edges: [
      openEdge(nameSecrets(authority, namespace), 'CONTAINS', secret, sinceMs),
      openEdge(secret, 'STORES', value, sinceMs),
    ],
  }
}

/** A legacy token: it never ends by itself, and dies with its secret. */
function stateTokenSecret({ metadata }: Rows['tokens'], { authority, atMs }: TakenAt): Stated {
  const { name, namespace, sinceMs } = idOf(metadata)
  const secret = nameSecret(authority, namespace, name)
  const token = nameSecretToken(authority, namespace, name)
  const account = nameAccount(
    authority,
    namespace,
    metadata.annotations?.['kubernetes.io/service-account.name'] ?? 'default',
  )
  const used = metadata.labels?.['kubernetes.io/legacy-token-last-used']
  return {
    facts: [
      toldFact(secret, atMs, { kind: 'secret', name: `${namespace}/${name}`, namespace, createdAtMs: sinceMs }),
      toldFact(token, atMs, {
        kind: 'token',
        name: `token secret ${namespace}/${name}`,
        owner: account,
        createdAtMs: sinceMs,
        lastUsedAtMs: timeMs(used),
        enabled: typeof metadata.labels?.['kubernetes.io/legacy-token-invalid-since'] !== 'string',
      }),
    ],
    edges: [
      openEdge(nameSecrets(authority, namespace), 'CONTAINS', secret, sinceMs),
      openEdge(secret, 'STORES', token, sinceMs),
      openEdge(token, 'AUTHENTICATES_AS', account, sinceMs),
    ],
  }
}
