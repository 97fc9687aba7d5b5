import assert from 'node:assert/strict'

import { entityId, packageEntity, type EntityId, type EntityKind } from '#model'
import { kubernetesConnector } from '#connectors/kubernetes'
import { compareScopes } from '#sources'

import { core, textAt, at as within } from './cluster.ts'
import { digest, must, type Company } from './company.ts'
import type { Cordon } from './cordon.ts'

export const namer =
  (authority: string) =>
  (kind: EntityKind, native: string): EntityId =>
    entityId(kind, authority, native)

/** What Cordon reads of the company is what is there, and no value of a secret. */
export async function checkInventory({ cluster, authority, config, tokens }: Company, cordon: Cordon): Promise<void> {
  const id = namer(authority)
  for (const stream of ['inventory', 'secrets']) await cordon.pull(stream)
  const unmapped = cordon.items.flatMap(({ unmapped }) => unmapped ?? [])
  assert.deepEqual(unmapped, [])
  const edges = new Set(
    cordon.items
      .flatMap(({ edges }) => edges)
      .map(({ src, type, dst, conditional }) => `${src} ${type} ${dst}${conditional === true ? ' ?' : ''}`),
  )
  const has = (src: EntityId, type: string, dst: EntityId, more = ''): void =>
    assert.ok(edges.has(`${src} ${type} ${dst}${more}`), `${src} ${type} ${dst}${more}`)

  const pod = await must(cluster.admin, 'GET', core('shop', 'pods', 'web'))
  const podUid = textAt(pod, 'metadata', 'uid')
  const web = id('identity', 'serviceaccount/shop/web')
  const host = id('host', `pod/shop/web/${podUid}`)
  const token = id('credential', `pod-token/shop/web/${podUid}`)
  has(host, 'STORES', token)
  has(token, 'AUTHENTICATES_AS', web)
  has(host, 'STORES', id('credential', 'secret-value/shop/db'))
  has(id('host', 'node/node-1'), 'CONTAINS', host)
  has(packageEntity('oci', 'registry.brightwater.example/web', digest), 'INSTALLED_ON', host)
  has(web, 'RUNS_ON', host)
  has(id('app', 'workload/Deployment/shop/shop'), 'DEPENDS_ON', id('credential', 'secret-value/shop/db'))
  has(web, 'ASSUMES', entityId('identity', '123456789012', 'role/web'))
  const google = 'runner@acme-prod.iam.gserviceaccount.com'
  const runner = id('identity', 'serviceaccount/ci/runner')
  has(runner, 'ASSUMES', entityId('identity', 'acme-prod', `serviceaccount/${google}`))
  // The CI account starts pods anywhere, so it reads every secret and becomes any account; it binds what it likes.
  const ci = id('identity', 'role/*/ClusterRole/ci')
  has(runner, 'MEMBER_OF', ci)
  has(id('identity', 'user/ada'), 'MEMBER_OF', ci)
  has(ci, 'CAN_READ', id('resource', 'secrets/*'))
  has(ci, 'ASSUMES', id('identity', 'serviceaccounts/*'))
  has(ci, 'CAN_ADMIN', id('resource', 'pods/*'))
  has(ci, 'CAN_GRANT', id('resource', 'cluster'))
  has(ci, 'CAN_ADMIN', id('resource', 'nodes'), ' ?')
  has(id('resource', 'secrets/*'), 'CONTAINS', id('resource', 'secrets/shop'))
  has(id('resource', 'secrets/shop'), 'CONTAINS', id('resource', 'secret/shop/db'))
  // `view` leaves secrets out.
  const view = id('identity', 'role/shop/ClusterRole/view')
  has(view, 'CAN_READ', id('resource', 'objects/shop'))
  assert.ok(
    ![...edges].some((edge) => edge.startsWith(`${view} `) && edge.includes('secrets/')),
    '`view` reads no secret',
  )

  const facts = new Map(
    cordon.items.flatMap(({ facts }) => facts).map(({ entity, attributes }) => [entity, attributes]),
  )
  assert.equal(facts.get(id('credential', 'secret-value/shop/db'))?.['keys'], 'password user')
  assert.equal(facts.get(id('identity', 'serviceaccount/cordon/cordon-see'))?.['own'], true)
  for (const planted of [
    'EXAMPLE-db-password',
    Buffer.from('EXAMPLE-db-password').toString('base64'),
    'EXAMPLE-plain-env',
  ]) {
    assert.ok(!cordon.logged.some(({ raw }) => raw.includes(planted)), `the log holds \`${planted.slice(0, 10)}…\``)
  }

  // Each credential has the rights its role says, no more and no less.
  const found = await kubernetesConnector.check(cordon.pullContext())
  assert.deepEqual([found.authority, found.missing, found.excess], [authority, [], []])
  for (const use of ['see', 'contain'] as const) {
    const held = await kubernetesConnector.scopes?.(cordon.pullContext(cordon.httpFor(use)), use)
    const needs = (kubernetesConnector.role?.(config, use)?.scopes ?? []).map(({ name }) => ({
      scope: name,
      for: 'its role',
    }))
    assert.deepEqual(compareScopes(use, held ?? [], needs, kubernetesConnector.implies?.bind(kubernetesConnector)), {
      missing: [],
      excess: [],
    })
  }
  // The credential that looks may list secrets, so Kubernetes lets it read them: why `listSecrets` is off by itself.
  const secret = await cluster.withToken(tokens.see)('GET', core('shop', 'secrets'))
  assert.equal(secret.status, 200)
  assert.ok(Array.isArray(within(secret.body, 'items')))
}
