import { z } from 'zod'

export { timeMs } from '#sources/contract'

/**
 * The part of Kubernetes' objects that Cordon keeps; the rest never leaves the stream that read it. A pod's environment and
 * arguments may hold passwords, and `last-applied-configuration` a whole secret in clear.
 */
// A field that changed its kind tells nothing any more; it does not take the row with it. Names and uids have to be there.
const text = z.string().nullish().catch(null)
const flag = z.boolean().nullish().catch(null)
const list = <T extends z.ZodType>(of: T) => z.array(of).nullish().catch(null)

const annotations = z
  .object({
    'eks.amazonaws.com/role-arn': text,
    'iam.gke.io/gcp-service-account': text,
    'kubernetes.io/service-account.name': text,
    'kubernetes.io/service-account.uid': text,
  })
  .nullish()
  .catch(null)
const labels = z
  .object({ 'kubernetes.io/legacy-token-last-used': text, 'kubernetes.io/legacy-token-invalid-since': text })
  .nullish()
  .catch(null)
const metadata = z.object({
  name: z.string(),
  uid: z.string(),
  namespace: text,
  creationTimestamp: text,
  annotations,
  labels,
  ownerReferences: list(z.object({ kind: z.string(), name: z.string(), controller: flag })),
})
const named = z.object({ name: text }).nullish().catch(null)

const container = z.object({
  name: text,
  image: text,
  envFrom: list(z.object({ secretRef: named })),
  env: list(z.object({ valueFrom: z.object({ secretKeyRef: named }).nullish().catch(null) })),
  securityContext: z.object({ privileged: flag }).nullish().catch(null),
})
const volume = z.object({
  secret: z.object({ secretName: text }).nullish().catch(null),
  projected: z
    .object({
      sources: list(
        z.object({
          secret: named,
          serviceAccountToken: z.object({ audience: text }).nullish().catch(null),
        }),
      ),
    })
    .nullish()
    .catch(null),
  hostPath: z.object({ path: text }).nullish().catch(null),
})
export const podSpec = z.object({
  serviceAccountName: text,
  nodeName: text,
  hostNetwork: flag,
  hostPID: flag,
  imagePullSecrets: list(z.object({ name: text })),
  containers: list(container),
  initContainers: list(container),
  ephemeralContainers: list(container),
  volumes: list(volume),
})
export type PodSpec = z.infer<typeof podSpec>
const containerStatus = list(z.object({ image: text, imageID: text }))

const namespaceRow = z.object({ metadata })
const accountRow = z.object({
  metadata,
  automountServiceAccountToken: flag,
  secrets: list(z.object({ name: text })),
  imagePullSecrets: list(z.object({ name: text })),
  /** Set by Cordon: one of its own two. */
  isOwn: z.boolean().default(false),
})
const nodeRow = z.object({
  metadata,
  spec: z.object({ unschedulable: flag, providerID: text }).nullish().catch(null),
  status: z
    .object({ nodeInfo: z.object({ kubeletVersion: text, osImage: text }).nullish().catch(null) })
    .nullish()
    .catch(null),
})
export const podRow = z.object({
  metadata,
  spec: podSpec,
  status: z
    .object({
      phase: text,
      startTime: text,
      containerStatuses: containerStatus,
      initContainerStatuses: containerStatus,
      ephemeralContainerStatuses: containerStatus,
    })
    .nullish()
    .catch(null),
})
const template = z.object({ spec: podSpec })
export const workloadRow = z.object({
  metadata,
  spec: z.object({ replicas: z.number().nullish().catch(null), template }),
})
export const cronJobRow = z.object({
  metadata,
  spec: z.object({ suspend: flag, jobTemplate: z.object({ spec: z.object({ template }) }) }),
})
/** Metadata alone. `keys`: set by Cordon out of who manages which field; names, never values. */
const secretRow = z.object({ metadata, keys: z.array(z.string()).default([]) })

const rule = z.object({
  verbs: z.array(z.string()).catch([]),
  apiGroups: z.array(z.string()).nullish().catch(null),
  resources: z.array(z.string()).nullish().catch(null),
  resourceNames: z.array(z.string()).nullish().catch(null),
  nonResourceURLs: z.array(z.string()).nullish().catch(null),
})
export const roleRow = z.object({ metadata, rules: list(rule), aggregationRule: z.unknown().optional() })
export type RoleRow = z.infer<typeof roleRow>
const bindingRow = z.object({
  metadata,
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: list(z.object({ kind: z.string(), name: z.string(), namespace: text })),
  /** Set by Cordon: the rules of the role it names; null where there is no such role, absent where they were not read. */
  rules: list(rule),
  isAggregated: z.boolean().default(false),
})
export type BindingRow = z.infer<typeof bindingRow>

/** Kinds of rows by name, as the inventory puts them into its records. */
export const rowSchemas = {
  namespaces: namespaceRow,
  serviceaccounts: accountRow,
  nodes: nodeRow,
  pods: podRow,
  deployments: workloadRow,
  statefulsets: workloadRow,
  daemonsets: workloadRow,
  cronjobs: cronJobRow,
  clusterrolebindings: bindingRow,
  rolebindings: bindingRow,
  secrets: secretRow,
  tokens: secretRow,
} as const
export type RowKind = keyof typeof rowSchemas
export type Metadata = z.infer<typeof metadata>

export const rulesOf = (rules: RoleRow['rules']) =>
  (rules ?? []).map(({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }) => ({
    verbs,
    apiGroups: apiGroups ?? [],
    resources: resources ?? [],
    resourceNames: resourceNames ?? [],
    nonResourceURLs: nonResourceURLs ?? [],
  }))
