import { assert } from 'cordon/kit'

/** Kinds of objects the twin keeps, with the word its group has in the ids of Kubernetes' description. */
export type Resource = { group: string; word: string; plural: string; kind: string; isNamespaced: boolean }

const of = (group: string, word: string, isNamespaced: boolean, kinds: Readonly<Record<string, string>>): Resource[] =>
  Object.entries(kinds).map(([plural, kind]) => ({ group, word, plural, kind, isNamespaced }))

const rbac = 'rbac.authorization.k8s.io'
const resources: readonly Resource[] = [
  ...of('', 'CoreV1', false, { namespaces: 'Namespace', nodes: 'Node' }),
  ...of('', 'CoreV1', true, {
    pods: 'Pod',
    secrets: 'Secret',
    serviceaccounts: 'ServiceAccount',
    configmaps: 'ConfigMap',
  }),
  ...of('apps', 'AppsV1', true, { deployments: 'Deployment', statefulsets: 'StatefulSet', daemonsets: 'DaemonSet' }),
  ...of('batch', 'BatchV1', true, { jobs: 'Job', cronjobs: 'CronJob' }),
  ...of(rbac, 'RbacAuthorizationV1', false, { clusterroles: 'ClusterRole', clusterrolebindings: 'ClusterRoleBinding' }),
  ...of(rbac, 'RbacAuthorizationV1', true, { roles: 'Role', rolebindings: 'RoleBinding' }),
  ...of('networking.k8s.io', 'NetworkingV1', true, { networkpolicies: 'NetworkPolicy' }),
]
export const apiVersionOf = ({ group }: Resource): string => (group === '' ? 'v1' : `${group}/v1`)

export function resourceOf(plural: string): Resource {
  const found = resources.find((one) => one.plural === plural)
  assert(found !== undefined, `the twin keeps ${plural}`)
  return found
}

const acts = ['list', 'create', 'read', 'replace', 'patch', 'delete'] as const
export type Act = (typeof acts)[number]
type Route = { act: Act; resource: Resource }

/** Ids of Kubernetes' own description, and what each does. */
export const routes: ReadonlyMap<string, Route> = new Map(
  resources.flatMap((resource): [string, Route][] => {
    const { word, kind, isNamespaced } = resource
    const own = acts.map((act): [string, Route] => [
      `${act}${word}${isNamespaced ? 'Namespaced' : ''}${kind}`,
      { act, resource },
    ])
    return isNamespaced ? [...own, [`list${word}${kind}ForAllNamespaces`, { act: 'list', resource }]] : own
  }),
)
export const reviewIds = [
  'createCoreV1NamespacedServiceAccountToken',
  'createAuthenticationV1TokenReview',
  'createAuthenticationV1SelfSubjectReview',
  'createAuthorizationV1SubjectAccessReview',
  'createAuthorizationV1SelfSubjectAccessReview',
  'createAuthorizationV1SelfSubjectRulesReview',
] as const
/** All that the twin serves, for `scripts/slice-api.ts`. */
export const operationIds: readonly string[] = [...routes.keys(), ...reviewIds]
/** Where Kubernetes' API server describes them, in parts. */
export const descriptionPaths: readonly string[] = [
  'api/v1',
  ...['apps', 'batch', 'networking.k8s.io', rbac, 'authentication.k8s.io', 'authorization.k8s.io'].map(
    (group) => `apis/${group}/v1`,
  ),
]
