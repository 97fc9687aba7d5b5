import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityId } from '#model'
import { huggingfaceActions, huggingfaceOrigins } from '#connectors/huggingface'

import { actionTrial, assertTrue, type ActionCase } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { foundCompany, type Company } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { opens } from './thief.ts'

const at = ({ twin }: Company, kind: 'identity' | 'credential' | 'resource' | 'host', native: string): EntityId =>
  entityId(kind, twin.state.organization.id, native)

const cases: ActionCase<Company>[] = [
  {
    verb: 'huggingface.space.pause',
    isRestored: true,
    set: (company) => ({
      target: at(company, 'host', `space/${company.demo.id}`),
      // Whoever got a program into the Space.
      works: () => Promise.resolve(company.demo.stage === 'RUNNING'),
    }),
  },
  {
    verb: 'huggingface.repo.hide',
    name: 'a dataset that was made public',
    isRestored: true,
    set(company) {
      company.interviews.isPrivate = false
      const target = at(company, 'resource', `repo/${company.interviews.id}`)
      return { target, works: () => opens(company, `datasets/${company.interviews.name}`) }
    },
  },
  {
    verb: 'huggingface.repo.hide',
    name: 'one that was renamed since the inventory, with another under its old name',
    isRestored: true,
    set(company) {
      const { interviews, hub } = company
      interviews.isPrivate = false
      const [, name = ''] = interviews.name.split('/')
      interviews.name = `${interviews.name}-moved`
      hub.makeRepo('datasets', name, { isPrivate: false })
      return {
        target: at(company, 'resource', `repo/${interviews.id}`),
        works: () => opens(company, `datasets/${interviews.name}`),
      }
    },
  },
  {
    verb: 'huggingface.token.revoke',
    name: 'without its value',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `token/${company.graceToken.id}`),
      works: () => opens(company, `datasets/${company.scans.name}`, company.graceToken.value),
    }),
  },
  {
    verb: 'huggingface.token.revoke',
    name: 'with its value lent',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `token/${company.linusToken.id}`),
      works: () => opens(company, `datasets/${company.interviews.name}`, company.linusToken.value),
      lent: company.linusToken.value,
    }),
  },
  {
    verb: 'huggingface.account-token.delete',
    name: 'with its value lent',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `account-token/${company.deploy.id}/${company.deployToken.id}`),
      works: () => opens(company, `datasets/${company.interviews.name}`, company.deployToken.value),
      lent: company.deployToken.value,
    }),
  },
  {
    verb: 'huggingface.member.suspend',
    isRestored: true,
    set: (company) => ({
      target: at(company, 'identity', `user/${company.grace.id}`),
      works: () => opens(company, `datasets/${company.scans.name}`, company.graceToken.value),
    }),
  },
  {
    verb: 'huggingface.account.delete',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'identity', `service-account/${company.deploy.id}`),
      works: () => opens(company, `datasets/${company.interviews.name}`, company.deployToken.value),
    }),
  },
]

const { tests, start } = actionTrial({
  actions: huggingfaceActions,
  cases,
  found: () => foundCompany(),
  cordon: openCordon,
  origins: ({ config }) => huggingfaceOrigins(config),
  isChange: (_, method) => method !== 'GET',
  settle: ({ clock, twin }) => clock.pass(twin.settings.auditDelayMs + 1_000),
  heldBy: ({ twin: { state } }) =>
    stateText({
      roles: state.roles,
      groups: [...state.groups.values()].map(({ roles }) => roles),
      tokens: [...state.tokens.values()].map(({ id, isRevoked }) => [id, isRevoked]),
      accounts: [...state.accounts.values()].map(({ id, tokens }) => [id, [...tokens.keys()]]),
      repos: [...state.repos.values()].map(({ id, isPrivate, stage }) => [id, isPrivate, stage]),
    }),
  refusesToo: { foreignSource: true },
  refusal: 'ERR_HUGGINGFACE_TARGET',
  elsewhere: '65f0c0ffee00000000000bad',
})
for (const { name, run } of tests) test(name, run)

