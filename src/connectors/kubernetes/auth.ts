import type { JsonObject } from '#kit'
import type { AuthByName, CredentialUse, Role } from '#sources/contract'

import type { KubernetesConfig } from './config.ts'

const rbac = 'rbac.authorization.k8s.io'

/** Permissions as `verb resource[.group]`, each with what it is for. */
const uses = {
  see: {
    inventory: {
      'get namespaces': 'which cluster this is',
      'list namespaces': 'namespaces',
      'list serviceaccounts': 'service accounts, and which cloud roles they may take',
      'list nodes': 'nodes',
      'list pods': 'which images pods run, and which secrets and accounts they hold',
      'list deployments.apps': 'what needs which secret',
      'list statefulsets.apps': 'what needs which secret',
      'list daemonsets.apps': 'what needs which secret',
      'list cronjobs.batch': 'what needs which secret',
      [`list clusterroles.${rbac}`]: 'what roles allow',
      [`list roles.${rbac}`]: 'what roles allow',
      [`list clusterrolebindings.${rbac}`]: 'who has which role',
      [`list rolebindings.${rbac}`]: 'who has which role',
    },
    secrets: { 'list secrets': 'names, owners and ages of secrets; the right would show values, too' },
  },
  contain: {
    any: { 'get namespaces': 'which cluster this is' },
    pods: { 'get pods': 'to look', 'delete pods': 'end the tokens bound to a pod' },
    isolate: {
      'get pods': 'to look',
      'patch pods': 'take a pod out of its services and policies',
      'list networkpolicies.networking.k8s.io': 'what else lets the pod speak',
      'get networkpolicies.networking.k8s.io': 'to look',
      'create networkpolicies.networking.k8s.io': 'let it speak with nobody',
      'delete networkpolicies.networking.k8s.io': 'undo',
    },
    secrets: { 'get secrets': 'to look, at metadata alone', 'delete secrets': 'end the tokens of a secret' },
    /** Of the secrets of `places` alone: no right over others is asked for. */
    places: {
      'get secrets': 'who manages the keys of a place, at metadata alone',
      'patch secrets': 'write a successor where its consumers read',
    },
    accounts: {
      'get serviceaccounts': 'to look',
      'create serviceaccounts': 'make an account anew',
      'delete serviceaccounts': 'end all tokens of an account',
      'get configmaps': 'what the account looked like, should Cordon stop in between',
      'create configmaps': 'the same',
      'delete configmaps': 'the same',
    },
    bindings: {
      [`list clusterrolebindings.${rbac}`]: 'who has which role',
      [`list rolebindings.${rbac}`]: 'who has which role',
      [`get clusterrolebindings.${rbac}`]: 'to look',
      [`get rolebindings.${rbac}`]: 'to look',
      [`create clusterrolebindings.${rbac}`]: 'undo',
      [`create rolebindings.${rbac}`]: 'undo',
      [`patch clusterrolebindings.${rbac}`]: 'take one subject out',
      [`patch rolebindings.${rbac}`]: 'take one subject out',
      [`bind clusterroles.${rbac}`]:
        'leave the other subjects of a binding in, and undo: as strong as an administrator',
      [`bind roles.${rbac}`]: 'the same',
      [`delete clusterrolebindings.${rbac}`]: 'take a role away',
      [`delete rolebindings.${rbac}`]: 'take a role away',
    },
    nodes: { 'get nodes': 'to look', 'patch nodes': 'let no new pod onto a node' },
    tokens: { 'create tokenreviews.authentication.k8s.io': 'is a lent token still good?' },
    objects: {
      'get deployments.apps': 'to look',
      'get daemonsets.apps': 'to look',
      'get statefulsets.apps': 'to look',
      'get jobs.batch': 'to look',
      'get cronjobs.batch': 'to look',
      [`get clusterroles.${rbac}`]: 'to look',
      [`get roles.${rbac}`]: 'to look',
      'delete deployments.apps': 'what a thief made',
      'delete daemonsets.apps': 'what a thief made',
      'delete statefulsets.apps': 'what a thief made',
      'delete jobs.batch': 'what a thief made',
      'delete cronjobs.batch': 'what a thief made',
      [`delete clusterroles.${rbac}`]: 'what a thief made',
      [`delete roles.${rbac}`]: 'what a thief made',
    },
  },
} as const
type SeeUse = keyof typeof uses.see
export type ContainUse = keyof typeof uses.contain

