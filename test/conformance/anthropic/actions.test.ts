import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId } from '#model'
import { AnthropicError, namesOfOwnKeys } from '#connectors/anthropic'

import { makeKey } from '../../../lab/twins/anthropic/organization.ts'
import { actionTrial } from '../actions.ts'
import { actionOf } from './cordon.ts'
import { textIn } from './thief.ts'
import { at, trial } from './cases.ts'

const { start, tests } = actionTrial(trial)
for (const { name, run } of tests) test(name, run)

test('what was switched off by somebody else is not switched on by undo', async () => {
  const { company, cordon } = await start()
  company.graceKey.row.status = 'inactive'
  const target = at(company, 'credential', `key/${company.graceKey.row.id}`)
  const action = actionOf('anthropic.key.deactivate')
  const { undoState } = await action.apply(cordon.context(), target)
  await action.undo?.(cordon.context(), target, undoState)
  assert.equal(company.graceKey.row.status, 'inactive')
})

test('a 403 is no proof: a live key that may not list models gets one, too', async () => {
  const { company, cordon } = await start()
  const { twin, grace, graceKey, robotKey } = company
  const small = makeKey(twin.org, 'small', { principal: grace.id, by: grace.id, canListModels: false })
  graceKey.row.status = 'inactive'
  const target = at(company, 'credential', `key/${graceKey.row.id}`)
  const probe = async (lent: string) =>
    (await actionOf('anthropic.key.deactivate').probe.run(cordon.context({ lent: () => lent }), target)).verdict
  assert.deepEqual(await Promise.all([small, robotKey, graceKey].map(({ value }) => probe(value))), [
    'unknown',
    'alive',
    'dead',
  ])
})

test('an admin key is neither shown nor ended by the API: refused with who must, and never called dead', async () => {
  const { company, cordon } = await start()
  const target = at(company, 'credential', 'key/apikey_01stolen')
  const action = actionOf('anthropic.key.deactivate')
  const member = { entity: target, role: 'trigger', credentialKind: null, identity: null } as const
  assert.equal(action.targetFor({ ...member, attributes: { keyKind: 'admin' } }), undefined)
  await assert.rejects(
    () => action.apply(cordon.context(), target),
    (error) => error instanceof AnthropicError && error.hint?.includes('admin-keys') === true,
  )
  assert.equal(await action.readBack?.(cordon.context(), target), 'unknown')
  assert.equal((await action.probe.run(cordon.context(), target)).verdict, 'unknown')
})

test('an administrator is not removed by the API: refused with the way out', async () => {
  const { company, cordon } = await start()
  const target = at(company, 'identity', `user/${company.ada.id}`)
  await assert.rejects(
    () => actionOf('anthropic.user.remove').apply(cordon.context(), target),
    (error) => error instanceof AnthropicError && error.code === 'ERR_ANTHROPIC_REFUSED' && error.hint !== undefined,
  )
  assert.ok(company.twin.state.users.has(company.ada.id))
})

test("what is Cordon's own, break-glass or of another organisation is refused before anything is changed", async () => {
  const { company, cordon } = await start()
  const { twin, grace, labels, graceKey, ownKey, config } = company
  const refused = (why: string) => (error: unknown) =>
    error instanceof AnthropicError && error.code === 'ERR_ANTHROPIC_TARGET' && error.message.includes(why)
  const key = actionOf('anthropic.key.deactivate')
  const names = namesOfOwnKeys(config, cordon.authority)
  assert.equal(names.length, 3)
  for (const target of names) await assert.rejects(() => key.apply(cordon.context(), target), refused('own'))
  const workspace = at(company, 'resource', `workspace/${labels.id}`)
  await assert.rejects(() => actionOf('anthropic.workspace.archive').apply(cordon.context(), workspace), refused('own'))

  const unowned = { ...config, ownKeys: [] }
  const target = at(company, 'credential', `key/${graceKey.row.id}`)
  const sparing = cordon.context({ spared: [target, at(company, 'identity', `user/${grace.id}`)], config: unowned })
  await assert.rejects(() => actionOf('anthropic.workspace.archive').apply(sparing, workspace), refused('break-glass'))
  const membership = at(company, 'resource', `membership/${labels.id}/${grace.id}`)
  await assert.rejects(() => actionOf('anthropic.membership.remove').apply(sparing, membership), refused('break-glass'))
  const personal = makeKey(twin.org, 'personal', { principal: grace.id, by: grace.id })
  await assert.rejects(
    () => key.apply(sparing, at(company, 'credential', `key/${personal.row.id}`)),
    refused('break-glass'),
  )
  const other = '00000000-0000-4000-8000-000000000002'
  const abroad = entityId('credential', other, `key/${graceKey.row.id}`)
  await assert.rejects(() => key.apply(cordon.context(), abroad), refused('another organisation'))
  // The key that acts is of another organisation than the source: the answer of `me` tells.
  await assert.rejects(() => key.apply(cordon.context({ authority: other }), abroad), refused('which answers'))
  await assert.rejects(
    () => key.apply(cordon.context({ config: { ...config, acts: false } }), target),
    (error) => error instanceof AnthropicError && error.code === 'ERR_ANTHROPIC_NEEDS',
  )
  for (const { row } of [graceKey, ownKey, personal]) assert.equal(row.status, 'active')
  assert.equal(textIn(twin.state.workspaces.get(labels.id), 'archived_at'), '')
})
