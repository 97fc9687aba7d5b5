import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'

import { canonicalJson } from '#kit'

import { descriptionPaths, operationIds } from '../../lab/twins/kubernetes/resources.ts'
import { sliceOf, united } from '../../scripts/slice-api.ts'
import { actionChecks, crashChecks } from '../conformance/kubernetes/actions.ts'
import { foundCompany, must, type Company } from '../conformance/kubernetes/company.ts'
import { openCordon, type Cordon } from '../conformance/kubernetes/cordon.ts'
import { checkInventory } from '../conformance/kubernetes/inventory.ts'
import { checkRights } from '../conformance/kubernetes/rights.ts'
import { skipKubernetes, startKubernetes } from './kubernetes-server.ts'

/** Kubernetes itself: what the twin's tests say of the twin is said here of the real API server. */
suite("against Kubernetes' own API server", { skip: skipKubernetes }, () => {
  let company: Company
  let cordon: Cordon
  before(async () => {
    company = await foundCompany(await startKubernetes())
    cordon = openCordon(company)
  })
  after(async () => {
    cordon.close()
    await company.cluster.close()
  })
  test("the twin's description is this server's own, unaltered", async () => {
    const { admin } = company.cluster
    const parts = await Promise.all(descriptionPaths.map((path) => must(admin, 'GET', `/openapi/v3/${path}`)))
    const cut = sliceOf(united(parts), operationIds)
    const kept = readFileSync('lab/twins/kubernetes/fixtures/api.json', 'utf8')
    assert.ok(kept === `${canonicalJson(cut)}\n`, 'the fixture is another: cut it anew')
  })
  test('inventory', () => checkInventory(company, cordon))
  test('rights: as SubjectAccessReview says', async (t) => {
    const { asked, allowed } = await checkRights(company.cluster, { seed: 11, policies: 20, questions: 150 })
    t.diagnostic(`${asked} questions, ${allowed} allowed`)
  })
  for (const { name, run } of [...actionChecks, ...crashChecks]) test(name, () => run(company, cordon))
})
