import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { parseJson, type Json } from '#kit'
import { entityId, type EntityId, type EntityKind } from '#model'
import { kubernetesActions, kubernetesConnector } from '#connectors/kubernetes'

import { tokenCacheMs } from '../../../lab/twins/kubernetes/caller.ts'
import { planOf } from '../plan.ts'
import { apps, core, rbac, textAt } from './cluster.ts'
import { account, bindingBody, foundCompany, isWho, must, podBody, tokenOf } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { openTwinCluster } from './twin-cluster.ts'

const minuteMs = 60_000
const jtiOf = (token: string): string =>
  textAt(parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')), 'jti')

/**
 * A thief has the token of a CI account and makes, in ten minutes, every way back in that its rights allow. Nothing of it
 * is told to Cordon: it reads the lists and the audit log, and the thief says what still opens.
 */
test('a stolen CI token: what it made is found and dies, and what lives on is named', async () => {
  const cluster = await openTwinCluster()
  after(() => cluster.close())
  const { clock, admin, twin } = cluster
  const company = await foundCompany(cluster)
  const cordon = openCordon(company)
  after(() => cordon.close())
  const id = (kind: EntityKind, native: string): EntityId => entityId(kind, company.authority, native)
  const read = async (): Promise<void> => {
    const tell = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items: await cluster.audit() }
    await cordon.receive('log', JSON.stringify(tell))
    for (const stream of ['inventory', 'secrets']) await cordon.pull(stream)
  }
  const stolen = await tokenOf(admin, 'ci', 'runner', { expirationSeconds: 86_400 })
  clock.pass(60 * minuteMs)
  await read()
  clock.pass(minuteMs)
  const stolenAtMs = clock.nowMs()

  // The thief, with nothing but the token.
  const thief = cluster.withToken(stolen)
  const make = (path: string, body: Json) => {
    clock.pass(minuteMs)
    return must(thief, 'POST', path, body)
  }
  await must(thief, 'GET', core('shop', 'secrets', 'db'))
  await make(core('ci', 'serviceaccounts'), { metadata: { name: 'backup' } })
  const grant = bindingBody('ClusterRoleBinding', 'backup', ['ClusterRole', 'cluster-admin'], [account('ci', 'backup')])
  await make(rbac('*', 'clusterrolebindings'), grant)
  const backup = await tokenOf(thief, 'ci', 'backup', { expirationSeconds: 86_400 })
  await make(core('ci', 'secrets'), {
    metadata: { name: 'never-ends', annotations: { 'kubernetes.io/service-account.name': 'backup' } },
    type: 'kubernetes.io/service-account-token',
  })
  const secret = await must(cluster.withToken(backup), 'GET', core('ci', 'secrets', 'never-ends'))
  const legacy = Buffer.from(textAt(secret, 'data', 'token'), 'base64').toString('utf8')
  const pod = await make(core('shop', 'pods'), podBody('miner', 'web'))
  const podUid = textAt(pod, 'metadata', 'uid')
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'miner', uid: podUid }
  const inPod = await tokenOf(thief, 'shop', 'web', { boundObjectRef })
  const template = { metadata: { labels: { app: 'm' } }, spec: { containers: [{ name: 'm', image: 'miner:1' }] } }
  const spec = { selector: { matchLabels: { app: 'm' } }, template }
  await make(apps('shop', 'deployments'), { metadata: { name: 'proxy' }, spec })

  const ways: Record<string, () => Promise<boolean>> = {
    'the stolen token': isWho(thief),
    'the token of the account it made': isWho(cluster.withToken(backup)),
    'the token that never ends': isWho(cluster.withToken(legacy)),
    'the token of the pod it made': isWho(cluster.withToken(inPod)),
    'every secret, by the role it gave': async () =>
      (await cluster.withToken(backup)('GET', '/api/v1/secrets')).status === 200,
    'the deployment it made': async () => (await admin('GET', apps('shop', 'deployments', 'proxy'))).status === 200,
  }
  const open = async (): Promise<string[]> => {
    const found: string[] = []
    for (const [name, opens] of Object.entries(ways)) if (await opens()) found.push(name)
    return found
  }
  assert.deepEqual(await open(), Object.keys(ways), 'all ways are open')
  clock.pass(minuteMs)
  await read()
  // The last one is a secret's value that looks like none: no scrubber finds it.
  const planted = [stolen, backup, legacy, inPod, 'EXAMPLE-plain-env', btoa('EXAMPLE-db-password'), btoa('shop')]
  const told = JSON.stringify(await cluster.audit())
  assert.ok(
    planted.slice(1).every((value) => told.includes(value) || told.includes(btoa(value))),
    'in clear',
  )
  const leaked = planted.filter((value) => cordon.logged.some(({ raw }) => raw.includes(value)))
  assert.deepEqual(leaked, [], 'the audit log tells secrets in clear, Cordon’s log does not')

  const trigger = id('credential', `token/${jtiOf(stolen)}`)
  const { exposure, plan } = await planOf({
    house: cordon,
    sources: [{ connector: kubernetesConnector, actions: kubernetesActions, authority: company.authority }],
    trigger: { kind: 'credential', credential: trigger },
    fromMs: stolenAtMs,
    nowMs: clock.nowMs(),
    by: 'kubernetes',
  })
  const found = new Set<EntityId>([
    ...exposure.descendants.map(({ entity }) => entity),
    ...exposure.credentials.map(({ credential }) => credential),
  ])
  const expected = [
    id('identity', 'serviceaccount/ci/backup'),
    id('resource', 'binding/*/backup'),
    id('credential', `token/${jtiOf(backup)}`),
    id('credential', 'secret-token/ci/never-ends'),
    id('credential', `pod-token/shop/miner/${podUid}`),
    id('resource', 'object/core/pods/shop/miner'),
    id('resource', 'object/apps/deployments/shop/proxy'),
  ]
  assert.deepEqual(
    expected.filter((one) => !found.has(one)),
    [],
    'descendants that were missed',
  )
  for (const native of ['serviceaccount/shop/web', 'serviceaccount/ci/runner']) {
    assert.ok(
      !exposure.descendants.some(({ entity }) => entity === id('identity', native)),
      `${native} was there before`,
    )
  }
  const touched = cordon.items.flatMap(({ touches }) => touches)
  const db = id('resource', 'secret/shop/db')
  assert.ok(
    touched.some(({ resource, verb, credential }) => resource === db && verb === 'read' && credential === trigger),
  )

  const steps = plan.steps.filter(({ connector }) => connector === 'kubernetes')
  assert.deepEqual(
    steps.map(({ verb, target }) => `${verb} ${target.slice(target.indexOf('/') + 1)}`.replace(/\/[0-9a-f-]{36}$/, '')),
    [
      'kubernetes.pod.delete shop/miner',
      // The thief might start pods there, and so read what this one holds.
      'kubernetes.pod.delete shop/web',
      'kubernetes.service-account.recreate ci/backup',
      'kubernetes.service-account.recreate ci/runner',
      'kubernetes.token-secret.delete ci/never-ends',
      'kubernetes.binding.remove */backup',
      'kubernetes.object.delete apps/deployments/shop/proxy',
      'kubernetes.object.delete core/pods/shop/miner',
      'kubernetes.object.delete core/secrets/ci/never-ends',
      'kubernetes.object.delete core/serviceaccounts/ci/backup',
    ],
  )
  for (const { verb, target } of steps) await actionOf(verb).apply(cordon.context(), target)
  clock.pass(tokenCacheMs)
  assert.deepEqual(await open(), [], 'nothing that Kubernetes can end opens any more')
  for (const { verb, target } of steps) {
    const probed = await actionOf(verb).probe.run(cordon.context(), target)
    assert.equal(probed.verdict, 'dead', `${verb}: ${JSON.stringify(probed)}`)
  }
  const runner = await tokenOf(admin, 'ci', 'runner')
  assert.equal(await isWho(cluster.withToken(runner))(), true, 'the account works on, with new tokens')
  // What a secret opens elsewhere only its owner can replace.
  const left = plan.survivorsForeseen.map(({ credential }) => credential)
  assert.deepEqual(left, [id('credential', 'secret-value/shop/db')])
  assert.deepEqual([twin.wrongRequests, twin.wrongAnswers], [[], []])
})