test("Cordon's own user, by any of its names, and the tokens of whoever is spared are refused", async () => {
  const { company, cordon } = await start()
  const { robot, grace, acts, looks, graceToken, deploy, deployToken } = company
  const refused = { code: 'ERR_HUGGINGFACE_TARGET', message: /Cordon's own/ }
  // Even where nobody named it: whoever answers is Cordon.
  const config = { ...company.config, ownUsers: [] }
  const suspend = actionOf('huggingface.member.suspend')
  const revoke = actionOf('huggingface.token.revoke')
  const user = at(company, 'identity', `user/${robot.id}`)
  await assert.rejects(suspend.apply(cordon.context({ config }), user), refused)
  for (const { id } of [acts, looks]) {
    await assert.rejects(revoke.apply(cordon.context({ config }), at(company, 'credential', `token/${id}`)), refused)
  }
  const spared = { code: 'ERR_HUGGINGFACE_TARGET', message: /break-glass/ }
  const her = cordon.context({ spared: [at(company, 'identity', `user/${grace.id}`)] })
  await assert.rejects(revoke.apply(her, at(company, 'credential', `token/${graceToken.id}`)), spared)
  const bot = cordon.context({ spared: [at(company, 'identity', `service-account/${deploy.id}`)] })
  const one = at(company, 'credential', `account-token/${deploy.id}/${deployToken.id}`)
  await assert.rejects(actionOf('huggingface.account-token.delete').apply(bot, one), spared)
  const inside = cordon.context({ spared: [one] })
  const whole = at(company, 'identity', `service-account/${deploy.id}`)
  await assert.rejects(actionOf('huggingface.account.delete').apply(inside, whole), spared)
  assert.ok(company.twin.state.accounts.has(deploy.id))
  assertTrue(company)
})

test('a member without access opens nothing, and undo gives back role and groups as they were', async () => {
  const { company, cordon } = await start()
  const { twin, grace, medical, scans, interviews, graceToken } = company
  const suspend = actionOf('huggingface.member.suspend')
  const target = at(company, 'identity', `user/${grace.id}`)
  const { undoState } = await suspend.apply(cordon.context(), target)
  assert.equal(medical.roles.has(grace.id), false)
  for (const { name } of [scans, interviews])
    assert.equal(await opens(company, `datasets/${name}`, graceToken.value), false)
  await suspend.undo?.(cordon.context(), target, undoState)
  assert.deepEqual([twin.state.roles.get(grace.id), medical.roles.get(grace.id)], ['write', 'write'])
})

test('what the plan does not have is refused before anything is asked for, with where a person does it', async () => {
  const { company, cordon } = await start()
  const { graceToken, grace } = company
  const needs = { code: 'ERR_HUGGINGFACE_NEEDS' }
  const team = cordon.context({ config: { ...company.config, plan: 'team' } })
  const token = at(company, 'credential', `token/${graceToken.id}`)
  await assert.rejects(actionOf('huggingface.token.revoke').apply(team, token), needs)
  const free = cordon.context({ config: { ...company.config, plan: 'free' } })
  const user = at(company, 'identity', `user/${grace.id}`)
  await assert.rejects(actionOf('huggingface.member.suspend').apply(free, user), needs)
  const looks = cordon.context({ config: { ...company.config, acts: false } })
  await assert.rejects(actionOf('huggingface.member.suspend').apply(looks, user), needs)
  // A plan that ended since: the Hub says 402, and nothing is tried again.
  company.twin.state.organization.plan = 'team'
  await assert.rejects(actionOf('huggingface.token.revoke').apply(cordon.context(), token), {
    code: 'ERR_HUGGINGFACE_REFUSED',
    hint: /settings\/tokens/,
  })
  assert.equal(graceToken.isRevoked, false)
})

test('a revoked token is dead for the organisation alone: its proof says so, and the thief has the rest', async () => {
  const { company, cordon } = await start()
  const { graceToken, twin } = company
  const target = at(company, 'credential', `token/${graceToken.id}`)
  const revoke = actionOf('huggingface.token.revoke')
  await revoke.apply(cordon.context(), target)
  const probed = await revoke.probe.run(cordon.context(), target)
  assert.match(probed.verdict === 'dead' ? probed.proof.says : '', /elsewhere its owner may still use it/)
  assert.equal(await opens(company, 'whoami-v2', graceToken.value), true, 'it is its owner’s, and lives on')
  // A list that calls it good is believed before a value that is refused for another reason.
  graceToken.isRevoked = false
  const lent = cordon.context({ lent: () => 'hf_EXAMPLEanother' })
  assert.equal((await revoke.probe.run(lent, target)).verdict, 'alive')
  twin.state.tokens.delete(graceToken.id)
  assert.equal((await revoke.probe.run(cordon.context(), target)).verdict, 'unknown')
})
