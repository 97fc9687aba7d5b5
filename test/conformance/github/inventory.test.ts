import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'

import { githubActions, githubConnector, implies } from '#connectors/github'
import { actionNeeds, compareScopes, streamNeeds } from '#sources'

import { inCompany, sshKey } from './company.ts'

test('the whole inventory is read, understood, and holds no value', () =>
  inCompany(async ({ twin, payroll, classic, fine }, cordon) => {
    const secret = `xoxb-${'EXAMPLE0'.repeat(4)}`
    twin.state.alerts.push({ number: 1, repo: payroll.id, type: 'slack_api_token', secret, path: 'config.env' })
    payroll.keys.set(1, { id: 1, title: 'box', key: sshKey(), readOnly: true, createdAtMs: 0, by: 'ada' })
    for (const stream of ['organisation', 'repositories']) await cordon.pull(stream)
    const unmapped = cordon.items.flatMap((item) => item.unmapped ?? [])
    assert.deepEqual(unmapped, [])
    const text = cordon.logged.map(({ raw }) => raw).join('\n')
    for (const value of [secret, classic.value, fine.value]) assert.ok(!text.includes(value), 'a value in the log')

    const facts = new Map(cordon.items.flatMap((item) => item.facts).map((fact) => [fact.entity, fact.attributes]))
    const ofNative = (native: string) => [...facts].find(([entity]) => entity.endsWith(`:${native}`))?.[1]
    assert.equal(ofNative(`token/${classic.id}`)?.['scopes'], 'repo, admin:org')
    assert.equal(ofNative(`pat/${fine.id}`)?.['tokenKind'], 'fine-grained')
    assert.equal(ofNative(`repo/${payroll.id}`)?.['visibility'], 'private')
    const [workflow] = payroll.workflows.keys()
    const file = ofNative(`workflow/${payroll.id}/${workflow}`)
    assert.deepEqual([file?.['forOutsiders'], file?.['runsTheirs'], file?.['actionsUnpinned']], [true, true, 1])
  }))

test('a key that GitHub found in a repository is the same credential as the one of a host', () =>
  inCompany(async ({ twin, payroll }, cordon) => {
    const secret = `xoxb-${'EXAMPLE1'.repeat(4)}`
    twin.state.alerts.push({ number: 1, repo: payroll.id, type: 'slack_api_token', secret, path: 'config.env' })
    await cordon.pull('organisation')
    const same = cordon.items.flatMap(({ edges }) => edges).find((edge) => edge.src.includes(':leak/'))
    assert.equal(same?.type, 'SAME_AS')
    const print = cordon.ofSha256(createHash('sha256').update(secret).digest())
    assert.ok(same.dst.includes(print.replace(/^fp:/, '')), `${same.dst} is not ${print}`)
  }))

test('check names the organisation, what is missing, and finds both apps as declared', () =>
  inCompany(async ({ twin, config }, cordon) => {
    const checked = await githubConnector.check(cordon.pullContext())
    assert.deepEqual([checked.authority, checked.missing, checked.excess], [cordon.authority, [], []])
    for (const [use, needs] of [
      ['see', streamNeeds(githubConnector, config)],
      ['contain', actionNeeds(githubActions)],
    ] as const) {
      const context = cordon.pullContext(cordon.httpFor(use))
      const held = (await githubConnector.scopes?.(context, use)) ?? []
      assert.deepEqual(compareScopes(use, held, needs, implies), { missing: [], excess: [] })
    }
    const installation = twin.state.installations.get(config.app.installation)
    assert.ok(installation)
    installation.permissions['members'] = 'write'
    installation.selection = 'selected'
    const again = await githubConnector.check(cordon.pullContext())
    assert.match(again.missing.join(), /selected repositories/)
    assert.match(again.excess.join(), /members: write/)
  }))
