import assert from 'node:assert/strict'

import { HttpError, type Http } from '#kit'
import type { EntityId } from '#model'
import { kubernetesActions } from '#connectors/kubernetes'
import type { Probed } from '#respond/contract'

import { apps, at, core, rbac, textAt } from './cluster.ts'
import { account, bindingBody, isWho, must, podBody, roleBody, rule, tokenOf, user, type Company } from './company.ts'
import { actionOf, type Cordon } from './cordon.ts'
import { namer } from './inventory.ts'

/** One verb, what a thief has, and whether it still opens something: asked at the cluster, never at Cordon. */
export type Case = {
  verb: string
  says: string
  set(company: Company, namespace: string): Promise<{ target: EntityId; works(): Promise<boolean>; lent?: string }>
  /** Does undo give the thief's way back, too? Null: there is no undo. */
  isRestored: boolean | null
  /** What the probe can honestly say once it landed. */
  verdict: Probed['verdict']
}

const uidOf = async ({ cluster }: Company, path: string): Promise<string> =>
  textAt(await must(cluster.admin, 'GET', path), 'metadata', 'uid')

async function makeAccount({ cluster }: Company, namespace: string, name: string): Promise<void> {
  await must(cluster.admin, 'POST', core(namespace, 'serviceaccounts'), {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name,
      labels: { team: 'shop' },
      annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/x' },
    },
  })
}

