import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityId } from '#model'

import { makeToken } from '../../../lab/twins/github/state.ts'
import { actionTrial } from '../actions.ts'
import { inCompany } from './company.ts'
import { actionOf } from './cordon.ts'
import { ask, clone } from './thief.ts'
import { trial } from './cases.ts'

const { tests } = actionTrial(trial)
for (const { name, run } of tests) test(name, run)

const isOk = async (url: string, token: string): Promise<boolean> => (await ask(url, token)).status === 200

test('a lent value of another token is used on nothing', () =>
  inCompany(async ({ twin, classic, grace }, cordon) => {
    const other = makeToken(twin.state, { kind: 'classic', user: grace.id, scopes: ['repo'] })
    const target = entityId('credential', cordon.authority, `token/${classic.id}`)
    const context = cordon.context({ lent: () => other.value })
    await assert.rejects(actionOf('github.token.revoke').apply(context, target), { code: 'ERR_GITHUB_TARGET' })
    assert.ok(await isOk(`${twin.url}/user`, other.value))
  }))

test('a member loses everything with one call, and an undo invites them again', () =>
  inCompany(async (company, cordon) => {
    const { twin, grace } = company
    const token = makeToken(twin.state, { kind: 'classic', user: grace.id, scopes: ['repo'] })
    const reads = async () => (await clone(twin.url, 'brightwater/payroll', token.value)) === 200
    const action = actionOf('github.member.remove')
    const target = entityId('identity', cordon.authority, `user/${grace.id}`)
    assert.ok(await reads())
    const { undoState } = await action.apply(cordon.context(), target)
    assert.deepEqual(undoState, { role: 'member', teams: ['engineers'] })
    assert.equal(await reads(), false)
    assert.equal(await action.readBack?.(cordon.context(), target), 'landed')
    assert.equal((await action.probe.run(cordon.context(), target)).verdict, 'dead')
    await action.apply(cordon.context(), target)
    await action.undo?.(cordon.context(), target, undoState)
    assert.deepEqual(twin.state.members.get(grace.id), { role: 'member', state: 'pending' })
    assert.equal(await reads(), false, 'their token stays without single sign-on')
  }))

test('the only owner is not removed', () =>
  inCompany(async ({ twin, root, ada }, cordon) => {
    twin.state.members.delete(ada.id)
    const target = entityId('identity', cordon.authority, `user/${root.id}`)
    await assert.rejects(actionOf('github.member.remove').apply(cordon.context(), target), {
      code: 'ERR_GITHUB_TARGET',
    })
    assert.ok(twin.state.members.has(root.id))
  }))

test('a runner that is at a job is not removed', () =>
  inCompany(async (company, cordon) => {
    const { twin } = company
    const [runner] = twin.state.runners.values()
    assert.ok(runner)
    const target = entityId('host', cordon.authority, `runner/org/${runner.id}`)
    runner.busy = true
    await assert.rejects(actionOf('github.runner.remove').apply(cordon.context(), target), { code: 'ERR_GITHUB_BUSY' })
  }))

test("somebody else's app is uninstalled by the enterprise, and its tokens die within the hour", () =>
  inCompany(async (company, cordon) => {
    const { twin, clock, helper } = company
    const { installation } = helper
    const token = makeToken(twin.state, {
      kind: 'installation',
      user: null,
      installation: installation.id,
      permissions: { contents: 'write' },
      expiresAtMs: clock.nowMs() + 3_600_000,
    })
    const target = entityId('credential', cordon.authority, `installation/${installation.id}`)
    const action = actionOf('github.installation.remove')
    await action.apply(cordon.context(), target)
    const { residualMs } = action.preview(target, {})
    assert.equal(await clone(twin.url, 'brightwater/payroll', token.value), 200, 'what the preview says survives')
    clock.pass(residualMs ?? 0)
    assert.equal(await clone(twin.url, 'brightwater/payroll', token.value), 401)
  }))

test('without an enterprise the step fails with the page where an owner does it', () =>
  inCompany(
    async ({ twin, helper }, cordon) => {
      const target = entityId('credential', cordon.authority, `installation/${helper.installation.id}`)
      const refused = {
        code: 'ERR_GITHUB_NEEDS',
        hint: new RegExp(`/settings/installations/${helper.installation.id}$`),
      }
      await assert.rejects(actionOf('github.installation.remove').apply(cordon.context(), target), refused)
      assert.ok(twin.state.installations.has(helper.installation.id))
    },
    { enterprise: undefined },
  ))

test('Cordon acts neither on its own installations nor on what is marked as its own', () =>
  inCompany(async ({ twin, config, grace, classic }, cordon) => {
    const before = twin.state.installations.size
    for (const id of [config.app.installation, config.containApp?.installation, config.enterprise?.installation]) {
      const target = entityId('credential', cordon.authority, `installation/${id}`)
      await assert.rejects(actionOf('github.installation.remove').apply(cordon.context(), target), /itself uses/)
    }
    assert.equal(twin.state.installations.size, before)
    const targets: Record<string, EntityId> = {
      'github.token.revoke': entityId('credential', cordon.authority, `token/${classic.id}`),
      'github.member.remove': entityId('identity', cordon.authority, `user/${grace.id}`),
      'github.runner.remove': entityId('host', cordon.authority, 'runner/org/1'),
      'github.run.cancel': entityId('resource', cordon.authority, 'run/1/1'),
    }
    for (const [verb, target] of Object.entries(targets)) {
      const asOwn = actionOf(verb).apply(cordon.context({ isOwn: () => true }), target)
      await assert.rejects(asOwn, /itself uses/, verb)
      const asSpared = actionOf(verb).apply(cordon.context({ spared: [target] }), target)
      await assert.rejects(asSpared, /break-glass/, verb)
    }
    assert.ok(twin.state.members.has(grace.id))
  }))

test('no token that Cordon made for a step outlives the step', () =>
  inCompany(async ({ twin, grace, clock }, cordon) => {
    await actionOf('github.member.remove').apply(
      cordon.context(),
      entityId('identity', cordon.authority, `user/${grace.id}`),
    )
    const left = [...twin.state.tokens.values()].filter(({ installation, revokedAtMs }) => {
      return installation !== null && (revokedAtMs === null || revokedAtMs > clock.nowMs())
    })
    assert.deepEqual(left, [])
  }))
