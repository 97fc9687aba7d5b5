import assert from 'node:assert/strict'

import type { Json, JsonObject } from '#kit'
import { kubernetesConnector, kubernetesConfig, type KubernetesConfig } from '#connectors/kubernetes'

import { apps, core, rbac, textAt, type Ask, type Cluster } from './cluster.ts'

export type Company = {
  cluster: Cluster
  config: KubernetesConfig
  /** Tokens of Cordon's two accounts. */
  tokens: { see: string; contain: string }
  authority: string
}

const rbacGroup = 'rbac.authorization.k8s.io'
export const digest = `sha256:${'5'.repeat(64)}`

export async function must(ask: Ask, method: string, path: string, body?: Json): Promise<JsonObject> {
  const answer = await ask(method, path, body)
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${textAt(answer.body, 'message')}`)
  return answer.body
}

/** Does the credential still speak for anybody? */
export const isWho = (ask: Ask) => async (): Promise<boolean> => {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  return (await ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', body)).status < 300
}

export const podBody = (
  name: string,
  account: string,
  more: JsonObject = {},
  labels: JsonObject = { app: name },
): Json => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: {
    serviceAccountName: account,
    containers: [
      {
        name: 'main',
        image: `registry.brightwater.example/${name}@${digest}`,
        env: [{ name: 'DB_PASSWORD', value: 'EXAMPLE-plain-env' }],
      },
    ],
    ...more,
  },
})

const tokenRequest = (more: JsonObject = {}): Json => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenRequest',
  spec: { audiences: ['https://kubernetes.default.svc'], expirationSeconds: 3_600, ...more },
})

export async function tokenOf(ask: Ask, namespace: string, account: string, more: JsonObject = {}): Promise<string> {
  const body = await must(ask, 'POST', `${core(namespace, 'serviceaccounts', account)}/token`, tokenRequest(more))
  return textAt(body, 'status', 'token')
}

const yearLong = { expirationSeconds: 365 * 86_400 }

export const roleBody = (kind: string, name: string, rules: Json): Json => ({
  apiVersion: `${rbacGroup}/v1`,
  kind,
  metadata: { name },
  rules,
})
export const bindingBody = (kind: string, name: string, role: [string, string], subjects: readonly Json[]): Json => ({
  apiVersion: `${rbacGroup}/v1`,
  kind,
  metadata: { name },
  roleRef: { apiGroup: rbacGroup, kind: role[0], name: role[1] },
  subjects: [...subjects],
})
export const account = (namespace: string, name: string): Json => ({ kind: 'ServiceAccount', namespace, name })
export const user = (name: string): Json => ({ kind: 'User', apiGroup: rbacGroup, name })
export const rule = (verbs: string[], apiGroups: string[], resources: string[], more: JsonObject = {}): Json => ({
  verbs,
  apiGroups,
  resources,
  ...more,
})

const named = (kind: string, name: string, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...more },
})

/** A small company in one cluster: a shop whose pods mount secrets, a CI account with too much, and Cordon's two accounts. */
export async function foundCompany(cluster: Cluster, over: Partial<KubernetesConfig> = {}): Promise<Company> {
  const { admin } = cluster
  const make = (path: string, body: Json) => must(admin, 'POST', path, body)
  for (const name of ['cordon', 'shop', 'ci']) await make('/api/v1/namespaces', named('Namespace', name))
  const role = 'eks.amazonaws.com/role-arn'
  const google = 'iam.gke.io/gcp-service-account'
  await make(
    core('shop', 'serviceaccounts'),
    named('ServiceAccount', 'web', { annotations: { [role]: 'arn:aws:iam::123456789012:role/shop/web' } }),
  )
  await make(
    core('ci', 'serviceaccounts'),
    named('ServiceAccount', 'runner', { annotations: { [google]: 'runner@acme-prod.iam.gserviceaccount.com' } }),
  )
  for (const name of ['cordon-see', 'cordon-contain']) {
    await make(core('cordon', 'serviceaccounts'), {
      ...named('ServiceAccount', name),
      automountServiceAccountToken: false,
    })
  }
  await make(core('shop', 'secrets'), {
    ...named('Secret', 'db'),
    type: 'Opaque',
    data: { password: Buffer.from('EXAMPLE-db-password').toString('base64'), user: 'c2hvcA==' },
  })
  await cluster.settled(async () => (await admin('GET', core('shop', 'serviceaccounts', 'default'))).status === 200)
  await make('/api/v1/nodes', named('Node', 'node-1'))
  const volumes = [{ name: 'db', secret: { secretName: 'db' } }]
  await make(core('shop', 'pods'), podBody('web', 'web', { volumes, nodeName: 'node-1' }))
  const template = {
    metadata: { labels: { app: 'shop' } },
    spec: { serviceAccountName: 'web', volumes, containers: [{ name: 'main', image: 'shop:1' }] },
  }
  await make(apps('shop', 'deployments'), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop' },
    spec: { selector: { matchLabels: { app: 'shop' } }, template },
  })
  await make(
    rbac('*', 'clusterroles'),
    roleBody('ClusterRole', 'ci', [
      rule(['create', 'get', 'list'], ['apps', ''], ['deployments', 'pods', 'serviceaccounts', 'secrets']),
      rule(['create'], [''], ['serviceaccounts/token', 'pods/exec']),
      rule(['create', 'get', 'bind'], [rbacGroup], ['clusterroles', 'clusterrolebindings', 'rolebindings']),
    ]),
  )
  await make(
    rbac('*', 'clusterrolebindings'),
    bindingBody('ClusterRoleBinding', 'ci', ['ClusterRole', 'ci'], [account('ci', 'runner'), user('ada')]),
  )
  await make(
    rbac('shop', 'rolebindings'),
    bindingBody('RoleBinding', 'web', ['ClusterRole', 'view'], [account('shop', 'web')]),
  )

  const config = kubernetesConfig.parse({
    apiUrl: cluster.url,
    ...(cluster.ca === undefined ? {} : { ca: cluster.ca }),
    containAccount: 'cordon/cordon-contain',
    listSecrets: true,
    ...over,
  })
  for (const use of ['see', 'contain'] as const) {
    const manifests = kubernetesConnector.role?.(config, use)?.json
    const items =
      typeof manifests === 'object' && manifests !== null && !Array.isArray(manifests) ? manifests['items'] : []
    for (const item of Array.isArray(items) ? items : []) {
      const kind = textAt(item, 'kind')
      if (kind === 'ClusterRole') await make(rbac('*', 'clusterroles'), item)
      if (kind === 'ClusterRoleBinding') await make(rbac('*', 'clusterrolebindings'), item)
      const namespace = textAt(item, 'metadata', 'namespace')
      if (kind === 'Role') await make(rbac(namespace, 'roles'), item)
      if (kind === 'RoleBinding') await make(rbac(namespace, 'rolebindings'), item)
    }
  }
  const tokens = {
    see: await tokenOf(admin, 'cordon', 'cordon-see', yearLong),
    contain: await tokenOf(admin, 'cordon', 'cordon-contain', yearLong),
  }
  const authority = textAt(await must(admin, 'GET', '/api/v1/namespaces/kube-system'), 'metadata', 'uid')
  return { cluster, config, tokens, authority }
}
