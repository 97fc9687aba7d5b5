import type { z } from 'zod'

import { openEdge, toldFact, type EdgeStatement, type EntityFact, type EntityId, type Stated } from '#model'
import type { TakenAt } from '#sources/contract'

import { nameImage, parseImage } from './image.ts'
import {
  nameAccount,
  nameNode,
  nameObject,
  namePod,
  namePods,
  namePodToken,
  nameSecret,
  nameSecrets,
  nameSecretValue,
  nameWorkload,
} from './names.ts'
import { timeMs, type cronJobRow, type Metadata, type podRow, type PodSpec, type workloadRow } from './rows.ts'

const containersOf = ({ containers, initContainers, ephemeralContainers }: PodSpec) => [
  ...(containers ?? []),
  ...(initContainers ?? []),
  ...(ephemeralContainers ?? []),
]

/** Names of secrets that a pod of this form holds, each once. */
export function secretsOf(spec: PodSpec): string[] {
  const names = [
    ...(spec.volumes ?? []).flatMap(({ secret, projected }) => [
      secret?.secretName,
      ...(projected?.sources ?? []).map((source) => source.secret?.name),
    ]),
    ...containersOf(spec).flatMap(({ env, envFrom }) => [
      ...(env ?? []).map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...(envFrom ?? []).map(({ secretRef }) => secretRef?.name),
    ]),
    ...(spec.imagePullSecrets ?? []).map(({ name }) => name),
  ]
  return [
    ...new Set(names.flatMap((name) => (name === null || name === undefined || name === '' ? [] : [name]))),
  ].sort()
}

/** The API server writes the token it mounts into the pod's own volumes: what is not there is not mounted. */
const holdsToken = ({ volumes }: PodSpec): boolean =>
  (volumes ?? []).some(({ projected }) =>
    (projected?.sources ?? []).some(
      ({ serviceAccountToken }) => serviceAccountToken !== null && serviceAccountToken !== undefined,
    ),
  )

/** Out of such a pod leads a way to its node. */
function escapes(spec: PodSpec): string | undefined {
  if (containersOf(spec).some(({ securityContext }) => securityContext?.privileged === true)) return 'privileged'
  if (spec.hostPID === true) return 'hostPID'
  const path = (spec.volumes ?? []).find(({ hostPath }) => hostPath !== null && hostPath !== undefined)?.hostPath?.path
  return path === undefined || path === null ? undefined : `hostPath ${path}`
}

export function statePod(row: z.infer<typeof podRow>, { authority, atMs }: TakenAt): Stated {
  const { metadata, spec, status } = row
  const { name, uid, namespace, sinceMs } = idOf(metadata)
  const pod = namePod(authority, namespace, name, uid)
  const account = nameAccount(authority, namespace, accountOf(spec))
  const token = namePodToken(authority, namespace, name, uid)
  const edges: EdgeStatement[] = [
    openEdge(namePods(authority, namespace), 'CONTAINS', pod, sinceMs),
    openEdge(nameObject(authority, 'core', 'pods', namespace, name), 'CONTAINS', pod, sinceMs),
    openEdge(account, 'RUNS_ON', pod, sinceMs),
    ...secretsOf(spec).flatMap((secret) => mounted(authority, namespace, secret, pod, sinceMs)),
    ...imagesOf(row).map((image) => openEdge(image, 'INSTALLED_ON', pod, timeMs(status?.startTime) ?? sinceMs)),
  ]
  const facts: EntityFact[] = [
    toldFact(pod, atMs, {
      kind: 'pod',
      name: `${namespace}/${name}`,
      namespace,
      createdAtMs: sinceMs,
      status: status?.phase,
      account: accountOf(spec),
      node: spec.nodeName,
      workload: ownerOf(metadata),
      escape: escapes(spec),
      hostNetwork: spec.hostNetwork,
    }),
  ]
  if (holdsToken(spec)) {
    edges.push(openEdge(pod, 'STORES', token, sinceMs), openEdge(token, 'AUTHENTICATES_AS', account, sinceMs))
    const owner = account
    facts.push(
      toldFact(token, atMs, { kind: 'token', name: `token of pod ${namespace}/${name}`, owner, createdAtMs: sinceMs }),
    )
  }
  if (spec.nodeName !== null && spec.nodeName !== undefined) {
    const node = nameNode(authority, spec.nodeName)
    const note = escapes(spec)
    edges.push(openEdge(node, 'CONTAINS', pod, sinceMs))
    if (note !== undefined) edges.push(openEdge(pod, 'CONTAINS', node, sinceMs, { note, conditional: true }))
  }
  return { facts, edges }
}

