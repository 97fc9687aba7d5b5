import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'

import type { EntityId } from '#model'

import { description } from '../../../lab/twins/kubernetes/twin.ts'
import { operationIds } from '../../../lab/twins/kubernetes/resources.ts'
import { stateText } from '../cordon.ts'
import { actionChecks, allVerbs, crashChecks, triedVerbs } from './actions.ts'
import { foundCompany, type Company } from './company.ts'
import { actionOf, openCordon, type Cordon } from './cordon.ts'
import { checkInventory, namer } from './inventory.ts'
import { openTwinCluster, type TwinCluster } from './twin-cluster.ts'

test('the twin serves the operations it lists', () => {
  assert.deepEqual(description.operationIds.toSorted(), operationIds.toSorted())
})
test('every verb is tried', () => assert.deepEqual([...triedVerbs].toSorted(), allVerbs.toSorted()))

suite('against the twin', () => {
  let cluster: TwinCluster
  let company: Company
  let cordon: Cordon
  before(async () => {
    cluster = await openTwinCluster()
    company = await foundCompany(cluster)
    cordon = openCordon(company)
  })
  after(async () => {
    cordon.close()
    await cluster.close()
  })
  test('inventory', () => checkInventory(company, cordon))
  test('roles are read once a run, however many lists and pages of bindings there are', async () => {
    const asked = () => cluster.twin.answered.get('listRbacAuthorizationV1ClusterRole') ?? 0
    const before = asked()
    await cordon.pull('inventory')
    assert.equal(asked() - before, 1)
  })
  for (const { name, run } of [...actionChecks, ...crashChecks]) test(name, () => run(company, cordon))
  test("Cordon's own accounts, what is break-glass and another cluster are left alone", async () => {
    const id = namer(company.authority)
    const web = id('identity', 'serviceaccount/shop/web')
    const own = id('identity', 'serviceaccount/cordon/cordon-contain')
    const config = { ...company.config, containAccount: 'cordon/renamed' }
    const tries: [verb: string, target: EntityId, over: Parameters<Cordon['context']>[0], why: RegExp][] = [
      ['subject.unbind', own, {}, /is Cordon's own/],
      ['object.delete', id('resource', 'object/core/serviceaccounts/cordon/cordon-see'), {}, /is Cordon's own/],
      ['subject.unbind', own, { config }, /is whom Cordon's own token speaks for/],
      ['service-account.recreate', id('credential', 'account-tokens/shop/web/u'), { spared: [web] }, /is break-glass/],
      ['object.delete', id('resource', 'object/core/serviceaccounts/shop/web'), { spared: [web] }, /is break-glass/],
      ['subject.unbind', namer('b')('identity', 'user/ada'), { authority: 'b' }, /is of another cluster than/],
    ]
    const before = stateText(cluster.twin.state.objects)
    for (const [verb, target, over, why] of tries) {
      const refused = actionOf(`kubernetes.${verb}`).apply(cordon.context(over), target)
      await assert.rejects(refused, { code: 'ERR_KUBERNETES_TARGET', message: why }, `${verb} ${target}`)
    }
    assert.equal(stateText(cluster.twin.state.objects), before)
  })
  test('Kubernetes’ own description knows every request and every answer', () => {
    assert.deepEqual([cluster.twin.wrongRequests, cluster.twin.wrongAnswers], [[], []])
    assert.ok(cluster.twin.answered.size > 40)
  })
})
