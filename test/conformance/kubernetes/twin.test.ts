import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'

import { description } from '../../../lab/twins/kubernetes/twin.ts'
import { operationIds } from '../../../lab/twins/kubernetes/resources.ts'
import { actionChecks, allVerbs, crashChecks, triedVerbs } from './actions.ts'
import { foundCompany, type Company } from './company.ts'
import { openCordon, type Cordon } from './cordon.ts'
import { checkInventory } from './inventory.ts'
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
  for (const { name, run } of [...actionChecks, ...crashChecks]) test(name, () => run(company, cordon))
  test('Kubernetes’ own description knows every request and every answer', () => {
    assert.deepEqual([cluster.twin.wrongRequests, cluster.twin.wrongAnswers], [[], []])
    assert.ok(cluster.twin.answered.size > 40)
  })
})