export const cases: readonly Case[] = [
  {
    verb: 'kubernetes.pod.delete',
    says: 'a token bound to a pod',
    isRestored: null,
    verdict: 'dead',
    async set(company, namespace) {
      const { cluster, authority } = company
      await makeAccount(company, namespace, 'web')
      await must(cluster.admin, 'POST', core(namespace, 'pods'), podBody('web', 'web'))
      const uid = await uidOf(company, core(namespace, 'pods', 'web'))
      const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'web', uid }
      const lent = await tokenOf(cluster.admin, namespace, 'web', { boundObjectRef })
      const target = namer(authority)('credential', `pod-token/${namespace}/web/${uid}`)
      return { target, works: isWho(cluster.withToken(lent)), lent }
    },
  },
  {
    verb: 'kubernetes.token-secret.delete',
    says: 'a legacy token',
    isRestored: null,
    verdict: 'dead',
    async set(company, namespace) {
      const { cluster, authority } = company
      await makeAccount(company, namespace, 'web')
      const path = core(namespace, 'secrets', 'web-token')
      await must(cluster.admin, 'POST', core(namespace, 'secrets'), {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'web-token', annotations: { 'kubernetes.io/service-account.name': 'web' } },
        type: 'kubernetes.io/service-account-token',
      })
      let token = ''
      await cluster.settled(async () => {
        token = textAt((await cluster.admin('GET', path)).body, 'data', 'token')
        return token !== ''
      })
      const lent = Buffer.from(token, 'base64').toString('utf8')
      const target = namer(authority)('credential', `secret-token/${namespace}/web-token`)
      return { target, works: isWho(cluster.withToken(lent)), lent }
    },
  },
  {
    verb: 'kubernetes.token-secret.delete',
    says: 'a token bound to a secret',
    isRestored: null,
    verdict: 'dead',
    async set(company, namespace) {
      const { cluster, authority } = company
      await makeAccount(company, namespace, 'web')
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'anchor' }, type: 'Opaque' }
      await must(cluster.admin, 'POST', core(namespace, 'secrets'), secret)
      const uid = await uidOf(company, core(namespace, 'secrets', 'anchor'))
      const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: 'anchor', uid }
      const lent = await tokenOf(cluster.admin, namespace, 'web', { boundObjectRef })
      const target = namer(authority)('credential', `secret-token/${namespace}/anchor`)
      return { target, works: isWho(cluster.withToken(lent)), lent }
    },
  },
  {
    verb: 'kubernetes.service-account.recreate',
    says: 'a token bound to nothing',
    isRestored: null,
    verdict: 'dead',
    async set(company, namespace) {
      const { cluster, authority } = company
      await makeAccount(company, namespace, 'web')
      const lent = await tokenOf(cluster.admin, namespace, 'web')
      const uid = await uidOf(company, core(namespace, 'serviceaccounts', 'web'))
      const target = namer(authority)('credential', `account-tokens/${namespace}/web/${uid}`)
      return { target, works: isWho(cluster.withToken(lent)), lent }
    },
  },
  {
    verb: 'kubernetes.binding.remove',
    says: 'a role that a thief gave',
    isRestored: true,
    verdict: 'dead',
    async set(company, namespace) {
      const { cluster, authority } = company
      await makeAccount(company, namespace, 'web')
      const binding = bindingBody('RoleBinding', 'backup', ['ClusterRole', 'view'], [account(namespace, 'web')])
      await must(cluster.admin, 'POST', rbac(namespace, 'rolebindings'), binding)
      const thief = cluster.withToken(await tokenOf(cluster.admin, namespace, 'web'))
      return {
        target: namer(authority)('resource', `binding/${namespace}/backup`),
        works: async () => (await thief('GET', core(namespace, 'pods'))).status === 200,
      }
    },
  },
  {
    verb: 'kubernetes.subject.unbind',
    says: 'a client certificate, which lives on without its rights',
    isRestored: true,
    verdict: 'unknown',
    async set(company, namespace) {
      const { cluster, authority } = company
      await must(
        cluster.admin,
        'POST',
        rbac(namespace, 'roles'),
        roleBody('Role', 'reader', [rule(['get', 'list'], [''], ['secrets'])]),
      )
      const subjects = [user(`eve-${namespace}`), user('grace')]
      await must(
        cluster.admin,
        'POST',
        rbac(namespace, 'rolebindings'),
        bindingBody('RoleBinding', 'reader', ['Role', 'reader'], subjects),
      )
      const alone = bindingBody(
        'ClusterRoleBinding',
        `eve-${namespace}`,
        ['ClusterRole', 'view'],
        [user(`eve-${namespace}`)],
      )
      await must(cluster.admin, 'POST', rbac('*', 'clusterrolebindings'), alone)
      const thief = cluster.withCertificate(`eve-${namespace}`, ['people'])
      return {
        target: namer(authority)('identity', `user/eve-${namespace}`),
        works: async () =>
          (await thief('GET', core(namespace, 'secrets'))).status === 200 ||
          (await thief('GET', core(namespace, 'pods'))).status === 200,
      }
    },
  },
  {
    verb: 'kubernetes.object.delete',
    says: 'a deployment that a thief made',
    isRestored: null,
    verdict: 'dead',
    async set({ cluster, authority }, namespace) {
      const template = {
        metadata: { labels: { app: 'miner' } },
        spec: { containers: [{ name: 'main', image: 'miner:1' }] },
      }
      await must(cluster.admin, 'POST', apps(namespace, 'deployments'), {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'miner' },
        spec: { selector: { matchLabels: { app: 'miner' } }, template },
      })
      return {
        target: namer(authority)('resource', `object/apps/deployments/${namespace}/miner`),
        works: async () => (await cluster.admin('GET', apps(namespace, 'deployments', 'miner'))).status === 200,
      }
    },
  },
  {
    verb: 'kubernetes.pod.isolate',
    says: 'a pod that speaks with its services',
    isRestored: true,
    verdict: 'dead',
    async set(company, namespace) {
      const { cluster, authority } = company
      await makeAccount(company, namespace, 'web')
      await must(cluster.admin, 'POST', core(namespace, 'pods'), podBody('web', 'web'))
      const uid = await uidOf(company, core(namespace, 'pods', 'web'))
      return {
        target: namer(authority)('host', `pod/${namespace}/web/${uid}`),
        // No network stands behind the test: what can be seen is whether a service would still find the pod.
        works: async () => {
          const found = await cluster.admin('GET', `${core(namespace, 'pods')}?labelSelector=app%3Dweb`)
          const items = at(found.body, 'items')
          return Array.isArray(items) && items.length === 1
        },
      }
    },
  },
  {
    verb: 'kubernetes.node.cordon',
    says: 'a node that takes new pods',
    isRestored: true,
    verdict: 'unknown',
    async set({ cluster, authority }, namespace) {
      await must(cluster.admin, 'POST', '/api/v1/nodes', {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: `node-${namespace}` },
      })
      return {
        target: namer(authority)('host', `node/node-${namespace}`),
        works: async () =>
          at((await cluster.admin('GET', `/api/v1/nodes/node-${namespace}`)).body, 'spec', 'unschedulable') !== true,
      }
    },
  },
]

/** Probes as the runner would, until dead or the time is up. */
async function prove(cordon: Cordon, verb: string, target: EntityId, over: Parameters<Cordon['context']>[0]) {
  const context = cordon.context(over)
  const { clock } = context
  const { probe } = actionOf(verb)
  const untilMs = clock.monotonicMs() + Math.min(probe.withinMs, probeMsMax)
  for (;;) {
    const probed = await probe.run(context, target)
    if (probed.verdict === 'dead' || clock.monotonicMs() >= untilMs) return probed
    await clock.sleep(probe.everyMs)
  }
}
const probeMsMax = 20_000

