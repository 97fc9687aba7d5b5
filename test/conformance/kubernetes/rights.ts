import assert from 'node:assert/strict'

import { seededRandom, type Json, type JsonObject } from '#kit'
import { isAllowed, type Asked, type Binding, type Rule, type Subject, type Who } from '#connectors/kubernetes'

import { at, rbac, type Cluster } from './cluster.ts'
import { must, roleBody } from './company.ts'

const group = 'rbac.authorization.k8s.io'
const namespaces = ['red', 'blue']
const words = {
  verbs: ['get', 'list', 'create', 'delete', 'impersonate', 'escalate', '*'],
  apiGroups: ['', 'apps', group, '*'],
  resources: ['pods', 'pods/exec', 'secrets', 'deployments', 'deployments/scale', '*/scale', 'clusterroles', '*'],
  resourceNames: ['a', 'b'],
  nonResourceURLs: ['/metrics', '/logs/*', '/version*', '*'],
  users: ['u1', 'u2', 'system:serviceaccount:red:web', 'system:serviceaccount:blue:web'],
  groups: ['g1', 'system:serviceaccounts:red', 'system:masters'],
}
type Pick = <T>(list: readonly T[]) => T

/** A made-up policy, as objects for the cluster and as the evaluator reads them. */
function makePolicy(pick: Pick, chance: (share: number) => boolean) {
  const some = (list: readonly string[]): string[] => [...new Set([pick(list), ...(chance(0.5) ? [pick(list)] : [])])]
  const ruleFor = (isClusterWide: boolean): Rule => {
    const none = { apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] }
    if (isClusterWide && chance(0.2))
      return { ...none, verbs: some(['get', 'post', '*']), nonResourceURLs: some(words.nonResourceURLs) }
    return {
      verbs: some(words.verbs),
      apiGroups: some(words.apiGroups),
      resources: some(words.resources),
      resourceNames: chance(0.3) ? some(words.resourceNames) : [],
      nonResourceURLs: [],
    }
  }
  const subject = (scope: string): Subject => {
    if (chance(0.3)) return { kind: 'Group', name: pick(words.groups.slice(0, 2)), namespace: null }
    if (chance(0.4)) return { kind: 'User', name: pick(words.users), namespace: null }
    return { kind: 'ServiceAccount', name: 'web', namespace: scope === '*' || chance(0.5) ? pick(namespaces) : scope }
  }
  const roles = ['*', ...namespaces].flatMap((scope) =>
    [1, 2, 3].map((n) => ({
      scope,
      name: `role-${n}`,
      rules: Array.from({ length: 1 + n }, () => ruleFor(scope === '*')),
    })),
  )
  const bindings = ['*', '*', ...namespaces, ...namespaces].map((scope, n) => {
    const from = scope === '*' || chance(0.5) ? '*' : scope
    const role = pick(roles.filter((one) => one.scope === from))
    return { scope, name: `binding-${n}`, role, subjects: [subject(scope), subject(scope)] }
  })
  return { roles, bindings }
}

const subjectBody = ({ kind, name, namespace }: Subject): Json =>
  kind === 'ServiceAccount'
    ? { kind, name, ...(namespace === null ? {} : { namespace }) }
    : { kind, name, apiGroup: group }
const ruleBody = (rule: Rule): Json =>
  Object.fromEntries(Object.entries(rule).flatMap(([key, list]) => (list.length === 0 ? [] : [[key, [...list]]])))

