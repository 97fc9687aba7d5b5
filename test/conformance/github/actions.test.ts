import assert from 'node:assert/strict'
import { test } from 'node:test'

import { githubActions, type GithubConfig } from '#connectors/github'
import { entityId, type EntityId } from '#model'
import type { ActionContext } from '#respond/contract'

import { makeToken, sshPrint } from '../../../lab/twins/github/state.ts'
import { inCompany, sshKey, type Company } from './company.ts'
import { actionOf, type Cordon } from './cordon.ts'
import { ask, clone } from './thief.ts'

const tried = new Set<string>()

type Step = {
  verb: string
  target: EntityId
  /** As the thief sees it: true while what was stolen, or planted, works. */
  works(): Promise<boolean> | boolean
  /** Works again behind an undo; absent: there is none. */
  isUndone?: true
  over?: Partial<ActionContext<GithubConfig>>
}

/**
 * Not done, done, done again, and found done by one that knows nothing of it (as after a crash between the act and its
 * record); dead by the connector's own proof, and dead to the thief.
 */
async function goThrough({ clock }: Company, cordon: Cordon, { verb, target, works, isUndone, over = {} }: Step) {
  tried.add(verb)
  const action = actionOf(verb)
  const context = () => cordon.context(over)
  assert.equal(await works(), true, 'worked before')
  assert.equal(await action.readBack?.(context(), target), 'absent')
  assert.equal((await action.probe.run(context(), target)).verdict, 'alive')
  const { undoState } = await action.apply(context(), target)
  clock.pass(5_000)
  assert.equal(await works(), false, 'refused to the thief')
  assert.equal(await action.readBack?.(context(), target), 'landed', 'a restart finds it done')
  assert.equal((await action.probe.run(context(), target)).verdict, 'dead')
  await action.apply(context(), target)
  assert.equal(await works(), false)
  assert.equal(action.undo === undefined, isUndone === undefined)
  if (action.undo === undefined) return
  assert.equal(action.preview(target, {}).reversible, true)
  await action.undo(context(), target, undoState)
  await action.undo(context(), target, undoState)
  assert.equal(await works(), true, 'undone')
}

const isOk = async (url: string, token: string): Promise<boolean> => (await ask(url, token)).status === 200

test('a classic token: with its value it is dead everywhere', () =>
  inCompany(async (company, cordon) => {
    const { twin, classic } = company
    await goThrough(company, cordon, {
      verb: 'github.token.revoke',
      target: entityId('credential', cordon.authority, `token/${classic.id}`),
      works: () => isOk(`${twin.url}/user`, classic.value),
      over: { lent: () => classic.value },
    })
  }))

test('a classic token without its value loses the organisation, and lives on elsewhere', () =>
  inCompany(async (company, cordon) => {
    const { twin, classic } = company
    await goThrough(company, cordon, {
      verb: 'github.token.revoke',
      target: entityId('credential', cordon.authority, `token/${classic.id}`),
      works: async () => (await clone(twin.url, 'brightwater/payroll', classic.value)) === 200,
    })
    assert.ok(await isOk(`${twin.url}/user`, classic.value))
  }))

test('a fine-grained token: the organisation takes its grant back', () =>
  inCompany(async (company, cordon) => {
    const { twin, fine } = company
    await goThrough(company, cordon, {
      verb: 'github.token.revoke',
      target: entityId('credential', cordon.authority, `pat/${fine.id}`),
      works: async () => (await clone(twin.url, 'brightwater/payroll', fine.value)) === 200,
    })
  }))

test('a lent value of another token is used on nothing', () =>
  inCompany(async ({ twin, classic, grace }, cordon) => {
    const other = makeToken(twin.state, { kind: 'classic', user: grace.id, scopes: ['repo'] })
    const target = entityId('credential', cordon.authority, `token/${classic.id}`)
    const context = cordon.context({ lent: () => other.value })
    await assert.rejects(actionOf('github.token.revoke').apply(context, target), { code: 'ERR_GITHUB_TARGET' })
    assert.ok(await isOk(`${twin.url}/user`, other.value))
  }))