/** Every action, from the thief's side: refused after it, twice as good as once, undone where it can be. */
export const actionChecks = cases.map(({ verb, says, set, isRestored, verdict }, n) => ({
  name: `${verb}: ${says}`,
  async run(company: Company, cordon: Cordon): Promise<void> {
    const namespace = `case-${n}`
    const { cluster } = company
    await must(cluster.admin, 'POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    })
    const { target, works, lent } = await set(company, namespace)
    const action = actionOf(verb)
    const config = { ...company.config, enforcesNetworkPolicy: true }
    const over = { config, lent: () => lent }
    const context = cordon.context(over)
    assert.equal(await works(), true, 'the way is open')
    assert.equal(await action.readBack?.(context, target), 'absent')
    assert.equal((await action.probe.run(context, target)).verdict, 'alive')

    await assert.rejects(action.apply(cordon.context({ ...over, isOwn: () => true }), target), /is Cordon's own/)
    const elsewhere = cordon.context({ ...over, authority: 'another' })
    await assert.rejects(action.apply(elsewhere, target), /belongs to another cluster/)
    assert.equal(await works(), true, 'what was refused changed nothing')

    const first = await action.apply(context, target)
    assert.equal(await action.readBack?.(context, target), 'landed')
    const probed = await prove(cordon, verb, target, over)
    assert.equal(probed.verdict, verdict, JSON.stringify(probed))
    if (lent !== undefined) assert.ok(probed.verdict === 'dead' && probed.proof.kind === 'probed')
    assert.equal(await works(), false, 'the thief is refused')
    const again = await action.apply(context, target)
    assert.ok(again.says.length > 0)
    assert.equal(await works(), false)

    assert.equal(action.undo === undefined, isRestored === null, 'undo')
    if (action.undo === undefined) return
    await action.undo(context, target, first.undoState)
    assert.equal(await works(), isRestored, 'undo gives it back')
    await action.undo(context, target, first.undoState)
    assert.equal(await works(), isRestored, 'undo twice')
    assert.equal(await action.readBack?.(context, target), 'absent')
  },
}))

/** A process that dies at any call of an action: reading back tells, and a second try ends as one would have. */
export const crashChecks = [
  'kubernetes.service-account.recreate',
  'kubernetes.pod.isolate',
  'kubernetes.subject.unbind',
].map((verb) => ({
  name: `${verb}: whatever call it dies behind, the next try ends it`,
  async run(company: Company, cordon: Cordon): Promise<void> {
    const found = cases.find((one) => one.verb === verb)
    assert.ok(found)
    const action = actionOf(verb)
    const config = { ...company.config, enforcesNetworkPolicy: true }
    for (let diesAfter = 1, isDone = false; !isDone; diesAfter++) {
      assert.ok(diesAfter < 30)
      const namespace = `crash-${verb.replaceAll('.', '-').slice(11, 20)}-${diesAfter}`
      const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
      await must(company.cluster.admin, 'POST', '/api/v1/namespaces', body)
      const set: Awaited<ReturnType<Case['set']>> = await found.set(company, namespace)
      const { target, works } = set
      const dying = cordon.context({ config, http: dyingHttp(cordon.context().http, diesAfter) })
      isDone = await action.apply(dying, target).then(
        () => true,
        (error: unknown) => {
          assert.match(String(error), /died/)
          return false
        },
      )
      const context = cordon.context({ config })
      if ((await action.readBack?.(context, target)) === 'absent') await action.apply(context, target)
      assert.equal(await action.readBack?.(context, target), 'landed', `died after call ${diesAfter}`)
      await prove(cordon, verb, target, { config })
      await company.cluster.settled(async () => !(await works()))
      if (verb !== 'kubernetes.service-account.recreate') continue
      const path = core(namespace, 'serviceaccounts', 'web')
      const anew = await must(company.cluster.admin, 'GET', path)
      assert.equal(textAt(anew, 'metadata', 'labels', 'team'), 'shop', 'it is as it was')
      assert.match(textAt(anew, 'metadata', 'annotations', 'eks.amazonaws.com/role-arn'), /^arn:/)
    }
  },
}))

/** The call reaches the cluster, and its answer nobody. */
const dyingHttp = (http: Http, after: number): Http => {
  let calls = 0
  return {
    async request(url, request) {
      const response = await http.request(url, request)
      if (++calls >= after) throw new HttpError('ERR_HTTP_NETWORK', 'the process died here')
      return response
    },
  }
}

export const allVerbs = kubernetesActions.map(({ verb }) => verb)
export const triedVerbs = new Set(cases.map(({ verb }) => verb))