/** The evaluator says of random policies what the cluster says of them. */
export async function checkRights(
  cluster: Cluster,
  { seed, policies, questions }: { seed: number; policies: number; questions: number },
) {
  const unit = seededRandom(seed)
  const pick: Pick = (list) => {
    const found = list[Math.floor(unit() * list.length)]
    assert.ok(found !== undefined)
    return found
  }
  const chance = (share: number): boolean => unit() < share
  const { admin } = cluster
  for (const name of namespaces)
    await admin('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  let allowed = 0
  for (let policy = 0; policy < policies; policy++) {
    const { roles, bindings } = makePolicy(pick, chance)
    for (const { scope, name, rules } of roles) {
      const kind = scope === '*' ? 'ClusterRole' : 'Role'
      await must(
        admin,
        'POST',
        rbac(scope, scope === '*' ? 'clusterroles' : 'roles'),
        roleBody(kind, `p${policy}-${name}`, rules.map(ruleBody)),
      )
    }
    for (const { scope, name, role, subjects } of bindings) {
      const kind = scope === '*' ? 'ClusterRoleBinding' : 'RoleBinding'
      await must(admin, 'POST', rbac(scope, scope === '*' ? 'clusterrolebindings' : 'rolebindings'), {
        apiVersion: `${group}/v1`,
        kind,
        metadata: { name: `p${policy}-${name}` },
        roleRef: {
          apiGroup: group,
          kind: role.scope === '*' ? 'ClusterRole' : 'Role',
          name: `p${policy}-${role.name}`,
        },
        subjects: subjects.map(subjectBody),
      })
    }
    const known = bindings.map(({ scope, subjects, role }): Binding => ({ scope, subjects, rules: role.rules }))
    // The authorizer reads by watch: what was written a moment ago it may not know yet.
    const marker: Asked = {
      verb: 'get',
      group: 'cordon.test',
      resource: `m${policy}`,
      subresource: '',
      namespace: '',
      name: '',
    }
    await must(
      admin,
      'POST',
      rbac('*', 'clusterroles'),
      roleBody('ClusterRole', `m${policy}`, [
        { verbs: ['get'], apiGroups: ['cordon.test'], resources: [`m${policy}`] },
      ]),
    )
    await must(admin, 'POST', rbac('*', 'clusterrolebindings'), {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: `m${policy}` },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: `m${policy}` },
      subjects: [{ kind: 'User', name: 'marker', apiGroup: group }],
    })
    await cluster.settled(() => ask(cluster, { username: 'marker', groups: [] }, marker))

    for (let n = 0; n < questions; n++) {
      const who: Who = { username: pick(words.users), groups: chance(0.5) ? [pick(words.groups)] : [] }
      const asked = makeQuestion(pick, chance)
      const says = isAllowed(known, who, asked)
      if (says) allowed++
      assert.equal(
        says,
        await ask(cluster, who, asked),
        `seed ${seed}, policy ${policy}: ${JSON.stringify({ who, asked })}`,
      )
    }
    for (const { scope, name } of bindings) {
      await must(
        admin,
        'DELETE',
        rbac(scope, scope === '*' ? 'clusterrolebindings' : 'rolebindings', `p${policy}-${name}`),
      )
    }
    // All are deleted in one order, so the last one's absence is everybody's.
    await must(admin, 'DELETE', rbac('*', 'clusterrolebindings', `m${policy}`))
    await cluster.settled(async () => !(await ask(cluster, { username: 'marker', groups: [] }, marker)))
  }
  return { asked: policies * questions, allowed }
}

function makeQuestion(pick: Pick, chance: (share: number) => boolean): Asked {
  if (chance(0.1))
    return { verb: pick(['get', 'post']), path: pick(['/metrics', '/logs/x', '/version', '/versions', '/healthz']) }
  const [resource = '', subresource = ''] = pick([
    'pods',
    'pods/exec',
    'secrets',
    'deployments',
    'deployments/scale',
    'clusterroles',
    'nodes',
  ]).split('/')
  return {
    verb: pick(['get', 'list', 'create', 'delete', 'impersonate', 'escalate']),
    group: pick(['', 'apps', group]),
    resource,
    subresource,
    namespace: chance(0.7) ? pick(namespaces) : '',
    name: chance(0.5) ? pick(['a', 'b', 'c']) : '',
  }
}

async function ask({ admin }: Cluster, { username, groups }: Who, asked: Asked): Promise<boolean> {
  const attributes: JsonObject =
    'path' in asked
      ? { nonResourceAttributes: { verb: asked.verb, path: asked.path } }
      : { resourceAttributes: { ...asked } }
  const body = await must(admin, 'POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user: username, groups: [...groups], ...attributes },
  })
  return at(body, 'status', 'allowed') === true
}