export const scopesOfStream = (use: SeeUse): readonly string[] => Object.keys(uses.see[use])
export const scopesTo = (...some: readonly ContainUse[]): readonly string[] => [
  ...new Set([...Object.keys(uses.contain.any), ...some.flatMap((use) => Object.keys(uses.contain[use]))]),
]

/** Tokens of service accounts: each request carries one, and the API server asks nothing else. */
export const auth = (): AuthByName => ({
  default: { kind: 'static', secret: 'token' },
})

function scopesWith(config: KubernetesConfig, use: CredentialUse): Record<string, string> {
  const { places, ...anywhere } = uses.contain
  const parts: readonly Record<string, string>[] =
    use === 'contain'
      ? [...(config.places.length === 0 ? [] : [places]), ...Object.values(anywhere)]
      : config.listSecrets
        ? Object.values(uses.see)
        : [uses.see.inventory]
  return Object.assign({}, ...parts)
}

/** A ClusterRole with exactly these rules, and the account it is bound to. */
export function role(config: KubernetesConfig, use: CredentialUse): Role | undefined {
  const account = use === 'see' ? config.account : config.containAccount
  if (account === undefined) return undefined
  const [namespace = '', name = ''] = account.split('/')
  const why = scopesWith(config, use)
  const scopes = Object.keys(why)
  return {
    scopes: scopes.map((scope) => ({ name: scope, why: why[scope] ?? '' })),
    text: [
      `kubectl create namespace ${namespace}`,
      'kubectl apply -f role.json: the account, its role and the binding below',
      `kubectl create token ${name} -n ${namespace} --duration=8760h, as far as the cluster allows; give the source a new one before it ends`,
      ...(use === 'see' && config.listSecrets
        ? ['The right to list secrets is the right to read them: leave `listSecrets` off to give no such right']
        : []),
      ...(use === 'contain'
        ? [
            'Without `bind` bindings can be removed whole, and none put back: Kubernetes lets nobody give what they do not have',
          ]
        : []),
    ],
    json: manifests(namespace, name, scopes, use === 'contain' ? config.places : []),
  }
}

/** Right over one secret each, by its name. */
const placeScope = 'patch secrets'

function manifests(
  namespace: string,
  name: string,
  scopes: readonly string[],
  places: KubernetesConfig['places'],
): JsonObject {
  const everywhere = scopes.filter((scope) => scope !== placeScope)
  const byResource = Map.groupBy(everywhere, (scope) => scope.slice(scope.indexOf(' ') + 1))
  const rules = [...byResource].map(([path, all]) => {
    const [resource = '', ...group] = path.split('.')
    return {
      apiGroups: [group.join('.')],
      resources: [resource],
      verbs: all.map((one) => one.slice(0, one.indexOf(' '))),
    }
  })
  const apiVersion = `${rbac}/v1`
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name }, automountServiceAccountToken: false },
      { apiVersion, kind: 'ClusterRole', metadata: { name }, rules },
      {
        apiVersion,
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', namespace, name }],
      },
      ...places.flatMap(({ secret }) => placeManifests(secret, { kind: 'ServiceAccount', namespace, name })),
    ],
  }
}

function placeManifests(secret: string, subject: JsonObject & { name: string }): JsonObject[] {
  const [namespace = '', resourceName = ''] = secret.split('/')
  const apiVersion = `${rbac}/v1`
  const metadata = { namespace, name: `${subject.name}.${resourceName}` }
  const rules = [{ apiGroups: [''], resources: ['secrets'], resourceNames: [resourceName], verbs: ['get', 'patch'] }]
  const roleRef = { apiGroup: rbac, kind: 'Role', name: metadata.name }
  return [
    { apiVersion, kind: 'Role', metadata, rules },
    { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects: [subject] },
  ]
}