const imagesOf = ({ spec, status }: z.infer<typeof podRow>): EntityId[] => {
  const ran = [status?.containerStatuses, status?.initContainerStatuses, status?.ephemeralContainerStatuses].flatMap(
    (list) => (list ?? []).map(({ imageID }) => imageID),
  )
  const asked = containersOf(spec).map(({ image }) => image)
  const parsed = [...ran, ...asked].flatMap((text) => parseImage(text ?? '') ?? [])
  return [...new Set(parsed.map(nameImage))]
}

/** Which secrets there are is known from what mounts them even where they may not be listed. */
function mounted(authority: string, namespace: string, name: string, pod: EntityId, sinceMs: number): EdgeStatement[] {
  const secret = nameSecret(authority, namespace, name)
  const value = nameSecretValue(authority, namespace, name)
  return [
    openEdge(nameSecrets(authority, namespace), 'CONTAINS', secret, sinceMs),
    openEdge(secret, 'STORES', value, sinceMs),
    openEdge(pod, 'STORES', value, sinceMs, { note: `secret ${name}` }),
  ]
}

export const stateWorkload =
  (kind: string, resource: string) =>
  ({ metadata, spec }: z.infer<typeof workloadRow>, at: TakenAt): Stated =>
    stateTemplate(kind, `apps/${resource}`, metadata, spec.template.spec, at, { replicas: spec.replicas })

export const stateCronJob = ({ metadata, spec }: z.infer<typeof cronJobRow>, at: TakenAt): Stated =>
  stateTemplate('CronJob', 'batch/cronjobs', metadata, spec.jobTemplate.spec.template.spec, at, {
    suspended: spec.suspend,
  })

function stateTemplate(
  kind: string,
  path: string,
  metadata: Metadata,
  spec: PodSpec,
  { authority, atMs }: TakenAt,
  more: Record<string, number | boolean | null | undefined>,
): Stated {
  const { name, namespace, sinceMs } = idOf(metadata)
  const workload = nameWorkload(authority, kind, namespace, name)
  const [group = '', resource = ''] = path.split('/')
  const images = containersOf(spec).flatMap(({ image }) => image ?? [])
  return {
    facts: [
      toldFact(workload, atMs, {
        kind: 'app',
        name: `${kind} ${namespace}/${name}`,
        namespace,
        createdAtMs: sinceMs,
        account: accountOf(spec),
        images: images.slice(0, 10).join(' '),
        ...more,
      }),
    ],
    edges: [
      openEdge(workload, 'ACTS_AS', nameAccount(authority, namespace, accountOf(spec)), sinceMs),
      openEdge(nameObject(authority, group, resource, namespace, name), 'CONTAINS', workload, sinceMs),
      ...secretsOf(spec).map((secret) =>
        openEdge(workload, 'DEPENDS_ON', nameSecretValue(authority, namespace, secret), sinceMs),
      ),
    ],
  }
}

const accountOf = ({ serviceAccountName }: PodSpec): string =>
  serviceAccountName === null || serviceAccountName === undefined || serviceAccountName === ''
    ? 'default'
    : serviceAccountName

const ownerOf = ({ ownerReferences }: Metadata): string | undefined => {
  const owner = (ownerReferences ?? []).find(({ controller }) => controller === true)
  return owner === undefined ? undefined : `${owner.kind}/${owner.name}`
}

export function idOf({ name, uid, namespace, creationTimestamp }: Metadata) {
  return { name, uid, namespace: namespace ?? '', sinceMs: timeMs(creationTimestamp) ?? 0 }
}