test('a deploy key', () =>
  inCompany(async (company, cordon) => {
    const { twin, payroll } = company
    const key = sshKey()
    payroll.keys.set(1, { id: 1, title: 'box', key, readOnly: false, createdAtMs: 0, by: 'ada' })
    const print = sshPrint(key).slice('SHA256:'.length)
    await goThrough(company, cordon, {
      verb: 'github.deploy-key.delete',
      target: entityId('credential', cordon.authority, `deploykey/${payroll.id}/${print}`),
      works: () => twin.ssh(key, payroll, 'push'),
      isUndone: true,
    })
  }))

test('a member loses everything with one call, and an undo invites them again', () =>
  inCompany(async (company, cordon) => {
    const { twin, grace } = company
    const token = makeToken(twin.state, { kind: 'classic', user: grace.id, scopes: ['repo'] })
    const reads = async () => (await clone(twin.url, 'brightwater/payroll', token.value)) === 200
    const action = actionOf('github.member.remove')
    tried.add(action.verb)
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

test('a right on one repository, and a place in a team', () =>
  inCompany(async (company, cordon) => {
    const { twin, mallory, payroll, engineers } = company
    const token = makeToken(twin.state, { kind: 'classic', user: mallory.id, scopes: ['repo'] })
    const works = async () => (await clone(twin.url, 'brightwater/payroll', token.value)) === 200
    payroll.collaborators.set(mallory.id, 'maintain')
    await goThrough(company, cordon, {
      verb: 'github.collaborator.remove',
      target: entityId('credential', cordon.authority, `collaboration/${payroll.id}/${mallory.id}`),
      works,
      isUndone: true,
    })
    assert.equal(payroll.collaborators.get(mallory.id), 'maintain')
    payroll.collaborators.delete(mallory.id)
    engineers.members.set(mallory.id, 'maintainer')
    await goThrough(company, cordon, {
      verb: 'github.team.remove-member',
      target: entityId('credential', cordon.authority, `teamplace/${engineers.id}/${mallory.id}`),
      works,
      isUndone: true,
    })
    assert.equal(engineers.members.get(mallory.id), 'maintainer')
  }))

test('a webhook, a workflow and a run', () =>
  inCompany(async (company, cordon) => {
    const { payroll } = company
    payroll.hooks.set(5, { id: 5, active: true, url: 'https://evil.example/x', events: ['push'], createdAtMs: 0 })
    await goThrough(company, cordon, {
      verb: 'github.hook.disable',
      target: entityId('resource', cordon.authority, `hook/${payroll.id}/5`),
      works: () => payroll.hooks.get(5)?.active === true,
      isUndone: true,
    })
    const [workflow] = payroll.workflows.values()
    assert.ok(workflow)
    await goThrough(company, cordon, {
      verb: 'github.workflow.disable',
      target: entityId('resource', cordon.authority, `workflow/${payroll.id}/${workflow.id}`),
      works: () => workflow.state === 'active',
      isUndone: true,
    })
    const run = { id: 9, workflow: workflow.id, status: 'in_progress' as 'in_progress' | 'completed' }
    payroll.runs.set(9, run)
    await goThrough(company, cordon, {
      verb: 'github.run.cancel',
      target: entityId('resource', cordon.authority, `run/${payroll.id}/9`),
      works: () => run.status === 'in_progress',
    })
  }))

test('a runner, and one that is at a job', () =>
  inCompany(async (company, cordon) => {
    const { twin } = company
    const [runner] = twin.state.runners.values()
    assert.ok(runner)
    const target = entityId('host', cordon.authority, `runner/org/${runner.id}`)
    runner.busy = true
    await assert.rejects(actionOf('github.runner.remove').apply(cordon.context(), target), { code: 'ERR_GITHUB_BUSY' })
    runner.busy = false
    const works = () => twin.state.runners.has(runner.id)
    await goThrough(company, cordon, { verb: 'github.runner.remove', target, works })
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
    const works = () => twin.state.installations.has(installation.id)
    await goThrough(company, cordon, { verb: 'github.installation.remove', target, works })
    const { residualMs } = actionOf('github.installation.remove').preview(target, {})
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

test('every action was tried against the twin', () => {
  assert.deepEqual(
    githubActions.map(({ verb }) => verb).filter((verb) => !tried.has(verb)),
    [],
  )
})
